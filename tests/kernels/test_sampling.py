"""Sparse linear maps: every layer is a plain assignment, and they add up to the matrix."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from knetpy.kernels import Sampling


def matrix(sampling):
    m = np.zeros(sampling.shape)
    np.add.at(m, sampling.places[:2], sampling.places[2])
    return m


@st.composite
def samplings(draw):
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    cells = st.tuples(st.integers(0, shape[0] - 1), st.integers(0, shape[1] - 1))
    cells = draw(st.lists(cells, max_size=12))
    weights = draw(st.lists(st.sampled_from([1.0, 0.5, -2.0]), min_size=12, max_size=12))
    out, into = zip(*cells, strict=True) if cells else ((), ())
    return Sampling(shape, out, into, weights[: len(cells)])


@given(samplings())
def test_the_layers_add_up_to_the_matrix_and_name_no_result_twice(sampling):
    m = np.zeros(sampling.shape)
    for out, into, weight in sampling.layers:
        out = np.arange(len(m)) if out is None else out
        assert len(set(out.tolist())) == len(out) == len(into) > 0
        assert weight is None or (weight != 1).any()
        m[out, into] += 1 if weight is None else weight
    np.testing.assert_array_equal(m, matrix(sampling))


@given(samplings())
def test_the_transpose_is_that_of_the_matrix_and_of_it_the_same_map_again(sampling):
    np.testing.assert_array_equal(matrix(sampling.T), matrix(sampling).T)
    assert sampling.T.T is sampling


def test_as_few_layers_as_the_busiest_result_has_numbers():
    twice = Sampling((4, 2), [0, 1, 2, 3], [0, 0, 1, 1], [1, 1, 1, 1])
    assert len(twice.layers) == 1 and twice.layers[0].out is twice.layers[0].weight is None
    assert len(twice.T.layers) == 2
