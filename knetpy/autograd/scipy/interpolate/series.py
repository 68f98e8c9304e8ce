"""Polynomials that are given as np.poly1d: through points, and like a function near a point."""

from math import factorial

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.rules.composites import exactly

from .parts import floats
from .polynomials import KroghInterpolator

__all__ = ["approximate_taylor_polynomial", "lagrange", "pade"]


def lagrange(x, w):
    """The polynomial through the points (x, w), as a np.poly1d.

    >>> lagrange([0.0, 1.0, 2.0], [0.0, 1.0, 4.0]).c.round(12).tolist()
    [1.0, 0.0, 0.0]
    """
    known = interpolate.lagrange(*plain((x, w)))
    if not any_live([x, w]):
        return known
    x, w = floats(x), floats(w)
    found = 0
    for j in range(len(x)):
        c = w[j : j + 1]
        for k in (k for k in range(len(x)) if k != j):
            c = np.convolve(c, np.stack([np.ones_like(x[k]), -x[k]])) / (x[j] - x[k])
        found = found + c
    return np.poly1d(exactly(found[len(x) - len(known.c) :], known.c))


def approximate_taylor_polynomial(f, x, degree, scale, order=None):
    """Taylor's polynomial of `f` about x, from its values nearer than `scale`, as a np.poly1d.

    Gradients go to x and whatever f uses.

    >>> approximate_taylor_polynomial(np.exp, 0.0, 2, 1e-2).c.round(2).tolist()
    [0.5, 1.0, 1.0]
    """
    n = (degree if order is None else order) + 1
    sites = scale * np.cos(np.linspace(0, np.pi, n, endpoint=n % 1)) + x
    d = KroghInterpolator(sites, f(sites)).derivatives(x, der=degree + 1)
    factorials = np.array([float(factorial(k)) for k in range(degree + 1)])
    return np.poly1d((d / factorials)[::-1])


def pade(an, m, n=None):
    """Padé's approximation of a series `an`: np.poly1d above and below, of degrees n and m.

    >>> [p.c.round(12).tolist() for p in pade([1.0, 1.0, 0.5], 1)]
    [[0.5, 1.0], [-0.5, 1.0]]
    """
    known = interpolate.pade(plain(an), m, n)
    if not any_live(an):
        return known
    a = floats(an)
    n = len(a) - 1 - m if n is None else n
    a = a[: n + m + 1]
    place = np.arange(len(a))[:, None] - 1 - np.arange(m) + m
    series = np.concatenate([np.zeros_like(a, shape=(m,)), a])
    found = np.linalg.solve(np.concatenate([np.eye(len(a), n + 1), -series[place]], axis=1), a)
    parts = found[n::-1], np.concatenate([found[:n:-1], np.ones_like(a[:1])])
    return tuple(
        np.poly1d(exactly(part[len(part) - len(p.c) :], p.c))
        for part, p in zip(parts, known, strict=True)
    )
