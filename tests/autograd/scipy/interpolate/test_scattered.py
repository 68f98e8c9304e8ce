"""Scattered data: linear in each triangle, nearest."""

import numpy as np
import pytest

from .checks import check

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
