"""How functions of SciPy are given gradients."""

import numpy as np

from knetpy.autograd import Param, diff, value
from knetpy.autograd.scipy.wrap import array, composite, vector


@composite(np.linalg.trace)
def twice_the_trace(x, scale=1):
    """Not the same, to tell who was asked."""
    return 2 * scale * np.einsum("ii", x)


def test_the_body_stands_in_while_recording_alone():
    assert twice_the_trace(np.eye(2)) == twice_the_trace(Param(np.eye(2))) == 2
    assert value(diff(lambda: twice_the_trace(Param(np.eye(2)), scale=2))) == 8
    assert twice_the_trace.__doc__.startswith("Not the same")


def test_arrays():
    p = Param(2.0)
    assert array(p) is p and array([1]).shape == (1,)
    assert vector(p).shape == vector(2.0).shape == (1,) and vector([[1]]).shape == (1, 1)
