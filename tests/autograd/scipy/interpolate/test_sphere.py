"""Splines on the sphere: scattered data, grids with every condition at the poles, evaluation."""

import numpy as np
import pytest
from scipy import interpolate as theirs

from knetpy.autograd import Param
from knetpy.autograd.scipy import interpolate as ours

from .checks import check, refuses

SOURCE = np.random.default_rng(5)
THETA, PHI, R = (SOURCE.uniform(low, high, 26) for low, high in ((0.1, 3.0), (0.1, 6.2), (-1, 1)))
U, V = np.array([0.3, 0.8, 1.3, 1.9, 2.3, 2.8]), np.array([-0.9, 0.3, 1.2, 2.6, 3.5, 4.4])
GRID = SOURCE.normal(size=(6, 6))
P, Q = np.array([0.2, 1.1, 2.95]), np.array([0.4, 2.2, 4.3])


@pytest.mark.parametrize(
    "tt, tp", [([1.0, 2.0], [1.5, 3.0, 4.5]), ([], [2.0, 4.0])], ids=["knots", "one-piece"]
)
def test_near_scattered_data(tt, tp):
    def f(m, theta, phi, r, tt, tp, w):
        s = m.LSQSphereBivariateSpline(theta, phi, r, tt, tp, w)
        return s(P, Q), s.get_coeffs(), *s.get_knots()

    w = np.linspace(1, 2, 26)
    check(f, THETA, PHI, R, np.array(tt), np.array(tp), w, single=False)


@pytest.mark.parametrize("values", [(None, None), (0.4, None), (None, -0.7), (0.4, -0.7)])
@pytest.mark.parametrize(
    "smooth, flat",
    [
        (False, False),
        (True, False),
        (True, True),
        ((True, False), (False, False)),
        ((False, True), (False, False)),
        ((True, True), (False, True)),
    ],
)
def test_through_a_grid(smooth, flat, values):
    def f(m, r, q):
        s = m.RectSphereBivariateSpline(U, V, r, 0.0, smooth, values, True, flat)
        return s.get_coeffs(), s(P, q)

    check(f, GRID, Q)


@pytest.mark.parametrize("smooth", [False, True])
def test_sites_and_values_at_the_poles(smooth):
    def sites(m, u, v):
        s = m.RectSphereBivariateSpline(u, v, GRID, pole_continuity=smooth)
        return *s.get_knots(), s.get_coeffs()

    def poles(m, north, south, r):
        options = {"pole_continuity": smooth, "pole_exact": True}
        both = m.RectSphereBivariateSpline(U, V, r, pole_values=(north, south), **options)
        one = m.RectSphereBivariateSpline(U, V, r, pole_values=(None, south), **options)
        return both.ev(P, Q), one.ev(P, Q)

    check(sites, U, V, single=False)
    check(poles, np.array(0.4), np.array(-0.7), GRID)


def test_one_value_for_both_poles():
    p = Param(0.4)
    for values in (0.4, p):
        found = ours.RectSphereBivariateSpline(U, V, GRID, pole_values=values)
        expected = theirs.RectSphereBivariateSpline(U, V, GRID, pole_values=0.4)
        assert np.array_equal(found.tck[2], expected.tck[2])


def test_few_sites_between_given_poles():
    def f(m, r):
        return m.RectSphereBivariateSpline(U[1:4:2], V, r, 0.0, True, (0.4, 0.2)).get_coeffs()

    check(f, GRID[:2])


def test_points_and_derivatives():
    def f(m, theta, phi, r):
        s = m.RectSphereBivariateSpline(U, V, r)
        slopes = s(theta, phi, dtheta=1), s.ev(theta, phi, dphi=1)
        return s(theta, phi), *slopes, s.partial_derivative(1, 1)(theta, phi)

    check(f, P, Q, GRID)
    check(lambda m, p, q: m.SmoothSphereBivariateSpline(THETA, PHI, R, s=9.0)(p, q), P, Q)
    check(lambda m, p, q: m.RectSphereBivariateSpline(U, V, GRID, s=9.0)(p, q), P, Q)


def test_what_is_found_by_search_is_refused_in_the_data():
    def smooth(m, r):
        return m.SmoothSphereBivariateSpline(THETA, PHI, r, s=9.0)(P, Q)

    refuses(smooth, R, match="SmoothSphereBivariateSpline is not differentiable in r")
    for given in ("r", "pole_values"):
        options = {"r": GRID, "pole_values": (0.1, 0.2), "s": 9.0}

        def grid(m, x, given=given, options=options):
            return m.RectSphereBivariateSpline(U, V, **options | {given: x})(P, Q)

        refuses(grid, np.array(options[given]), match=f"s > 0 is not differentiable in {given}")


@pytest.mark.parametrize(
    "f, match",
    [
        (lambda m, x: m.LSQSphereBivariateSpline(THETA + x, PHI, R, [1.0], [2.0]), "theta should"),
        (lambda m, x: m.RectSphereBivariateSpline(U + x, V, GRID), "u should be between"),
        (lambda m, x: m.RectSphereBivariateSpline(U, V, x + GRID[1:]), "same number of elements"),
        (lambda m, x: m.RectSphereBivariateSpline(U, V, GRID)(x, 0.0), "theta out of bounds"),
        (
            lambda m, x: m.RectSphereBivariateSpline(U, V, x * GRID, pole_flat=True),
            "if pole_continuity is False",
        ),
    ],
)
def test_what_scipy_refuses(f, match):
    for module, x in ((theirs, 4.0), (ours, 4.0), (ours, Param(4.0))):
        with pytest.raises(ValueError, match=match):
            f(module, x)
