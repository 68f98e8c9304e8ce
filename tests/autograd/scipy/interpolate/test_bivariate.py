"""Splines in two variables: through a grid, near scattered data, as FITPACK keeps them."""

import numpy as np

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


def test_near_scattered_data():
    x, y = (q.ravel() + 0.05 * np.sin(np.arange(36)) for q in np.meshgrid(X, Y))
    w = np.linspace(1, 2, 36)

    def f(m, x, y, z, tx, ty, w):
        box = [-0.5, 6.0, -2.0, 4.0]
        return m.LSQBivariateSpline(x, y, z, tx, ty, w, box, kx=2, ky=1)(P, Q)

    check(f, x, y, Z.ravel(), np.array([2.6]), np.array([1.1]), w, single=False)


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
