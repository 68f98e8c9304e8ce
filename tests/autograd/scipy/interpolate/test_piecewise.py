"""Polynomials by pieces: every argument, derivatives, integrals, periods, other axes."""

import numpy as np
import pytest

from .checks import AROUND, INSIDE, SITES, check

C = np.sin(np.arange(36.0) * 1.7).reshape(3, 6, 2)
X, Z = np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.7, 1.5, 2.0])
BOXES = np.sin(np.arange(72.0) * 1.7).reshape(3, 2, 2, 3, 2)
POINTS = np.array([[0.3, 0.5], [1.2, 1.1], [1.9, 1.8]])


@pytest.mark.parametrize("x", [SITES, -SITES], ids=["rising", "falling"])
def test_values_and_derivatives(x):
    check(
        lambda m, c, x, q: [m.PPoly(c, x)(q, nu) for nu in (0, 1, 4)],
        C,
        x,
        np.sign(x[1]) * INSIDE,
    )


@pytest.mark.parametrize("extrapolate", [True, False, "periodic"])
def test_integrals_and_what_is_outside(extrapolate):
    ends = [(0.4, 5.6), (5.6, 0.4)]
    if extrapolate:
        ends += [(-0.3, 20.1), (20.1, -7.3)]

    def f(m, c, x, q):
        s = m.PPoly(c, x, extrapolate)
        inner = np.nan_to_num(s(q)) if extrapolate is False else s(q)
        return inner, s.antiderivative(2)(q[1]), *(s.integrate(a, b) for a, b in ends)

    check(f, C, SITES, AROUND, step=1e-4, order=1)
    if extrapolate is not False:
        check(
            lambda m, c, x, a, b: m.PPoly(c, x, extrapolate).integrate(a, b),
            C,
            SITES,
            *AROUND[1:],
        )


def test_other_axes():
    check(lambda m, c, x, q: m.PPoly(c, x, axis=1)(q), np.moveaxis(C, 2, 0).copy(), SITES, INSIDE)
    check(
        lambda m, c, x, q: m.PPoly(c, x, axis=1).derivative()(q),
        np.moveaxis(C, 2, 0).copy(),
        SITES,
        INSIDE,
    )


@pytest.mark.parametrize("shape", [(), (0,), (1, 1)])
def test_points_of_every_shape(shape):
    q = np.full(shape, 2.3)
    check(lambda m, c, x: m.PPoly(c, x)(q), C, SITES) if q.size else None
    from knetpy.autograd.scipy.interpolate import PPoly

    assert PPoly(C, SITES)(q).shape == (*shape, 2)


@pytest.mark.parametrize("far", [7.0, -3.0], ids=["append", "prepend"])
def test_extension(far):
    def f(m, c, x, more, q):
        s = m.PPoly(c, x)
        s.extend(more, np.array([far, far + 1]))
        return s(q), s(np.array([far + 0.5])), s.c

    check(f, C, SITES, np.ones((4 if far > 0 else 3, 2, 2)) + C[:1, :2], INSIDE)


def test_complex_coefficients():
    check(lambda m, c: m.PPoly(c, SITES)(INSIDE, 1), C + 1j * C[::-1], order=1)


def test_from_a_spline():
    t = np.linspace(-1, 2, 13) + 0.05 * np.sin(np.arange(13) * 3)
    c = np.concatenate([C[0, :, 0], C[1, :3, 0]])
    q = np.array([0.13, 0.71, -0.2])
    check(lambda m, t, c, q: m.PPoly.from_spline((t, c, 3))(q), t, c, q, single=False)


def test_boxes():
    def f(m, c, x, z, q):
        s = m.NdPPoly(c, (x, z))
        return (
            s(q),
            s(q, nu=(1, 0)),
            s.derivative((1, 0))(q),
            s.antiderivative((1, 2))(q),
            s.integrate([(0.1, 0.7), (0.5, 1.9)]),
            s.integrate_1d(0.3, 1.2, 1)(q[:, :1]),
        )

    check(f, BOXES, X, Z, POINTS)


def test_beyond_boxes_nothing_has_a_gradient():
    f = lambda m, c, q: np.nan_to_num(m.NdPPoly(c, (X, Z), extrapolate=False)(q))  # noqa: E731
    check(f, BOXES, POINTS + [0.0, 0.5])
