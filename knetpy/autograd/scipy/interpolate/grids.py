"""Interpolation on grids in any number of variables, one variable after the other."""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import plain
from knetpy.autograd.scipy.exact import exact
from knetpy.autograd.values import value

from .bivariate import RectBivariateSpline
from .bsplines import design, product
from .cubic import hermite, monotone
from .fitting import interpolating, not_a_knot
from .parts import Interpolator, along, floats, horner, interval, points_of

__all__ = ["RegularGridInterpolator", "interpn"]

DEGREES = {"slinear": 1, "cubic": 3, "quintic": 5}


class RegularGridInterpolator(Interpolator):
    """The function with `values` on the grid of `points`, one array of sites for each variable.

    Gradients go to points, values, fill_value and the points where it is called.

    >>> f = RegularGridInterpolator(([0.0, 1.0], [0.0, 1.0]), [[0.0, 1.0], [2.0, 3.0]])
    >>> f([0.5, 0.25])
    array([1.25])
    """

    def __init__(
        self,
        points,
        values,
        method="linear",
        bounds_error=True,
        fill_value=np.nan,
        *,
        solver=None,
        solver_args=None,
    ):
        values = np.array(values) if isinstance(values, (list, tuple)) else values
        options = {"solver": solver, "solver_args": solver_args}
        known = interpolate.RegularGridInterpolator(
            plain(points), plain(values), method, bounds_error, plain(fill_value), **options
        )
        self.made(known, "grid values", lambda: rising(points, floats(values)), [points, values])
        vars(self).update(fill=fill_value)

    def content(self):
        return [*super().content(), self.fill]

    def __call__(self, xi, method=None, *, nu=None):
        y = self.known(plain(xi), method, nu=nu)
        return self.told(y, lambda: self.at(xi, method or self.method, nu), xi)

    def at(self, xi, method, nu):
        q = points_of(xi, len(self.grid))
        shape, q = q.shape, q.reshape(-1, q.shape[-1])
        lost = np.isnan(value(q)).any(axis=-1)
        q = np.where(lost[:, None], 0, q)
        y = self.inside(q, method.removesuffix("_legacy"), nu)
        if not self.bounds_error and self.fill is not None:
            ends = np.array([value(g)[[0, -1]] for g in self.grid])
            outside = ((value(q) < ends[:, 0]) | (value(q) > ends[:, 1])).any(axis=-1)
            y = np.where(along(outside, y.ndim), self.fill, y)
        y = np.where(along(lost, y.ndim), 0, y)
        return y.reshape(shape[:-1] + y.shape[1:])

    def inside(self, q, method, nu):
        values = floats(self.values)
        if method in DEGREES:
            return by_splines(self.grid, values, q, DEGREES[method], nu or [0] * len(self.grid))
        if method == "pchip":
            return monotone_on(self.grid, values, q)
        places, shares = zip(*(cell(g, q[:, d]) for d, g in enumerate(self.grid)), strict=True)
        if method == "nearest":
            return values[tuple(i + (value(s) > 0.5) for i, s in zip(places, shares, strict=True))]
        rows = [np.stack([1 - s, s], axis=-1) for s in shares]
        pairs = [
            np.minimum(i[:, None] + [0, 1], len(g) - 1)
            for i, g in zip(places, self.grid, strict=True)
        ]
        return product(rows, pairs, values)


def rising(points, values):
    """The sites in rising order, and the values turned with them."""
    grid = [floats(p) for p in points]
    for d, g in enumerate(grid):
        if len(g) > 1 and value(g)[0] > value(g)[-1]:
            grid[d], values = g[::-1], np.flip(values, axis=d)
    return tuple(grid), values


def cell(grid, q):
    """The interval of each point, and how far it lies in it, from 0 to 1."""
    if len(grid) == 1:
        return np.zeros(len(q), int), 0 * q
    i = interval(grid, q)
    return i, (q - grid[i]) / (grid[i + 1] - grid[i])


def by_splines(grid, values, q, k, nu):
    rows, places = [], []
    for d, g in enumerate(grid):
        knots = not_a_knot(g, k)
        c = interpolating(g, np.moveaxis(values, d, 0), k, knots)
        values = np.moveaxis(c, 0, d)
        weights, first = design(knots, k, q[:, d], nu[d])
        rows.append(weights)
        places.append(first[:, None] + np.arange(k + 1))
    return product(rows, places, values)


def monotone_on(grid, values, q):
    """The last variable first, for all points; then each point has values of its own."""
    n, point = len(grid), np.arange(len(q))
    y = np.broadcast_to(values, (len(q), *values.shape))
    for d in range(n - 1, -1, -1):
        g = grid[d]
        moved = np.moveaxis(y, d + 1, 0)
        c = hermite(g, moved, monotone(g, moved))
        i = interval(g, q[:, d])
        c = c[:, i, point]
        y = horner(c, along(q[:, d] - g[i], c.ndim - 1))
    return y


@exact(interpolate.interpn)
def interpn(points, values, xi, method="linear", bounds_error=True, fill_value=np.nan):
    """The function with `values` on the grid of `points`, at the points xi.

    >>> interpn(([0.0, 1.0], [0.0, 1.0]), np.array([[0.0, 1.0], [2.0, 3.0]]), [0.5, 0.25])
    array([1.25])
    """
    if method != "splinef2d":
        return RegularGridInterpolator(points, values, method, bounds_error, fill_value)(xi)
    q = points_of(xi, 2)
    ends = [(value(p)[0], value(p)[-1]) for p in map(floats, points)]
    inside = [
        (min(e) <= value(q)[..., d]) & (value(q)[..., d] <= max(e)) for d, e in enumerate(ends)
    ]
    y = RectBivariateSpline(*points, values).ev(q[..., 0], q[..., 1])
    return np.where(inside[0] & inside[1], y, fill_value)
