"""FITPACK's splines as objects."""

import numpy as np
import pytest

from .checks import AROUND, DATA, SITES, check, refuses

MANY = np.linspace(0, 6, 12) + 0.05 * np.sin(np.arange(12))


def test_all_that_a_spline_tells():
    def f(m, x, y, q):
        s = m.UnivariateSpline(x, y, s=0)
        slopes = s(q, 1), s.derivative()(q), s.antiderivative(2)(q), s.derivatives(q[1])
        return s(q), *slopes, 1.0 * s.integral(q[0], q[1]), s.get_coeffs(), s.get_knots()

    check(f, SITES, DATA, AROUND, single=False)


@pytest.mark.parametrize("ext", [0, 1, 3, "const"])
def test_outside(ext):
    def f(m, x, y, q, low):
        s = m.InterpolatedUnivariateSpline(x, y, bbox=[low, None], k=4, ext=ext)
        return s(q), s(q, 1), s.derivative()(q), s(q, ext="zeros")

    check(f, SITES, DATA, AROUND, np.array(-0.4), single=False)


def test_near_data():
    def f(m, x, y, t, w):
        return m.LSQUnivariateSpline(x, y, t, w)(AROUND)

    check(f, MANY, np.cos(3 * MANY), np.array([1.93, 4.6]), np.linspace(1, 2, 12), single=False)


def test_smoothing_has_gradients_at_its_points_alone():
    check(lambda m, q: m.UnivariateSpline(SITES, DATA, s=1.0)(q), AROUND)
    refuses(
        lambda m, y: m.UnivariateSpline(SITES, y, s=1.0)(AROUND),
        DATA,
        match="UnivariateSpline with s > 0 is not differentiable in y",
    )
    refuses(lambda m, y: m.UnivariateSpline(SITES, y, s=0).roots(), DATA, match="roots has no")
