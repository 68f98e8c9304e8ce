"""Statistics: averages, correlations, interpolation, convolution, and what leaves out nan."""

from math import prod

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from knetpy.autograd.primitive import primitive, zerograd

from .composites import array, composite
from .places import cut
from .reductions import extreme_dx, mean_dx, prod_dx, std_dx, sum_dx, var_dx

# Averages


def weights_like(weights, a, axis):
    """Weights of the reduced axes alone, standing along these axes of `a`."""
    weights = array(weights)
    if weights.shape == a.shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = normalize_axis_tuple(axis, a.ndim)
    if weights.shape != tuple(a.shape[i] for i in axes):
        raise ValueError("Shape of weights must be consistent with shape of a along its axis.")
    weights = weights.transpose(sorted(range(len(axes)), key=axes.__getitem__))
    return weights.reshape([n if i in axes else 1 for i, n in enumerate(a.shape)])


@composite(np.average)
def average(a, axis=None, weights=None, returned=False, **keepdims):
    a = array(a)
    if weights is None:
        y = np.mean(a, axis=axis, **keepdims)
        return (y, np.full_like(y, a.size / y.size)[()]) if returned else y
    weights = weights_like(weights, a, axis)
    dtype = np.result_type(a.dtype, weights.dtype, *["f8"] * (a.dtype.kind in "biu"))
    total = np.sum(weights, axis=axis, dtype=dtype, **keepdims)
    if np.any(total == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    y = np.sum(np.multiply(a, weights, dtype=dtype), axis=axis, **keepdims) / total
    return (y, np.broadcast_to(total, y.shape)) if returned else y


@composite(np.ptp)
def ptp(a, axis=None, **keepdims):
    return np.max(a, axis=axis, **keepdims) - np.min(a, axis=axis, **keepdims)


@composite(np.trapezoid, exact=True)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = array(y)
    if x is not None:
        x = array(x)
        dx = np.diff(x, axis=-1 if x.ndim == 1 else axis)
        if x.ndim == 1:
            dx = dx.reshape([-1 if i == axis % y.ndim else 1 for i in range(y.ndim)])
    return np.sum(dx * (cut(y, axis, 1, None) + cut(y, axis, -1)) / 2.0, axis=axis)


# Correlations


def observations(x, rowvar, single):
    """A row for each variable."""
    x = array(x)
    rows = x.reshape(1, -1) if x.ndim < 2 else x
    return rows if rowvar or single(x) else rows.T


@composite(np.cov, exact=True)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, dtype=None):
    x = observations(m, rowvar, lambda m: m.ndim == 1)
    if y is not None and len(x):
        y = observations(y, rowvar, lambda y: y.ndim < 2 or len(y) == 1)
        x = np.concatenate([x, y], axis=0)
    x = x.astype(np.result_type(x.dtype, np.float64) if dtype is None else dtype)
    ddof = int(not bias) if ddof is None else ddof
    weights = [array(w) for w in (fweights, aweights) if w is not None]
    w = prod(weights, start=np.ones_like(x.real, shape=x.shape[1]))
    total = np.sum(w)
    n = total - ddof * (1 if aweights is None else np.sum(w * weights[-1]) / total)
    off = x - (np.sum(x * w, axis=1) / total)[:, None]
    return (off @ (off * w).conj().T).squeeze() / (n if n > 0 else np.nan)


@composite(np.corrcoef, exact=True)
def corrcoef(x, y=None, rowvar=True, dtype=None):
    c = np.cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return 0 * c  # the value is 1, whatever c is
    spread = np.sqrt(np.einsum("ii->i", c).real)
    return c / spread[:, None] / spread


# Interpolation, convolution


@composite(np.interp, exact=True)
def interp(x, xp, fp, left=None, right=None, period=None):
    x, xp, fp = array(x), array(xp), array(fp)
    if period is not None:
        x, xp, fp = around(x, xp, fp, abs(period))
        left = right = None
    n = len(xp)
    inside = np.clip(x, xp[0], xp[-1])
    i = np.clip(np.searchsorted(xp, inside, side="right") - 1, 0, max(n - 2, 0))
    j = np.minimum(i + 1, n - 1)
    width = xp[j] - xp[i]
    y = fp[i] + (inside - xp[i]) / np.where(width == 0, 1, width) * (fp[j] - fp[i])
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    return np.where(x > xp[-1], fp[-1] if right is None else right, y)


def around(x, xp, fp, period):
    """One period of the points, and the nearest on both sides of it."""
    x, xp = x % period, xp % period
    order = np.argsort(xp)
    xp, fp = xp[order], fp[order]
    xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, xp, np.concatenate([fp[-1:], fp, fp[:1]])


def whole(dy, a, v, late=False):
    """`dy` among zeros, where it stands in the result of mode "full"."""
    missing = np.size(a) + np.size(v) - 1 - dy.size
    before = (missing + late) // 2
    sides = [np.zeros_like(dy, shape=(n,)) for n in (before, missing - before)]
    return np.concatenate([sides[0], dy, sides[1]])


def convolve_dx(dy, other, x):
    return np.convolve(dy, np.ravel(other)[::-1], "valid").reshape(np.shape(x))


def correlate_da(dy, y, a, v, mode=None):
    dy = whole(dy, a, v, late=np.size(v) > np.size(a))
    return np.convolve(dy, np.ravel(v).conj(), "valid").reshape(np.shape(a))


def correlate_dv(dy, y, a, v, mode=None):
    dy = whole(dy, a, v, late=np.size(v) > np.size(a))
    return np.convolve(dy, np.ravel(a)[::-1], "valid")[::-1].conj().reshape(np.shape(v))


# Without nan


def seen(a, where):
    return ~np.isnan(a) & where


def nanprod_dx(dy, y, a, axis=None, keepdims=False, where=True, initial=1, dtype=None):
    return prod_dx(dy, y, a, axis, keepdims, seen(a, where), initial)


def nanvar_dx(dy, y, a, axis=None, ddof=0, keepdims=False, where=True, correction=None, dtype=None):
    return var_dx(dy, y, a, axis, ddof, keepdims, seen(a, where), correction)


def nanstd_dx(dy, y, a, axis=None, ddof=0, keepdims=False, where=True, correction=None, dtype=None):
    options = {"axis": axis, "ddof": ddof, "keepdims": keepdims, "correction": correction}
    return std_dx(dy, y, a, where=seen(a, where), **options)


def nanextreme_dx(dy, y, a, axis=None, keepdims=False, where=True, initial=None):
    return extreme_dx(dy, y, a, axis, keepdims, where)


@composite(np.nan_to_num)
def nan_to_num(x, copy=True, **numbers):
    y = finite_numbers(x, **numbers)
    if copy:
        return y
    x[...] = y
    return x


def finite_dx(dy, y, x, nan=0.0, posinf=None, neginf=None):
    """Numbers pass; of complex ones each part by itself."""
    dx = np.where(np.isfinite(x.real), dy.real, 0)
    return dx + 1j * np.where(np.isfinite(x.imag), dy.imag, 0) if x.dtype.kind == "c" else dx


@primitive(rules=[finite_dx])
def finite_numbers(x, **numbers):
    return np.nan_to_num(x, **numbers)


# fmt: off
primitive(np.convolve,      lambda dy, y, a, v, mode=None: convolve_dx(whole(dy, a, v), v, a),
                            lambda dy, y, a, v, mode=None: convolve_dx(whole(dy, a, v), a, v))
primitive(np.correlate,     correlate_da, correlate_dv)
primitive(np.nansum,        lambda dy, y, a, axis=None, keepdims=False, where=True, initial=0,
                                dtype=None: sum_dx(dy, y, a, axis, keepdims, seen(a, where)))
primitive(np.nanmean,       lambda dy, y, a, axis=None, keepdims=False, where=True,
                                dtype=None: mean_dx(dy, y, a, axis, keepdims, seen(a, where)))
primitive(np.nanprod,       nanprod_dx)
primitive(np.nanvar,        nanvar_dx)
primitive(np.nanstd,        nanstd_dx)
primitive(np.nanmax,        nanextreme_dx)
primitive(np.nanmin,        nanextreme_dx)
# fmt: on

zerograd(np.nanargmax, np.nanargmin)
