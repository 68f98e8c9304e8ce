"""B-splines: knots, coefficients, points; in several variables."""

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.autograd.scipy import interpolate as ours

from .checks import AROUND, DATA, INSIDE, SITES, check, refuses

T = np.linspace(-1, 2, 13) + 0.05 * np.sin(np.arange(13) * 3)
C = np.sin(np.arange(18.0) * 1.7).reshape(9, 2)
Q = np.array([0.13, 0.71, -0.9, 1.97])


def test_values_derivatives_integrals():
    def f(m, t, c, q):
        s = m.BSpline(t, c, 3)
        values = [s(q, nu) for nu in range(5)]
        return *values, s.derivative()(q), s.antiderivative(2)(q), s.integrate(-0.2, 7.0)

    check(f, T, C, Q)


@pytest.mark.parametrize("k", [0, 1, 2, 5])
def test_degrees_and_repeated_knots(k):
    t = np.repeat([0.0, 1.0, 2.5, 3.0], [k + 1, 1, max(k - 1, 1), k + 1])
    n = len(t) - k - 1
    q = np.array([0.4, 1.9, 2.7])
    check(
        lambda m, c, q: [m.BSpline(t, c, k)(q, nu) for nu in range(k + 1)],
        np.resize(C, (n, 2)),
        q,
        single=k > 0,
    )


@pytest.mark.parametrize("extrapolate", [True, False, "periodic"])
def test_what_is_outside(extrapolate):
    def f(m, t, c, q):
        s = m.BSpline(t, c, 3, extrapolate)
        return np.nan_to_num(s(q)), s.integrate(q[0], q[1]), s.integrate(q[2], -0.1)

    check(f, T, C, np.array([-2.13, 0.2, 3.3]), step=1e-4, order=1)


def test_other_ways_to_a_spline():
    check(lambda m, t: m.BSpline.basis_element(t)(Q), T[2:7])
    check(lambda m, t, c: m.BSpline(t, c, 3, axis=1)(Q), T, C.T)
    check(lambda m, c: m.BSpline(T, c, 3)(Q), C + 1j * C[::-1], order=1)
    check(lambda m, t, c: m.BSpline(t, c, 3).insert_knot(0.7, 2)(Q), T, C)
    refuses(
        lambda m, c: m.BSpline(T, c, 3, "periodic").insert_knot(0.7)(Q),
        C,
        match="insert_knot with a period",
    )


@pytest.mark.parametrize("bc", ["not-a-knot", "natural", "periodic"])
def test_from_powers(bc):
    def f(m, x, y):
        y = np.concatenate([y[:-1], y[:1]])
        s = m.BSpline.from_power_basis(m.CubicSpline(x, y, bc_type=bc), bc)
        return s(INSIDE)

    check(f, SITES, DATA)


def test_the_design_matrix_is_a_sparse_one_with_gradients():
    q, c = np.array([0.1, 0.2, 0.7]), C[:, 0]
    f = lambda q, t: ours.BSpline.design_matrix(q, t, 3) @ c  # noqa: E731
    expected = ours.BSpline(T, c, 3)(q, 1)
    assert np.allclose(grad(lambda q: np.sum(f(q, T)))(q), expected, rtol=1e-12)
    assert np.allclose(f(q, T), ours.BSpline(T, c, 3)(q))


def test_several_variables():
    u = np.array([-0.05, 0.0, 1.0, 2.0, 2.1])
    c = np.sin(np.arange(54.0) * 1.7).reshape(9, 3, 2)
    q = np.array([[0.13, 0.4], [0.71, 1.7]])

    def f(m, t, u, c, q):
        s = m.NdBSpline((t, u), c, (3, 1))
        return s(q), s(q, nu=[1, 0]), s.derivative([1, 1])(q), s.derivative([4, 0])(q)

    check(f, T, u, c, q)

    def outside(m, c, q):
        return np.nan_to_num(m.NdBSpline((T, u), c, (3, 1), extrapolate=False)(q))

    check(outside, c, q + [[0, 0], [0, 3]])
    refuses(
        lambda m, q: m.NdBSpline.design_matrix(q, (T, T), 3).sum(),
        q,
        match="xvals",
    )


def test_a_spline_is_its_scalar_at_one_point():
    assert ours.BSpline(T, C[:, 0], 3)(np.float64(0.2)).shape == ()
    assert ours.BSpline(T, C, 3)(AROUND[:0]).shape == (0, 2)
