"""Splines as sums of B-splines, in one variable and in several.

    y(q) = sum_j c[j] B_j(q),  of which k + 1 terms are not zero: those of i - k, …, i
    where t[i] <= q < t[i + 1]

The B-splines are built by the recurrence of Cox and de Boor, and so are differentiated in the
points q and the knots t, too.
Source:  de Boor 2001, A Practical Guide to Splines, chapters IX and X; Piegl and Tiller 1997,
         The NURBS Book, algorithm 2.2
"""

from itertools import combinations, pairwise
from math import factorial, prod

import numpy as np
from scipy import interpolate, special

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.scipy.sparse import with_data
from knetpy.autograd.values import value

from .parts import Interpolator, along, combined, fixed, floats, in_front, interval, wrapped
from .piecewise import definite

__all__ = ["BSpline", "NdBSpline", "basis", "design", "knot_interval", "spline"]


def knot_interval(t, k, q):
    """The number i of the knots around each q: t[i] <= q < t[i + 1], of those that differ.

    >>> knot_interval(np.array([0.0, 0.0, 1.0, 2.0, 2.0]), 1, np.array([0.0, 1.5, 2.0])).tolist()
    [1, 2, 2]
    """
    t = value(t)
    i = interval(t, q, k, len(t) - k - 1)
    return i if k == 0 else np.where(t[i + 1] > t[i], i, np.searchsorted(t, t[i], side="left") - 1)


def basis(t, k, q, i, nu=0):
    """The k + 1 B-splines i - k, …, i at the points `q`, or their derivatives of order `nu`.

    >>> basis(np.array([0.0, 0.0, 1.0, 1.0]), 1, 0.25, 1)
    [np.float64(0.75), np.float64(0.25)]
    """
    if nu > k:
        return [np.zeros_like(q)] * (k + 1)
    knot = {j: t[i + j] for j in range(1 - k, k + 1)}
    weights = [np.ones_like(q)]
    for j in range(1, k - nu + 1):
        carried, grown = 0, []
        for r, w in enumerate(weights):
            low, high = knot[r + 1 - j], knot[r + 1]
            part = w / (high - low)
            grown.append(carried + (high - q) * part)
            carried = (q - low) * part
        weights = [*grown, carried]
    for j in range(k - nu + 1, k + 1):
        parts = [j * w / (knot[r + 1] - knot[r + 1 - j]) for r, w in enumerate(weights)]
        weights = [-parts[0], *(a - b for a, b in pairwise(parts)), parts[-1]]
    return weights


def spline(t, c, k, q, nu=0):
    """The spline with the knots `t` and coefficients `c` at the points `q`.

    >>> spline(np.array([0.0, 0.0, 1.0, 1.0]), np.array([5.0, 9.0]), 1, np.array([0.25]))
    array([6.])
    """
    i = knot_interval(t, k, q)
    return combined(basis(t, k, q, i, nu), [c[i - k + j] for j in range(k + 1)])


def design(t, k, q, nu=0):
    """The B-splines at each point, (points, k + 1), and the numbers of the first of them.

    >>> design(np.array([0.0, 0.0, 1.0, 1.0]), 1, np.array([0.25]))
    (array([[0.75, 0.25]]), array([0]))
    """
    i = knot_interval(t, k, q)
    return np.stack(basis(t, k, q, i, nu), axis=-1), i - k


class BSpline(Interpolator):
    """The spline of degree k with the knots t and the coefficients c.

    >>> BSpline([0.0, 0.0, 1.0, 1.0], [5.0, 9.0], 1)(0.25)
    array(6.)
    """

    def __init__(self, t, c, k, extrapolate=True, axis=0):
        known = interpolate.BSpline(*plain((t, c)), k, extrapolate, axis)
        parts = lambda: [floats(t), np.moveaxis(floats(c), axis, 0)]  # noqa: E731
        self.made(known, "t c", parts, [t, c])

    @classmethod
    def construct_fast(cls, t, c, k, extrapolate=True, axis=0):
        known = interpolate.BSpline.construct_fast(*plain((t, c)), k, extrapolate, axis)
        return object.__new__(cls).made(known, "t c", lambda: [t, c], [t, c])

    @classmethod
    def basis_element(cls, t, extrapolate=True):
        known = interpolate.BSpline.basis_element(plain(t), extrapolate)

        def parts():
            inner = floats(t)
            ends = [np.stack([end] * (len(inner) - 2)) for end in (inner[0] - 1, inner[-1] + 1)]
            return [np.concatenate([ends[0], inner, ends[1]]), known.c]

        return object.__new__(cls).made(known, "t c", parts, [t])

    @classmethod
    def design_matrix(cls, x, t, k, extrapolate=False):
        known = interpolate.BSpline.design_matrix(*plain((x, t)), k, extrapolate)
        if not any_live([x, t]):
            return known
        x, t = floats(x), floats(t)
        if extrapolate == "periodic":
            x = wrapped(x, t[k], t[-k - 1])
        return with_data(known, design(t, k, x)[0].reshape(-1))

    @classmethod
    def from_power_basis(cls, pp, bc_type="not-a-knot"):
        known = interpolate.BSpline.from_power_basis(getattr(pp, "known", pp), bc_type)
        parts = lambda: from_powers(pp.x, pp.c, bc_type)  # noqa: E731
        return object.__new__(cls).made(known, "t c", parts, [pp.x, pp.c])

    @property
    def tck(self):
        return self.t, self.c, self.k

    def __call__(self, x, nu=0, extrapolate=None):
        y = self.known(*plain((x, nu, extrapolate)))
        return self.told(y, lambda: self.at(floats(x), nu, extrapolate), x)

    def at(self, q, nu, extrapolate):
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        t, k = self.t, self.k
        low, high = t[k], t[len(t) - k - 1]
        if extrapolate == "periodic":
            q = wrapped(q, low, high)
        y = spline(t, self.c, k, q, nu)
        if not extrapolate:
            inside = (value(q) >= value(low)) & (value(q) <= value(high))
            y = np.where(along(inside, y.ndim), y, 0)
        return in_front(y, q.ndim, self.axis)

    def derivative(self, nu=1):
        known = self.known.derivative(nu)
        return self.like(known, lambda: differences(self.t, self.c, self.k, nu)[:2])

    def antiderivative(self, nu=1):
        known = self.known.antiderivative(nu)
        return self.like(known, lambda: differences(self.t, self.c, self.k, -nu)[:2])

    def integrate(self, a, b, extrapolate=None):
        known = self.known.integrate(*plain((a, b, extrapolate)))
        return self.told(known, lambda: self.area(a, b, extrapolate).reshape(known.shape), a, b)

    def area(self, a, b, extrapolate):
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        t, c, k = differences(self.t, self.c, self.k, -1)
        low, high = self.t[self.k], self.t[len(self.t) - self.k - 1]
        ends = floats(a), floats(b)
        if not extrapolate:
            ends = tuple(low if q < low else high if q > high else q for q in ends)
        return definite(lambda q: spline(t, c, k, q), ends, low, high, extrapolate)

    def insert_knot(self, x, m=1):
        known = self.known.insert_knot(plain(x), m)
        if self.extrapolate == "periodic":
            fixed("BSpline.insert_knot with a period", x=x, t=self.t, c=self.c)
        content = [self.t, self.c, x]
        return self.like(known, lambda: inserted(floats(x), self.t, self.c, self.k, m), content)


def differences(t, c, k, nu):
    """Knots, coefficients, degree of the derivative of order `nu`, or of an antiderivative."""
    for _ in range(nu):
        gaps = along(t[k + 1 : -1] - t[1 : -k - 1], c.ndim)
        n = len(t) - k - 1
        t, c, k = t[1:-1], (c[1:n] - c[: n - 1]) * k / gaps, k - 1
    for _ in range(-nu):
        gaps = along(t[k + 1 :] - t[: -k - 1], c.ndim)
        sums = np.cumsum(c[: len(t) - k - 1] * gaps, axis=0) / (k + 1)
        c = np.concatenate([np.zeros_like(sums[:1]), sums, *[sums[-1:]] * (k + 2)])
        t, k = np.concatenate([t[:1], t, t[-1:]]), k + 1
    missing = len(t) - len(c) if nu else 0
    return t, np.concatenate([c, np.zeros_like(c, shape=(missing, *c.shape[1:]))]), k


def inserted(x, t, c, k, m):
    """Knots and coefficients with `x` inserted m times: Boehm's algorithm."""
    for _ in range(m):
        i = int(interval(t, x, k, len(t) - k - 1))
        i -= value(t)[i] == value(t)[i + k + 1]
        t = np.concatenate([t[: i + 1], x[None], t[i + 1 :]])
        mixed = []
        for j in range(i - k + 1, i + 1):
            share = (x - t[j]) / (t[j + k + 1] - t[j])
            mixed.append(share * c[j] + (1 - share) * c[j - 1])
        middle = [np.stack(mixed)] if mixed else []
        c = np.concatenate([c[: i - k + 1], *middle, c[i:]])
    return t, c


def from_powers(x, c, bc_type):
    """The knots and coefficients of a cubic spline, by the dual polynomials of its knots."""
    from .fitting import knots_around, not_a_knot, periodic_knots

    k = c.shape[0] - 1
    choose = {"not-a-knot": not_a_knot, "periodic": periodic_knots}
    t = choose.get(bc_type, knots_around)(x, k)
    i = np.minimum(np.arange(len(t) - k - 1), len(x) - 2)
    steps = [x[i] - t[p : len(t) - k - 1 + p] for p in range(1, k + 1)]
    found = 0
    for m in range(k + 1):
        dual = factorial(m) * sum(
            prod((steps[p] for p in kept), start=np.ones_like(t[i]))
            for kept in combinations(range(k), k - m)
        )
        found = found + special.poch(k + 1, -m) * (-1) ** (k - m) * c[m, i] * dual
    return t, found


class NdBSpline(Interpolator):
    """The spline in several variables, each with knots and a degree: products of B-splines.

    >>> t = np.array([0.0, 0.0, 1.0, 1.0])
    >>> NdBSpline((t, t), [[0.0, 0.0], [0.0, 1.0]], 1)([0.5, 0.5])
    array(0.25)
    """

    def __init__(self, t, c, k, *, extrapolate=None):
        known = interpolate.NdBSpline(*plain((t, c)), k, extrapolate=extrapolate)
        self.made(known, "t c", lambda: [tuple(map(floats, t)), floats(c)], [t, c])

    def __call__(self, xi, *, nu=None, extrapolate=None):
        y = self.known(plain(xi), nu=nu, extrapolate=extrapolate)
        return self.told(y, lambda: self.at(floats(xi), nu, extrapolate), xi)

    def at(self, q, nu, extrapolate):
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        shape, q = q.shape, q.reshape(-1, q.shape[-1])
        inside = np.ones(len(q), bool)
        rows, places = [], []
        for d, (t, k) in enumerate(zip(self.t, self.k, strict=True)):
            weights, first = design(t, k, q[:, d], 0 if nu is None else nu[d])
            rows.append(weights)
            places.append(first[:, None] + np.arange(k + 1))
            x, ends = value(q)[:, d], value(t)[[k, -k - 1]]
            inside &= (x >= ends[0]) & (x <= ends[1])
        y = product(rows, places, self.c)
        if not extrapolate:
            y = np.where(along(inside, y.ndim), y, 0)
        return y.reshape(shape[:-1] + y.shape[1:])

    @classmethod
    def design_matrix(cls, xvals, t, k, extrapolate=True):
        fixed("NdBSpline.design_matrix", xvals=xvals, t=t)
        return interpolate.NdBSpline.design_matrix(*plain((xvals, t)), k, extrapolate)

    def derivative(self, nu):
        known = self.known.derivative(nu)

        def parts():
            t, c = list(self.t), self.c
            for d, n in enumerate(nu):
                moved = np.moveaxis(c, d, 0)
                size = known.c.shape[d]
                if n > self.k[d]:
                    moved = np.zeros_like(moved, shape=(size, *moved.shape[1:]))
                elif n:
                    t[d], moved, _ = differences(t[d], moved, self.k[d], n)
                c = np.moveaxis(moved[:size], 0, d)
            return [tuple(t), c]

        return self.like(known, parts)


def product(rows, places, c):
    """The sum over all k + 1 places in each variable of the product of weights, times `c`.

    rows are (points, k + 1) for each variable, and so are places.

    >>> product([np.array([[0.5, 0.5]])], [np.array([[0, 1]])], np.array([2.0, 4.0]))
    array([3.])
    """
    n = len(rows)
    index = [
        p.reshape(len(p), *(p.shape[1] if i == d else 1 for i in range(n)))
        for d, p in enumerate(places)
    ]
    y = c[tuple(index)]
    for weights in rows:
        y = (along(weights, y.ndim) * y).sum(axis=1)
    return y
