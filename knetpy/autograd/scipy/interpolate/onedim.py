"""Interpolation of samples in one variable by its kind's name: interp1d."""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import plain
from knetpy.autograd.values import value

from .fitting import make_interp_spline
from .parts import Interpolator, along, floats, in_front

__all__ = ["interp1d"]

ORDERS = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}


class interp1d(Interpolator):  # noqa: N801
    """The function through the points (x, y): linear, a spline, or the nearest, previous, next y.

    Gradients go to x, y, fill_value and the points where it is called.

    >>> interp1d([0.0, 1.0], [1.0, 3.0])(0.25)
    array(1.5)
    """

    def __init__(
        self,
        x,
        y,
        kind="linear",
        axis=-1,
        copy=True,
        bounds_error=None,
        fill_value=np.nan,
        assume_sorted=False,
    ):
        given = (*plain((x, y)), kind, axis, copy, bounds_error, plain(fill_value), assume_sorted)
        known = interpolate.interp1d(*given)
        self.made(known, "x y", lambda: ordered(x, y, axis, assume_sorted), [x, y])
        vars(self).update(kind=kind, fill=fill_value)

    def content(self):
        return [self.x, self.y, self.fill]

    def __call__(self, x):
        return self.told(self.known(plain(x)), lambda: self.at(floats(x)), x)

    def at(self, q):
        x, y = floats(self.x), np.moveaxis(floats(self.y), self.axis, 0)
        order = ORDERS.get(self.kind, self.kind)
        if isinstance(order, int):
            found = make_interp_spline(x, y, order, check_finite=False)(q)
        elif order == "linear" and len(x) > 1:
            found = straight(x, y, q)
        else:
            found = y[place(order, value(x), value(q))]
        return in_front(self.filled(found, x, y, q), q.ndim, self.axis)

    def filled(self, found, x, y, q):
        fill = self.fill
        if isinstance(fill, str):
            ends = {"previous": (np.nan, y[-1]), "next": (y[0], np.nan)}
            if self.kind not in ends:
                return found
            fill = ends[self.kind]
        low, high = fill if isinstance(fill, tuple) and len(fill) == 2 else (fill, fill)
        points, x = value(q), value(x)
        found = np.where(along(points < x[0], found.ndim), low, found)
        return np.where(along(points > x[-1], found.ndim), high, found)


def ordered(x, y, axis, already):
    x, y = floats(x), floats(y)
    if already:
        return x, y
    order = np.argsort(value(x), kind="mergesort")
    return x[order], np.take(y, order, axis=axis)


def straight(x, y, q):
    i = np.searchsorted(value(x), value(q)).clip(1, len(x) - 1)
    share = (q - x[i - 1]) / (x[i] - x[i - 1])
    return y[i - 1] + along(share, y.ndim + q.ndim - 1) * (y[i] - y[i - 1])


def place(kind, x, q):
    """Which sample stands for each point; all are plain."""
    if kind == "previous":
        return (np.searchsorted(np.nextafter(x, -np.inf), q) - 1).clip(0)
    if kind == "next":
        return np.searchsorted(np.nextafter(x, np.inf), q, "right").clip(0, len(x) - 1)
    side = "right" if kind == "nearest-up" else "left"
    return np.searchsorted(x[1:] / 2 + x[:-1] / 2, q, side).clip(0, len(x) - 1)
