"""Polynomials and rational functions through points, at the points themselves too."""

import numpy as np

from .checks import INSIDE, SITES, TABLE, check, refuses

X, Y = SITES[:4], TABLE[:4]


def every(s, q):
    return s(q), s.derivative(q, 2), s.derivatives(q)


def test_barycentric():
    check(lambda m, x, y, q: every(m.BarycentricInterpolator(x, y, rng=1), q), X, Y, INSIDE)

    def at(m, x, y, q):
        return every(m.BarycentricInterpolator(x, y, axis=1, rng=1), q)[:2]

    check(at, X, Y.T, X[1:3])


def test_given_weights_have_gradients():
    w = np.array([1.0, -2.0, 2.0, -1.0])
    check(
        lambda m, x, y, q, w: m.BarycentricInterpolator(x, y, wi=w)(q),
        X,
        Y,
        INSIDE,
        w,
        single=False,
    )


def test_data_that_come_later():
    def added(m, x, y, q):
        s = m.BarycentricInterpolator(x[:3], y[:3], rng=1)
        s.add_xi(x[3:], y[3:])
        return s(q)

    def given(m, x, y, q):
        s = m.BarycentricInterpolator(x, rng=1)
        s.set_yi(y)
        return s(q)

    check(added, X, Y, INSIDE)
    check(given, X, Y, INSIDE)


def test_functions():
    def f(m, x, y, q):
        return m.barycentric_interpolate(x, y, q, der=1, rng=1), m.krogh_interpolate(
            x, y, q, [0, 2]
        )

    check(f, X, Y, INSIDE)


def test_krogh():
    check(lambda m, x, y, q: every(m.KroghInterpolator(x, y), q), X, Y, INSIDE)
    check(lambda m, x, y, q: m.KroghInterpolator(x, y, axis=1)(q), X, Y.T, INSIDE[0])


def test_derivatives_as_data():
    x = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 2.0])
    check(lambda m, y, q: every(m.KroghInterpolator(x, y), q), TABLE[:6], INSIDE)
    refuses(
        lambda m, x: m.KroghInterpolator(x, TABLE[:6])(0.5),
        x,
        match="points given again is not differentiable in xi",
    )


def test_rational():
    check(lambda m, x, y, q: m.FloaterHormannInterpolator(x, y, d=2)(q), SITES, TABLE, INSIDE)
    check(lambda m, x, y, q: m.FloaterHormannInterpolator(x, y, axis=1)(q), SITES, TABLE.T, INSIDE)
