"""Polynomials as np.poly1d."""

import numpy as np

from .checks import DATA, SITES, check


def test_lagrange():
    check(lambda m, x, w: m.lagrange(x, w).c, SITES[:4], DATA[:4])
    straight = lambda m, w: m.lagrange(np.arange(3.0), w).c  # noqa: E731
    check(straight, np.array([1.0, 2.0, 4.0]))


def test_pade():
    def f(m, a):
        p, q = m.pade(a, 2)
        return p.c, q.c, m.pade(a, 1, 1)[0].c

    check(f, 1 / np.cumprod([1.0, 1.0, 2.0, 3.0, 4.0]) + 0.01, single=False)


def test_taylor():
    def f(m, x, scale):
        return m.approximate_taylor_polynomial(lambda z: np.sin(scale * z), x, 3, 0.3).c

    check(f, np.array(0.4), np.array(1.2), single=False)
