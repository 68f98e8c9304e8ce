"""Filters that take an entry of each window: the least, the largest, that of a rank.

The gradient goes to the entry that was taken; entries of a window that are equal share it evenly.
With heights, each entry of the window is raised by one of its own before it is compared.
"""

from functools import cached_property

import numpy as np
from scipy import ndimage

from knetpy.autograd.primitive import primitive
from knetpy.autograd.scipy.exact import exact
from knetpy.autograd.values import value

from .borders import across, filled, per_axis, usual
from .correlations import floating, spread

__all__ = [
    "maximum_filter",
    "maximum_filter1d",
    "median_filter",
    "minimum_filter",
    "minimum_filter1d",
    "percentile_filter",
    "rank_filter",
]


class Choice:
    """Which entries of its windows a filter took: of `x` with its borders, raised by `heights`.

    >>> choice = Choice(np.array([1, 3, 3]), np.zeros(2), np.array([3, 3]), np.ones(2, bool))
    >>> [mask.tolist() for _, mask in choice.taken()], choice.share.tolist()
    ([[False, True], [True, True]], [1.0, 0.5])
    """

    def __init__(self, x, heights, y, footprint):
        self.x, self.heights, self.y, self.footprint = x, heights, y, footprint

    def taken(self):
        """For each entry of a window its place in `x`, and for which windows it was taken."""
        for height, start in zip(self.heights, np.argwhere(self.footprint), strict=True):
            at = tuple(slice(k, k + n) for k, n in zip(start, self.y.shape, strict=True))
            x = self.x[at] + height if height else self.x[at]
            yield at, x.astype(self.y.dtype) == self.y

    @cached_property
    def share(self):
        """One by the number of entries that were taken; 1 if none is, as beside a NaN."""
        count = sum(mask.astype(np.intp) for _, mask in self.taken())
        return 1 / np.maximum(count, 1).astype(self.y.dtype)


def chosen_dx(dy, y, x, heights, *, choice, known=None):
    return shared(dy, choice=choice)


def chosen_dheights(dy, y, x, heights, *, choice, known=None):
    return counted(dy, choice=choice)


@primitive(rules=[chosen_dx, chosen_dheights])
def chosen(x, heights, *, choice, known=None):
    """What a choice takes of other entries and heights, or what is known of it."""
    if known is not None:
        return known
    parts = zip(choice.taken(), heights, strict=True)
    return choice.share * sum(np.where(mask, x[at] + height, 0) for (at, mask), height in parts)


def shared_dx(dy, y, x, *, choice):
    return chosen(dy, np.zeros(len(choice.heights), y.dtype), choice=choice)


@primitive(rules=[shared_dx])
def shared(x, *, choice):
    """For each entry of an image what windows that give `x` to their choice give to it."""
    x, y = x * choice.share, np.zeros_like(x, shape=choice.x.shape)
    for at, mask in choice.taken():
        y[at] += np.where(mask, x, 0)
    return y


def counted_dx(dy, y, x, *, choice):
    return chosen(np.zeros(choice.x.shape, dy.dtype), dy, choice=choice)


@primitive(rules=[counted_dx])
def counted(x, *, choice):
    """For each entry of a window the sum of `x` where it is chosen."""
    x = x * choice.share
    return np.stack([np.where(mask, x, 0).sum() for _, mask in choice.taken()])


def selected(known, input, footprint, origins, modes, cval, heights=None):
    """The node of a filter whose result is known."""
    x, sizes = floating(input, known), footprint.shape
    starts = [n // 2 + origin for n, origin in zip(sizes, origins, strict=True)]
    modes = map(usual, modes)
    borders = tuple((s, n - 1 - s, m) for n, s, m in zip(sizes, starts, modes, strict=True))
    x = filled(x, cval, borders)
    heights = np.zeros(np.count_nonzero(footprint)) if heights is None else heights
    choice = Choice(value(x), value(heights), known, footprint)
    return chosen(x, heights, choice=choice, known=known)


# Windows


def window(size, footprint, axes, ndim):
    """The footprint on all axes, of a size or a footprint on some."""
    axes = across(axes, ndim)
    if footprint is None:
        footprint = np.ones([int(n) for n in per_axis(size, len(axes))])
    others = tuple(k for k in range(ndim) if k not in axes)
    return np.expand_dims(np.asarray(footprint, bool), others)


def extreme(known, input, size, footprint, mode, cval, origin, axes, heights=None):
    """The node of a least or largest entry.  SciPy takes axes as listed if no entry is left out."""
    ndim = known.ndim
    whole = heights is None and (footprint is None or np.all(footprint))
    if not whole:
        footprint, modes = window(None, footprint, axes, ndim), [mode] * ndim
        origins = spread(origin, axes, ndim)
        return selected(known, input, footprint, origins, modes, cval, heights)
    axes = across(axes, ndim)
    settings = size if footprint is None else np.shape(footprint), origin, mode
    listed = zip(*(per_axis(setting, len(axes)) for setting in settings), strict=True)
    found = dict(zip(axes, listed, strict=True))
    sizes, origins, modes = zip(
        *(found.get(k, (1, 0, "nearest")) for k in range(ndim)), strict=True
    )
    return selected(known, input, np.ones([int(n) for n in sizes], bool), origins, modes, cval)


def ranked(known, input, size, footprint, mode, cval, origin, axes):
    """The node of a filter by rank."""
    footprint, ndim = window(size, footprint, axes, known.ndim), known.ndim
    found = dict(zip(across(axes, ndim), per_axis(mode, len(across(axes, ndim))), strict=True))
    modes = [found.get(k, "nearest") for k in range(ndim)]
    return selected(known, input, footprint, spread(origin, axes, ndim), modes, cval)


FIXED = "size footprint rank percentile origin axes axis"


@exact(ndimage.minimum_filter1d, constant=FIXED)
def minimum_filter1d(
    input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0, known=0
):
    """The least of `size` entries along an axis.

    >>> minimum_filter1d([3.0, 1.0, 2.0, 4.0], 3)
    array([1., 1., 1., 2.])
    """
    return extreme(known, input, size, None, mode, cval, origin, axis)


@exact(ndimage.maximum_filter1d, constant=FIXED)
def maximum_filter1d(
    input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0, known=0
):
    """The largest of `size` entries along an axis.

    >>> maximum_filter1d([3.0, 1.0, 2.0, 4.0], 3)
    array([3., 3., 4., 4.])
    """
    return extreme(known, input, size, None, mode, cval, origin, axis)


@exact(ndimage.minimum_filter, constant=FIXED)
def minimum_filter(
    input,
    size=None,
    footprint=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
    known=0,
):
    """The least entry of each window; equal ones share the gradient.

    >>> minimum_filter([[3.0, 1.0], [2.0, 4.0]], footprint=[[1, 1]])
    array([[3., 1.],
           [2., 2.]])
    """
    return extreme(known, input, size, footprint, mode, cval, origin, axes)


@exact(ndimage.maximum_filter, constant=FIXED)
def maximum_filter(
    input,
    size=None,
    footprint=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
    known=0,
):
    """The largest entry of each window; equal ones share the gradient.

    >>> maximum_filter([[3.0, 1.0], [2.0, 4.0]], footprint=[[1, 1]])
    array([[3., 3.],
           [2., 4.]])
    """
    return extreme(known, input, size, footprint, mode, cval, origin, axes)


@exact(ndimage.rank_filter, constant=FIXED)
def rank_filter(
    input,
    rank,
    size=None,
    footprint=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
    known=0,
):
    """The entry of each window that has a rank, counted from 0; equal ones share the gradient.

    >>> rank_filter([3.0, 1.0, 2.0, 4.0], 1, 3)
    array([3., 2., 2., 4.])
    """
    return ranked(known, input, size, footprint, mode, cval, origin, axes)


@exact(ndimage.median_filter, constant=FIXED)
def median_filter(
    input,
    size=None,
    footprint=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
    known=0,
):
    """The entry in the middle of each window, the upper one of two; equal ones share the gradient.

    >>> median_filter([3.0, 1.0, 2.0, 4.0], 3)
    array([3., 2., 2., 4.])
    """
    return ranked(known, input, size, footprint, mode, cval, origin, axes)


@exact(ndimage.percentile_filter, constant=FIXED)
def percentile_filter(
    input,
    percentile,
    size=None,
    footprint=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
    known=0,
):
    """The entry of each window below which some per cent lie; equal ones share the gradient.

    >>> percentile_filter([3.0, 1.0, 2.0, 4.0], 75, 3)
    array([3., 3., 4., 4.])
    """
    return ranked(known, input, size, footprint, mode, cval, origin, axes)
