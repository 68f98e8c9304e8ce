"""Polynomials in Bernstein's basis, from powers, derivatives and back."""

import numpy as np
import pytest

from .checks import INSIDE, SITES, check

C = np.sin(np.arange(48.0) * 1.7).reshape(4, 6, 2)


def test_values_derivatives_integrals():
    def f(m, c, x, q):
        s = m.BPoly(c, x)
        return s(q), s(q, 1), s.derivative(2)(q), s.antiderivative(2)(q), s.integrate(0.4, 5.7)

    check(f, C, SITES, INSIDE)


def test_periods():
    f = lambda m, c, x: m.BPoly(c, x, "periodic").integrate(0.4, 17.1)  # noqa: E731
    check(f, C, SITES)


def test_both_bases_are_one():
    check(lambda m, c, x, q: m.BPoly.from_power_basis(m.PPoly(c, x))(q), C, SITES, INSIDE)
    check(lambda m, c, x, q: m.PPoly.from_bernstein_basis(m.BPoly(c, x))(q), C, SITES, INSIDE)


@pytest.mark.parametrize("orders", [None, 2, [3, 1]])
def test_from_derivatives(orders):
    def f(m, x, a, b, c, q):
        return m.BPoly.from_derivatives(x, [[a, b], [b, c], [c, a, b]], orders)(q)

    check(f, SITES[:3], *np.array([1.0, 2.0, 0.5]), np.array([0.3, 1.5]))


def test_extension_raises_the_degree():
    def f(m, c, q):
        s = m.BPoly(c, SITES)
        s.extend(np.ones((6, 1, 2)) * c[0, 0], np.array([8.0]))
        return s(q), s(np.array([7.3]))

    check(f, C, INSIDE)
