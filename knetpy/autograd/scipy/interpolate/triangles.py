"""Interpolation of scattered data in the plane by cubics on the thirds of triangles.

The slopes g at the sites are those of least curvature along all edges e = x[j] - x[i],

    sum_j e (4 e g[i] + 2 e g[j] - 6 (y[j] - y[i])) / |e|^3 = 0   for each site i,

a linear system.  In each third the function is a cubic in Bernstein's form.
Source:  Nielson 1983, A method for interpolating scattered data based upon a minimum norm
         network; Alfeld 1984, A trivariate Clough-Tocher scheme for tetrahedral data
"""

import numpy as np
from scipy import interpolate, sparse

from knetpy.autograd.dispatch import plain
from knetpy.autograd.scipy.sparse import with_data
from knetpy.autograd.scipy.sparse.linalg import spsolve
from knetpy.autograd.values import value

from .parts import along
from .scattered import LinearNDInterpolator, given, shares

__all__ = ["CloughTocher2DInterpolator"]

SIDES = ((0, 1, 2), (1, 2, 0), (2, 0, 1))  # a corner, and those of the side across in turn


class CloughTocher2DInterpolator(LinearNDInterpolator):
    """The smooth function in the plane that is cubic by thirds of Delaunay's triangles.

    Gradients go to points, values, fill_value and the points where it is called.  SciPy finds the
    slopes at the points to the relative precision `tol`; gradients are those of exact slopes.

    >>> f = CloughTocher2DInterpolator([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0.0, 1.0, 2.0])
    >>> f(0.25, 0.5).round(4)
    np.float64(1.25)
    """

    def __init__(self, points, values, fill_value=np.nan, tol=1e-6, maxiter=400, rescale=False):
        data = plain((points, values, fill_value))
        known = interpolate.CloughTocher2DInterpolator(*data, tol, maxiter, rescale)
        self.of(known, points, values, fill_value, rescale)

    def at(self, args):
        x, q = self.scaled(self.sites), self.scaled(given(args, 2))
        tri = self.known.tri
        found = tri.find_simplex(value(q))
        corners = tri.simplices[found]
        y = self.data.reshape(len(self.data), -1)
        steps = x[corners][:, None] - x[corners][:, :, None]  # from the second axis to the third
        slopes = steps @ flattest(tri, x, y)[corners]
        b = shares(x[corners], q)
        y = cubic(b, y[corners], slopes, turns(tri, x, found))
        y = y.reshape(len(q), *self.data.shape[1:])
        return np.where(along(found < 0, y.ndim), self.fill, y)


def turns(tri, x, numbers):
    """Along which line the slope across each side of triangles is linear: between the middles.

    The line goes from the middle of a triangle to that of the next one, and is a multiple of the
    line from there to an end of their side, plus g times the side.
    """
    own, beyond = x[tri.simplices[numbers]], tri.neighbors[numbers]
    found = []
    for i, j, k in SIDES:
        alone = beyond[:, i] < 0
        c = shares(own, x[tri.simplices[beyond[:, i]]].mean(axis=1))
        below = np.where(alone, 2, 2 - 3 * c[:, k] - 3 * c[:, j])
        found.append(np.where(alone, -1, 2 * c[:, k] + c[:, j] - 1) / below)
    return found


def flattest(tri, x, y):
    """The slopes, (sites, 2, numbers), of least curvature along the edges."""
    starts, j = tri.vertex_neighbor_vertices
    n, i = len(x), np.repeat(np.arange(len(x)), np.diff(starts))
    e = x[j] - x[i]
    weight = (e**2).sum(axis=1) ** -1.5
    blocks = (weight[:, None, None] * e[:, :, None] * e[:, None, :]).reshape(-1)
    row, column = np.indices((2, 2)).reshape(2, -1)
    rows = (2 * i[:, None] + row).reshape(-1)
    own, other = ((2 * k[:, None] + column).reshape(-1) for k in (i, j))
    lonely = np.flatnonzero(np.repeat(np.diff(starts) == 0, 2))
    entries = np.concatenate([4 * blocks, 2 * blocks, np.ones(len(lonely))])
    places = np.concatenate([rows, rows, lonely]), np.concatenate([own, other, lonely])
    A = sparse.coo_array((value(entries), places), shape=(2 * n, 2 * n))
    pulls = 6 * (weight[:, None] * e)[:, :, None] * (y[j] - y[i])[:, None]
    sums = sparse.csr_array((np.ones(len(j)), np.arange(len(j)), starts), shape=(n, len(j)))
    b = (sums @ pulls.reshape(len(j), -1)).reshape(2 * n, -1)
    return spsolve(with_data(A, entries), b).reshape(n, 2, -1)


def cubic(b, y, slopes, turns):
    """The cubic of the third that a point lies in, by its coordinates b in the triangle.

    slopes[:, i, j] is the slope at the corner i towards the corner j.
    """
    near = y[:, :, None] + slopes / 3
    inner = [(y[:, i] + near[:, i, j] + near[:, i, k]) / 3 for i, j, k in SIDES]
    across = [
        (
            g[:, None] * (y[:, k] - y[:, j] + 3 * (near[:, j, k] - near[:, k, j]))
            + (2 * near[:, j, k] - y[:, j] - near[:, k, j] + inner[j] + inner[k])
        )
        / 2
        for g, (_, j, k) in zip(turns, SIDES, strict=True)
    ]
    middle = [(across[j] + across[k] + inner[i]) / 3 for i, j, k in SIDES]
    least = b[np.arange(len(b)), value(b).argmin(axis=1)][:, None]
    b, m = [b[:, i : i + 1] - least for i in range(3)], 3 * least
    found = m**3 * sum(middle) / 3
    for i, j, k in SIDES:
        found = found + b[i] ** 3 * y[:, i] + 6 * b[j] * b[k] * m * across[i]
        found = found + 3 * b[i] * m * (b[i] * inner[i] + m * middle[i])
        found = found + 3 * b[i] ** 2 * (b[j] * near[:, i, j] + b[k] * near[:, i, k])
    return found
