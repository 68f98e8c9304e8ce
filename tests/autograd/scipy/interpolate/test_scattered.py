"""Scattered data: linear in each triangle, nearest, and in one variable."""

import numpy as np
import pytest

from .checks import DATA, INSIDE, SITES, check, refuses

SOURCE = np.random.default_rng(3)
CORNERS = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
X = np.concatenate([CORNERS, SOURCE.uniform(0.1, 0.9, size=(9, 2))])
Y = SOURCE.normal(size=(13, 2))
Q = np.array([[0.45, 0.5], [0.4, 0.6], [0.21, 0.77]])


@pytest.mark.parametrize("rescale", [False, True])
def test_linear(rescale):
    def f(m, x, y, q, fill):
        far = np.concatenate([q, q[:1] + 3])
        s = m.LinearNDInterpolator(x, y, fill, rescale)
        return s(far), s(q[:, 0], q[:, 1])

    check(f, X, Y, Q, np.array(7.0), single=False)


def test_linear_of_complex_values():
    check(lambda m, y: m.LinearNDInterpolator(X, y)(Q), Y + 1j * Y[::-1], order=1)


@pytest.mark.parametrize("rescale", [False, True])
def test_nearest(rescale):
    check(lambda m, y: m.NearestNDInterpolator(X, y, rescale)(Q), Y)

    def near(m, y):
        return np.nan_to_num(m.NearestNDInterpolator(X, y)(Q, distance_upper_bound=0.1))

    check(near, Y)


def test_by_the_methods_name():
    check(lambda m, x, y, q: m.griddata(x, y, q, rescale=True), X, Y, Q, single=False)
    check(lambda m, y: m.griddata(X, y, (Q[:, 0], Q[:, 1]), "nearest"), Y)

    def line(m, x, y, q):
        return m.griddata(x[::-1], y[::-1], q, "cubic"), m.griddata((x,), y, (q,))

    check(line, SITES, DATA, INSIDE)
    refuses(lambda m, y: m.griddata(X, y, Q, "cubic"), Y, match="method='cubic'.* values")
