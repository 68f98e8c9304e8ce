"""Pooling: values and gradients with every option, ties, NaN, memory, what does not fit."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import max_pool2d, mean_pool2d
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
]


def apart(*shape):
    """Shuffled integers: no two so near that finite differences would exchange them."""
    return RNG.permutation(np.prod(shape)).astype(float).reshape(shape)


@cases("max_pool2d")
def test_max_pool2d_is_pytorchs(case):
    for arrange in (lambda x: x, *MEMORIES.values()):
        assert_agrees(max_pool2d, case, arrange)


@cases("mean_pool2d")
def test_mean_pool2d_is_pytorchs(case):
    for arrange in (lambda x: x, *MEMORIES.values()):
        assert_agrees(mean_pool2d, case, arrange)


@BOTH
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_two_orders_of_derivatives_with_every_option(f, options):
    x = apart(2, 1, 5, 6)
    assert gradcheck(lambda x: f(x, **options) ** 2, x, order=2)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_two_orders_of_derivatives_of_means_without_padding(options):
    x = RNG.standard_normal((1, 2, 5, 6))
    assert gradcheck(lambda x: mean_pool2d(x, **options, count_padding=False) ** 3, x, order=2)


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
    ids=str,
)
def test_knets_examples(f, x, options, expected):
    np.testing.assert_array_equal(f(column(x), **options).ravel(), expected)


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
def test_float32_stays(f):
    x = Param(RNG.standard_normal((2, 3, 5, 5)).astype("f4"))
    for options in OPTIONS:
        tape = diff(lambda o=options: np.sum(f(x, **o)), keep=True)
        dtypes = {g.dtype for g in tape.intermediate if g is not None}
        assert {node[3].dtype for node in tape.nodes} == dtypes == {np.dtype("f4")}


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
        ((1, 1, 6, 6), {"padding": 2}, r"padding \(2, 2\) is more than half .* \(2, 2\).*pad less"),
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
def test_options_are_ints_or_pairs(f):
    with pytest.raises(TypeError, match=f"{f.__name__} needs an int or a pair of ints as window="):
        f(np.ones((1, 1, 4, 4)), 2.5)
