"""What functions are called, and what is said of those that cannot be differentiated."""

import numpy as np
import pytest
from scipy import ndimage

from knetpy.autograd import Param
from knetpy.autograd.errors import full_name, require_writable, ruleless, undifferentiable


@pytest.mark.parametrize(
    "f, name",
    [
        (np.exp, "numpy.exp"),
        (np.power.reduce, "numpy.power.reduce"),
        (np.linalg.inv, "numpy.linalg.inv"),
        (ndimage.uniform_filter1d, "scipy.ndimage.uniform_filter1d"),
        (len, "len"),
        (lambda x: x, "<lambda>"),
    ],
)
def test_names(f, name):
    assert full_name(f) == name


def test_what_to_do_is_said():
    assert "add one with primitive(numpy.exp, lambda dy, y, x: ...)" in str(ruleless(np.exp))
    assert str(undifferentiable("numpy.roll", "shift")).endswith("pass value(shift)")
    with pytest.raises(TypeError, match="numpy.exp is to write into a plain array or a Param"):
        require_writable(Param(1.0), np.exp)
