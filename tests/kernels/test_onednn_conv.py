"""Convolution by oneDNN is the reference's to rounding, in both directions and any memory order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knetpy.kernels import Window, onednn, reference
from knetpy.kernels.onednn_conv import dw_plan, dx_plan, forward_plan
from tests.kernels.onednn_help import ORDERS, close, counts, needs_onednn  # noqa: F401

pytestmark = needs_onednn
RNG = np.random.default_rng(5)
SIDES = st.tuples(st.integers(0, 2), st.integers(0, 2))


@st.composite
def windows(draw, padding=SIDES):
    axes = draw(st.integers(1, 3))
    each = lambda least, most: st.tuples(*[st.integers(least, most)] * axes)  # noqa: E731
    sides = draw(st.tuples(*[padding] * axes))
    return Window(draw(each(1, 3)), draw(each(1, 3)), sides, draw(each(1, 2)))


def numbers(*shape):
    return RNG.standard_normal(shape, dtype="f4")


def exactly(f, *args):
    """The result in float64, and what its summands' absolute values sum to."""
    wide = [x.astype(float) if isinstance(x, np.ndarray) else x for x in args]
    return f(*wide), f(*[np.abs(x) if isinstance(x, np.ndarray) else x for x in wide])


def agree(kernels, *args):
    ours, theirs = kernels
    return close(ours(*args), *exactly(theirs, *args))


CONV, DX, DW = ((getattr(onednn, f), getattr(reference, f)) for f in ("conv", "conv_dx", "conv_dw"))


@settings(max_examples=150)
@given(
    window=windows(),
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), st.integers(1, 3)),
    image=st.tuples(*[st.integers(5, 8)] * 3),
    order=st.sampled_from(sorted(ORDERS)),
    biased=st.booleans(),
)
def test_a_convolution_and_its_gradients(window, sizes, image, order, biased):
    n, channels, outputs, groups = sizes
    image = image[: len(window.size)]
    x = ORDERS[order](numbers(n, channels * groups, *image))
    weight = ORDERS[order](numbers(outputs * groups, channels, *window.size))
    bias = numbers(2 * outputs * groups)[::2] if biased else None
    assert agree(CONV, x, weight, bias, window, groups)
    dy = ORDERS[order](numbers(n, outputs * groups, *window.outputs(image)))
    assert agree(DX, dy, weight, image, window, groups)
    assert agree(DW, x, dy, window, groups)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", [(1, 8, 6, 6), (3, 1, 6, 6), (2, 8, 1, 6), (2, 8, 6, 1)])
def test_axes_of_size_1_and_every_memory_order(order, shape):
    window = Window((1, 1), 1, ((1, 0), (0, 2)))
    x, weight = ORDERS[order](numbers(*shape)), numbers(8, shape[1], 1, 1)
    assert agree(CONV, x, weight, None, window, 1)
    dy = ORDERS[order](numbers(shape[0], 8, *window.outputs(shape[2:])))
    assert agree(DX, dy, weight, shape[2:], window, 1)
    assert agree(DW, x, dy, window, 1)


def test_the_same_shapes_compile_once_and_every_call_runs_one_convolution(counts):  # noqa: F811
    window, x, weight = Window((3, 3)), numbers(2, 7, 9, 11), numbers(16, 7, 3, 3)
    y = onednn.conv(ORDERS["last"](x), weight, None, window, 1)
    reordered = counts.executed - 1
    assert 1 <= counts.created <= 2 and 0 <= reordered <= 1
    for _ in range(10):
        onednn.conv(ORDERS["last"](x), weight + 1, None, Window((3, 3), 1, 0), 1)
    assert counts.created <= 2 and counts.executed == 11 * (1 + reordered)
    onednn.conv_dx(y, weight, (9, 11), window, 1)
    onednn.conv_dw(ORDERS["last"](x), y, window, 1)
    assert counts.executed <= 11 * (1 + reordered) + 4


def test_what_lies_channels_last_is_not_copied_and_what_comes_lies_so(monkeypatch):
    weight, window = numbers(8, 8, 3, 3), Window((3, 3))
    x = ORDERS["last"](numbers(4, 8, 10, 10))
    for kernel, args in [
        (onednn.conv, (x, weight, None, window, 1)),
        (onednn.conv_dx, (x, weight, (12, 12), window, 1)),
    ]:
        assert kernel(*args).transpose(0, 2, 3, 1).flags.c_contiguous
    dw = onednn.conv_dw(ORDERS["last"](numbers(4, 8, 12, 12)), x, window, 1)
    assert dw.flags.c_contiguous


@pytest.mark.parametrize(
    "x, weight, window",
    [
        (numbers(0, 4, 8, 8), numbers(4, 4, 3, 3), Window((3, 3))),
        (numbers(2, 4, 2, 8), numbers(4, 4, 3, 3), Window((3, 3))),
        (numbers(2, 4, 8, 8), numbers(4, 4, 3, 3).astype("f8"), Window((3, 3))),
        (numbers(2, 4, 8, 8), numbers(4, 4, 3, 3), Window((3, 3), 1, -1)),
        (numbers(2, 4, 4, 4, 4, 4), numbers(4, 4, 2, 2, 2, 2), Window((2, 2, 2, 2))),
    ],
    ids=["empty batch", "no place", "float64 weight", "cut", "four axes"],
)
def test_what_onednn_does_not_do_goes_to_the_reference(x, weight, window, counts):  # noqa: F811
    y = onednn.conv(x, weight, None, window, 1)
    expected = reference.conv(x, weight, None, window, 1)
    assert y.dtype == expected.dtype and y.strides == expected.strides
    np.testing.assert_array_equal(y, expected)
    dw = onednn.conv_dw(x, y, window, 1)
    np.testing.assert_array_equal(dw, reference.conv_dw(x, y, window, 1))
    assert counts.executed == 0


def test_the_gradient_of_images_of_few_channels_is_the_references(counts):  # noqa: F811
    dy, weight = numbers(2, 8, 4, 4), numbers(8, 3, 3, 3)
    dx = onednn.conv_dx(dy, weight, (6, 6), Window((3, 3)), 1)
    assert counts.executed == 0 and dx.shape == (2, 3, 6, 6)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", [(3, 5, 4, 4), (64, 20, 24, 24), (2, 3, 7), (0, 3, 2, 2)])
def test_sums_over_pixels(order, shape):
    dy = numbers(*shape)
    exact, size = exactly(reference.over_pixels, dy)
    assert close(onednn.over_pixels(ORDERS[order](dy)), exact, size)


def test_the_caches_have_a_bound():
    for plan in (forward_plan, dx_plan, dw_plan):
        assert plan.cache.cache_info().maxsize == 256
