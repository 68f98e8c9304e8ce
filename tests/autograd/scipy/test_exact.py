"""Functions whose value is SciPy's, and whose gradient a body tells."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, value
from knetpy.autograd.scipy.exact import exact


@exact(np.cumsum, constant="axis")
def running(a, axis=None, output=None, **kwargs):
    """Not the same, to tell who was asked."""
    assert kwargs == {}
    return 3 * a


def test_the_value_is_the_functions_and_the_gradient_the_bodys():
    x = Param([1.0, 2.0])
    tape = diff(lambda: np.sum(running(x, 0)))
    assert value(tape) == 4.0 and tape.gradient(x).tolist() == [3.0, 3.0]
    assert running(x).tolist() == running([1.0, 2.0]).tolist() == [1.0, 3.0]


def test_constants_and_outputs_are_refused_by_name():
    x = Param([1.0, 2.0])
    with pytest.raises(TypeError, match="numpy.cumsum is not differentiable in axis"):
        diff(lambda: np.sum(running(x, axis=x)))
    for output, message in ((np.zeros(2), "an array as output="), (int, "output=<class 'int'>")):
        with pytest.raises(
            NotImplementedError, match=f"numpy.cumsum has no gradient for {message}"
        ):
            diff(lambda output=output: np.sum(running(x, output=output)))
