"""Normalisation: PyTorch's values, two orders, large means in float32, what does not fit."""

import gc

import numpy as np
import pytest

from knetpy import kernels
from knetpy.autograd import Param, diff, grad
from knetpy.autograd.derivatives import jvp
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import batch_norm, group_norm, instance_norm, layer_norm, rms_norm
from knetpy.ops.norm import Norm, norm
from knetpy.ops.shared import Shared
from tests import standin
from tests.ops.recorded import assert_agrees, cases
from tests.ops.test_conv import MEMORIES

RNG = np.random.default_rng(3)


def in_training(x, *affine, **options):
    return batch_norm(x, None, None, *affine, training=True, **options)


def assert_agrees_in_every_memory(f, case):
    for arrange in (lambda x: x, *MEMORIES.values()):
        assert_agrees(f, case, lambda x, arrange=arrange: arrange(x) if x.ndim > 1 else x)


@cases("layer_norm")
def test_layer_norm_is_pytorchs_whatever_the_memory(case):
    assert_agrees_in_every_memory(layer_norm, case)


@cases("rms_norm")
def test_rms_norm_is_pytorchs_whatever_the_memory(case):
    assert_agrees_in_every_memory(rms_norm, case)


@cases("group_norm")
def test_group_norm_is_pytorchs_whatever_the_memory(case):
    assert_agrees_in_every_memory(group_norm, case)


@cases("instance_norm")
def test_instance_norm_is_pytorchs_whatever_the_memory(case):
    assert_agrees_in_every_memory(instance_norm, case)


NORMS = [
    ((3, 4), (4,), layer_norm, {}),
    ((2, 3, 4), (3,), layer_norm, {"axes": 1, "eps": 0.1}),
    ((2, 3, 2, 2), (3, 2), layer_norm, {"axes": (-1, 1)}),
    ((3, 4), (4,), rms_norm, {}),
    ((2, 3, 4), (3, 4), rms_norm, {"axes": (1, 2), "eps": 0.1}),
    ((2, 4, 3), (4,), group_norm, {"groups": 2}),
    ((3, 4), (4,), group_norm, {"groups": 1}),
    ((2, 2, 2, 3), (2,), instance_norm, {}),
    ((3, 2), (2,), in_training, {}),
    ((2, 2, 2, 2), (2,), in_training, {"eps": 0.1}),
]
EACH = pytest.mark.parametrize(
    "shape, size, f, options", NORMS, ids=lambda x: getattr(x, "__name__", str(x))
)


def affine(size, f, dtype=float):
    arrays = RNG.standard_normal(size).astype(dtype), RNG.standard_normal(size).astype(dtype)
    return arrays[:1] if f is rms_norm else arrays


@EACH
def test_two_orders_of_derivatives_of_every_argument(shape, size, f, options):
    x = np.asfortranarray(RNG.standard_normal(shape))
    assert gradcheck(lambda *a: f(*a, **options), x, *affine(size, f), order=2)
    assert gradcheck(lambda x: f(x, **options) ** 2, x[::-1], order=2)


@pytest.mark.parametrize("centred", [True, False])
def test_the_statistics_have_gradients_too(centred):
    how = Norm((3, 2, 2), (0, 2), (1, 2, 1), 0.1, centred)
    x, weight = RNG.standard_normal((3, 4)), RNG.standard_normal(2)
    assert gradcheck(
        lambda *a: [part for part in norm(*a, how=how, of=Shared()) if part is not None],
        x,
        weight,
        order=2,
    )


@pytest.mark.parametrize("f", [layer_norm, rms_norm])
def test_the_third_order_too(f):
    assert gradcheck(lambda *a: f(*a), RNG.standard_normal((2, 3)), *affine(3, f), order=3)


@EACH
def test_the_second_derivative_by_a_parameter_alone(shape, size, f, options):
    """The weight is tracked and x is not, and the other way about."""
    x, (weight, *rest) = RNG.standard_normal(shape), affine(size, f)
    assert gradcheck(lambda w: f(x, w, *rest, **options) ** 3, weight, order=2)
    assert gradcheck(lambda x: f(x, weight, *rest, **options) ** 3, x, order=2)


@EACH
def test_forward_derivatives_agree_with_differences(shape, size, f, options):
    x, t = RNG.standard_normal(shape), RNG.standard_normal(shape)
    slope = jvp(lambda x: f(x, **options), (x,), (t,))[1]
    expected = (f(x + 1e-6 * t, **options) - f(x - 1e-6 * t, **options)) / 2e-6
    np.testing.assert_allclose(slope, expected, atol=1e-8)


@EACH
@pytest.mark.parametrize("mean", [0.0, 1e4])
def test_float32_stays_and_bears_a_large_mean(shape, size, f, options, mean):
    x = (RNG.standard_normal((40, *shape[1:])) + mean).astype("f4")
    params = affine(size, f, "f4")
    given = [Param(a) for a in (x, *params)]
    dy = RNG.standard_normal(x.shape).astype("f4")
    tape = diff(lambda: np.sum(f(*given, **options) * dy), keep=True)
    values = [node[3] for node in tape.nodes if hasattr(node[3], "dtype")]
    assert {y.dtype for y in values} == {np.dtype("f4")}
    exact = [Param(a.astype(float)) for a in (x, *params)]
    double = diff(lambda: np.sum(f(*exact, **options) * dy))
    close = {"rtol": 1e-4, "atol": 1e-4 if f is not rms_norm else 1e-4 * max(mean, 1)}
    values = (f(*(p.value for p in some), **options) for some in (given, exact))
    np.testing.assert_allclose(*values, **close)
    for near, far in zip(given, exact, strict=True):
        assert grad(tape, near).dtype == "f4"
        np.testing.assert_allclose(grad(tape, near), grad(double, far), rtol=1e-3, atol=2e-3)


def test_a_large_batch_of_large_means_in_float32_whatever_the_memory():
    x = RNG.standard_normal((16, 4, 40, 40)) * [[[[1.0]], [[2.0]], [[0.01]], [[5.0]]]] + 1000
    planes = x.astype("f4")
    expected = in_training(planes.astype(float))
    for same in (planes, MEMORIES["channels-last"](planes), np.asfortranarray(planes)):
        np.testing.assert_allclose(in_training(same), expected, atol=2e-4)


@EACH
def test_half_precision_is_computed_wide_and_stays_half(shape, size, f, options):
    x = (300 * RNG.standard_normal(shape)).astype("f2")
    params = affine(size, f, "f2")
    y = f(x, *params, **options)
    assert y.dtype == "f2"
    np.testing.assert_allclose(y, f(x.astype(float), *params, **options), rtol=5e-3, atol=5e-3)
    assert grad(lambda x: np.sum(f(x, *params, **options) ** 2))(x).dtype == "f2"


@EACH
def test_constants_become_the_bias_and_get_no_gradient(shape, size, f, options):
    x, params = np.full(shape, 7.0), affine(size, f)
    y, dx = f(x, *params, **options), grad(lambda x: np.sum(f(x, **options)))(x)
    assert np.isfinite(y).all() and np.isfinite(dx).all()
    if f is not rms_norm:
        np.testing.assert_allclose(dx, 0, atol=1e-12)
        np.testing.assert_allclose(f(x, **options), 0, atol=1e-12)


@EACH
def test_an_empty_batch_stays_empty_where_examples_are_alone(shape, size, f, options):
    if f is not in_training:
        x = np.zeros((0, *shape[1:]))
        assert f(x, *affine(size, f), **options).shape == x.shape
        assert grad(lambda x: np.sum(f(x, **options)))(x).shape == x.shape


@EACH
def test_it_is_one_node_whose_gradient_asks_for_its_kernel(shape, size, f, options, monkeypatch):
    x = Param(RNG.standard_normal(shape))
    tape = diff(lambda: np.sum(f(x, **options)), keep=True)
    assert sum(bool(node[0]) and node[4].name.startswith("norm") for node in tape.nodes) == 1
    monkeypatch.setattr(kernels, "norm_back", lambda dy, x, *_: (np.full(x.shape, 5.0), None, None))
    assert (grad(diff(lambda: np.sum(f(x, **options))), x) == 5).all()


@EACH
def test_it_leaves_its_arguments_and_no_cycle(shape, size, f, options):
    arrays = RNG.standard_normal(shape), *affine(size, f)
    copies = [a.copy() for a in arrays]
    gc.collect()
    grad(lambda x: np.sum(f(x, *arrays[1:], **options)))(arrays[0])
    assert gc.collect() == 0
    for a, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(a, copy)


@EACH
def test_it_runs_on_a_device(shape, size, f, options):
    host = RNG.standard_normal(shape), *affine(size, f)
    ours, theirs = [Param(a) for a in host], [Param(standin.asarray(a)) for a in host]
    before = dict(standin.counts)
    tapes = [diff(lambda p=p: np.sum(f(*p, **options) ** 2)) for p in (ours, theirs)]
    assert standin.counts == before
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(grad(tapes[1], b)._held, grad(tapes[0], a), atol=1e-12)


X = (2, 6, 4)


@pytest.mark.parametrize(
    "f, shapes, options, words",
    [
        (layer_norm, [X, (6,)], {}, r"needs weight \(4,\), the sizes of axes \(2,\) .*got \(6,\)"),
        (layer_norm, [X, (4,), (1,)], {}, r"needs bias \(4,\), .* of x \(2, 6, 4\), got \(1,\)"),
        (layer_norm, [X, (4, 6)], {"axes": (1, 2)}, r"needs weight \(6, 4\), .*got \(4, 6\)"),
        (layer_norm, [(2, 0)], {}, r"has nothing to average over axes \(1,\) of shape \(2, 0\)"),
        (layer_norm, [X], {"axes": 3}, r"axes: axis 3 is out of bounds"),
        (layer_norm, [X], {"axes": (1, -2)}, r"repeated axis"),
        (rms_norm, [X, (3,)], {}, r"needs weight \(4,\), the sizes of .*got \(3,\)"),
        (rms_norm, [(2, 0)], {}, r"has nothing to average"),
        (group_norm, [X], {"groups": 4}, r"6 channels cannot be divided into groups=4"),
        (group_norm, [X], {"groups": 0}, r"cannot be divided into groups=0"),
        (group_norm, [X, (3,)], {"groups": 3}, r"needs weight \(6,\), the channels of x"),
        (group_norm, [(5,)], {"groups": 1}, r"needs x \(batch, channels, ...\), got shape \(5,\)"),
        (group_norm, [(5, 6)], {"groups": 6}, r"more than one number .*\(5, 6\) with 6 groups"),
        (instance_norm, [(2, 6)], {}, r"needs x \(batch, channels, \*image\), got shape \(2, 6\)"),
        (instance_norm, [(2, 6, 1)], {}, r"more than one number to average, got x \(2, 6, 1\)"),
        (instance_norm, [X, (6,), (4,)], {}, r"needs bias \(6,\), the channels of .*got \(4,\)"),
    ],
)
def test_what_does_not_fit_is_told_why(f, shapes, options, words):
    with pytest.raises(ValueError, match=words):
        f(*map(np.ones, shapes), **options)


@pytest.mark.parametrize("f", [layer_norm, rms_norm, instance_norm])
def test_ints_are_refused(f):
    with pytest.raises(TypeError, match=f"{f.__name__} needs real floats, got int64"):
        f(np.ones((2, 3, 4), int))
