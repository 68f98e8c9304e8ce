"""Interpolation of scattered data by the simplex or the site that is nearest.

Which simplex a point lies in is constant; in it a value is linear,

    y(q) = sum_j b[j] y[j],   where sum_j b[j] (x[j], 1) = (q, 1)
"""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import plain
from knetpy.autograd.values import value

from .parts import Interpolator, along, floats, points_of

__all__ = ["LinearNDInterpolator", "NearestNDInterpolator", "given", "shares"]


class LinearNDInterpolator(Interpolator):
    """The function that is linear in each simplex of Delaunay's triangulation of the points.

    Gradients go to points, values, fill_value and the points where it is called.

    >>> f = LinearNDInterpolator([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0.0, 1.0, 2.0])
    >>> f(0.25, 0.5)
    array(1.25)
    """

    def __init__(self, points, values, fill_value=np.nan, rescale=False):
        known = interpolate.LinearNDInterpolator(
            *plain((points, values, fill_value)), rescale=rescale
        )
        self.of(known, points, values, fill_value, rescale)

    def of(self, known, points, values, fill_value, rescale):
        self.made(known, "", list)
        sites = points.points if hasattr(points, "simplices") else points_of(points)
        vars(self).update(sites=sites, data=floats(values), fill=fill_value, rescale=rescale)

    def content(self):
        return [self.sites, self.data, self.fill]

    def __call__(self, *args):
        y = self.known(*plain(args))
        return self.told(y, lambda: self.at(args).reshape(y.shape), list(args))

    def at(self, args):
        q = given(args, self.sites.shape[1])
        found = self.known.tri.find_simplex(value(self.scaled(q)))
        corners = self.known.tri.simplices[found]
        y = self.data[corners]
        y = (along(shares(self.sites[corners], q), y.ndim) * y).sum(axis=1)
        return np.where(along(found < 0, y.ndim), self.fill, y)

    def scaled(self, q):
        """As SciPy has it for the triangulation."""
        if not self.rescale:
            return q
        x = self.sites
        size = x.max(axis=0) - x.min(axis=0)
        return (q - x.mean(axis=0)) / np.where(value(size) > 0, size, 1)


def shares(x, q):
    """The barycentric coordinates of each point q, by the corners x of its simplex.

    >>> corners = np.array([[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])
    >>> shares(corners, np.array([[0.5, 0.25]])).tolist()
    [[0.25, 0.5, 0.25]]
    """
    last = x[:, -1]
    edges = x[:, :-1] - last[:, None]
    found = np.linalg.solve(edges.swapaxes(-1, -2), (q - last)[..., None])[..., 0]
    return np.concatenate([found, 1 - found.sum(axis=-1, keepdims=True)], axis=-1)


def given(args, ndim):
    """The points, (count, ndim), of a call with one array of them or with their coordinates.

    >>> given((0.5, np.array([0.0, 1.0])), 2).tolist()
    [[0.5, 0.0], [0.5, 1.0]]
    """
    args = args[0] if len(args) == 1 else args
    return points_of(args, ndim).reshape(-1, ndim)


class NearestNDInterpolator(Interpolator):
    """The value at the site that is nearest; gradients go to the values y.

    >>> NearestNDInterpolator([[0.0, 0.0], [1.0, 0.0]], [0.0, 1.0])(0.75, 0.0)
    array(1.)
    """

    def __init__(self, x, y, rescale=False, tree_options=None):
        known = interpolate.NearestNDInterpolator(*plain((x, y)), rescale, tree_options)
        self.made(known, "values", lambda: [floats(y)], [y])
        vars(self).update(sites=value(points_of(x)), rescale=rescale)

    def __call__(self, *args, **query_options):
        y = self.known(*plain(args), **query_options)
        return self.told(y, lambda: self.at(args, query_options).reshape(y.shape))

    def at(self, args, options):
        q = value(given(args, self.sites.shape[1]))
        if self.rescale:
            size = np.ptp(self.sites, axis=0)
            q = (q - self.sites.mean(axis=0)) / np.where(size > 0, size, 1)
        distance, i = self.known.tree.query(q, **options)
        near = np.isfinite(distance)
        y = self.values[np.where(near, i, 0)]
        return np.where(along(near, y.ndim), y, 0)
