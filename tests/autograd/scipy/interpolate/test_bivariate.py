"""Splines in two variables: through a grid, near scattered data, as FITPACK keeps them."""

import numpy as np
import pytest
from scipy import interpolate as theirs

from knetpy.autograd.scipy import interpolate as ours
from knetpy.autograd.scipy.interpolate import bisplev, bivariate
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

from .checks import check, refuses

X = np.array([0.0, 1.1, 2.0, 3.3, 4.2, 5.1])
Y = np.array([-1.0, -0.2, 0.6, 1.4, 2.2, 3.0])
Z = np.sin(np.arange(36.0) * 1.7).reshape(6, 6)
P, Q = np.array([-1.0, 0.3, 2.4]), np.array([-0.3, 0.9, 4.0])
T = np.array([0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 2.0])


def test_through_a_grid():
    def f(m, x, y, z, p, q):
        s = m.RectBivariateSpline(x, y, z)
        slopes = s(p, q, 1, 0), s.ev(p, q, 0, 1), s.partial_derivative(1, 1)(p, q)
        return s(p, q), s.ev(p, q), *slopes, s.integral(0.3, 4.0, -0.5, 9.0), s.get_coeffs()

    check(f, X, Y, Z, P, Q, single=False)


def test_other_degrees_and_a_wider_rectangle():
    def f(m, x, z, p, low):
        return m.RectBivariateSpline(x, Y, z, [low, None, None, 3.2], kx=2, ky=4)(p, Q)

    check(f, X, Z, P, np.array(-0.3), single=False)


def test_what_is_found_by_search_has_gradients_at_its_points():
    x, y = (q.ravel() for q in np.meshgrid(X, Y))
    check(lambda m, p: m.RectBivariateSpline(X, Y, Z, s=2.0)(p, Q), P)
    check(lambda m, p: m.SmoothBivariateSpline(x, y, x * y, kx=2, ky=2)(p, Q), P)
    refuses(lambda m, z: m.RectBivariateSpline(X, Y, z, s=2.0)(P, Q), Z, match="s > 0 .* in z")
    refuses(
        lambda m, z: m.SmoothBivariateSpline(x, y, z, kx=1, ky=1)(P, Q),
        x * y,
        match="SmoothBivariateSpline is not differentiable in z",
    )


def test_the_base_class_of_knots_and_coefficients():
    c = np.sin(np.arange(16.0))

    def f(m, tx, c, p, q):
        tx = np.concatenate([T[:3], tx, T[-3:]])
        s = m.BivariateSpline._from_tck((tx, T, c, 2, 2))
        return s(p, q), s.ev(p, q, 0, 1), s.integral(0.1, 1.5, q[0], 1.9), s.get_coeffs()

    check(f, T[3:4], c, np.array([0.2, 1.3]), np.array([0.4, 1.7]))
    check(lambda m, c: m.RectBivariateSpline._from_tck((T, T, c, 2, 2)).ev(0.3, 0.4), c)
    assert issubclass(ours.LSQBivariateSpline, ours.BivariateSpline)
    for module in (theirs, ours):
        with pytest.raises(AttributeError, match="no attribute 'tck'"):
            module.BivariateSpline().ev(0.0, 0.0)
        with pytest.raises(ValueError, match="tck should be a 5 element tuple"):
            module.BivariateSpline._from_tck((T, T, c))


ROWS = [
    row(
        lambda c, x: bisplev(x + 1.0, [0.2, 1.9], [T, T, c, 2, 2], 1, 0),
        real(16),
        real(),
        of=bisplev,
        only=("plain", "only", "reversed", "float32"),
    )
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(bivariate, ROWS)
test_broken_rules_are_seen = mutation_test(bivariate, ROWS)
