"""Splines on a grid: their coefficients, their values between the grid, and slopes of any order.

    y(c) = sum_k b(c - k) x[k],    b the spline of its order, k over the grid and beyond its edges

`sampled` is linear in the coefficients x; `scattered` is its transpose.  The gradient in a
coordinate is the same sum with the slope of b, and so both are all that any order needs.

The matrix of `spline_filter1d` is symmetric, but for mirrored lines, which see their ends once
and all else twice, and for short reflected ones, where SciPy's first sum is not the exact one.
Source:  Unser, Aldroubi and Eden 1991; de Boor 1978, section X (recurrence, differences)
"""

from itertools import product

import numpy as np
from scipy import ndimage

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy.exact import exact, require_no_array
from knetpy.autograd.scipy.wrap import array, composite

from .borders import across, places
from .correlations import floating

__all__ = ["sampled", "scattered", "spline_filter", "spline_filter1d"]

SHORT = 100  # beyond it the powers of the poles are below rounding
MIRRORED = ("mirror", "constant", "grid-constant", "wrap")


# Coefficients


def coefficients_dx(dy, y, x, *, order, axis, mode, known=None):
    n = x.shape[axis] if x.ndim else 1
    if order < 2 or not x.size:
        dx = dy
    elif mode in MIRRORED:
        weights = np.where((np.arange(n) % (n - 1 or 1)) == 0, 1.0, 2.0)
        weights = weights.reshape([-1 if k == axis else 1 for k in range(x.ndim)])
        dx = weights * coefficients(dy / weights, order=order, axis=axis, mode=mode)
    elif mode != "grid-wrap" and n < SHORT:
        matrix = ndimage.spline_filter1d(np.eye(n), order, axis=0, mode=mode)
        dx = np.moveaxis(np.moveaxis(dy, axis, -1) @ matrix, -1, axis)
    else:
        dx = coefficients(dy, order=order, axis=axis, mode=mode)
    return of_kind(dx, x).astype(x.dtype)


@primitive(rules=[coefficients_dx])
def coefficients(x, *, order, axis, mode, known=None):
    """The coefficients of splines along an axis, or what is known of them.

    >>> coefficients(np.array([1.0, 1.5]), order=3, axis=0, mode="mirror").round(12)
    array([0.5, 2. ])
    """
    if known is not None:
        return known
    double = np.result_type(x.dtype, np.float64)
    return ndimage.spline_filter1d(x, order, axis, output=double, mode=mode)


@exact(ndimage.spline_filter1d, constant="order axis")
def spline_filter1d(input, order=3, axis=-1, output=np.float64, mode="mirror", known=0):
    """The coefficients of the splines through the entries, along an axis.

    >>> spline_filter1d([1.0, 1.5]).round(12)
    array([0.5, 2. ])
    """
    axis = across(axis, known.ndim)[0] if known.ndim else 0
    return coefficients(floating(input, known), order=order, axis=axis, mode=mode, known=known)


@composite(ndimage.spline_filter)
def spline_filter(input, order=3, output=np.float64, mode="mirror"):
    """The coefficients of the spline surface through the entries.

    >>> spline_filter(np.eye(2)).round(12)
    array([[ 5., -4.],
           [-4.,  5.]])
    """
    require_no_array("scipy.ndimage.spline_filter", output)
    if not 2 <= order <= 5:
        raise RuntimeError("spline order not supported")
    x = array(input)
    for axis in range(x.ndim):
        x = spline_filter1d(x, order, axis, output, mode)
    return x if x.ndim else x.astype(output)


# Values between the grid


def spline(t, order, slope):
    """The values of the splines at the order + 1 grid points around, t beyond the first one's knot.

    A slope is the difference of two splines of one order less.
    """
    if slope:
        lower = spline(t, order - 1, slope - 1) if order else []
        zero = np.zeros_like(t)
        pairs = zip([zero, *lower], [*lower, zero], strict=True)
        return [before - behind for before, behind in pairs] if order else [zero]
    values = [np.ones_like(t)]
    for n in range(1, order + 1):
        zero = [np.zeros_like(t)]
        pairs = enumerate(zip(zero + values, values + zero, strict=True))
        values = [((n + t - j) * left + (1 - t + j) * right) / n for j, (left, right) in pairs]
    return values


def taps(coordinates, shape, order, mode, slopes):
    """For each axis the pairs (places along it, weights) of the grid points around."""
    found = []
    for c, n, slope in zip(coordinates, shape, slopes, strict=True):
        c = np.asarray(c, np.float64) - (order - 1) / 2
        start = np.floor(c)
        pairs = []
        for k, w in enumerate(spline(c - start, order, slope)):
            p = places(start.astype(np.intp) + k, n, mode)
            pairs.append((np.maximum(p, 0), np.where(p < 0, 0, w) if mode == "constant" else w))
        found.append(pairs)
    return found


def terms(coordinates, shape, order, mode, slopes):
    """The pairs (places in the flat grid, weights) whose sum over is the spline."""
    steps = np.cumprod([1, *shape[:0:-1]])[::-1]
    for pairs in product(*taps(coordinates, shape, order, mode, slopes)):
        place, weight = 0, 1
        for (p, w), step in zip(pairs, steps, strict=True):
            place, weight = place + p * step, weight * w
        yield place, weight


def steeper(slopes, axis):
    return tuple(n + (k == axis) for k, n in enumerate(slopes))


def sampled_rule(i, dy, y, x, *coordinates, order, mode, slopes, known=None):
    options = {"order": order, "mode": mode}
    if i == 0:
        dx = scattered(dy, *coordinates, shape=x.shape, slopes=slopes, **options)
        return of_kind(dx, x)
    up = steeper(slopes, i - 1)
    return of_kind(dy * sampled(x, *coordinates, slopes=up, **options), coordinates[i - 1])


def each(x, *coordinates, **options):
    return (x, *coordinates), options


@primitive(rules=[sampled_rule], spread=each)
def sampled(x, *coordinates, order, mode, slopes, known=None):
    """The sum of splines with coefficients x, or its slopes, at points; or what is known of it.

    >>> x, c = np.array([1.0, 2.0, 4.0]), np.array([0.5, 1.5])
    >>> sampled(x, c, order=1, mode="mirror", slopes=(0,))
    array([1.5, 3. ])
    """
    if known is not None:
        return known
    flat, y = x.reshape(-1), 0
    for place, weight in terms(coordinates, x.shape, order, mode, slopes):
        y = y + flat[place] * weight
    return y


def scattered_rule(i, dy, y, x, *coordinates, shape, order, mode, slopes):
    options = {"order": order, "mode": mode}
    if i == 0:
        return of_kind(sampled(dy, *coordinates, slopes=slopes, **options), x)
    up = steeper(slopes, i - 1)
    return of_kind(x * sampled(dy, *coordinates, slopes=up, **options), coordinates[i - 1])


@primitive(rules=[scattered_rule], spread=each)
def scattered(x, *coordinates, shape, order, mode, slopes):
    """For each coefficient what the points where it has a part give back to it.

    >>> options = {"shape": (3,), "order": 1, "mode": "mirror", "slopes": (0,)}
    >>> scattered(np.ones(2), np.array([0.5, 1.5]), **options)
    array([0.5, 1. , 0.5])
    """
    y = np.zeros(int(np.prod(shape)), np.result_type(x.dtype, np.float64))
    if not y.size:
        return y.reshape(shape)
    for place, weight in terms(coordinates, shape, order, mode, slopes):
        place, given = np.broadcast_arrays(place, x * weight)
        place, given = place.reshape(-1), given.reshape(-1)
        parts = (given.real, given.imag) if y.dtype.kind == "c" else (given,)
        for part, into in zip(parts, (y.real, y.imag), strict=False):
            into += np.bincount(place, part, y.size)
    return y.reshape(shape)
