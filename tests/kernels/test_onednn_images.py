"""The memory behind images: seen as it lies, and copied only where it is not dense."""

import numpy as np
import pytest

from knetpy.kernels.onednn_images import blank, lies_last, pixels, shaped
from tests.kernels.onednn_help import ORDERS, counts, needs_onednn  # noqa: F401

X = np.arange(2 * 3 * 4 * 5, dtype="f4").reshape(2, 3, 4, 5)


@needs_onednn
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("last", [True, False])
def test_pixels_are_dense_and_the_images_come_back(order, last):
    memory = pixels(ORDERS[order](X), last)
    assert memory.flags.c_contiguous
    np.testing.assert_array_equal(shaped(memory, last), X)


@needs_onednn
def test_channels_move_last_by_one_primitive(counts):  # noqa: F811
    assert pixels(np.ascontiguousarray(X)).shape == (2, 4, 5, 3)
    assert counts.executed == 1


@pytest.mark.parametrize("shape", [(2, 1, 4, 5), (2, 3, 1, 1), (1, 1, 4, 5)])
def test_memory_that_lies_both_ways_is_channels_last_and_no_copy(shape):
    x = np.ones(shape, "f4")
    assert lies_last(x) and np.shares_memory(pixels(x), x)


def test_only_dense_channels_first_is_left_so():
    assert not lies_last(X)
    assert all(lies_last(ORDERS[order](X)) for order in ("last", "fortran", "mirrored", "holey"))


@pytest.mark.parametrize("last", [True, False])
def test_blank_memory_has_the_images_behind_it(last):
    assert shaped(blank((2, 3, 4, 5), last), last).shape == (2, 3, 4, 5)
