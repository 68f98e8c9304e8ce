"""Splines through data or near them: a linear system for the coefficients."""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import plain
from knetpy.autograd.scipy.linalg import solve_banded, solveh_banded
from knetpy.autograd.values import value

from .bsplines import BSpline, design
from .parts import along, fixed, floats

__all__ = [
    "continued",
    "interpolating",
    "knots_around",
    "least_squares",
    "make_interp_spline",
    "make_lsq_spline",
    "make_smoothing_spline",
    "misfit",
    "not_a_knot",
    "periodic_knots",
    "repeated",
]


def repeated(x, n):
    """The number `x`, n times.

    >>> repeated(np.float64(2.0), 3)
    array([2., 2., 2.])
    """
    return np.stack([x] * n) if n else np.zeros_like(x, shape=(0,))


def not_a_knot(x, k, ends=None):
    """The knots of an interpolation without conditions at its ends, which are those of `x`.

    >>> not_a_knot(np.arange(5.0), 3).tolist()
    [0.0, 0.0, 0.0, 0.0, 2.0, 4.0, 4.0, 4.0, 4.0]
    """
    low, high = (x[0], x[-1]) if ends is None else ends
    half = (k + 1) // 2
    inner = x[half : len(x) - half] if k % 2 else ((x[1:] + x[:-1]) / 2)[half : len(x) - 1 - half]
    return np.concatenate([repeated(low, k + 1), inner, repeated(high, k + 1)])


def knots_around(x, k):
    """The knots `x`, and its ends k times more.

    >>> knots_around(np.arange(2.0), 2).tolist()
    [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    """
    return np.concatenate([repeated(x[0], k), x, repeated(x[-1], k)])


def periodic_knots(x, k):
    """The knots that go on beyond both ends of `x` as they do inside.

    >>> periodic_knots(np.array([0.0, 1.0, 3.0]), 1).tolist()
    [-2.0, 0.0, 1.0, 3.0, 4.0]
    """
    if k % 2 == 0:
        inner = x[1:-1] - (x[1:] - x[:-1])[:-1] / 2
        x = np.concatenate([x[:1], inner, x[-1:]])
    return continued(x, k)


def continued(x, k):
    """The knots `x` and k more on each side, by the period from the first to the last.

    >>> continued(np.array([0.0, 1.0, 3.0]), 1).tolist()
    [-2.0, 0.0, 1.0, 3.0, 4.0]
    """
    n, period = len(x) - 1, x[-1] - x[0]
    far = np.arange(-k, n + 1 + k)
    return x[far % n] + (far // n) * period


def banded_solution(rows, first, y):
    """x of the equations sum_j rows[i, j] x[first[i] + j] = y[i], a square system.

    >>> banded_solution(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([0, 0]), np.array([2.0, 5.0]))
    array([2., 3.])
    """
    n, width = rows.shape
    k = width - 1
    i = np.arange(-k, k + 1)[:, None] + np.arange(n)
    j = np.arange(n) - first[np.clip(i, 0, n - 1)]
    there = (i >= 0) & (i < n) & (j >= 0) & (j <= k)
    place = np.where(there, i * width + j, n * width)
    ab = np.concatenate([rows.reshape(-1), np.zeros_like(rows, shape=(1,))])[place]
    x = solve_banded((k, k), ab, y.reshape(n, -1))
    return x.reshape(y.shape)


def dense(rows, first, columns):
    """The matrix with rows[i] from its column first[i] on, of so many columns.

    >>> dense(np.array([[1.0, 2.0]]), np.array([1]), 4)
    array([[0., 1., 2., 0.]])
    """
    n, width = rows.shape
    j = np.arange(columns) - first[:, None]
    place = np.where((j >= 0) & (j < width), np.arange(n)[:, None] * width + j, n * width)
    return np.concatenate([rows.reshape(-1), np.zeros_like(rows, shape=(1,))])[place]


def interpolating(x, y, k, t=None, left=(), right=()):
    """The coefficients of the spline through (x, y), with (order, value) of slopes at the ends.

    >>> interpolating(np.arange(2.0), np.array([3.0, 5.0]), 1)
    array([3., 5.])
    """
    t = not_a_knot(x, k) if t is None else t
    rows, first = design(t, k, x)
    parts = []
    for end, conditions in ((x[:1], left), (x[-1:], right)):
        found = [design(t, k, end, int(nu)) for nu, _ in conditions]
        parts.append(([r for r, _ in found], [f for _, f in found], [v for _, v in conditions]))
    (rows_l, first_l, y_l), (rows_r, first_r, y_r) = parts
    rows = np.concatenate([*rows_l, rows, *rows_r])
    first = np.concatenate([*first_l, first, *first_r])
    ends = [[floats(v).reshape(1, *y.shape[1:]) for v in vs] for vs in (y_l, y_r)]
    return banded_solution(rows, first, np.concatenate([*ends[0], y, *ends[1]]))


def periodic(x, y, k):
    """The knots and coefficients of the spline through (x, y) that goes on with a period.

    Of its n + k - 1 coefficients the last k are the first ones.
    """
    t = periodic_knots(x, k)
    n = len(x) - 1
    rows, first = design(t, k, x[:-1])
    wide = dense(rows, first, n + k)
    folded = wide[:, :n] if k == 0 else sum_of_turns(wide, n)
    c = np.linalg.solve(folded, y[:-1].reshape(n, -1)).reshape(n, *y.shape[1:])
    return t, c[np.arange(n + k) % n]


def sum_of_turns(wide, n):
    """The columns of a matrix added up that are the same modulo n."""
    missing = -wide.shape[1] % n
    wide = np.concatenate([wide, np.zeros_like(wide, shape=(len(wide), missing))], axis=1)
    return wide.reshape(len(wide), -1, n).sum(axis=1)


def conditions(bc_type, shape):
    """The conditions at both ends, each a list of (order, value)."""
    both = (bc_type, bc_type) if bc_type is None or isinstance(bc_type, str) else bc_type
    zeros = np.zeros(shape)
    named = {"clamped": [(1, zeros)], "natural": [(2, zeros)], "not-a-knot": (), None: ()}
    return [named[bc] if bc is None or isinstance(bc, str) else list(bc) for bc in both]


def made(known, parts, given):
    return object.__new__(BSpline).made(known, "t c", parts, given)


def make_interp_spline(x, y, k=3, t=None, bc_type=None, axis=0, check_finite=True):
    """The spline of degree k through the points (x, y), as a BSpline.

    Gradients go to x, y, t and the values in bc_type.

    >>> make_interp_spline([0.0, 1.0, 2.0], [0.0, 1.0, 4.0], k=2)(1.5).round(12)
    np.float64(2.25)
    """
    known = interpolate.make_interp_spline(*plain((x, y, k, t, bc_type)), axis, check_finite)

    def parts():
        sites, data = floats(x), np.moveaxis(floats(y), axis, 0)
        if bc_type == "periodic" and k > 1:
            return periodic(sites, data, k)
        if k < 2 and t is None:
            after = repeated(sites[-1], 1)
            return np.concatenate([*[sites[:1]] * k, sites, after]), data
        left, right = conditions(bc_type, data.shape[1:])
        knots = floats(t) if t is not None else None
        if knots is None:
            around = knots_around if len(left) or len(right) else not_a_knot
            knots = around(sites, k)
        return knots, interpolating(sites, data, k, knots, left, right)

    return made(known, parts, [x, y, t, bc_type])


def least_squares(x, y, t, k, w=None):
    """The coefficients of the spline with knots `t` that is nearest to (x, y), weighted by `w`.

    >>> t = np.array([0.0, 0.0, 2.0, 2.0])
    >>> least_squares(np.arange(3.0), np.array([1.0, 2.0, 3.0]), t, 1).round(12)
    array([1., 3.])
    """
    A = dense(*design(t, k, x), len(t) - k - 1)
    w = np.ones_like(x) if w is None else w
    A, b = A * w[:, None], along(w, y.ndim) * y
    c = np.linalg.lstsq(A, b.reshape(len(b), -1))[0]
    return c.reshape(-1, *y.shape[1:])


def misfit(fit, y, w):
    """The weighted sum of squared residuals, sum((w (y - fit))^2).

    >>> misfit(np.array([1.0, 2.0]), np.array([1.0, 4.0]), [1.0, 3.0])
    np.float64(36.0)
    """
    return (((1 if w is None else floats(w)) * (y - fit)) ** 2).sum()


def make_lsq_spline(x, y, t, k=3, w=None, axis=0, check_finite=True, *, method="qr"):
    """The spline with the knots t for which sum((w (y - spline(x)))^2) is least, as a BSpline.

    >>> x = np.arange(5.0)
    >>> make_lsq_spline(x, x**2, [0, 0, 0, 4, 4, 4], k=2)(1.5).round(12)
    np.float64(2.25)
    """
    given = plain((x, y, t))
    known = interpolate.make_lsq_spline(*given, k, value(w), axis, check_finite, method=method)

    def parts():
        data, knots = np.moveaxis(floats(y), axis, 0), floats(t)
        weights = None if w is None else floats(w)
        return knots, least_squares(floats(x), data, knots, k, weights)

    return made(known, parts, [x, y, t, w])


def make_smoothing_spline(x, y, w=None, lam=None, *, axis=0):
    """The natural cubic spline f with the least sum(w (y - f(x))^2) + lam ∫ f''^2, as a BSpline.

    Gradients go to x, y, w and lam, which must be given for that: else SciPy searches for it.
    Source:  Reinsch 1967, Smoothing by spline functions

    >>> make_smoothing_spline(np.arange(5.0), [0.0, 1.0, 0.0, 1.0, 0.0], lam=1e9)(2.0).round(6)
    np.float64(0.4)
    """
    known = interpolate.make_smoothing_spline(*plain((x, y, w, lam)), axis=axis)
    if lam is None:
        fixed("make_smoothing_spline with lam=None", x=x, y=y, w=w)

    def parts():
        sites, data = floats(x), np.moveaxis(floats(y), axis, 0)
        flat = data.reshape(len(data), -1)
        weights = np.ones_like(sites) if w is None else floats(w)
        smooth = smoothed(sites, flat, weights, floats(lam)).reshape(data.shape)
        ends = conditions("natural", data.shape[1:])
        knots = knots_around(sites, 3)
        return knots, interpolating(sites, smooth, 3, knots, *ends)

    return made(known, parts, [x, y, w, lam])


def smoothed(x, y, w, lam):
    """y - lam W^-1 Q g with (R + lam Q' W^-1 Q) g = Q' y, where g are the second derivatives."""
    h = x[1:] - x[:-1]
    before, middle, after = 1 / h[:-1], -1 / h[:-1] - 1 / h[1:], 1 / h[1:]
    shape = lambda q: along(q, y.ndim)  # noqa: E731
    bends = shape(before) * y[:-2] + shape(middle) * y[1:-1] + shape(after) * y[2:]
    v = lam / w
    diagonal = v[:-2] * before**2 + v[1:-1] * middle**2 + v[2:] * after**2 + (h[:-1] + h[1:]) / 3
    first = v[1:-2] * middle[:-1] * before[1:] + v[2:-1] * after[:-1] * middle[1:] + h[1:-1] / 6
    second = v[2:-2] * after[:-2] * before[2:]
    zeros = np.zeros_like(h, shape=(2,))
    upper = [np.concatenate([zeros, second]), np.concatenate([zeros[:1], first]), diagonal]
    g = solveh_banded(np.stack(upper), bends)
    parts = ((before, 0), (middle, 1), (after, 2))
    return y - shape(v) * sum(beside(shape(q) * g, j) for q, j in parts)


def beside(x, j):
    """`x` with j rows of zeros before it and 2 - j behind."""
    zeros = np.zeros_like(x, shape=(2, *x.shape[1:]))
    return np.concatenate([zeros[:j], x, zeros[j:]])
