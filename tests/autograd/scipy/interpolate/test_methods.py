"""Scattered data by a method's name, in one variable, two and three."""

import numpy as np
import pytest

from knetpy.autograd import Param, grad
from knetpy.autograd.scipy import interpolate as ours

from .checks import DATA, INSIDE, SITES, check
from .test_scattered import Q, X, Y


def test_by_the_methods_name():
    check(lambda m, x, y, q: m.griddata(x, y, q, rescale=True), X, Y, Q, single=False)
    check(lambda m, y: m.griddata(X, y, (Q[:, 0], Q[:, 1]), "nearest"), Y)


def test_in_one_variable():
    def line(m, x, y, q):
        return m.griddata(x[::-1], y[::-1], q, "cubic"), m.griddata((x,), y, (q,))

    check(line, SITES, DATA, INSIDE)


@pytest.mark.parametrize("rescale", [False, True])
def test_cubic_has_the_gradients_of_exact_slopes(rescale):
    def cubic(y):
        return np.sum(ours.griddata(X, y, Q, "cubic", rescale=rescale) ** 2)

    def exact(y):
        f = ours.CloughTocher2DInterpolator(X, y, tol=1e-14, rescale=rescale)
        return np.sum(f(Q) ** 2)

    assert np.allclose(grad(cubic)(Y), grad(exact)(Y), rtol=1e-5, atol=1e-5)


def test_unknown_methods_are_refused_by_scipy():
    for y, points in ((Y, X), (Param(Y), X), (Param(Y), np.c_[X, X[:, 0] ** 2])):
        with pytest.raises(ValueError, match="Unknown interpolation method"):
            ours.griddata(points, y, points, "cubic" if points.shape[1] == 3 else "quintic")
