"""What a filter sees beyond the edges of an image, and what falls back from there.

`extended` shows the image with its borders, and is linear; `folded`, which adds the borders to
the places that they were taken from, is its transpose.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from knetpy.autograd.primitive import primitive
from knetpy.autograd.scipy.wrap import array
from knetpy.autograd.values import Array

__all__ = ["Border", "across", "extended", "filled", "folded", "per_axis", "usual"]

Border = tuple[int, int, str]  # of an axis: how many entries before and behind, and the mode

ALIASES = {"grid-mirror": "reflect", "grid-wrap": "wrap", "grid-constant": "constant"}


def usual(mode):
    """The mode of a filter by its usual name.

    >>> usual("grid-wrap")
    'wrap'
    """
    return ALIASES.get(mode, mode)


def per_axis(x, n):
    """A setting for each of `n` axes, given once or as a sequence; SciPy's error if it is short.

    >>> per_axis("wrap", 2)
    ['wrap', 'wrap']
    """
    if isinstance(x, str) or not (np.ndim(x) if isinstance(x, Array) else np.iterable(x)):
        return [x] * n
    if len(x) != n:
        raise RuntimeError("sequence argument must have length equal to input rank")
    return [x[k] for k in range(n)]


def across(axes, ndim):
    """The axes, counted from 0.

    >>> across(None, 2), across(-1, 2)
    ((0, 1), (1,))
    """
    return tuple(range(ndim)) if axes is None else normalize_axis_tuple(axes, ndim)


def places(p, n, mode):
    """Where among `n` entries stands what a mode shows at the places `p`; -1 for nowhere.

    >>> places(np.arange(-2, 5), 3, "reflect").tolist()
    [1, 0, 0, 1, 2, 2, 1]
    """
    if mode == "constant" or not n:
        return np.where((p >= 0) & (p < n), p, -1)
    if mode == "nearest":
        return p.clip(0, n - 1)
    if mode == "wrap":
        return p % n
    period = 2 * n if mode == "reflect" else max(2 * n - 2, 1)
    p = p % period
    return np.minimum(p, period - p - (mode == "reflect"))


def extended_dx(dy, y, x, *, borders):
    return folded(dy, borders=borders)


@primitive(rules=[extended_dx])
def extended(x, *, borders):
    """`x` with a border around it, and zeros where a mode shows nothing.

    >>> extended(np.array([1, 2, 3]), borders=[(1, 2, "mirror")])
    array([2, 1, 2, 3, 2, 1])
    """
    for axis, (before, behind, mode) in enumerate(borders):
        if before or behind:
            n = x.shape[axis]
            inner = np.zeros_like(x, shape=(*x.shape[:axis], n + 1, *x.shape[axis + 1 :]))
            np.moveaxis(inner, axis, 0)[:n] = np.moveaxis(x, axis, 0)
            x = inner.take(places(np.arange(-before, n + behind), n, mode), axis)
    return x


def folded_dx(dy, y, x, *, borders):
    return extended(dy, borders=borders)


@primitive(rules=[folded_dx])
def folded(x, *, borders):
    """`x` without its border, which is added to the places that it shows.

    >>> folded(np.array([1, 1, 1, 1, 1, 1]), borders=[(1, 2, "mirror")])
    array([2, 3, 1])
    """
    for axis, (before, behind, mode) in enumerate(borders):
        if before or behind:
            x = np.moveaxis(x, axis, 0)
            n = len(x) - before - behind
            shown = places(np.arange(-before, n + behind), n, mode)
            y = x[before : before + n].copy()
            for k in (*range(before), *range(before + n, len(x))):
                if shown[k] >= 0:
                    y[shown[k]] += x[k]
            x = np.moveaxis(y, 0, axis)
    return x


def filled(x, cval, borders):
    """`x` with a border around it, and `cval` where a mode shows nothing.

    >>> filled(np.array([1, 2]), 7, [(1, 1, "constant")])
    array([7, 1, 2, 7])
    """
    y = extended(x, borders=borders)
    if all(mode != "constant" or not (before or behind) for before, behind, mode in borders):
        return y
    inside = extended(np.ones(x.shape, bool), borders=borders)
    return np.where(inside, y, array(cval).astype(x.dtype))
