"""Reductions over axes: sums, means, products, extremes, variances."""

from functools import lru_cache
from math import prod

import numpy as np

from knetpy.autograd.primitive import alias, primitive, zerograd


def method(name):
    """The array's own method, which NumPy's function comes to after more calls."""
    return lambda x, **options: getattr(x, name)(**options)


def mean(x, axis=None, **options):
    """As NumPy's, to the bit, for a whole array of floats; without its many steps."""
    if axis is None and not options and type(x) is ARRAY and x.dtype in PRECISE and x.size:
        return total(x, None) / x.size
    return x.mean(axis=axis, **options)


total, ARRAY, NUMBER = np.add.reduce, np.ndarray, np.generic
PRECISE = (np.dtype(np.float32), np.dtype(np.float64))


@lru_cache(4096)
def axes_of(ndim, axis):
    """The reduced axes, counted from 0; NumPy lets axis=0 pass for what has none."""
    if axis is None or not ndim:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(i % ndim for i in axes)


@lru_cache(4096)
def sizes(shape, axis):
    """The shape with ones for the reduced axes, and how many entries each reduction takes."""
    axes = axes_of(len(shape), axis)
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    return kept, prod(shape[i] for i in axes)


def keep(reduced, x, axis, keepdims):
    """`reduced`, with the reduced axes of `x` standing as axes of length one."""
    return reduced if keepdims or axis is None else reduced.reshape(sizes(x.shape, axis)[0])


def spread(dy, x, axis, keepdims, where=True):
    """`dy` repeated along the axes that were reduced; zero for entries that were left out."""
    if where is True and isinstance(dy, NUMBER):
        dx = np.empty(x.shape, dy.dtype)  # a NumPy scalar lies on the host; filling beats a view
        dx.fill(dy)
        return dx
    dx = np.broadcast_to(keep(dy, x, axis, keepdims), x.shape)
    return dx if where is True else np.where(where, dx, 0)


def count(x, axis, where=True):
    """How many entries each reduction took."""
    if where is True:
        return sizes(x.shape, axis)[1]
    return np.maximum(np.sum(np.ones_like(x.real) * where, axis=axis, keepdims=True), 1)


def sum_dx(dy, y, x, axis=None, keepdims=False, where=True, initial=0, dtype=None):
    return spread(dy, x, axis, keepdims, where)


def mean_dx(dy, y, x, axis=None, keepdims=False, where=True, dtype=None):
    if where is True:
        return spread(dy / (x.size if axis is None else sizes(x.shape, axis)[1]), x, axis, keepdims)
    return spread(keep(dy, x, axis, keepdims) / count(x, axis, where), x, axis, True, where)


def prod_dx(dy, y, x, axis=None, keepdims=False, where=True, initial=1, dtype=None):
    """dy times the product of all other entries: no division, so that zeros do no harm."""
    axes = axes_of(x.ndim, axis)
    last = range(-len(axes), 0)
    moved = np.moveaxis(x if where is True else np.where(where, x, 1), axes, last)
    kept = moved.shape[: x.ndim - len(axes)]
    flat = moved.reshape(*kept, prod(moved.shape[len(kept) :]))
    rest = np.moveaxis(others(flat).reshape(moved.shape), last, axes) * initial
    dx = keep(dy, x, axis, keepdims) * rest
    return dx if where is True else np.where(where, dx, 0)


def others(x):
    """Along the last axis, the product of all entries but the own, by a tree of pairs."""
    n = x.shape[-1]
    spare = (1 << n.bit_length()) - n if n & (n - 1) else 0
    padding = np.ones_like(x, shape=(*x.shape[:-1], spare))
    levels = [np.concatenate([x, padding], axis=-1) if spare else x]
    while levels[-1].shape[-1] > 1:
        levels.append(levels[-1][..., 0::2] * levels[-1][..., 1::2])
    rest = np.ones_like(levels.pop())
    for level in reversed(levels):
        even, odd = level[..., 0::2], level[..., 1::2]
        rest = np.stack([rest * odd, rest * even], axis=-1).reshape(level.shape)
    return rest[..., :n]


def extreme_dx(dy, y, x, axis=None, keepdims=False, where=True, initial=None):
    """Ties share the gradient evenly; a start value that wins takes all of it."""
    hit = (x == keep(y, x, axis, keepdims)) & where
    n = np.maximum(np.sum(hit, axis=axis, keepdims=True), 1)
    return keep(dy, x, axis, keepdims) * (hit / n).astype(x.dtype)


def var_dx(dy, y, x, axis=None, ddof=0, keepdims=False, where=True, correction=None, dtype=None):
    """What is left out has no part in it, though it be inf or nan."""
    n = count(x, axis, where)
    if where is True:
        off = x - np.mean(x, axis=axis, keepdims=True)
    else:
        mean = np.sum(np.where(where, x, 0) / n, axis=axis, keepdims=True)
        off = np.where(where, x - mean, 0)
    off = off.conj() if x.dtype.kind == "c" else off
    n = n - (ddof if correction is None else correction)
    return keep(dy.real, x, axis, keepdims) * 2 / n * off


def std_dx(dy, y, x, **options):
    """By way of the variance; 0 where nothing varies."""
    slope = np.where(y > 0, dy / (2 * np.where(y > 0, y, 1)), 0)
    return var_dx(slope, y, x, **options)


# fmt: off
primitive(np.sum,  sum_dx,  call=method("sum"))
primitive(np.mean, mean_dx, call=mean)
primitive(np.prod, prod_dx, call=method("prod"))
primitive(np.max,  extreme_dx, call=method("max"))
primitive(np.min,  extreme_dx, call=method("min"))
alias(np.max, np.amax)
alias(np.min, np.amin)
primitive(np.var,  var_dx)
primitive(np.std,  std_dx)
primitive(np.add.reduce,      lambda dy, y, x, axis=0, keepdims=False, where=True, initial=0,
                                  dtype=None: sum_dx(dy, y, x, axis, keepdims, where))
primitive(np.multiply.reduce, lambda dy, y, x, axis=0, keepdims=False, where=True, initial=1,
                                  dtype=None: prod_dx(dy, y, x, axis, keepdims, where, initial))
primitive(np.maximum.reduce,  lambda dy, y, x, axis=0, keepdims=False, where=True, initial=None,
                                  dtype=None: extreme_dx(dy, y, x, axis, keepdims, where))
primitive(np.minimum.reduce,  lambda dy, y, x, axis=0, keepdims=False, where=True, initial=None,
                                  dtype=None: extreme_dx(dy, y, x, axis, keepdims, where))
# fmt: on

zerograd(np.argmax, np.argmin, np.all, np.any, np.count_nonzero, np.argsort, np.nonzero)
