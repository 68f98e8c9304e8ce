"""Resizing: PyTorch's values, two orders, memory, pixels from channels, what does not fit."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import interpolate, mean_pool2d, pixel_shuffle, pixel_unshuffle
from tests import standin
from tests.ops.recorded import assert_agrees, cases
from tests.ops.test_conv import MEMORIES

RNG = np.random.default_rng(3)
OPTIONS = [
    {"scale": 2},
    {"size": (3, 5)},
    {"scale": (0.5, 1.7), "mode": "linear"},
    {"size": 5, "mode": "linear", "align_corners": True},
    {"size": (2, 6), "mode": "area"},
    {"size": (1, 1), "mode": "linear"},
]


@cases("interpolate")
def test_interpolate_is_pytorchs_whatever_the_memory(case):
    for arrange in (lambda x: x, *MEMORIES.values()):
        assert_agrees(interpolate, case, arrange)


@cases("pixel_shuffle")
def test_pixel_shuffle_is_pytorchs(case):
    assert_agrees(pixel_shuffle, case)


@cases("pixel_unshuffle")
def test_pixel_unshuffle_is_pytorchs(case):
    assert_agrees(pixel_unshuffle, case)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("shape", [(1, 2, 4, 3), (2, 1, 1, 2)], ids=str)
def test_two_orders_of_derivatives_with_every_option(shape, options):
    if shape[2] == 1 and options.get("scale") == (0.5, 1.7):
        options = options | {"scale": (1.5, 1.7)}
    assert gradcheck(lambda x: interpolate(x, **options) ** 2, RNG.standard_normal(shape), order=2)


@pytest.mark.parametrize("shape", [(1, 4, 3), (2, 8, 2, 2), (1, 8, 2, 2, 2)], ids=str)
def test_pixels_come_from_channels_and_go_back_over_any_axes(shape):
    x = RNG.standard_normal(shape)
    y = pixel_shuffle(x, 2)
    axes = x.ndim - 2
    assert y.shape == (shape[0], shape[1] // 2**axes, *(2 * n for n in shape[2:]))
    np.testing.assert_array_equal(pixel_unshuffle(y, 2), x)
    assert gradcheck(lambda x: pixel_shuffle(x, 2) ** 2, x, order=2)
    assert gradcheck(lambda y: pixel_unshuffle(y, 2) ** 2, y, order=2)


@pytest.mark.parametrize("mode", ["nearest", "linear", "area"])
def test_the_same_size_is_the_same_image(mode):
    x = RNG.standard_normal((2, 3, 4, 5))
    assert interpolate(x, (4, 5), mode=mode) is x
    assert interpolate(x, scale=1, mode=mode) is x
    assert interpolate(x, (4, 3), mode=mode).shape == (2, 3, 4, 3)


@pytest.mark.parametrize("corners", [False, True])
def test_a_ramp_stays_a_ramp(corners):
    x = np.arange(5.0).reshape(1, 1, 5)
    y = interpolate(x, 9, mode="linear", align_corners=corners)[0, 0]
    steps = np.diff(y)
    np.testing.assert_allclose(steps if corners else steps[1:-1], 0.5 if corners else 5 / 9)
    assert (y[0], y[-1]) == (0, 4)


def test_areas_are_means_of_windows_where_those_divide_the_image():
    x = RNG.standard_normal((2, 3, 6, 4))
    np.testing.assert_allclose(interpolate(x, (2, 2), mode="area"), mean_pool2d(x, (3, 2)))


@pytest.mark.parametrize("mode", ["nearest", "linear", "area"])
def test_a_pixel_that_is_not_finite_stays_among_its_neighbours(mode):
    x = np.zeros((1, 1, 9))
    x[0, 0, 4] = np.inf
    y = interpolate(x, 18, mode=mode)[0, 0]
    assert np.isfinite(y[:7]).all() and np.isfinite(y[11:]).all() and (y[8:10] == np.inf).all()


def test_every_pixel_is_taken_at_the_right_place_for_any_two_sizes():
    """Of exact numbers: dividing first would round some places below the pixel they begin at."""
    for n in range(1, 30):
        for m in range(1, 60):
            y = interpolate(np.arange(float(n)).reshape(1, 1, n), m)[0, 0]
            np.testing.assert_array_equal(y, np.arange(m) * n // m)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_float32_and_the_memory_order_stay(options):
    x = RNG.standard_normal((2, 3, 4, 5)).astype("f4")
    last = MEMORIES["channels-last"](x)
    assert interpolate(last, **options).transpose(0, 2, 3, 1).flags.c_contiguous
    assert interpolate(x, **options).flags.c_contiguous
    tape = diff(lambda p: np.sum(interpolate(p, **options)), Param(x), keep=True)
    assert {node[3].dtype for node in tape.nodes} == {np.dtype("f4")}
    assert {g.dtype for g in tape.intermediate if g is not None} == {np.dtype("f4")}


def test_an_empty_batch_stays_empty():
    for mode in ("nearest", "linear", "area"):
        x = np.zeros((0, 2, 3, 3))
        assert interpolate(x, 5, mode=mode).shape == (0, 2, 5, 5)
        assert grad(lambda x, m=mode: np.sum(interpolate(x, 5, mode=m)))(x).shape == x.shape


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_it_runs_on_a_device(options):
    x = RNG.standard_normal((2, 3, 4, 5))
    g = grad(lambda x: np.sum(interpolate(x, **options) ** 2))
    far = g(standin.asarray(x))
    assert type(far) is standin.ndarray
    np.testing.assert_allclose(far._held, g(x), atol=1e-12)


X = (2, 4, 6, 6)


@pytest.mark.parametrize(
    "f, shape, options, words",
    [
        (interpolate, X, {}, r"needs one of size= and scale=, got None and None"),
        (interpolate, X, {"size": 3, "scale": 2}, r"needs one of size= and scale=, got 3 and 2"),
        (interpolate, X, {"size": 0}, r"needs size= to be at least 1, got 0"),
        (interpolate, X, {"scale": 0.1}, r"scale=0.1 makes images of \(0, 0\) out of \(6, 6\)"),
        (interpolate, X, {"scale": 2, "mode": "bilinear"}, r"modes nearest, linear, area, got 'bi"),
        (interpolate, X, {"scale": 2, "align_corners": True}, r"aligns corners in mode='linear'"),
        (interpolate, (2, 3), {"scale": 2}, r"needs x \(batch, channels, \*image\).*\(2, 3\)"),
        (interpolate, (2, 3, 0), {"size": 2}, r"with pixels, got shape \(2, 3, 0\)"),
        (pixel_shuffle, X, {"factor": 3}, r"needs channels that 3\*\*2 = 9 divides, got 4 in x"),
        (pixel_shuffle, X, {"factor": 0}, r"needs factor= to be at least 1, got 0"),
        (pixel_unshuffle, X, {"factor": 4}, r"whose sizes 4 divides, got \(6, 6\) in x"),
        (pixel_unshuffle, (2, 3), {"factor": 1}, r"needs x \(batch, channels, \*image\)"),
    ],
)
def test_what_does_not_fit_is_told_why(f, shape, options, words):
    with pytest.raises(ValueError, match=f"{f.__name__}.*{words}"):
        f(np.ones(shape), **options)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"scale": (1, 2, 3)}, r"a number or 2 of them as scale=, got \(1, 2, 3\)"),
        ({"size": 2.5}, r"an int or 2 ints, one for each axis, as size=, got 2.5"),
        ({"size": (1, 2, 3)}, r"an int or 2 ints"),
    ],
    ids=str,
)
def test_options_of_another_kind_are_told_theirs(options, words):
    with pytest.raises(TypeError, match=f"interpolate needs {words}"):
        interpolate(np.ones(X), **options)
    with pytest.raises(TypeError, match="interpolate needs real floats, got int64"):
        interpolate(np.ones(X, int), 3)
