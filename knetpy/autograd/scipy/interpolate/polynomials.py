"""Polynomials and rational functions through points.

    y(q) = sum_j w[j] p[j] y[j] / sum_j w[j] p[j],   p[j] = prod_{m != j} (q - x[m])

is the barycentric form without its poles: it can be differentiated at the points, too.
Source:  Berrut and Trefethen 2004, Barycentric Lagrange interpolation; Krogh 1970
"""

from math import factorial

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import plain
from knetpy.autograd.values import value

from .parts import Interpolator, fixed, floats, in_front

__all__ = [
    "BarycentricInterpolator",
    "FloaterHormannInterpolator",
    "KroghInterpolator",
    "barycentric_interpolate",
    "krogh_interpolate",
]


def others(x, q, scale=1.0):
    """prod_{m != j} scale (q - x[m]) for each j, on a last axis.

    >>> others(np.array([1.0, 2.0]), np.array(5.0)).tolist()
    [3.0, 4.0]
    """
    steps = scale * (q[..., None, None] - x)
    return np.where(np.eye(len(x), dtype=bool), 1, steps).prod(axis=-1)


def weights_of(x, scale):
    steps = np.where(np.eye(len(x), dtype=bool), 1, scale * (x[:, None] - x))
    return 1 / steps.prod(axis=-1)


def rational(x, y, w, q, scale):
    shares = w * others(x, q, scale)
    return (shares / shares.sum(axis=-1, keepdims=True)) @ y


class Polynomial(Interpolator):
    """What is called with points, and tells its derivatives there; data in rows (n, numbers)."""

    def of(self, yi, axis):
        """Remember the shape of the data; its rows."""
        y = np.moveaxis(floats(yi), axis, 0)
        vars(self).update(axis=axis % y.ndim, extra=y.shape[1:])
        return y.reshape(len(y), -1)

    def __call__(self, x):
        return self.told(self.known(plain(x)), lambda: self.shaped(self.at(floats(x))), x)

    def shaped(self, y):
        """Rows (..., numbers) in the shape of the data, with the points where its axis was."""
        q_ndim = y.ndim - 1
        return in_front(y.reshape(y.shape[:-1] + self.extra), q_ndim, self.axis)

    def derivative(self, x, der=1):
        known = self.known.derivative(plain(x), der)
        return self.told(known, lambda: self.shaped(self.slopes(floats(x), der + 1)[der]), x)

    def derivatives(self, x, der=None):
        known = self.known.derivatives(plain(x), der)
        body = lambda: [self.shaped(y) for y in self.slopes(floats(x), len(known))]  # noqa: E731
        return self.told(known, lambda: np.stack(body()), x)


class BarycentricInterpolator(Polynomial):
    """The polynomial through the points (xi, yi); or a rational function, by other weights wi.

    >>> BarycentricInterpolator([0.0, 1.0, 2.0], [0.0, 1.0, 4.0])(1.5)
    array(2.25)
    """

    def __init__(self, xi, yi=None, axis=0, *, wi=None, rng=None, random_state=None):
        chance = {"rng": rng} if random_state is None else {"random_state": random_state}
        known = interpolate.BarycentricInterpolator(*plain((xi, yi)), axis, wi=value(wi), **chance)
        vars(self).update(axis=axis, weights=None if wi is None else floats(wi))
        names, parts = ("xi", [xi]) if yi is None else ("xi yi", [xi, self.of(yi, axis)])
        self.made(known, names, lambda: [floats(xi), *parts[1:]], parts)

    def content(self):
        return [*super().content(), self.weights]

    def form(self):
        """The points, their weights, and a scale that keeps products of steps near 1."""
        x = self.xi
        scale = 4 / np.ptp(value(x)) if len(x) > 1 else 1.0
        return x, weights_of(x, scale) if self.weights is None else self.weights, scale

    def at(self, q):
        x, w, scale = self.form()
        return rational(x, self.yi, w, q, scale)

    def slopes(self, q, count):
        x, w, scale = self.form()
        eye = np.eye(len(x), dtype=bool)
        d = np.where(eye, 0, w / (w[:, None] * np.where(eye, 1, x[:, None] - x)))
        d = d - np.where(eye, d.sum(axis=1)[:, None], 0)
        found, y = [], self.yi
        for _ in range(count):
            found.append(rational(x, y, w, q, scale))
            y = d @ y
        return found

    def set_yi(self, yi, axis=None):
        self.known.set_yi(plain(yi), axis)
        rows = self.of(yi, self.axis if axis is None else axis)
        self.made(self.known, "xi yi", lambda: [self.xi, rows], [self.xi, rows])

    def add_xi(self, xi, yi=None):
        if self.weights is not None:
            raise NotImplementedError(
                "add_xi needs weights that belong to the points: leave out wi"
            )
        old = self.content()[:-1]
        self.known.add_xi(*plain((xi, yi)))
        new = [xi] if yi is None else [xi, self.of(yi, self.axis)]
        joined = lambda: [  # noqa: E731
            np.concatenate([a, floats(b)]) for a, b in zip(old, new, strict=True)
        ]
        self.made(self.known, " ".join(self.parts), joined, [old, new])


def barycentric_interpolate(xi, yi, x, axis=0, *, der=0, rng=None):
    """BarycentricInterpolator(xi, yi) at x, or its derivatives of the orders `der`.

    >>> barycentric_interpolate([0.0, 1.0, 2.0], [0.0, 1.0, 4.0], 3.0, der=1).round(12)
    np.float64(6.0)
    """
    return asked(BarycentricInterpolator(xi, yi, axis, rng=rng), x, der)


def asked(polynomial, x, der):
    if np.ndim(der):
        return polynomial.derivatives(x, der=np.amax(der) + 1)[der]
    return polynomial(x) if der == 0 else polynomial.derivative(x, der=der)


class KroghInterpolator(Polynomial):
    """The polynomial through the points (xi, yi); at a point given again, yi is a derivative.

    Gradients go to yi, the points of evaluation, and to xi if no two are the same.

    >>> KroghInterpolator([0.0, 0.0, 1.0], [0.0, 0.0, 1.0])(3.0)
    array(9.)
    """

    def __init__(self, xi, yi, axis=0):
        known = interpolate.KroghInterpolator(*plain((xi, yi)), axis)
        if len(np.unique(known.xi)) < known.xi.size:
            fixed("KroghInterpolator with points given again", xi=xi)
        rows = self.of(yi, axis)
        self.made(known, "xi yi", lambda: [floats(xi), rows], [xi, rows])

    def newton(self):
        """The coefficients of Newton's form, by differences divided by those of the points."""
        x, y, again, column, c = self.xi, self.yi, value(self.xi), [], []
        for k in range(len(x)):
            s = repeats(again, k)
            before, column = column, [y[k] / factorial(s)]
            for i in range(k - s):
                other = before[i + 1] if s else c[i]
                column.append((other - column[i]) / (x[i] - x[k]))
            c.append(column[k - s])
        return c

    def at(self, q):
        return self.slopes(q, 1)[0]

    def slopes(self, q, count):
        """Horner's rule, for the derivatives at the same time."""
        c = self.newton()
        found = [0 * q[..., None] + c[-1]] + [0 * (q[..., None] * c[-1])] * (count - 1)
        for k in range(len(c) - 2, -1, -1):
            step = (q - self.xi[k])[..., None]
            grown = [m * found[m - 1] for m in range(1, count)]
            found = [found[0] * step + c[k]] + [
                y * step + more for y, more in zip(found[1:], grown, strict=True)
            ]
        return found


def repeats(x, k):
    """How many points just before number k are the same."""
    s = 0
    while s < k and x[k - s - 1] == x[k]:
        s += 1
    return s


def krogh_interpolate(xi, yi, x, der=0, axis=0):
    """KroghInterpolator(xi, yi) at x, or its derivatives of the orders `der`.

    >>> krogh_interpolate([0.0, 1.0, 2.0], [0.0, 1.0, 4.0], 3.0, der=1)
    array(6.)
    """
    return asked(KroghInterpolator(xi, yi, axis), x, der)


class FloaterHormannInterpolator(Polynomial):
    """The rational function through points that blends polynomials of degree d; it has no poles.

    Source:  Floater and Hormann 2007

    >>> FloaterHormannInterpolator([0.0, 1.0, 2.0], [0.0, 1.0, 4.0], d=2)(1.5).round(12)
    np.float64(2.25)
    """

    def __init__(self, points, values, *, d=3, axis=0):
        known = interpolate.FloaterHormannInterpolator(*plain((points, values)), d=d, axis=axis)
        rows = self.of(values, axis)
        self.made(known, "", list)
        x = floats(points)
        kept = np.isfinite(value(rows)).all(axis=1)
        order = np.flatnonzero(kept)[np.unique(value(x)[kept], return_index=True)[1]]
        vars(self).update(xi=x[order], yi=rows[order], d=d)

    def content(self):
        return [self.xi, self.yi]

    def shaped(self, y):
        """As SciPy has it: the first axis of the points alone goes where that of the data was."""
        y = y.reshape(y.shape[:-1] + self.extra)
        return np.moveaxis(y, 0, self.axis) if y.ndim > len(self.extra) else y

    def at(self, q):
        x, d = self.xi, self.d
        n, w = len(x), 0
        for i in range(n - d):
            inner = weights_of(x[i : i + d + 1], 1.0)
            none = np.zeros_like(x)
            w = w + (-1) ** i * np.concatenate([none[:i], inner, none[i + d + 1 :]])
        return rational(x, self.yi, w, q, 1 / np.ptp(value(x)) if n > 1 else 1.0)
