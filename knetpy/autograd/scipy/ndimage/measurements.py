"""Sums, means, spreads and extremes of an image, or of its parts with each of some labels."""

import numpy as np
from scipy import ndimage

from knetpy.autograd.scipy.exact import exact
from knetpy.autograd.scipy.wrap import array
from knetpy.autograd.values import value

__all__ = [
    "center_of_mass",
    "extrema",
    "maximum",
    "mean",
    "median",
    "minimum",
    "standard_deviation",
    "sum",
    "sum_labels",
    "variance",
]


class Parts:
    """An image by its parts: the entries that count, and the number of the part of each.

    >>> parts = Parts(np.array([1.0, 2.0, 4.0]), np.array([1, 2, 2]), [2, 1])
    >>> parts.of(parts.sum(parts.x))
    array([6., 1.])
    """

    def __init__(self, x, labels, index):
        x, self.back, self.size = array(x), 0, 1
        x = x.astype(np.result_type(x.dtype, np.float64))
        if labels is None:
            self.x, self.number = x.reshape(-1), np.zeros(x.size, np.intp)
            return
        labels = np.asarray(labels)
        shape = np.broadcast_shapes(x.shape, labels.shape)
        x, labels = (
            np.broadcast_to(x, shape).reshape(-1),
            np.broadcast_to(labels, shape).reshape(-1),
        )
        if index is None or np.isscalar(index):
            counts = np.flatnonzero(labels > 0 if index is None else labels == index)
            self.number = np.zeros(len(counts), np.intp)
        else:
            known, back = np.unique(np.asarray(index), return_inverse=True)
            self.back, self.size = back.reshape(np.shape(index)), len(known)
            number = np.searchsorted(known, labels).clip(max=max(len(known) - 1, 0))
            counts = np.flatnonzero(known[number] == labels) if len(known) else number[:0]
            self.number = number[counts]
        self.x = x[counts]

    def sum(self, x):
        """The sums of the parts."""
        if self.size == 1:
            return x.sum().reshape(1)
        if x.dtype.kind == "c":
            return self.sum(x.real) + 1j * self.sum(x.imag)
        return np.bincount(self.number, weights=x, minlength=self.size)

    def count(self):
        """How many entries the parts have, but 1 for none."""
        return np.bincount(self.number, minlength=self.size).clip(min=1)

    def of(self, y):
        """A result for each label that was asked for, from one for each part."""
        return y[self.back]

    def equal(self, extreme):
        """The entries of each part that are the extreme one, of which each has its share."""
        best = np.full(self.size, -np.inf if extreme is np.maximum else np.inf, self.x.dtype)
        x = value(self.x)
        extreme.at(best, self.number, x)
        found = (x == best[self.number]).astype(np.float64)
        share = np.bincount(self.number, found, self.size).clip(min=1)[self.number]
        return self.of(self.sum(self.x * (found / share)))


def total(input, labels=None, index=None):
    parts = Parts(input, labels, index)
    return parts.of(parts.sum(parts.x))


def squares(input, labels, index):
    """The sum of squares about the mean by the number of entries."""
    parts = Parts(input, labels, index)
    centered = parts.x - (parts.sum(parts.x) / parts.count())[parts.number]
    return parts.of(parts.sum(centered * centered.conj()) / parts.count())


@exact(ndimage.sum_labels, constant="labels index")
def sum_labels(input, labels=None, index=None):
    """The sums of the entries with each label.

    >>> sum_labels([1.0, 2.0, 4.0], [1, 2, 2], [1, 2])
    array([1., 6.])
    """
    return total(input, labels, index)


@exact(ndimage.sum, constant="labels index")
def sum(input, labels=None, index=None):
    """The sums of the entries with each label: sum_labels by its old name.

    >>> sum([1.0, 2.0, 4.0], [1, 2, 2], 2)
    np.float64(6.0)
    """
    return total(input, labels, index)


@exact(ndimage.mean, constant="labels index")
def mean(input, labels=None, index=None):
    """The means of the entries with each label.

    >>> mean([1.0, 2.0, 4.0], [1, 2, 2], [1, 2])
    array([1., 3.])
    """
    parts = Parts(input, labels, index)
    return parts.of(parts.sum(parts.x) / parts.count())


@exact(ndimage.variance, constant="labels index")
def variance(input, labels=None, index=None):
    """The mean squares of the distances from the mean, for each label.

    >>> variance([1.0, 2.0, 4.0], [0, 1, 1], [0, 1])
    array([0., 1.])
    """
    return squares(input, labels, index)


@exact(ndimage.standard_deviation, constant="labels index")
def standard_deviation(input, labels=None, index=None):
    """The roots of the variances; the gradient is 0 where nothing varies.

    >>> standard_deviation([1.0, 2.0, 6.0], [0, 1, 1], [0, 1])
    array([0., 2.])
    """
    y = squares(input, labels, index)
    return np.where(y == 0, y, np.sqrt(np.where(y == 0, 1, y)))


@exact(ndimage.minimum, constant="labels index")
def minimum(input, labels=None, index=None):
    """The least entry with each label; equal ones share the gradient.

    >>> minimum([1.0, 2.0, 4.0], [1, 2, 2], [1, 2])
    array([1., 2.])
    """
    return Parts(input, labels, index).equal(np.minimum)


@exact(ndimage.maximum, constant="labels index")
def maximum(input, labels=None, index=None):
    """The largest entry with each label; equal ones share the gradient.

    >>> maximum([1.0, 2.0, 4.0], [1, 2, 2], [1, 2])
    array([1., 4.])
    """
    return Parts(input, labels, index).equal(np.maximum)


@exact(ndimage.median, constant="labels index")
def median(input, labels=None, index=None):
    """The entry in the middle of those with each label, or the mean of the two there.

    >>> median([1.0, 2.0, 4.0], [1, 2, 2], [1, 2])
    array([1., 3.])
    """
    parts = Parts(input, labels, index)
    order = np.lexsort((value(parts.x), parts.number))
    count = parts.count()
    start = np.searchsorted(parts.number[order], np.arange(parts.size)).clip(max=len(order) - 1)
    low, high = order[start + (count - 1) // 2], order[start + count // 2]
    return parts.of((parts.x[low] + parts.x[high]) / 2)


@exact(ndimage.extrema, constant="labels index")
def extrema(input, labels=None, index=None, known=()):
    """The least and the largest entry with each label, and where they stand.

    >>> least, largest, _, place = extrema([1.0, 2.0, 4.0])
    >>> print(least, largest, *place)
    1.0 4.0 2
    """
    parts = Parts(input, labels, index)
    return (parts.equal(np.minimum), parts.equal(np.maximum), *known[2:])


@exact(ndimage.center_of_mass, constant="labels index")
def center_of_mass(input, labels=None, index=None):
    """The mean place of the entries with each label, weighted by the entries.

    >>> center_of_mass([[0.0, 3.0], [0.0, 1.0]])
    (np.float64(0.25), np.float64(1.0))
    """
    x = array(input)
    mass = total(x, labels, index)
    grids = np.ogrid[tuple(slice(0.0, n) for n in x.shape)]
    found = [total(x * grid, labels, index) / mass for grid in grids]
    if index is None or np.isscalar(index):
        return tuple(found)
    return [tuple(c[k] for c in found) for k in range(len(found[0]))]
