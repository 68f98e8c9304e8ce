"""embedding and one_hot: rows by number, gradients that stay sparse, ids out of range."""

import numpy as np
import pytest

from knetpy.autograd import Param, Sparse, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import embedding, one_hot
from tests import standin
from tests.ops.recorded import assert_agrees, cases

RNG = np.random.default_rng(2)


@cases("embedding")
def test_embedding_is_pytorchs(case):
    assert_agrees(embedding, case)
    assert_agrees(embedding, case, np.asfortranarray)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 1), (2, 3)], ids=str)
def test_two_orders_of_derivatives(shape):
    ids, weight = RNG.integers(0, 4, shape), RNG.standard_normal((4, 2))
    y = embedding(ids, weight)
    assert y.shape == (*shape, 2)
    np.testing.assert_array_equal(y, weight[ids])
    if y.size:
        assert gradcheck(lambda w: embedding(ids, w) ** 2, weight, order=2)


def test_the_gradient_holds_the_rows_that_were_looked_up_and_sums_repeated_ones():
    weight = Param(RNG.standard_normal((100, 40)))
    ids = RNG.integers(0, 9, 500)
    dy = RNG.standard_normal((500, 40))
    g = grad(diff(lambda: np.sum(embedding(ids, weight) * dy)), weight)
    assert type(g) is Sparse
    rows, values = g.rows()
    assert set(rows) == set(ids)
    expected = np.zeros((100, 40))
    np.add.at(expected, ids, dy)
    np.testing.assert_allclose(g.dense(), expected, atol=1e-12)
    np.testing.assert_allclose(values, expected[rows], atol=1e-12)


def test_ids_of_any_kind_and_weights_of_any_dtype():
    weight = np.arange(6.0, dtype="f4").reshape(3, 2)
    for ids in ([2, 0], np.array([2, 0], np.uint8), (2, 0)):
        y = embedding(ids, weight)
        assert y.dtype == "f4" and y.tolist() == [[4, 5], [0, 1]]
    assert embedding([], weight).shape == (0, 2)
    assert embedding(2, weight).tolist() == [4, 5]


def test_it_runs_on_any_device():
    weight = Param(standin.asarray(np.ones((4, 3), "f4")))
    tape = diff(lambda: np.sum(embedding(standin.asarray([1, 1, 3]), weight)))
    assert grad(tape, weight).dense()._held.sum(axis=1).tolist() == [0, 6, 0, 3]
    assert one_hot(standin.asarray([1, 0]), 2).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    "f", [lambda ids: embedding(ids, np.ones((3, 2))), lambda i: one_hot(i, 3)]
)
@pytest.mark.parametrize(
    "ids, error, words",
    [
        ([0, 3], ValueError, r"needs ids in 0\.\.2 for 3 entries, got 0\.\.3; ids count from 0"),
        ([-1, 0], ValueError, r"got -1\.\.0"),
        ([0.0, 1.0], TypeError, r"needs ints as ids, got float64; ids.astype\(int\)"),
        ([True], TypeError, "needs ints as ids, got bool"),
    ],
)
def test_bad_ids_are_told_what_is_right(f, ids, error, words):
    with pytest.raises(error, match=words):
        f(np.array(ids))


def test_a_weight_of_another_rank_is_refused():
    with pytest.raises(ValueError, match=r"embedding needs weight \(entries, features\), got .*3,"):
        embedding([0], np.ones(3))


def test_one_hot_rows():
    y = one_hot(np.array([[0, 2]]), 3)
    assert y.dtype == "f4" and y.tolist() == [[[1, 0, 0], [0, 0, 1]]]
    assert one_hot([1], 2, dtype=int).dtype == int
    assert one_hot([], 2).shape == (0, 2)
