"""Splines on rectangles, as FITPACK keeps them: (tx, ty, c) and the degrees.

Beyond the rectangle a spline goes on with its values at the border, where its gradient is zero.
"""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import plain
from knetpy.autograd.scipy.exact import exact
from knetpy.autograd.values import value

from .bsplines import design, differences, product, spline
from .fitting import dense, interpolating, not_a_knot
from .parts import Interpolator, fixed, floats

__all__ = [
    "BOX",
    "BivariateSpline",
    "RectBivariateSpline",
    "SmoothBivariateSpline",
    "Surface",
    "bisplev",
    "surface",
]

BOX = [None] * 4  # of the data themselves


def clamped(q, t, k):
    low, high = t[k], t[len(t) - k - 1]
    q = np.where(value(q) < value(low), low, q)
    return np.where(value(q) > value(high), high, q)


def surface(x, y, tck, orders, grid):
    """The spline or its derivative, at all pairs of x and y if `grid`, else at each."""
    t, c, k = tck[:2], tck[2], tck[3:]
    n = [len(knots) - degree - 1 for knots, degree in zip(t, k, strict=True)]
    c = floats(c).reshape(n)
    if not grid:
        x, y = np.broadcast_arrays(x, y)
    shape = x.shape
    axes = zip((x, y), map(floats, t), k, orders, strict=True)
    found = [design(t, k, clamped(q.reshape(-1), t, k), nu) for q, t, k, nu in axes]
    if grid:
        left, right = (dense(*part, size) for part, size in zip(found, n, strict=True))
        return left @ c @ right.T
    places = [first[:, None] + np.arange(rows.shape[1]) for rows, first in found]
    return product([rows for rows, _ in found], places, c).reshape(shape)


class Surface(Interpolator):
    """What is a spline in two variables; `tck` is (tx, ty, c)."""

    def content(self):
        return list(self.tck)

    def full(self):
        return (*self.tck, *self.degrees)

    def __call__(self, x, y, dx=0, dy=0, grid=True):
        z = self.known(*plain((x, y)), dx, dy, grid)
        body = lambda: surface(floats(x), floats(y), self.full(), (dx, dy), grid)  # noqa: E731
        return self.told(z, lambda: body().reshape(z.shape), x, y)

    def get_knots(self):
        return self.tck[:2]

    def get_coeffs(self):
        return self.tck[2]

    def partial_derivative(self, dx, dy):
        known = self.known.partial_derivative(dx, dy)
        tck = derived(self.full(), dx, dy)
        given = zip(tck, known.tck, strict=True)
        return settled(object.__new__(Surface), known, [x for x, _ in given], self.content())


def settled(found, known, tck, given):
    found.made(known, "tck", lambda: [tuple(tck)], given)
    return found


def derived(tck, dx, dy):
    """Knots and coefficients of a derivative, or by negative orders of an integral."""
    t, c, k = list(map(floats, tck[:2])), floats(tck[2]), list(tck[3:])
    c = c.reshape([len(knots) - degree - 1 for knots, degree in zip(t, k, strict=True)])
    for axis, nu in enumerate((dx, dy)):
        t[axis], moved, k[axis] = differences(t[axis], np.moveaxis(c, axis, 0), k[axis], nu)
        c = np.moveaxis(moved[: len(t[axis]) - k[axis] - 1], 0, axis)
    return *t, c.reshape(-1)


class BivariateSpline(Surface):
    """What splines in two variables share that are made of data; by itself it can only be asked.

    As in SciPy, `_from_tck` makes one of (tx, ty, c, kx, ky), in whose arrays it has gradients.

    >>> t = np.array([0.0, 0.0, 1.0, 1.0])
    >>> spline = BivariateSpline._from_tck((t, t, np.array([0.0, 0.0, 0.0, 4.0]), 1, 1))
    >>> spline.ev(0.5, 0.25), spline.integral(0.0, 1.0, 0.0, 1.0)
    (array(0.5), np.float64(1.0))
    """

    def __init__(self):
        self.made(interpolate.BivariateSpline(), "")

    @classmethod
    def _from_tck(cls, tck):
        known = interpolate.BivariateSpline._from_tck(plain(tck))
        given = list(tck[:3])
        return settled(object.__new__(cls), known, map(floats, given), given)

    def ev(self, xi, yi, dx=0, dy=0):
        return self(xi, yi, dx, dy, grid=False)

    def integral(self, xa, xb, ya, yb):
        known = np.float64(self.known.integral(*plain((xa, xb, ya, yb))))

        def body():
            tx, ty, c = derived(self.full(), -1, -1)
            kx, ky = (k + 1 for k in self.degrees)
            c = c.reshape(len(tx) - kx - 1, len(ty) - ky - 1)
            low, high = (clamped(floats(q), *self.side(0)) for q in (xa, xb))
            y = spline(tx, c, kx, high) - spline(tx, c, kx, low)
            low, high = (clamped(floats(q), *self.side(1)) for q in (ya, yb))
            return spline(ty, y, ky, high) - spline(ty, y, ky, low)

        return self.told(known, body, xa, xb, ya, yb)

    def side(self, axis):
        return self.tck[axis], self.degrees[axis]


class RectBivariateSpline(BivariateSpline):
    """The spline in two variables through values z on a grid of sites x and y.

    Gradients go to x, y, z, bbox, and the points where it is called; with s > 0, which lets SciPy
    search for knots, to those points alone.

    >>> x = np.arange(4.0)
    >>> RectBivariateSpline(x, x, np.outer(x, x))(1.5, 2.5).round(12)
    array([[3.75]])
    """

    def __init__(self, x, y, z, bbox=BOX, kx=3, ky=3, s=0, maxit=20):
        known = interpolate.RectBivariateSpline(*plain((x, y, z, bbox)), kx, ky, s, maxit)
        if s:
            fixed("RectBivariateSpline with s > 0", x=x, y=y, z=z, bbox=bbox)
        self.made(known, "tck", lambda: [fitted(x, y, z, bbox, kx, ky)], [x, y, z, list(bbox)])


def fitted(x, y, z, bbox, kx, ky):
    x, y, c = floats(x).reshape(-1), floats(y).reshape(-1), floats(z)
    bbox = [
        default if end is None else floats(end)
        for end, default in zip(bbox, (x[0], x[-1], y[0], y[-1]), strict=True)
    ]
    tx, ty = not_a_knot(x, kx, bbox[:2]), not_a_knot(y, ky, bbox[2:])
    c = interpolating(x, c, kx, tx)
    c = interpolating(y, c.T, ky, ty).T
    return tx, ty, c.reshape(-1)


class SmoothBivariateSpline(BivariateSpline):
    """A spline in two variables near scattered data, by search for knots.

    Gradients go to the points where it is called.

    >>> x, y = (q.ravel() for q in np.mgrid[:5, :5].astype(float))
    >>> SmoothBivariateSpline(x, y, x * y, kx=1, ky=1).ev(1.5, 2.0).round(9)
    np.float64(3.0)
    """

    def __init__(self, x, y, z, w=None, bbox=BOX, kx=3, ky=3, s=None, eps=1e-16):
        fixed("SmoothBivariateSpline", x=x, y=y, z=z, w=w, bbox=bbox)
        known = interpolate.SmoothBivariateSpline(*plain((x, y, z, w, bbox)), kx, ky, s, eps)
        self.made(known, "tck")


@exact(interpolate.bisplev)
def bisplev(x, y, tck, dx=0, dy=0):
    """The spline tck in two variables, or a derivative of it, at all pairs of x and y.

    >>> t = np.array([0.0, 0.0, 1.0, 1.0])
    >>> bisplev(0.5, 0.25, [t, t, np.array([0.0, 0.0, 0.0, 4.0]), 1, 1])
    np.float64(0.5)
    """
    x, y = (floats(q).reshape(-1) for q in (x, y))
    z = surface(x, y, tck, (dx, dy), True)
    return z if len(z) > 1 else z[0] if z.shape[1] > 1 else z[0, 0]
