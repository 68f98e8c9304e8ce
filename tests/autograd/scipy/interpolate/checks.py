"""One check for all: SciPy's values to the bit, and gradients of two orders by differences."""

import numpy as np
import pytest
from scipy import interpolate as theirs

from knetpy.autograd import Param, diff
from knetpy.autograd.gradcheck import gradcheck, total, weighted
from knetpy.autograd.scipy import interpolate as ours
from tests.autograd.rules.harness import assert_close, assert_same, double, gradients, value_inside

SITES = np.array([0.0, 1.1, 2.0, 3.3, 4.2, 5.1, 6.3])
DATA = np.array([1.3, -0.4, 0.7, 2.1, -1.6, 0.2, 0.9])
TABLE = np.stack([DATA, np.cos(2 * SITES) - 0.1 * SITES], axis=1)
INSIDE = np.array([[0.3, 1.7, 2.45], [3.71, 5.63, 0.87]])
AROUND = np.array([-0.7, 0.4, 7.1])


def check(f, *args, order=2, step=1e-3, single=True):
    """`f(module, *args)` is the same with SciPy's module and ours, and its gradients are right.

    Also for arrays with negative strides and, unless not `single`, of float32.
    """
    for arrays in (args, tuple(map(turned, args))):
        expected = f(theirs, *arrays)
        assert_same(f(ours, *arrays), expected)
        assert_same(value_inside(lambda *a: f(ours, *a), list(map(Param, arrays))), expected)
    if single:
        small = [x.astype("complex64" if x.dtype.kind == "c" else "float32") for x in args]
        check_single(lambda *a: f(ours, *a), small)
    gradcheck(lambda *a: f(ours, *a), *map(turned, args), order=order, step=step)


def check_single(f, arrays):
    """In single precision, gradients of the leaf's type that are those of the same doubles."""
    tracked = range(len(arrays))
    found, _, _ = gradients(f, arrays, tracked)
    exact, _, _ = gradients(f, list(map(double, arrays)), tracked)
    for k, x in enumerate(arrays):
        assert (found[k].shape, found[k].dtype) == (x.shape, x.dtype)
        assert_close(double(found[k]), exact[k], 1e-5)


def turned(x):
    back = (slice(None, None, -1),) * x.ndim
    return x[back].copy()[back]


def refuses(f, *args, match, error=(TypeError, NotImplementedError)):
    """`f(ours, *args)` is refused while its arguments are recorded, and works outside."""
    f(ours, *args)
    with pytest.raises(error, match=match):
        diff(lambda: total(weighted(f(ours, *map(Param, args)), {})))
