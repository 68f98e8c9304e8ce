"""Cubic interpolation of every kind, with every condition at the ends and few points."""

import numpy as np
import pytest

from .checks import AROUND, DATA, INSIDE, SITES, TABLE, check

ENDS = ["not-a-knot", "clamped", "natural", ("not-a-knot", "natural"), ((1, [1.0, 2.0]), "clamped")]


@pytest.mark.parametrize("n", [2, 3, 4, 7])
@pytest.mark.parametrize("bc", ENDS, ids=["knot", "clamped", "natural", "both", "value"])
def test_cubic_splines(bc, n):
    check(lambda m, x, y, q: m.CubicSpline(x, y, 0, bc)(q), SITES[:n], TABLE[:n], AROUND)


@pytest.mark.parametrize("n", [2, 3, 4, 7])
def test_splines_with_a_period(n):
    def f(m, x, y, q):
        y = np.concatenate([y, y[:1]])
        s = m.CubicSpline(x, y, bc_type="periodic")
        return s(q), s.integrate(1.0, 20.0), s.integrate(5.0, -20.0)

    check(f, SITES[:n], TABLE[: n - 1], AROUND, order=1, step=1e-4)


def test_values_of_conditions_have_gradients():
    def f(m, x, y, a, b):
        return m.CubicSpline(x, y, bc_type=((1, a), (2, b)))(INSIDE)

    check(f, SITES, DATA, np.array(0.3), np.array(-0.7))


def test_given_slopes_and_other_axes():
    check(
        lambda m, x, y, s, q: m.CubicHermiteSpline(x, y, s)(q),
        SITES,
        TABLE,
        TABLE[::-1],
        INSIDE,
    )
    check(lambda m, x, y, q: m.CubicSpline(x, y, axis=-1)(q), SITES, TABLE.T, INSIDE)
    check(lambda m, y: m.CubicSpline(SITES, y)(INSIDE), TABLE + 1j * TABLE[::-1], order=1)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_monotone(n):
    q = INSIDE[INSIDE < SITES[n - 1]]
    check(lambda m, x, y, q: m.PchipInterpolator(x, y)(q), SITES[:n], TABLE[:n], q)
    check(lambda m, x, y, q: m.pchip_interpolate(x, y, q, [0, 1]), SITES[:n], TABLE[:n], q)


def test_monotone_where_it_is_flat_or_turns():
    y = np.array([0.0, 0.0, 1.0, 3.0, 2.0, 2.0, 2.5])
    q = np.array([2.3, 3.5, 5.5])
    check(lambda m, x, q: m.PchipInterpolator(x, y)(q), SITES, q)


@pytest.mark.parametrize("method", ["akima", "makima"])
@pytest.mark.parametrize("n", [2, 3, 7])
def test_akima(n, method):
    q = INSIDE[INSIDE < SITES[n - 1]]
    f = lambda m, x, y, q: m.Akima1DInterpolator(x, y, method=method)(q)  # noqa: E731
    check(f, SITES[:n], TABLE[:n], q)


def test_akima_where_data_is_straight():
    y = np.array([0.0, 1.0, 2.0, 3.0, 3.0, 3.0, 5.0])
    f = lambda m, q: m.Akima1DInterpolator(np.arange(7.0), y)(q)  # noqa: E731
    check(f, np.array([0.5, 2.5, 3.5, 5.5]))


def test_derivatives_and_integrals():
    def f(m, x, y, q):
        s = m.CubicSpline(x, y)
        return s(q, 1), s.derivative()(q), s.antiderivative(2)(q), s.integrate(q[0, 0], q[0, 1])

    check(f, SITES, TABLE, INSIDE)


def test_empty_data():
    check(lambda m, x, q: m.CubicSpline(x, np.ones((7, 0)))(q).sum() + x[0], SITES, INSIDE)
