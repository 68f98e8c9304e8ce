"""Where the channels of an image lie: views to and fro, copies only where memory differs."""

import numpy as np
import pytest

from knetpy.kernels import images

SHAPES = pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3, 4, 5), (2, 3, 4, 5, 6)], ids=str)


@SHAPES
def test_to_the_end_and_back_is_a_view_of_the_same(shape):
    x = np.arange(np.prod(shape)).reshape(shape)
    end = images.channels_end(x)
    assert end.shape == (shape[0], *shape[2:], shape[1])
    assert images.channels_second(end).shape == shape and np.shares_memory(end, x)
    np.testing.assert_array_equal(images.channels_second(end), x)


@SHAPES
def test_memory_is_brought_into_one_order_only_where_it_differs(shape):
    planes = np.arange(np.prod(shape)).reshape(shape)
    last = images.channels_second(images.channels_end(planes).copy())
    assert images.channels_last(last) and not images.channels_last(planes)
    assert images.ordered(planes, planes) is planes and images.ordered(last, last) is last
    assert images.channels_last(images.ordered(planes, last))
    assert images.ordered(last, planes).flags.c_contiguous
    np.testing.assert_array_equal(images.ordered(planes, last), planes)


@SHAPES
def test_filled_images_lie_as_those_before(shape):
    planes = np.zeros(shape, "f4")
    last = images.channels_second(images.channels_end(planes).copy())
    size = tuple(n + 1 for n in shape[2:])
    for x in (planes, last):
        y = images.filled(7, x, size)
        assert y.shape == (*shape[:2], *size) and y.dtype == "f4" and (y == 7).all()
        assert images.channels_last(y) is images.channels_last(x)
    assert images.filled(True, planes, size, bool).dtype == bool


@SHAPES
def test_dense_memory_is_contiguous_in_its_own_order_of_axes(shape):
    x = np.arange(np.prod(shape)).reshape(shape)
    for y in (x, x.T, x.swapaxes(0, 1), images.channels_end(x)):
        flat = y.transpose(images.in_memory(y))
        assert flat.flags.c_contiguous and np.shares_memory(flat, x)
