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
        out, into = (np.arange(n)[x] for n, x in zip(sampling.shape, (out, into), strict=True))
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
    assert len(twice.layers) == 1 and twice.layers[0].out == slice(None)
    assert twice.layers[0].weight is None and twice.layers[0].into.tolist() == [0, 0, 1, 1]
    assert len(twice.T.layers) == 2


def test_places_evenly_apart_are_slices():
    sampling = Sampling((6, 9), [1, 3, 5], [8, 5, 2], [1, 2, 3])
    (layer,) = sampling.layers
    assert layer.out == slice(1, 6, 2) and layer.into.tolist() == [8, 5, 2]
    (layer,) = sampling.T.layers
    assert layer.out == slice(2, 9, 3) and layer.weight.tolist() == [3, 2, 1]
    assert Sampling((1, 3), [0], [2], [1]).layers[0][:2] == (slice(None), slice(2, 3, 1))
