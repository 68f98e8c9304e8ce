"""Polynomials by pieces, in one variable and in several.

    sum_p c[p, i] (q - x[i])^(k - 1 - p)      for q in the piece x[i] <= q < x[i + 1]

Differentiated in c, in the breaks x and in the points q.
"""

from math import comb

import numpy as np
from scipy import interpolate, special

from knetpy.autograd.dispatch import plain
from knetpy.autograd.values import value

from .parts import Interpolator, along, floats, horner, in_front, interval, points_of, wrapped

__all__ = ["NdPPoly", "PPoly", "Piecewise", "definite", "starts", "taken"]


def definite(integral, ends, low, high, extrapolate):
    """The integral from a to b by its antiderivative, which a period may continue."""
    a, b = ends
    if extrapolate != "periodic":
        return integral(b) - integral(a)
    if value(b) < value(a):
        return -definite(integral, (b, a), low, high, extrapolate)
    period = high - low
    n = np.floor(value(b - a) / value(period))
    left = b - a - n * period
    a = wrapped(a, low, high)
    b = a + left
    y = n * (integral(high) - integral(low))
    if value(b) <= value(high):
        return y + integral(b) - integral(a)
    return y + integral(high) - integral(a) + integral(b - period) - integral(low)


class Piecewise(Interpolator):
    """What polynomials by pieces share, whatever their basis."""

    def __call__(self, x, nu=0, extrapolate=None):
        y = self.known(*plain((x, nu, extrapolate)))
        return self.told(y, lambda: self.at(floats(x), nu, extrapolate), x)

    def at(self, q, nu, extrapolate):
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        x = self.x
        if extrapolate == "periodic":
            q = wrapped(q, x[0], x[-1])
        i = interval(x, q)
        y = self.piece(i, q, nu)
        if not extrapolate:
            low, high = sorted((value(x)[0], value(x)[-1]))
            inside = (value(q) >= low) & (value(q) <= high)
            y = np.where(along(inside, y.ndim), y, 0)
        return in_front(y, q.ndim, self.axis)

    def integrate(self, a, b, extrapolate=None):
        known = self.known.integrate(*plain((a, b, extrapolate)))
        return self.told(known, lambda: self.area(a, b, extrapolate), a, b)

    def area(self, a, b, extrapolate):
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        integral = self.antiderivative()
        f = lambda q: integral.at(floats(q), 0, True)  # noqa: E731
        y = definite(f, (floats(a), floats(b)), self.x[0], self.x[-1], extrapolate)
        return y.reshape(self.c.shape[2:])

    def extend(self, c, x):
        c, x, first = floats(c), floats(x), value(self.x)[0]
        self.known.extend(*plain((c, x)))
        pieces = [(self.c, self.x), (c, x)]
        if value(x).size and self.known.x[0] != first:
            pieces.reverse()
        k = self.known.c.shape[0]

        def parts():
            wide = [self.lengthened(part, k) for part, _ in pieces]
            return [np.concatenate(wide, axis=1), np.concatenate([part for _, part in pieces])]

        self.made(self.known, "c x", parts, pieces)

    def gaps(self):
        """The lengths of the pieces, as coefficients have them."""
        return along(self.x[1:] - self.x[:-1], self.c.ndim - 1)

    def derivative(self, nu=1):
        if nu < 0:
            return self.antiderivative(-nu)
        return self.like(self.known.derivative(nu), lambda: [self.differentiated(nu), self.x])

    def antiderivative(self, nu=1):
        if nu <= 0:
            return self.derivative(-nu)
        return self.like(self.known.antiderivative(nu), lambda: [self.integrated(nu), self.x])

    def integrated(self, nu):
        c = self.c
        for _ in range(nu):
            c = self.integral_of(c)
        return c


def taken(kind, c, x, extrapolate, axis):
    """The plain form of a polynomial, and how its parts come from what was given."""
    known = kind(*plain((c, x)), extrapolate, axis)

    def parts():
        coefficients = floats(c)
        for _ in range(2 if axis else 0):
            coefficients = np.moveaxis(coefficients, axis + 1, 0)
        return [coefficients, floats(x)]

    return known, "c x", parts, [c, x]


class PPoly(Piecewise):
    """Polynomials by pieces: in the piece from x[i], the sum of c[p, i] (q - x[i])^(k - 1 - p).

    >>> PPoly([[1.0], [0.0], [0.0]], [0.0, 3.0])(2.0)
    array(4.)
    """

    def __init__(self, c, x, extrapolate=None, axis=0):
        self.made(*taken(interpolate.PPoly, c, x, extrapolate, axis))

    @classmethod
    def construct_fast(cls, c, x, extrapolate=None, axis=0):
        known = interpolate.PPoly.construct_fast(*plain((c, x)), extrapolate, axis)
        return object.__new__(cls).made(known, "c x", lambda: [c, x], [c, x])

    @classmethod
    def from_spline(cls, tck, extrapolate=None):
        t, c, k = tck if isinstance(tck, (tuple, list)) else tck.tck
        if extrapolate is None:
            extrapolate = getattr(tck, "extrapolate", None)
        known = interpolate.PPoly.from_spline(plain((t, c, k)), extrapolate)
        return object.__new__(cls).made(known, "c x", lambda: powers(t, c, k), [t, c])

    @classmethod
    def from_bernstein_basis(cls, bp, extrapolate=None):
        known = interpolate.PPoly.from_bernstein_basis(getattr(bp, "known", bp), extrapolate)
        return object.__new__(cls).made(
            known, "c x", lambda: [to_powers(bp.c, bp.gaps()), bp.x], [bp.c, bp.x]
        )

    def piece(self, i, q, nu):
        c = differentiated(self.c, nu)[:, i]
        return horner(c, along(q - self.x[i], c.ndim - 1))

    def differentiated(self, nu):
        return differentiated(self.c, nu)

    def lengthened(self, c, k):
        zeros = np.zeros_like(c, shape=(k - c.shape[0], *c.shape[1:]))
        return np.concatenate([zeros, c])

    def integral_of(self, c):
        k = c.shape[0]
        c = c / along(np.arange(k, 0, -1.0), c.ndim)
        whole = horner(c, self.gaps()) * self.gaps()
        return np.concatenate([c, starts(whole)[None]])


def starts(whole):
    """Where each piece starts, if every piece adds so much."""
    return np.concatenate([np.zeros_like(whole[:1]), np.cumsum(whole[:-1], axis=0)])


def differentiated(c, nu):
    """The coefficients, highest power first, of the derivative of order `nu`."""
    if nu == 0:
        return c
    if nu >= c.shape[0]:
        return np.zeros_like(c[:1])
    c = c[:-nu]
    return c * along(special.poch(np.arange(c.shape[0], 0.0, -1.0), nu), c.ndim)


def powers(t, c, k):
    """The coefficients of a spline's pieces, by its derivatives at the knots before the last."""
    from .bsplines import BSpline

    t, c = floats(t), floats(c)
    spline = BSpline.construct_fast(t, c[: len(t) - k - 1], k)
    starts = t[:-1]
    rows = [spline.at(starts, m, True) / special.gamma(m + 1) for m in range(k, -1, -1)]
    return [np.stack(rows), t]


def to_powers(c, gaps):
    k = c.shape[0] - 1
    rows = [
        sum((-1) ** (a + s) * comb(k, a) * comb(k - a, s - a) * c[a] for a in range(s + 1))
        / gaps**s
        for s in range(k, -1, -1)
    ]
    return np.stack(rows)


class NdPPoly(Interpolator):
    """Polynomials by boxes in several variables: coefficients (k1, …, pieces1, …, ...).

    >>> NdPPoly(np.array([[[[2.0]]]]), ([0.0, 1.0], [0.0, 1.0]))([[0.5, 0.5]])
    array([2.])
    """

    def __init__(self, c, x, extrapolate=None):
        known = interpolate.NdPPoly(*plain((c, x)), extrapolate)
        self.made(known, "c x", lambda: [floats(c), tuple(map(floats, x))], [c, x])

    @classmethod
    def construct_fast(cls, c, x, extrapolate=None):
        known = interpolate.NdPPoly.construct_fast(*plain((c, x)), extrapolate)
        return object.__new__(cls).made(known, "c x", lambda: [c, x], [c, x])

    def __call__(self, x, nu=None, extrapolate=None):
        points = points_of(x)
        y = self.known(plain(points), nu, extrapolate)
        return self.told(y, lambda: self.at(floats(points), nu, extrapolate), points)

    def at(self, q, nu, extrapolate):
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        n, shape, q = len(self.x), q.shape, q.reshape(-1, q.shape[-1])
        inside = np.ones(len(q), bool)
        places, c = [], self.c
        for d, x in enumerate(self.x):
            points, breaks = value(q)[:, d], value(x)
            places.append(interval(x, points))
            inside &= (points >= breaks[0]) & (points <= breaks[-1])
            c = np.moveaxis(differentiated(np.moveaxis(c, d, 0), nu[d] if nu else 0), 0, d)
        y = c[(slice(None),) * n + tuple(places)]
        for d, x in enumerate(self.x):
            y = horner(y, along(q[:, d] - x[places[d]], y.ndim - n + d))
        if not extrapolate:
            y = np.where(along(inside, y.ndim), y, 0)
        return y.reshape(shape[:-1] + y.shape[1:])

    def derivative(self, nu):
        known = self.known.derivative(tuple(nu))
        return self.like(known, lambda: [self.changed(nu), self.x])

    def antiderivative(self, nu):
        known = self.known.antiderivative(tuple(nu))
        return self.like(known, lambda: [self.changed([-n for n in nu]), self.x])

    def changed(self, nu):
        """The coefficients differentiated in each variable, or integrated for negative orders."""
        n, c = len(self.x), self.c
        for d, order in enumerate(nu):
            line = PPoly.construct_fast(np.moveaxis(c, (d, n + d), (0, 1)), self.x[d])
            c = np.moveaxis(line.derivative(order).c, (0, 1), (d, n + d))
        return c

    def integrate_1d(self, a, b, axis, extrapolate=None):
        known = self.known.integrate_1d(*plain((a, b)), axis, extrapolate)
        n, axis = len(self.x), axis % len(self.x)

        def area():
            line = PPoly.construct_fast(np.moveaxis(self.c, (axis, n + axis), (0, 1)), self.x[axis])
            return line.integrate(a, b, True)

        if n == 1:
            return self.told(known, area, a, b)
        rest = self.x[:axis] + self.x[axis + 1 :]
        return self.like(known, lambda: [area(), rest], [*self.content(), a, b])

    def integrate(self, ranges, extrapolate=None):
        known = self.known.integrate(plain(ranges), extrapolate)
        found = self
        for a, b in ranges:
            found = found.integrate_1d(a, b, 0, extrapolate)
        return self.told(known, lambda: found, list(ranges))
