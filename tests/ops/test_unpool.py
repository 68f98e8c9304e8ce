"""Unpooling: pooling undoes it in every mode; two orders, memory, what does not fit."""

import numpy as np
import pytest

from knetpy import ops
from knetpy.autograd import Param, diff
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import interpolate, unpool
from tests import standin
from tests.ops.test_conv import MEMORIES

RNG = np.random.default_rng(3)
OPTIONS = [
    {},
    {"window": 3},
    {"window": 2, "stride": 3},
    {"window": 3, "padding": 1},
    {"window": 3, "stride": 4, "padding": ((2, 0),)},
    {"window": 1, "stride": 2},
]
EACH = pytest.mark.parametrize("options", OPTIONS, ids=str)


def for_axes(options, axes):
    padding = options.get("padding", 0)
    return options | {"padding": padding * axes if isinstance(padding, tuple) else padding}


@EACH
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_pooling_undoes_it_in_every_mode(axes, options):
    x, options = RNG.standard_normal((2, 3, 4, 2, 3)[: axes + 2]), for_axes(options, axes)
    max_pool, mean_pool = (getattr(ops, f"{kind}_pool{axes}d") for kind in ("max", "mean"))
    y = unpool(x, **options)
    np.testing.assert_array_equal(max_pool(y, **{"window": 2} | options), x)
    away = mean_pool(y, **{"window": 2} | options, count_padding=False)
    np.testing.assert_allclose(away, x, rtol=1e-14)
    counted = mean_pool(unpool(x, **options, count_padding=True), **{"window": 2} | options)
    np.testing.assert_allclose(counted, x, rtol=1e-14)


@EACH
@pytest.mark.parametrize("count_padding", [False, True])
def test_two_orders_of_derivatives_with_every_option(options, count_padding):
    options = for_axes(options, 2) | {"count_padding": count_padding}
    assert gradcheck(
        lambda x: unpool(x, **options) ** 2, RNG.standard_normal((1, 2, 2, 3)), order=2
    )


def test_every_number_fills_its_window_and_nothing_between():
    x = np.array([[[1.0, np.nan]]])
    np.testing.assert_array_equal(unpool(x, 2, stride=3), [[[1, 1, 0, np.nan, np.nan]]])
    np.testing.assert_array_equal(unpool(x, 3, padding=((1, 0),)), [[[1, 1, *[np.nan] * 3]]])
    y = unpool(np.array([[[2.0, 4.0]]]), 2, padding=1, count_padding=True)
    np.testing.assert_array_equal(y, [[[4, 8]]])


def test_without_options_it_enlarges_to_the_nearest():
    x = RNG.standard_normal((2, 3, 2, 4))
    np.testing.assert_array_equal(unpool(x, (2, 3)), interpolate(x, scale=(2, 3)))


def test_float32_and_the_memory_order_stay():
    x = RNG.standard_normal((2, 3, 4, 5)).astype("f4")
    for options in OPTIONS:
        y = unpool(MEMORIES["channels-last"](x), **for_axes(options, 2), count_padding=True)
        assert y.dtype == "f4" and y.transpose(0, 2, 3, 1).flags.c_contiguous
    tape = diff(lambda p: np.sum(unpool(p, 3, padding=1)), Param(x), keep=True)
    assert {g.dtype for g in tape.intermediate if g is not None} == {np.dtype("f4")}
    assert type(unpool(standin.asarray(x))) is standin.ndarray


@pytest.mark.parametrize(
    "shape, options, words",
    [
        ((2, 3), {}, r"needs x \(batch, channels, \*image\), with pixels, got shape \(2, 3\)"),
        ((1, 1, 4, 0), {}, r"with pixels, got shape \(1, 1, 4, 0\)"),
        ((1, 1, 4), {"stride": 1}, r"windows that do not overlap, got stride=1 below window=2"),
        ((1, 1, 4, 4), {"window": (2, 3), "stride": 2}, r"do not overlap, got stride=2 below"),
        ((1, 1, 4), {"padding": 2}, r"with padding=2 some windows of \(2,\) see no pixel"),
        ((1, 1, 1), {"padding": 1}, r"see no pixel of images of \(0,\); pad less"),
        ((1, 1, 4), {"window": 0}, r"needs window= to be at least 1, got 0"),
        ((1, 1, 4), {"padding": -1}, r"needs padding= to be at least 0, got -1"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_told_why(shape, options, words):
    with pytest.raises(ValueError, match=f"unpool.*{words}"):
        unpool(np.ones(shape), **options)


def test_ints_are_refused():
    with pytest.raises(TypeError, match="unpool needs real floats, got int64"):
        unpool(np.ones((1, 1, 2), int))
