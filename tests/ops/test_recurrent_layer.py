"""A layer as one node: its gradients, what the way back shares, gradients of gradients."""

import numpy as np
import pytest

from knetpy import kernels
from knetpy.autograd import Param, diff, grad
from knetpy.autograd.derivatives import hvp, jacobian, vjp
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.recompute import recompute
from knetpy.kernels import reference
from knetpy.ops.recurrent_cells import LSTM
from knetpy.ops.recurrent_layer import Pass, layer
from tests.ops.test_recurrent_cells import CELLS, arrays_of, by_steps

ENDED = (np.arange(3)[:, None] >= [3, 1])[:, :, None]


def states_of(cell, ended=None):
    return lambda *arrays: layer(*arrays, run=Pass(cell, ended))


@CELLS
@pytest.mark.parametrize("ended", [None, ENDED], ids=["full", "ragged"])
def test_two_orders_of_derivatives_in_every_array(cell, ended):
    arrays = arrays_of(cell, 3, 2, 2, 2)
    assert gradcheck(lambda *x: states_of(cell, ended)(*x) ** 2, *arrays, order=2)


@CELLS
def test_the_two_ways_to_its_gradient_agree(cell):
    arrays = arrays_of(cell)
    y, pull = vjp(states_of(cell), *arrays)
    steps, other = vjp(lambda *x: by_steps(cell, None, *x), *arrays)
    np.testing.assert_allclose(y, steps, atol=1e-14)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    for ours, theirs in zip(pull(dy), other(dy), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@CELLS
def test_it_is_one_node_and_its_way_back_runs_once(cell, monkeypatch):
    arrays, runs = [Param(x) for x in arrays_of(cell)], []

    def counted(*args):
        states, back = reference.recurrent(*args)
        return states, lambda dy: runs.append(1) or back(dy)

    monkeypatch.setattr(kernels, "recurrent", counted)
    tape = diff(lambda: np.sum(layer(*arrays, run=Pass(cell, None))), keep=True)
    assert [node[4].name for node in tape.nodes if node[4]] == ["layer", "numpy.sum"]
    assert len(runs) == 1 and all(grad(tape, x).shape == x.shape for x in arrays)


@CELLS
def test_a_kernel_is_told_whether_a_gradient_may_be_asked_for(cell, monkeypatch):
    told, arrays = [], arrays_of(cell)
    spy = lambda *args: told.append(args[3]) or reference.recurrent(*args)  # noqa: E731
    monkeypatch.setattr(kernels, "recurrent", spy)
    f = states_of(cell)
    f(*arrays)
    diff(lambda: np.sum(f(Param(arrays[0]), *arrays[1:])))
    vjp(f, *arrays)
    assert told == [False, True, True]


def test_gradients_of_gradients_step_through_it_once():
    arrays, steps = arrays_of(LSTM, time=3), []
    counted = LSTM._replace(step=lambda *a: steps.append(1) or LSTM.step(*a))
    leaves = [Param(x) for x in arrays]

    def squared_slope():
        tape = diff(lambda: np.sum(layer(*leaves, run=Pass(counted, None)) ** 2))
        return sum(np.sum(grad(tape, x) ** 2) for x in leaves)

    diff(squared_slope)
    assert len(steps) == 3


@CELLS
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_no_gradient_shares_memory_with_another_or_changes_under_the_users_hands(cell, dtype):
    arrays = [x.astype(dtype) for x in arrays_of(cell, 33)]
    y, pull = vjp(states_of(cell), *arrays)
    dy = np.ones_like(y)
    first = pull(dy)
    kept = [g.copy() for g in first]
    for g in first:
        g[...] = 7
    for again, expected in zip(pull(dy), kept, strict=True):
        np.testing.assert_array_equal(again, expected)


@CELLS
def test_in_float32_both_orders_are_those_of_float64(cell):
    arrays = arrays_of(cell, 33, hidden=4)
    f = states_of(cell)

    def orders(x, w, r, *rest):
        curve = hvp(lambda r: np.mean(f(x, w, r, *rest) ** 2), r, np.ones_like(r))
        y, pull = vjp(f, x, w, r, *rest)
        return y, *pull(np.ones_like(y)), curve

    arrays[2] *= 0.3
    single = [a.astype("f4") for a in arrays]
    for ours, exact in zip(orders(*single), orders(*arrays), strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, exact, rtol=1e-3, atol=1e-3 * np.abs(exact).max())


def test_arrays_of_mixed_dtypes_are_promoted_and_gradients_have_their_own():
    arrays = arrays_of(LSTM)
    arrays[0] = arrays[0].astype("f4")
    leaves = [Param(x) for x in arrays]
    tape = diff(lambda: np.sum(states_of(LSTM)(*leaves)))
    assert [grad(tape, p).dtype for p in leaves] == [x.dtype for x in arrays]
    assert states_of(LSTM)(*arrays).dtype == np.float64


def test_other_ways_to_differentiate():
    arrays = arrays_of(LSTM, 2, 1, 1, 1)
    f, steps = states_of(LSTM), lambda *x: by_steps(LSTM, None, *x)
    w = arrays[1]
    for g in (f, lambda *x: recompute(f)(*x)):

        def of_w(w, g=g):
            return g(arrays[0], w, *arrays[2:])

        def expected(w):
            return steps(arrays[0], w, *arrays[2:])

        np.testing.assert_allclose(jacobian(of_w)(w), jacobian(expected)(w), atol=1e-14)
        ours = hvp(lambda w, h=of_w: np.sum(h(w) ** 2), w, np.ones_like(w))
        theirs = hvp(lambda w, h=expected: np.sum(h(w) ** 2), w, np.ones_like(w))
        np.testing.assert_allclose(ours, theirs, atol=1e-13)


def test_three_orders_of_derivatives():
    arrays = arrays_of(LSTM, 2, 1, 1, 1)
    assert gradcheck(lambda w: states_of(LSTM)(arrays[0], w, *arrays[2:]), arrays[1], order=3)
