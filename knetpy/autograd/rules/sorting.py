"""Sorting, searching and sets: entries keep their gradients wherever they come to stand.

Of equal entries the first counts as the smaller one, whatever the kind of the sort.
"""

from math import prod

import numpy as np

from knetpy.autograd.primitive import primitive, zerograd
from knetpy.autograd.values import value

from .composites import array, composite
from .indexing import unindex
from .places import numbers


def order_of(x):
    return x.argsort(axis=-1, kind="stable")


def scatter(dy, places, n):
    """Rows of `n` zeros, with `dy` added at its places along the last axis."""
    shape = (*places.shape[:-1], n)
    starts = numbers(prod(places.shape[:-1]), places) * n
    places = places + starts.reshape(*places.shape[:-1], 1)
    return unindex(dy, shape=(prod(shape),), index=places).reshape(shape)


def last(x, axis):
    """`x` with an axis moved to the end; flat if that is None."""
    return x.reshape(-1) if axis is None else np.moveaxis(x, axis, -1)


def sent_back(dy, a, axis, places):
    """`dy` at the places in `a` that its entries came from."""
    dx = scatter(last(dy, axis), places, places.shape[-1])
    return dx.reshape(a.shape) if axis is None else np.moveaxis(dx, -1, axis)


def sort_dx(dy, y, a, axis=-1, kind=None, stable=None):
    return sent_back(dy, a, axis, order_of(last(a, axis)))


def partition_dx(dy, y, a, kth, axis=-1, kind=None):
    """Sorted, both sides are the same: so the order of `y` tells where the entries came from."""
    ranks = order_of(last(y, axis)).argsort(axis=-1)
    return sent_back(dy, a, axis, np.take_along_axis(order_of(last(a, axis)), ranks, -1))


# fmt: off
primitive(np.sort,         sort_dx)
primitive(np.partition,    partition_dx)
primitive(np.sort_complex, lambda dy, y, a: sort_dx(dy if a.dtype.kind == "c" else dy.real, y, a))
# fmt: on


@composite(np.unique)
def unique(ar, return_index=False, axis=None, sorted=True, **options):
    """Equal entries are one, which has the gradient of the first."""
    _, index, *rest = np.unique(value(ar), True, axis=axis, **options)
    if not (sorted or return_index or rest) and axis is None:
        index = in_order_of(np.unique(value(ar), sorted=False, **options), index)
    y = np.ravel(ar)[index] if axis is None else np.take(ar, index, axis)
    rest = [index] * return_index + rest
    return (y, *rest) if rest else y


def in_order_of(values, index):
    """Places of the sorted values, in the order in which NumPy gives the values."""
    return index[order_of(values).argsort()]


def of_standard(f):
    """The functions of the array API standard: named tuples, and every nan is a value."""

    @composite(f)
    def body(x):
        found = f(value(x))
        index = np.unique(value(x), return_index=True, equal_nan=False)[1]
        if not isinstance(found, tuple):
            return np.ravel(x)[in_order_of(found, index)]
        return found._replace(values=np.ravel(x)[index])


for f in (np.unique_values, np.unique_counts, np.unique_inverse, np.unique_all):
    of_standard(f)


def distinct(x, assume_unique):
    return np.ravel(array(x)) if assume_unique else np.unique(x)


@composite(np.setdiff1d)
def setdiff1d(ar1, ar2, assume_unique=False):
    x = distinct(ar1, assume_unique)
    return x[np.isin(x, ar2, assume_unique=assume_unique, invert=True)]


@composite(np.union1d)
def union1d(ar1, ar2):
    return np.unique(np.concatenate([array(ar1), array(ar2)], axis=None))


@composite(np.intersect1d)
def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    """What both hold has the gradient in the first."""
    both = np.intersect1d(value(ar1), value(ar2), assume_unique, return_indices=True)
    y = np.ravel(array(ar1))[both[1]]
    return (y, *both[1:]) if return_indices else y


@composite(np.setxor1d)
def setxor1d(ar1, ar2, assume_unique=False):
    x, z = distinct(ar1, assume_unique), distinct(ar2, assume_unique)
    x = np.sort(np.concatenate([x, z], axis=None))
    new = np.ones_like(x, dtype=bool, shape=x.size + 1)
    new[1:-1] = x[1:] != x[:-1]
    return x[new[1:] & new[:-1]]


zerograd(np.argpartition, np.lexsort, np.searchsorted, np.digitize, np.isin)
