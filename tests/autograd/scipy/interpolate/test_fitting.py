"""Splines through data, near data and smooth ones."""

import numpy as np
import pytest

from .checks import AROUND, DATA, INSIDE, SITES, TABLE, check, refuses

MANY = np.linspace(0.1, 8.9, 30) + 0.05 * np.sin(np.arange(30) * 3)
NOISY = np.stack([np.cos(MANY), np.sin(3 * MANY)], axis=1)
KNOTS = np.array([-0.5, -0.4, -0.3, -0.2, 3.1, 5.2, 9.4, 9.5, 9.6, 9.7])
WEIGHTS = np.linspace(1, 2, 30)


@pytest.mark.parametrize("k", range(6))
def test_through_data(k):
    check(lambda m, x, y, q: m.make_interp_spline(x, y, k)(q), SITES, TABLE, INSIDE, single=k > 0)


@pytest.mark.parametrize("k, n", [(2, 7), (3, 7), (4, 7), (5, 7), (3, 3)])
def test_with_a_period(k, n):
    def f(m, x, y, q):
        y = np.concatenate([y, y[:1]])
        s = m.make_interp_spline(x, y, k, bc_type="periodic")
        return s(q), s.integrate(1.0, 20.0)

    check(f, SITES[:n], TABLE[: n - 1], AROUND, order=1, step=1e-4)


def test_conditions_at_the_ends():
    def f(m, x, y, a, q):
        s = m.make_interp_spline(x, y, 3, bc_type=([(1, a)], [(2, a)]))
        return s(q), m.make_interp_spline(x, y, 3, bc_type="natural")(q)

    check(f, SITES, TABLE, np.array([0.3, -0.7]), INSIDE)
    both = ([(1, 0.0), (2, 1.0)],) * 2
    clamped = lambda m, x, y: m.make_interp_spline(x, y, 5, bc_type=both)(INSIDE)  # noqa: E731
    check(clamped, SITES, DATA)


def test_given_knots_and_other_axes():
    t = np.array([-0.1, 0.0, 0.1, 0.2, 2.1, 3.2, 4.3, 6.4, 6.5, 6.6, 6.7])
    t[:4] -= 0.3
    check(lambda m, x, y, t: m.make_interp_spline(x, y, 3, t)(INSIDE), SITES, TABLE, t)
    check(lambda m, x, y: m.make_interp_spline(x, y, axis=1)(INSIDE), SITES, TABLE.T)
    check(lambda m, y: m.make_interp_spline(SITES, y)(INSIDE), TABLE + 1j * TABLE[::-1], order=1)
    check(lambda m, x: m.make_interp_spline(x, np.ones((7, 0)))(INSIDE).sum() + x[0], SITES)


@pytest.mark.parametrize("method", ["qr", "norm-eq"])
def test_near_data(method):
    def f(m, x, y, t, w):
        return m.make_lsq_spline(x, y, t, 3, w, method=method)(INSIDE)

    check(f, MANY, NOISY, KNOTS, WEIGHTS)
    check(lambda m, y: m.make_lsq_spline(MANY, y, KNOTS, axis=1)(INSIDE), NOISY.T)


def test_smooth():
    def f(m, x, y, w, lam):
        return m.make_smoothing_spline(x, y, w, lam)(AROUND)

    check(f, SITES, TABLE, WEIGHTS[:7], np.array(0.3))
    check(lambda m, y: m.make_smoothing_spline(SITES, y, lam=2.0, axis=1)(AROUND), TABLE.T)
    refuses(
        lambda m, y: m.make_smoothing_spline(MANY, y)(AROUND),
        NOISY[:, 0],
        match="make_smoothing_spline with lam=None is not differentiable in y",
    )
