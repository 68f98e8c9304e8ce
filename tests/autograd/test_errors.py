"""What functions are called, and what is said of those that cannot be differentiated."""

import numpy as np
import pytest
from scipy import ndimage, special

from knetpy.autograd import Param, grad
from knetpy.autograd.errors import (
    full_name,
    require_writable,
    ruleless,
    told_of,
    undifferentiable,
)
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.special import diric


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


def test_what_a_function_inside_refused_is_told_of_the_one_that_was_called():
    inner = undifferentiable("inner", "ord")
    assert str(told_of(np.linalg.norm, inner)).startswith("numpy.linalg.norm")
    assert told_of(np.linalg.det, inner) is inner
    other = TypeError("of another kind")
    assert told_of(np.linalg.norm, other) is other


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
    "order of a norm": (
        lambda x: np.linalg.norm(x * A, x),
        r"numpy\.linalg\.norm " + TRACKED.format("ord"),
    ),
    "order of a vector's norm": (
        lambda x: np.linalg.vector_norm(x * A[:, None], ord=x),
        r"numpy\.linalg\.vector_norm " + TRACKED.format("ord"),
    ),
    "condition": (
        lambda x: np.linalg.cond(x * np.eye(2), x),
        "numpy.linalg.cond " + TRACKED.format("p"),
    ),
    "edge": (
        lambda x: np.gradient(x * A, edge_order=x),
        "gradient " + TRACKED.format("edge_order"),
    ),
    "jump": (lambda x: np.unwrap(x * A, discont=x), "numpy.unwrap " + TRACKED.format("discont")),
    "rounding": (
        lambda x: np.real_if_close(x * A * (1 + 0j), tol=x),
        "real_if_close " + TRACKED.format("tol"),
    ),
    "rank": (lambda x: np.linalg.pinv(x * np.eye(2), rcond=[x]), "numpy.linalg.pinv .* in rcond"),
    "inside": (
        lambda x: linalg.eigh(x * np.eye(2), subset_by_index=[0, x]),
        "^scipy.linalg.eigh " + TRACKED.format("subset_by_index"),
    ),
    "bands": (
        lambda x: linalg.solve_banded([0, x], x * A[None], A),
        "^scipy.linalg.solve_banded .* in l_and_u",
    ),
    "kernel": (lambda x: diric(x * A, x), "^diric " + TRACKED.format("n")),
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
