"""Pointers to arrays that may be written, and to those that may not."""

from ctypes import addressof

import numpy as np
import pytest

from knetpy.kernels.pointers import address, pointer, writable


@pytest.mark.parametrize("shape", [(), (1,), (3, 4)], ids=str)
def test_the_first_byte(shape):
    x = np.zeros(shape, "f4")
    assert address(x) == addressof(writable(x)) == x.ctypes.data


def test_read_only_arrays_and_other_memory():
    x = np.arange(4.0)
    x.flags.writeable = False
    assert address(x) == addressof(pointer(x)) == x.ctypes.data
    with pytest.raises(TypeError):
        writable(x)
