"""NumPy's functions that write into an array, as assignments by index (see mutation.py)."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from knetpy.autograd.mutation import require_cast
from knetpy.autograd.primitive import rewrite
from knetpy.autograd.values import value

from .places import along, beside, numbers, within


@rewrite(np.copyto)
def copyto(dst, src, casting="same_kind", where=True):
    require_cast(src, dst, casting)
    dst[...] = src if where is True else np.where(where, src, dst)


@rewrite(np.put)
def put(a, ind, v, mode="raise"):
    places = numbers(a.size, a)[within(ind, a.size, mode, a)].reshape(-1)
    write_flat(a, places, v)


@rewrite(np.place)
def place(arr, mask, vals):
    mask = np.reshape(mask, arr.shape) != 0
    if mask.any() and not np.size(vals):
        raise ValueError("cannot insert from an empty array")
    write_flat(arr, np.flatnonzero(mask), vals)


@rewrite(np.putmask)
def putmask(a, mask, values):
    places = np.flatnonzero(np.reshape(mask, a.shape))
    write_flat(a, places, cycled(values, a, a.size)[places] if np.size(values) else values)


@rewrite(np.fill_diagonal)
def fill_diagonal(a, val, wrap=False):
    places = np.zeros_like(value(a), dtype=bool)
    np.fill_diagonal(places, True, wrap=wrap)
    write_flat(a, np.flatnonzero(places), val)


def write_flat(a, places, v):
    """Write `v`, said over and over, at places of `a` counted in C order."""
    if np.size(v) and places.size:
        v = cycled(v, a, places.size)
        a[np.unravel_index(places, a.shape) if a.ndim else ...] = v if a.ndim else v[-1]


def cycled(v, a, n):
    v = v if hasattr(v, "dtype") else beside(v, a)
    return v.reshape(-1)[numbers(n, a) % v.size]


@rewrite(np.put_along_axis)
def put_along_axis(arr, indices, values, axis=-1):
    axis = axis if axis is None else normalize_axis_index(axis, arr.ndim)
    arr[along(arr, indices, axis)] = values
