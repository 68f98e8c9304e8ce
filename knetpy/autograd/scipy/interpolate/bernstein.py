"""Polynomials by pieces in Bernstein's basis.

sum_p c[p, i] binom(k - 1, p) s^p (1 - s)^(k - 1 - p),   s = (q - x[i]) / (x[i + 1] - x[i])
"""

from math import comb

import numpy as np
from scipy import interpolate, special

from knetpy.autograd.dispatch import plain

from .parts import along, floats
from .piecewise import Piecewise, starts, taken

__all__ = ["BPoly"]


def to_bernstein(c, gaps):
    k = c.shape[0] - 1
    scaled = [c[k - p] / comb(k, p) * gaps**p for p in range(k + 1)]
    return np.stack([sum(comb(j, p) * scaled[p] for p in range(j + 1)) for j in range(k + 1)])


class BPoly(Piecewise):
    """Polynomials by pieces in Bernstein's basis.

    >>> BPoly([[0.0], [0.0], [4.0]], [0.0, 2.0])(1.0)
    array(1.)
    """

    def __init__(self, c, x, extrapolate=None, axis=0):
        self.made(*taken(interpolate.BPoly, c, x, extrapolate, axis))

    @classmethod
    def construct_fast(cls, c, x, extrapolate=None, axis=0):
        known = interpolate.BPoly.construct_fast(*plain((c, x)), extrapolate, axis)
        return object.__new__(cls).made(known, "c x", lambda: [c, x], [c, x])

    @classmethod
    def from_power_basis(cls, pp, extrapolate=None):
        known = interpolate.BPoly.from_power_basis(getattr(pp, "known", pp), extrapolate)
        return object.__new__(cls).made(
            known, "c x", lambda: [to_bernstein(pp.c, pp.gaps()), pp.x], [pp.c, pp.x]
        )

    @classmethod
    def from_derivatives(cls, xi, yi, orders=None, extrapolate=None):
        known = interpolate.BPoly.from_derivatives(*plain((xi, yi)), orders, extrapolate)
        return object.__new__(cls).made(
            known, "c x", lambda: [hermite(floats(xi), yi, orders), floats(xi)], [xi, yi]
        )

    def piece(self, i, q, nu):
        c = self.differentiated(nu)[:, i]
        share = (q - self.x[i]) / (self.x[i + 1] - self.x[i])
        s = along(share, c.ndim - 1)
        while len(c) > 1:
            c = c[:-1] * (1 - s) + c[1:] * s
        return c[0]

    def differentiated(self, nu):
        c = self.c
        for _ in range(nu):
            k = c.shape[0] - 1
            c = k * (c[1:] - c[:-1]) / self.gaps() if k else np.zeros_like(c)
        return c

    def lengthened(self, c, k):
        return raised(c, k - len(c))

    def integral_of(self, c):
        sums = np.cumsum(c, axis=0) / c.shape[0] * self.gaps()
        c = np.concatenate([np.zeros_like(sums[:1]), sums])
        return c + starts(sums[-1])


def hermite(x, y, orders):
    """Bernstein's coefficients of the pieces that have derivatives `y` at their ends."""
    m = len(x) - 1
    orders = orders if np.ndim(orders) else [orders] * m
    pieces = []
    for i in range(m):
        left, right = ([floats(part) for part in y[j]] for j in (i, i + 1))
        if orders[i] is not None:
            n = orders[i] + 1
            after = min(n - min(n // 2, len(left)), len(right))
            left, right = left[: n - after], right[:after]
        pieces.append(between(x[i + 1] - x[i], left, right))
    k = max([len(c) for c in pieces] + [len(y[i]) + len(y[i + 1]) for i in range(m)])
    k = max([k, *(order for order in orders if order is not None)])
    return np.stack([raised(c, k - len(c)) for c in pieces], axis=1)


def between(h, left, right):
    """Bernstein's coefficients by derivatives at the ends of a piece of length `h`."""
    n = len(left) + len(right)
    start, end = [], []
    for q, y in enumerate(left):
        c = y / special.poch(n - q, q) * h**q
        start.append(c - sum((-1) ** (j + q) * comb(q, j) * start[j] for j in range(q)))
    for q, y in enumerate(right):
        c = y / special.poch(n - q, q) * (-h) ** q
        end.append(c - sum((-1) ** (j + 1) * comb(q, j + 1) * end[q - 1 - j] for j in range(q)))
    return [*start, *end[::-1]]


def raised(c, d):
    """The same polynomial in a basis of a degree higher by `d`."""
    k = len(c) - 1
    return np.stack(
        [
            sum(
                c[a] * (comb(k, a) * comb(d, j - a) / comb(k + d, j))
                for a in range(max(0, j - d), min(k, j) + 1)
            )
            for j in range(k + d + 1)
        ]
    )
