"""Pooling: values and gradients with every option, ties, NaN, memory, what does not fit."""

import gc

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import (
    max_pool1d,
    max_pool2d,
    max_pool3d,
    mean_pool1d,
    mean_pool2d,
    mean_pool3d,
)
from tests.ops.recorded import assert_agrees, assert_derivatives, cases
from tests.ops.test_conv import MEMORIES

RNG = np.random.default_rng(3)
BOTH = pytest.mark.parametrize("f", [max_pool2d, mean_pool2d], ids=["max", "mean"])
OPTIONS = [
    {},
    {"window": 3, "stride": 1},
    {"window": (2, 3), "stride": (2, 1), "padding": (1, 0)},
    {"window": 2, "dilation": 2, "stride": 1, "padding": 1},
    {"window": 3, "stride": 2, "ceil": True},
    {"window": (3, 2), "stride": (3, 3), "padding": 1, "ceil": True},
    {"window": 3, "stride": 2, "padding": ((0, 2), (1, 0))},
    {"window": 3, "stride": 2, "padding": "same"},
    {"window": None},
]
OTHER_AXES = [
    {},
    {"window": 3, "stride": 2, "padding": 1, "ceil": True},
    {"window": 2, "padding": "same", "stride": 1},
    {"window": None},
]


def apart(*shape):
    """Shuffled integers: no two so near that finite differences would exchange them."""
    return RNG.permutation(np.prod(shape)).astype(float).reshape(shape)


POOLS = [max_pool1d, max_pool2d, max_pool3d, mean_pool1d, mean_pool2d, mean_pool3d]


def recorded(f):
    @cases(f.__name__)
    def test(case):
        for arrange in (lambda x: x, *MEMORIES.values()):
            assert_agrees(f, case, arrange)

    return test


test_max_pool1d_is_pytorchs, test_max_pool2d_is_pytorchs, test_max_pool3d_is_pytorchs = map(
    recorded, POOLS[:3]
)
test_mean_pool1d_is_pytorchs, test_mean_pool2d_is_pytorchs, test_mean_pool3d_is_pytorchs = map(
    recorded, POOLS[3:]
)


@BOTH
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_two_orders_of_derivatives_with_every_option(f, options):
    x = apart(2, 1, 5, 6)
    assert gradcheck(lambda x: f(x, **options) ** 2, x, order=2)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_two_orders_of_derivatives_of_means_without_padding(options):
    x = RNG.standard_normal((1, 2, 5, 6))
    assert gradcheck(lambda x: mean_pool2d(x, **options, count_padding=False) ** 3, x, order=2)


@pytest.mark.parametrize("options", OTHER_AXES, ids=str)
@pytest.mark.parametrize("f", POOLS[::2] + POOLS[1::2], ids=lambda f: f.__name__)
def test_two_orders_of_derivatives_of_signals_and_volumes(f, options):
    x = apart(*(2, 2, 4, 3, 4)[: int(f.__name__[-2]) + 2])
    assert gradcheck(lambda x: f(x, **options) ** 2, x, order=2)


@BOTH
@pytest.mark.parametrize("shape", [(0, 2, 4, 4), (2, 0, 4, 4), (1, 1, 2, 2), (2, 3, 2, 5)], ids=str)
def test_awkward_shapes(f, shape):
    x = apart(*shape)
    assert_derivatives(lambda x: f(x) ** 2, x)
    assert f(x).shape == (*shape[:2], shape[2] // 2, shape[3] // 2)


@BOTH
def test_the_third_order_too(f):
    assert gradcheck(lambda x: f(x) ** 3, apart(1, 1, 2, 4) / 8, order=3)


def column(x):
    return np.array(x, float).reshape(1, 1, -1, 1)


@pytest.mark.parametrize(
    "f, x, options, expected",
    [
        (max_pool2d, range(1, 7), {"window": (2, 1)}, [2, 4, 6]),
        (max_pool2d, range(1, 7), {"window": (3, 1)}, [3, 6]),
        (max_pool2d, range(1, 7), {"window": (2, 1), "padding": (1, 0)}, [1, 3, 5, 6]),
        (max_pool2d, range(1, 11), {"window": (2, 1), "stride": 4}, [2, 6, 10]),
        (mean_pool2d, range(1, 7), {"window": (2, 1), "padding": (1, 0)}, [0.5, 2.5, 4.5, 3]),
        (
            mean_pool2d,
            range(1, 7),
            {"window": (2, 1), "padding": (1, 0), "count_padding": False},
            [1, 2.5, 4.5, 6],
        ),
    ],
)
def test_knets_examples_in_columns(f, x, options, expected):
    np.testing.assert_array_equal(f(column(x), **options).ravel(), expected)


def test_knets_example_in_two_dimensions():
    x = np.arange(1.0, 33).reshape(1, 2, 4, 4).swapaxes(2, 3)  # Knet counts down the columns
    expected = [[[6, 14], [8, 16]], [[22, 30], [24, 32]]]
    np.testing.assert_array_equal(max_pool2d(x)[0], expected)


@pytest.mark.parametrize("arrange", MEMORIES.values(), ids=MEMORIES)
def test_of_equal_maxima_the_first_in_row_major_order_takes_the_gradient(arrange):
    x = arrange(np.zeros((2, 3, 4, 4)))
    x[0, 0, 1, 0] = x[0, 0, 0, 1] = 1
    expected = np.zeros((2, 3, 4, 4))
    expected[:, :, ::2, ::2] = 1
    expected[0, 0, 0, :2] = [0, 1]
    np.testing.assert_array_equal(grad(lambda x: np.sum(max_pool2d(x)))(x), expected)


def test_overlapping_windows_add_up_at_a_common_maximum():
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 5
    g = grad(lambda x: np.sum(max_pool2d(x, 2, stride=1)))(x)
    assert g[0, 0, 1, 1] == g.sum() == 4


def test_padding_never_wins_and_nan_does_and_keeps_its_gradient():
    x = np.full((1, 1, 2, 2), -5.0)
    assert (max_pool2d(x, 3, stride=1, padding=1) == -5).all()
    assert (max_pool2d(np.full((1, 1, 2, 2), -np.inf), 3, stride=1, padding=1) == -np.inf).all()
    x[0, 0, 1, 0] = np.nan
    assert np.isnan(max_pool2d(x)).all()
    assert grad(lambda x: np.sum(max_pool2d(x)))(x).sum() == 1


@BOTH
def test_the_whole_image_is_a_window_whatever_the_memory(f):
    x = apart(2, 3, 5, 4)
    expected = x.max((2, 3)) if f is max_pool2d else x.mean((2, 3))
    for same in (x, *(arrange(x) for arrange in MEMORIES.values())):
        for window in (None, (5, 4)):
            assert f(same, window).shape == (2, 3, 1, 1)
            np.testing.assert_allclose(f(same, window)[..., 0, 0], expected)


def test_a_window_of_the_images_size_takes_several_places_where_there_is_padding():
    x = np.arange(1.0, 5).reshape(1, 1, 2, 2)
    np.testing.assert_array_equal(max_pool2d(x, 2, stride=2, padding=1), x)
    np.testing.assert_array_equal(mean_pool2d(x, 2, stride=2, padding=1), x / 4)


def test_the_whole_image_may_be_large_and_its_first_maximum_takes_the_gradient():
    x = np.zeros((1, 2, 300, 200), "f4")
    x[0, 0, 7, 3] = x[0, 0, 6, 150] = 1
    x[0, 1, 5, 5] = np.nan
    g = grad(lambda x: np.sum(max_pool2d(x, None)))(x)
    assert np.argwhere(g).tolist() == [[0, 0, 6, 150], [0, 1, 5, 5]]
    assert (grad(lambda x: np.sum(mean_pool2d(x, None)))(x) == np.float32(1 / 60000)).all()


@BOTH
def test_float32_stays(f):
    x = Param(RNG.standard_normal((2, 3, 5, 5)).astype("f4"))
    for options in OPTIONS:
        tape = diff(lambda o=options: np.sum(f(x, **o)), keep=True)
        grads = {g.dtype for g in tape.intermediate if hasattr(g, "dtype")}
        values = {node[3].dtype for node in tape.nodes if hasattr(node[3], "dtype")}
        assert values == grads == {np.dtype("f4")}


@BOTH
def test_it_leaves_no_cycle(f):
    x = Param(RNG.standard_normal((2, 3, 5, 5)))
    gc.collect()
    for window in (2, None):
        diff(lambda w=window: np.sum(f(x, w)))
    assert gc.collect() == 0


@BOTH
def test_the_memory_order_stays(f):
    x = np.ones((2, 3, 6, 6))
    last = MEMORIES["channels-last"](x)
    assert f(x).flags.c_contiguous
    assert f(last).transpose(0, 2, 3, 1).flags.c_contiguous


@BOTH
def test_the_argument_is_left_as_it_is(f):
    x = RNG.standard_normal((2, 3, 6, 6))
    before = x.copy()
    grad(lambda x: np.sum(f(x, 3, padding=1)))(x)
    np.testing.assert_array_equal(x, before)


@BOTH
@pytest.mark.parametrize(
    "shape, options, words",
    [
        ((4, 5, 6), {}, r"needs images \(batch, channels, height, width\), got shape \(4, 5, 6\)"),
        ((1, 1, 1, 6), {}, r"reaches over \(2, 2\) does not fit into images of \(1, 6\)"),
        ((1, 1, 6, 6), {"dilation": 6}, r"reaches over \(7, 7\) does not fit"),
        (
            (1, 1, 6, 6),
            {"padding": 2},
            r"reaches over \(2, 2\) sees no pixel of .* \(6, 6\).*pad less",
        ),
        ((1, 1, 6, 1), {"padding": (0, 2), "dilation": (1, 3)}, r"sees no pixel of .* \(6, 1\)"),
        ((1, 1, 0, 6), {"window": None}, r"needs window= to be at least 1, got \(0, 6\)"),
        ((1, 1, 6, 6), {"window": 0}, r"needs window= to be at least 1, got 0"),
        ((1, 1, 6, 6), {"stride": (1, 0)}, r"needs stride= to be at least 1, got \(1, 0\)"),
        ((1, 1, 6, 6), {"padding": -1}, r"needs padding= to be at least 0, got -1"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_told_why(f, shape, options, words):
    with pytest.raises(ValueError, match=f"{f.__name__}.*{words}"):
        f(np.ones(shape), **options)


@BOTH
def test_options_are_ints_and_images_floats(f):
    with pytest.raises(TypeError, match=f"{f.__name__} needs an int or 2 ints, .* as window=, got"):
        f(np.ones((1, 1, 4, 4)), 2.5)
    with pytest.raises(TypeError, match=f"{f.__name__} needs real floats, got int64; convert with"):
        f(np.ones((1, 1, 4, 4), int))


@pytest.mark.parametrize("f", POOLS, ids=lambda f: f.__name__)
def test_other_ranks_are_refused(f):
    axes = int(f.__name__[-2])
    with pytest.raises(ValueError, match=rf"{f.__name__} needs .*, got shape \({'4, ' * axes}4\)"):
        f(np.ones([4] * (axes + 1)))
