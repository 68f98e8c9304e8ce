"""What functions are called, and what is said of those that cannot be differentiated."""

import numpy as np
import pytest
from scipy import ndimage, special

from knetpy.autograd import Param, grad
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


A = np.arange(1.0, 4.0)
CUT = "would cut the gradient of a value that diff is recording"
TRACKED = "is not differentiable in {}, which diff is recording; pass value"
BAD = {
    "index": (lambda x: A[x], CUT),
    "index of take": (lambda x: np.take(A, x), CUT),
    "indices": (lambda x: (x * A)[x * A], "arrays used as indices must be of integer"),
    "axis": (lambda x: np.sum(x * A, axis=x), TRACKED.format("axis")),
    "axis alone": (lambda x: np.sum(A, axis=x), CUT),
    "shape": (lambda x: np.reshape(x * A, (x, 3)), TRACKED.format("shape")),
    "size": (lambda x: np.tile(x * A, x), TRACKED.format("reps")),
    "shift": (lambda x: np.roll(x * A, x), TRACKED.format("shift")),
    "order": (lambda x: special.jv(x, A), "scipy.special.jv " + TRACKED.format("v")),
    "complex": (lambda x: np.floor(x * 1j), "ufunc 'floor' not supported for the input types"),
    "text": (lambda x: x + "a", "did not contain a loop"),
    "dates": (lambda x: x + np.datetime64("2020-01-01"), "cannot use operands with types"),
    "bits": (lambda x: x & 1, "ufunc 'bitwise_and' not supported for the input types"),
    "half": (lambda x: np.linalg.inv((x * np.eye(2)).astype("float16")), "float16 is unsupported"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_says_why_and_leaves_nothing_behind(name):
    f, message = BAD[name]
    with pytest.raises((TypeError, IndexError), match=message):
        grad(lambda x: np.sum(f(x)))(1.0)
    assert grad(lambda x: x * x)(3.0) == 6.0
