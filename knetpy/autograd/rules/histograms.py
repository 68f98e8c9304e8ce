"""Histograms: counts are constant, but weights are not, nor are edges taken from the data."""

from math import prod

import numpy as np

from knetpy.autograd.dispatch import plain
from knetpy.autograd.primitive import primitive

from .composites import array, composite, exactly
from .indexing import unindex


@composite(np.histogram)
def histogram(a, bins=10, range=None, density=None, weights=None):
    y, edges = np.histogram(*plain((a, bins, range, density, weights)))
    columns = [np.ravel(array(a))]
    edges = exactly(edges_of(columns[0], bins, range, edges), edges)
    return exactly(counted(columns, [edges], density, weights), y), edges


@composite(np.histogram_bin_edges)
def histogram_bin_edges(a, bins=10, range=None, weights=None):
    edges = np.histogram_bin_edges(*plain((a, bins, range, weights)))
    return exactly(edges_of(array(a), bins, range, edges), edges)


@composite(np.histogramdd)
def histogramdd(sample, bins=10, range=None, density=None, weights=None):
    y, edges = np.histogramdd(*plain((sample, bins, range, density, weights)))
    columns, n = columns_of(sample), len(edges)
    bins = [bins] * n if length(bins) is None else bins
    ranges = [None] * n if range is None else range
    moved = list(map(edges_of, columns, bins, ranges, edges))
    moved = exactly(moved, edges)
    return exactly(counted(columns, moved, density, weights), y), moved


@composite(np.histogram2d)
def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    if len(x) != len(y):
        raise ValueError("x and y must have the same length.")
    bins = bins if length(bins) in (None, 1, 2) else [bins, bins]
    h, edges = np.histogramdd([x, y], bins, range, density, weights)
    return h, *edges


def length(bins):
    """How many axes or edges are told of, or None for a number alone."""
    try:
        return len(bins)
    except TypeError:
        return None


def columns_of(sample):
    """The coordinates of all points, one after the other."""
    if isinstance(sample, (list, tuple)) and np.ndim(sample[0]):
        return list(map(array, sample))
    sample = array(sample)
    return (
        [sample[:, k] for k in range(sample.shape[1])] if sample.ndim == 2 else [np.ravel(sample)]
    )


def edges_of(x, bins, range, edges):
    """The edges that were given; others lie evenly in the range, or that of the entries."""
    if np.ndim(bins):
        return array(bins)
    if range is None and not x.size:
        return edges
    low, high = (np.min(x), np.max(x)) if range is None else range
    return low + (high - low) * ((edges - edges[0]) / (edges[-1] - edges[0]))


def counted(columns, edges, density, weights):
    """The weights that fall between edges, added up; with `density`, so that the integral is 1."""
    shape = [len(e) - 1 for e in edges]
    inside, place = True, 0
    for x, e, n in zip(columns, edges, shape, strict=True):
        inside = inside & (x >= e[0]) & (x <= e[-1])
        place = place * n + np.clip(np.searchsorted(e, x, side="right") - 1, 0, n - 1)
    weights = np.ones_like(columns[0]) if weights is None else np.ravel(array(weights))
    total = unindex(weights[inside], shape=(prod(shape),), index=place[inside]).reshape(shape)
    if density:
        total = total / np.sum(total)
        for axis, e in enumerate(edges):
            total = total / np.diff(e).reshape([-1 if k == axis else 1 for k in range(len(edges))])
    return total


# fmt: off
primitive(np.bincount, None, lambda dy, y, x, weights, minlength=0: dy[x])
# fmt: on
