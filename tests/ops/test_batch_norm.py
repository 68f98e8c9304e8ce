"""Batch norm: PyTorch's values and running statistics, when they are kept, what does not fit."""

import json

import numpy as np
import pytest

from knetpy.autograd import Param, State, diff, grad, keep_states, states
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.recompute import recompute
from knetpy.ops import batch_norm, relu
from tests import standin
from tests.ops.recorded import cases
from tests.ops.test_norm import assert_agrees_in_every_memory

RNG = np.random.default_rng(3)
MEAN, VAR = (0.3, -0.2, 1.5, 0.0), (1.2, 0.4, 2.0, 0.9)  # as in tests/golden/record_images.py


def statistics(channels=4, dtype=float):
    return State(np.zeros(channels, dtype)), State(np.ones(channels, dtype))


@cases("batch_norm")
def test_it_is_pytorchs_whatever_the_memory(case):
    def f(x, *affine, **options):
        return batch_norm(x, State(np.array(MEAN)), State(np.array(VAR)), *affine, **options)

    assert_agrees_in_every_memory(f, case)


@cases("batch_norm")
def test_the_running_statistics_are_pytorchs(case):
    mean, var = State(np.array(MEAN)), State(np.array(VAR))
    batch_norm(case["input0"], mean, var, **json.loads(str(case["options"])))
    np.testing.assert_allclose(mean, case["mean"], rtol=1e-12)
    np.testing.assert_allclose(var, case["var"], rtol=1e-12)


def test_two_orders_of_derivatives_by_running_statistics():
    x, weight, bias = RNG.standard_normal((2, 4, 3)), RNG.standard_normal(4), RNG.standard_normal(4)
    given = State(np.array(MEAN)), State(np.array(VAR))

    def f(x, *affine):
        return batch_norm(x, *given, *affine, training=False) ** 2

    assert gradcheck(f, x, weight, bias, order=2)
    assert gradcheck(f, x, order=2)
    np.testing.assert_array_equal(given[0], MEAN)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("affine", [(), (0,), (0, 1)], ids=["none", "weight", "both"])
def test_its_positive_part_is_that_of_relu_in_two_orders(training, affine):
    x, affine = RNG.standard_normal((3, 4, 3, 2)), [RNG.standard_normal(4) for _ in affine]

    def fused(x, *affine):
        return batch_norm(x, *statistics(), *affine, training=training, relu=True)

    def apart(x, *affine):
        return relu(batch_norm(x, *statistics(), *affine, training=training))

    np.testing.assert_array_equal(fused(x, *affine), apart(x, *affine))
    assert gradcheck(lambda *args: np.exp(fused(*args)), x, *affine, order=2)  # steep at 0, too
    dy = RNG.standard_normal(x.shape)
    for dtype, rtol in (("f8", 1e-12), ("f4", 1e-3), ("f2", 5e-2)):
        args = [Param(a.astype(dtype)) for a in (x, *affine)]
        for p, got, want in zip(args, *(slopes(f, args, dy) for f in (fused, apart)), strict=True):
            assert got.dtype == p.dtype
            np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol / 10)


def slopes(f, args, dy):
    tape = diff(lambda: np.sum(f(*args) * dy.astype(args[0].dtype)))
    return [grad(tape, p) for p in args]


def test_its_positive_part_updates_the_same_statistics():
    x, ours, theirs = Param(RNG.standard_normal((5, 4)) + 9), statistics(), statistics()
    diff(lambda: np.sum(batch_norm(x, *ours, relu=True)))
    diff(lambda: np.sum(relu(batch_norm(x, *theirs))))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_gradcheck_in_training_keeps_the_statistics():
    given = statistics(3)
    assert gradcheck(lambda x: batch_norm(x, *given, training=True), RNG.standard_normal((4, 3)))
    np.testing.assert_array_equal(given[0], 0)


def test_training_follows_recording_unless_told():
    x, (mean, var) = Param(RNG.standard_normal((5, 4)) + 9), statistics()
    batch_norm(x, mean, var)
    assert (mean.value == 0).all()
    diff(lambda: np.sum(batch_norm(x, mean, var, training=False)))
    assert (mean.value == 0).all()
    diff(lambda: np.sum(batch_norm(x, mean, var)))
    np.testing.assert_allclose(mean, 0.1 * x.value.mean(0))
    np.testing.assert_allclose(var, 0.9 + 0.1 * x.value.var(0, ddof=1))


def test_once_in_an_outermost_recording_and_not_in_recomputation():
    x, given = Param(RNG.standard_normal((5, 4)) + 9), statistics()

    def loss():
        inner = grad(lambda z: np.sum(batch_norm(z, *given) ** 3))(x)
        return np.sum(batch_norm(x, *given) ** 2) + np.sum(inner)

    diff(loss)
    np.testing.assert_allclose(given[0], 0.1 * x.value.mean(0))
    again = statistics()
    diff(lambda: np.sum(recompute(lambda x: batch_norm(x, *again) ** 2)(x)))
    np.testing.assert_allclose(again[0], 0.1 * x.value.mean(0))
    with keep_states():
        batch_norm(x, *again, training=True)
    np.testing.assert_allclose(again[0], 0.1 * x.value.mean(0))


def test_outside_of_diff_every_call_in_training_counts():
    x, given = RNG.standard_normal((5, 4)) + 9, statistics()
    for _ in range(2):
        batch_norm(x, *given, training=True, momentum=0.5)
    np.testing.assert_allclose(given[0], 0.75 * x.mean(0))


def test_statistics_keep_their_dtype_and_memory_is_not_shared():
    x, (mean, var) = Param(RNG.standard_normal((5, 4)).astype("f4")), statistics(dtype="f4")
    first = mean.value
    tape = diff(lambda: np.sum(batch_norm(x, mean, var, Param(np.ones(4, "f4")))))
    assert mean.dtype == var.dtype == grad(tape, x).dtype == "f4"
    assert mean.value is not first and (first == 0).all()
    batch_norm(x.value.astype(float), mean, var, training=True)
    assert mean.dtype == var.dtype == "f4"
    wide = statistics()
    batch_norm(x, *wide, training=True)
    assert wide[0].dtype == float
    assert batch_norm(x, *wide).dtype == "f4"


def test_without_statistics_nothing_is_remembered():
    y = batch_norm(RNG.standard_normal((50, 3)) * 7 + 5, None, None, training=True)
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(0), 1, atol=1e-6)


def test_constants_serve_where_nothing_is_trained():
    x = RNG.standard_normal((5, 4))
    y = batch_norm(x, np.array(MEAN), np.array(VAR), training=False, eps=0)
    np.testing.assert_allclose(y, (x - MEAN) / np.sqrt(VAR))


def test_a_model_that_learned_is_the_same_in_use():
    """After many steps on one batch the running statistics are those of the batch."""
    x, given = RNG.standard_normal((64, 4)) * 3 + 2, statistics()
    for _ in range(200):
        batch_norm(x, *given, training=True)
    y, again = batch_norm(x, *given), batch_norm(x, *given, training=True)
    np.testing.assert_allclose(y, again * np.sqrt(63 / 64), rtol=1e-4, atol=1e-4)
    assert states(given) == list(given)


def test_it_runs_on_a_device():
    x = RNG.standard_normal((3, 4, 2))
    given = [State(standin.asarray(s.value)) for s in statistics()]
    p = Param(standin.asarray(x))
    before = dict(standin.counts)
    for training in (True, False):
        g = grad(diff(lambda t=training: np.sum(batch_norm(p, *given, training=t) ** 3)), p)
        assert type(g) is type(given[0].value) is standin.ndarray
    assert standin.counts == before
    np.testing.assert_allclose(given[0].value._held, 0.1 * x.mean((0, 2)))


X = (5, 4, 3)


@pytest.mark.parametrize(
    "shape, given, options, words",
    [
        ((4,), statistics(), {}, r"needs x \(batch, channels, ...\), got shape \(4,\)"),
        ((1, 4), statistics(), {}, r"more than one number a channel in training, got x \(1, 4\)"),
        ((0, 4), statistics(), {}, r"more than one number .*\(0, 4\); take a larger batch"),
        ((1, 4, 1, 1), statistics(), {}, r"more than one number .* \(1, 4, 1, 1\)"),
        (X, statistics(3), {}, r"needs mean \(4,\), the channels of x \(5, 4, 3\), got \(3,\)"),
        (X, (statistics(4)[0], statistics(1)[1]), {}, r"needs var \(4,\), .*got \(1,\)"),
        (X, statistics(), {"weight": np.ones(3)}, r"needs weight \(4,\), .*got \(3,\)"),
        (X, statistics(), {"bias": np.ones((4, 1))}, r"needs bias \(4,\), .*got \(4, 1\)"),
        (X, (None, statistics()[1]), {}, r"needs both mean= and var="),
        (X, (None, None), {"training": False}, r"only in training both may be None"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_told_why_and_nothing_is_updated(shape, given, options, words):
    before = [None if s is None else s.value.copy() for s in given]
    with pytest.raises(ValueError, match="batch_norm .*" + words):
        batch_norm(np.ones(shape), *given, **({"training": True} | options))
    for s, old in zip(given, before, strict=True):
        assert s is None or (s.value == old).all()


@pytest.mark.parametrize("kind", [np.array, Param])
def test_statistics_are_states(kind):
    mean, var = kind(np.zeros(4)), kind(np.ones(4))
    with pytest.raises(TypeError, match=r"keeps mean= .* in a State; got a (ndarray|Param), make"):
        batch_norm(np.ones(X), mean, var, training=True)
