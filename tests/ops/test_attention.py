"""attention: values, gradients, masks, rows that may attend to nothing, what is refused."""

import numpy as np
import pytest

from knetpy.arrays import seed
from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import attention, softmax
from tests import standin
from tests.ops.recorded import assert_agrees, cases

RNG = np.random.default_rng(4)
Q, K, V = (
    RNG.standard_normal((2, 4, 3)),
    RNG.standard_normal((2, 5, 3)),
    RNG.standard_normal((2, 5, 2)),
)
MASK = RNG.random((4, 5)) > 0.4
MASK[2] = False
OPTIONS = [{}, {"mask": MASK}, {"causal": True}, {"mask": MASK, "causal": True}]


@cases("attention")
def test_it_is_pytorchs(case):
    assert_agrees(attention, case)
    assert_agrees(attention, case, np.asfortranarray)


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "mask", "causal", "both"])
def test_it_is_its_formula_row_by_row(options):
    y = attention(Q, K, V, **options)
    for n, t in np.ndindex(2, 4):
        allowed = options.get("mask", np.ones((4, 5), bool))[t].copy()
        if "causal" in options:
            allowed[t + 1 :] = False
        scores = K[n][allowed] @ Q[n, t] / np.sqrt(3)
        expected = softmax(scores) @ V[n][allowed] if allowed.any() else np.zeros(2)
        np.testing.assert_allclose(y[n, t], expected)


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "mask", "causal", "both"])
def test_two_orders_of_derivatives(options):
    assert gradcheck(lambda q, k, v: attention(q, k, v, **options) ** 2, Q, K, V, order=2)


@pytest.mark.parametrize("shapes", [((3, 1), (1, 1), (1, 2)), ((1, 1, 2, 3), (2, 3), (3, 1, 2, 1))])
def test_any_ranks_broadcast(shapes):
    q, k, v = map(RNG.standard_normal, shapes)
    assert gradcheck(lambda *x: attention(*x) ** 2, q, k, v, order=2)
    assert attention(q, k, v).shape == (*np.broadcast_shapes(q.shape[:-2], v.shape[:-2]),
                                        q.shape[-2], v.shape[-1])  # fmt: skip


def test_empty_sets():
    assert attention(Q[:, :0], K, V).shape == (2, 0, 2)
    assert (attention(Q, K[:, :0], V[:, :0]) == np.zeros((2, 4, 2))).all()


def test_rows_that_may_attend_to_nothing_give_zeros_and_zero_gradients():
    nothing = np.zeros((4, 5), bool)
    assert (attention(Q, K, V, nothing) == 0).all()
    for k in range(3):
        g = grad(lambda *x: np.sum(attention(*x, nothing)), argnum=k)(Q, K, V)
        assert (g == 0).all()


def test_a_causal_query_sees_no_later_key():
    k, v = K.copy(), V.copy()
    k[:, 2:], v[:, 2:] = 99, 99
    y, other = (attention(Q, *x, causal=True) for x in ((K, V), (k, v)))
    np.testing.assert_array_equal(y[:, :2], other[:, :2])
    assert (y[:, 2:] != other[:, 2:]).all()


def test_dropout_acts_on_the_weights_while_training_alone():
    np.testing.assert_array_equal(attention(Q, K, V, dropout=0.9), attention(Q, K, V))
    seed(1)
    y = attention(Q, K, np.ones((2, 5, 1)), dropout=0.5, training=True)
    assert (
        len(np.unique(y.round(6))) > 2
        and (attention(Q, K, V, dropout=1.0, training=True) == 0).all()
    )
    q = Param(Q)
    tape = diff(lambda: np.sum(attention(q, K, V, dropout=1.0)))
    assert float(tape) == 0


def test_float32_stays():
    q, k, v = (x.astype("f4") for x in (Q, K, V))
    for options in OPTIONS:
        assert attention(q, k, v, **options).dtype == "f4"
    p = Param(q)
    tape = diff(lambda: np.sum(attention(p, k, v, MASK)), keep=True)
    assert {g.dtype for g in tape.intermediate} == {np.dtype("f4")}


def test_it_runs_on_any_device():
    def slopes(q, k, v, mask):
        first = grad(lambda q: np.sum(attention(q, k, v, mask, causal=True) ** 2))
        return first(q), grad(lambda q: np.sum(first(q)))(q)

    found = slopes(*map(standin.asarray, (Q, K, V, MASK)))
    for ours, expected in zip(found, slopes(Q, K, V, MASK), strict=True):
        np.testing.assert_allclose(ours._held, expected, atol=1e-14)


@pytest.mark.parametrize(
    "shapes",
    [((4, 3), (5, 2), (5, 2)), ((4, 3), (5, 3), (4, 2)), ((3,), (5, 3), (5, 2)), ((4, 0),) * 3],
    ids=str,
)
def test_shapes_that_do_not_fit_are_told_what_is_right(shapes):
    with pytest.raises(ValueError, match=r"attention needs q \(\.\.\., time, features\)") as error:
        attention(*map(np.ones, shapes))
    assert all(str(shape) in str(error.value) for shape in shapes)


@pytest.mark.parametrize(
    "mask, error, words",
    [
        (np.ones((4, 5)), TypeError, "needs a mask of bools, True = may attend, got float64"),
        (np.ones((5, 4), bool), ValueError, r"broadcasts to .* \(2, 4, 5\), got \(5, 4\)"),
        (np.ones((3, 4, 5), bool), ValueError, r"\(2, 4, 5\), got \(3, 4, 5\)"),
        (np.ones((1, 2, 4, 5), bool), ValueError, r"\(2, 4, 5\), got \(1, 2, 4, 5\)"),
    ],
)
def test_masks_that_do_not_fit_are_told_what_is_right(mask, error, words):
    with pytest.raises(error, match=words):
        attention(Q, K, V, mask)


def test_masks_may_be_lists_and_ints_are_no_features():
    np.testing.assert_array_equal(attention(Q, K, V, MASK.tolist()), attention(Q, K, V, MASK))
    with pytest.raises(TypeError, match="attention needs real floats, got int64"):
        attention(np.ones((2, 2), int), K, V)
