"""Pooling by oneDNN is the reference's, ties, infinities, NaN and padding included."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from knetpy.kernels import Window, onednn, reference
from tests.kernels.onednn_help import ORDERS, close, counts, needs_onednn  # noqa: F401

pytestmark = needs_onednn
RNG = np.random.default_rng(7)


@st.composite
def windows(draw):
    axes = draw(st.integers(1, 3))
    each = lambda least, most: st.tuples(*[st.integers(least, most)] * axes)  # noqa: E731
    size, dilation = draw(each(1, 3)), draw(each(1, 2))
    halves = [((k - 1) * d + 1) // 2 for k, d in zip(size, dilation, strict=True)]
    sides = tuple(
        (draw(st.integers(-1, half)), draw(st.integers(-1, half))) if half else (0, 0)
        for half in halves
    )
    return Window(size, draw(each(1, 3)), sides, dilation, draw(st.booleans()))


IMAGES = st.tuples(*[st.integers(5, 8)] * 3)
SIZES = st.tuples(st.integers(1, 3), st.integers(1, 5))


@settings(max_examples=200)
@given(windows(), SIZES, IMAGES, st.sampled_from(sorted(ORDERS)), st.integers(0, 3))
def test_max_pooling_and_its_gradient(window, sizes, image, order, levels):
    shape = (*sizes, *image[: len(window.size)])
    x = RNG.integers(0, levels, shape) if levels else RNG.standard_normal(shape)  # with ties
    x = ORDERS[order](x.astype("f4"))
    y, kept = onednn.max_pool(x, window)
    expected, _ = reference.max_pool(x, window)
    np.testing.assert_array_equal(y, expected)
    dy = ORDERS[order](RNG.integers(1, 9, y.shape).astype("f4"))
    dx = onednn.max_pool_dx(dy, x, y, kept, window)
    np.testing.assert_array_equal(dx, reference.max_pool_dx(dy, x, expected, None, window))
    assert dx.dtype == y.dtype == np.float32


@settings(max_examples=200)
@given(windows(), SIZES, IMAGES, st.sampled_from(sorted(ORDERS)), st.booleans())
def test_mean_pooling_and_its_gradient(window, sizes, image, order, count_padding):
    image = image[: len(window.size)]
    assume(window.counts(image, count_padding).all())
    x = ORDERS[order](RNG.standard_normal((*sizes, *image), dtype="f4"))
    exact, size = (
        reference.mean_pool(z.astype(float), window, count_padding) for z in (x, np.abs(x))
    )
    assert close(onednn.mean_pool(x, window, count_padding), exact, size)
    dy = ORDERS[order](RNG.standard_normal(exact.shape, dtype="f4"))
    exact, size = (
        reference.mean_pool_dx(z.astype(float), image, window, count_padding)
        for z in (dy, np.abs(dy))
    )
    assert close(onednn.mean_pool_dx(dy, image, window, count_padding), exact, size)


@pytest.mark.parametrize("special", [np.nan, -np.inf, np.inf])
def test_nan_wins_and_infinities_stay(special):
    x = RNG.standard_normal((2, 3, 6, 6), dtype="f4")
    x[0, 1] = special
    x[1, 2, 3, 3] = special
    window = Window((2, 2), 2)
    y, kept = onednn.max_pool(x, window)
    expected, _ = reference.max_pool(x, window)
    np.testing.assert_array_equal(y, expected)
    dy = np.ones_like(y)
    dx = onednn.max_pool_dx(dy, x, y, kept, window)
    np.testing.assert_array_equal(dx, reference.max_pool_dx(dy, x, y, None, window))


def test_one_primitive_a_call_and_no_copy_where_the_memory_is_dense(counts):  # noqa: F811
    window, x = Window((2, 2), 2), RNG.standard_normal((2, 13, 6, 10), dtype="f4")
    for order in ("first", "last"):
        before = counts.executed
        for _ in range(3):
            y, kept = onednn.max_pool(ORDERS[order](x), window)
            dx = onednn.max_pool_dx(y, ORDERS[order](x), y, kept, window)
            onednn.mean_pool_dx(onednn.mean_pool(dx, window, True), (6, 10), window, True)
        assert counts.executed == before + 12
        for z in (y, dx):
            assert (z if order == "first" else z.transpose(0, 2, 3, 1)).flags.c_contiguous
    assert counts.created == 8


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", [(1, 8, 6, 6), (3, 1, 6, 6), (2, 8, 1, 6), (2, 8, 6, 1)])
def test_axes_of_size_1_and_every_memory_order(order, shape):
    x = ORDERS[order](RNG.standard_normal(shape, dtype="f4"))
    window = Window((1, 1), 1)
    y, kept = onednn.max_pool(x, window)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(onednn.max_pool_dx(x, x, y, kept, window), x)


def test_what_the_reference_kept_nothing_for_goes_to_the_reference(counts):  # noqa: F811
    x, window = RNG.standard_normal((2, 3, 4, 4), dtype="f4"), Window((2, 2), 2)
    y, kept = reference.max_pool(x, window)
    dx = onednn.max_pool_dx(y, x, y, kept, window)
    np.testing.assert_array_equal(dx, reference.max_pool_dx(y, x, y, None, window))
    y, kept = onednn.max_pool(x, window)
    wide = onednn.max_pool_dx(y.astype(float), x, y, kept, window)
    assert wide.dtype == float and counts.executed == 1


def test_an_empty_batch():
    x, window = np.zeros((0, 3, 4, 4), "f4"), Window((2, 2), 2)
    assert onednn.max_pool(x, window)[0].shape == (0, 3, 2, 2)
    assert onednn.mean_pool(x, window, True).shape == (0, 3, 2, 2)
