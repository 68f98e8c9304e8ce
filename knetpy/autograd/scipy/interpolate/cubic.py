"""Cubic polynomials by pieces, told by their values and slopes at the breaks.

The kinds differ in how the slopes come from the values: given, monotone (Pchip), local (Akima),
or by a tridiagonal system, which makes the second derivative continuous (CubicSpline).
Source:  Fritsch and Butland 1984; Akima 1970; de Boor 2001, chapter IV
"""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import plain
from knetpy.autograd.scipy.linalg import solve_banded
from knetpy.autograd.values import value

from .fitting import conditions
from .parts import along, floats
from .piecewise import PPoly

__all__ = [
    "Akima1DInterpolator",
    "CubicHermiteSpline",
    "CubicSpline",
    "PchipInterpolator",
    "pchip_interpolate",
]


def hermite(x, y, slopes):
    """The coefficients of the pieces, (4, pieces, ...), from what is given at the breaks."""
    h = along(x[1:] - x[:-1], y.ndim)
    mean = (y[1:] - y[:-1]) / h
    bend = (slopes[:-1] + slopes[1:] - 2 * mean) / h
    return np.stack([bend / h, (mean - slopes[:-1]) / h - bend, slopes[:-1], y[:-1]])


class Cubic(PPoly):
    """What the kinds share: `slopes(x, y)` from the breaks and the values on the first axis."""

    def through(self, known, x, y, axis, slopes, *given):
        def parts():
            breaks, data = floats(x), np.moveaxis(floats(y), axis, 0)
            return [hermite(breaks, data, slopes(breaks, data)), breaks]

        self.made(known, "c x", parts, [x, y, *given])


class CubicHermiteSpline(Cubic):
    """The cubic polynomials with the values y and the slopes dydx at the breaks x.

    >>> CubicHermiteSpline([0.0, 1.0], [0.0, 1.0], [0.0, 0.0])(0.5)
    array(0.5)
    """

    def __init__(self, x, y, dydx, axis=0, extrapolate=None):
        known = interpolate.CubicHermiteSpline(*plain((x, y, dydx)), axis, extrapolate)
        slopes = lambda x, y: np.moveaxis(floats(dydx), axis, 0)  # noqa: E731
        self.through(known, x, y, axis, slopes, dydx)


class PchipInterpolator(Cubic):
    """The monotone cubic interpolation: slopes are harmonic means, and 0 at each turn.

    >>> PchipInterpolator([0.0, 1.0, 2.0], [0.0, 1.0, 1.0])([0.5, 1.5]).tolist()
    [0.6875, 1.0]
    """

    def __init__(self, x, y, axis=0, extrapolate=None):
        known = interpolate.PchipInterpolator(*plain((x, y)), axis, extrapolate)
        self.through(known, x, y, axis, monotone)


def monotone(x, y):
    h = along(x[1:] - x[:-1], y.ndim)
    mean = (y[1:] - y[:-1]) / h
    if len(x) == 2:
        return np.concatenate([mean, mean])
    sign = np.sign(value(mean))
    turns = (sign[1:] != sign[:-1]) | (sign[1:] == 0)
    right, left = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    before, after = (np.where(turns, 1, part) for part in (mean[:-1], mean[1:]))
    inner = np.where(turns, 0, (right + left) / (right / before + left / after))
    first = at_end(h[0], h[1], mean[0], mean[1])
    last = at_end(h[-1], h[-2], mean[-1], mean[-2])
    return np.concatenate([first[None], inner, last[None]])


def at_end(h, further, mean, next_mean):
    """The slope of the parabola at an end, unless it turns back or is too steep."""
    slope = ((2 * h + further) * mean - h * next_mean) / (h + further)
    plain_slope, m, n = map(value, (slope, mean, next_mean))
    steep = (np.sign(m) != np.sign(n)) & (abs(plain_slope) > 3 * abs(m))
    slope = np.where(steep, 3 * mean, slope)
    return np.where(np.sign(plain_slope) != np.sign(m), 0, slope)


def pchip_interpolate(xi, yi, x, der=0, axis=0):
    """PchipInterpolator(xi, yi) or its derivative of order `der` at x; a list of them for a list.

    >>> pchip_interpolate([0.0, 1.0], [0.0, 1.0], 0.25, der=[0, 1])
    [array(0.25), array(1.)]
    """
    spline = PchipInterpolator(xi, yi, axis=axis)
    if np.ndim(der):
        return [spline.derivative(nu)(x) for nu in der]
    return spline(x) if der == 0 else spline.derivative(der)(x)


class Akima1DInterpolator(Cubic):
    """Akima's interpolation: slopes are means of those beside, weighted against sudden changes.

    >>> Akima1DInterpolator([0.0, 1.0, 2.0], [0.0, 1.0, 2.0])(1.5)
    array(1.5)
    """

    def __init__(self, x, y, axis=0, *, method="akima", extrapolate=None):
        options = {"method": method, "extrapolate": extrapolate}
        known = interpolate.Akima1DInterpolator(*plain((x, y)), axis, **options)
        self.through(known, x, y, axis, lambda x, y: weighted(x, y, method))


def weighted(x, y, method):
    mean = (y[1:] - y[:-1]) / along(x[1:] - x[:-1], y.ndim)
    if len(x) == 2:
        return np.concatenate([mean, mean])
    first, last = 2 * mean[0] - mean[1], 2 * mean[-1] - mean[-2]
    before, behind = 2 * first - mean[0], 2 * last - mean[-1]
    m = np.concatenate([before[None], first[None], mean, last[None], behind[None]])
    change = abs(m[1:] - m[:-1])
    if method == "makima":
        change = change + abs(m[1:] + m[:-1]) / 2
    a, b = change[2:], change[:-2]
    both = value(a + b)
    known = both > 1e-9 * both.max(initial=-np.inf)
    share = np.where(known, b, 0) / np.where(known, a + b, 1)
    means = m[1:-2] + share * (m[2:-1] - m[1:-2])
    return np.where(known, means, (m[3:] + m[:-3]) / 2)


class CubicSpline(Cubic):
    """The cubic spline through (x, y), twice continuously differentiable.

    bc_type says what holds at its ends: "not-a-knot", "clamped", "natural", "periodic", or for
    each end such a word or a pair (order of a derivative, its value); values have gradients.

    >>> CubicSpline([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 8.0, 27.0])(1.5)
    array(3.375)
    """

    def __init__(self, x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
        known = interpolate.CubicSpline(*plain((x, y)), axis, plain(bc_type), extrapolate)
        if known.c.dtype.kind == "c":
            y = floats(y) + 0j
        self.through(known, x, y, axis, lambda x, y: smooth(x, y, bc_type), bc_type)


def smooth(x, y, bc_type):
    """The slopes with which the second derivative is continuous at the inner breaks."""
    if not y.size:
        return np.zeros_like(y)
    n, h = len(x), x[1:] - x[:-1]
    wide = along(h, y.ndim)
    mean = (y[1:] - y[:-1]) / wide
    right = 3 * (wide[1:] * mean[:-1] + wide[:-1] * mean[1:])
    if isinstance(bc_type, str) and bc_type == "periodic":
        return around(h, wide, mean, right)
    ends = (bc_type, bc_type) if isinstance(bc_type, str) else bc_type
    if n == 3 and all(isinstance(bc, str) and bc == "not-a-knot" for bc in ends):
        ends = ends[0], (2, 2 * (mean[1] - mean[0]) / (wide[0] + wide[1]))
    start = end_row(ends[0], h, wide, mean, 1)
    stop = end_row(ends[1], h[::-1], wide[::-1], mean[::-1], -1)
    low = np.concatenate([h[1:], stop[1][None], 0 * h[:1]])
    up = np.concatenate([0 * h[:1], start[1][None], h[:-1]])
    diagonal = np.concatenate([start[0][None], 2 * (h[:-1] + h[1:]), stop[0][None]])
    b = np.concatenate([start[2][None], right, stop[2][None]])
    return solve_banded((1, 1), np.stack([up, diagonal, low]), b.reshape(n, -1)).reshape(b.shape)


def end_row(bc, h, wide, mean, sign):
    """The diagonal, the entry beside it and the right hand side of an end's equation."""
    one, none = np.ones_like(h[0]), np.zeros_like(h[0])
    if isinstance(bc, str) and bc == "not-a-knot":
        if len(h) == 1:
            return one, none, mean[0]
        both = wide[0] + wide[1]
        b = ((wide[0] + 2 * both) * wide[1] * mean[0] + wide[0] ** 2 * mean[1]) / both
        return h[1], h[0] + h[1], b
    (order, y), *_ = conditions(bc, mean.shape[1:])[0] if isinstance(bc, str) else [bc]
    if order == 1:
        return one, none, floats(y) + 0 * mean[0]
    return 2 * h[0], h[0], 3 * mean[0] * wide[0] - sign * floats(y) * wide[0] ** 2 / 2


def around(h, wide, mean, right):
    """The slopes of a spline that goes on with a period: of the n - 1 equations, a cycle."""
    n = len(h)
    if n == 1:
        return np.concatenate([mean, mean])
    if n == 2:
        slope = (mean / wide).sum(axis=0) / (1 / wide).sum(axis=0)
        return np.stack([slope] * 3)
    before = np.concatenate([h[-1:], h[:-1]])
    first = 3 * (wide[:1] * mean[-1:] + wide[-1:] * mean[:1])
    eye = np.eye(n)
    matrix = (
        eye * (2 * (before + h))[:, None]
        + np.roll(eye, 1, axis=1) * before[:, None]
        + np.roll(eye, -1, axis=1) * h[:, None]
    )
    b = np.concatenate([first, right])
    slopes = np.linalg.solve(matrix, b.reshape(n, -1)).reshape(b.shape)
    return np.concatenate([slopes, slopes[:1]])
