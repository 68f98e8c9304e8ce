"""Radial basis functions: sums of a kernel of the distances to the data sites, and a polynomial.

    y(q) = sum_j a[j] phi(eps |q - y[j]|) + sum_m b[m] p[m](q)

where a and b solve a linear system.  Kernels are written in the squared distance, for the
distance itself has no gradient at 0; there the kernels with a kink count as flat.
"""

import numpy as np
from scipy import interpolate
from scipy.spatial import KDTree

from knetpy.autograd.dispatch import plain
from knetpy.autograd.values import value

from .parts import Interpolator, floats

__all__ = ["RBFInterpolator"]


def from_zero(f):
    """`f` of squares that are not zero, and 0 where they are."""

    def kernel(square):
        away = value(square) > 0
        return np.where(away, f(np.where(away, square, 1)), 0)

    return kernel


KERNELS = {
    "linear": from_zero(lambda s: -np.sqrt(s)),
    "thin_plate_spline": from_zero(lambda s: s * np.log(s) / 2),
    "cubic": from_zero(lambda s: s * np.sqrt(s)),
    "quintic": from_zero(lambda s: -s * s * np.sqrt(s)),
    "multiquadric": lambda s: -np.sqrt(s + 1),
    "inverse_multiquadric": lambda s: 1 / np.sqrt(s + 1),
    "inverse_quadratic": lambda s: 1 / (s + 1),
    "gaussian": lambda s: np.exp(-s),
}


class RBFInterpolator(Interpolator):
    """The sum of radial functions through the values d at the sites y, or near them.

    Gradients go to y, d, smoothing, epsilon and the points where it is called.

    >>> RBFInterpolator([[0.0], [1.0]], [1.0, 3.0])([[0.25]]).round(12)
    array([1.5])
    """

    def __init__(
        self,
        y,
        d,
        neighbors=None,
        smoothing=0.0,
        kernel="thin_plate_spline",
        epsilon=None,
        degree=None,
    ):
        smooth, eps = plain((smoothing, epsilon))
        known = interpolate.RBFInterpolator(*plain((y, d)), neighbors, smooth, kernel, eps, degree)
        self.made(known, "", list)
        sites, data = floats(y), floats(d)
        smoothing = floats(smoothing) + np.zeros(len(sites))
        epsilon = floats(1.0 if epsilon is None else epsilon)
        vars(self).update(y=sites, d=data, smoothing=smoothing, epsilon=epsilon)

    def content(self):
        return [self.y, self.d, self.smoothing, self.epsilon]

    def __call__(self, x):
        return self.told(self.known(plain(x)), lambda: self.at(floats(x)), x)

    def at(self, q):
        data = self.d.reshape(len(self.d), -1)
        k = self.known.neighbors
        if k is None:
            y = self.local(q, self.y, data, self.smoothing)
        else:
            _, near = KDTree(value(self.y)).query(value(q), k)
            near = np.sort(near.reshape(len(q), -1), axis=1)
            each = [
                self.local(q[i : i + 1], self.y[j], data[j], self.smoothing[j])
                for i, j in enumerate(near)
            ]
            y = np.concatenate(each) if each else data[:0]
        return y.reshape(len(q), *self.d.shape[1:])

    def local(self, q, y, d, smoothing):
        """The sum at the points `q` by the sites `y` alone."""
        powers = self.known.powers
        low, high = value(y).min(axis=0), value(y).max(axis=0)
        half = np.where(high > low, (high - low) / 2, 1)
        middle = (high + low) / 2
        p, here = (((x - middle) / half)[:, None] ** powers for x in (y, q))
        p, here = p.prod(axis=-1), here.prod(axis=-1)
        none = np.zeros((len(powers), len(powers)))
        kernels = self.kernels(y, y) + np.eye(len(y)) * smoothing
        system = np.concatenate(
            [np.concatenate([kernels, p], axis=1), np.concatenate([p.T, none], axis=1)]
        )
        right = np.concatenate([d, np.zeros_like(d, shape=(len(powers), d.shape[1]))])
        terms = np.concatenate([self.kernels(q, y), here], axis=1)
        return terms @ np.linalg.solve(system, right)

    def kernels(self, a, b):
        steps = self.epsilon * (a[:, None] - b)
        return KERNELS[self.known.kernel]((steps * steps).sum(axis=-1))
