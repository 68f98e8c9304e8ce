"""NumPy's functions that write into an array, as assignments by index (see mutation.py)."""

import numpy as np

from knetpy.autograd.mutation import require_cast
from knetpy.autograd.primitive import rewrite


@rewrite(np.copyto)
def copyto(dst, src, casting="same_kind", where=True):
    require_cast(src, dst, casting)
    dst[...] = src if where is True else np.where(where, src, dst)


@rewrite(np.put)
def put(a, ind, v, mode="raise"):
    places = np.take(np.arange(a.size), ind, mode=mode).reshape(-1)
    a[np.unravel_index(places, a.shape)] = cycled(v, places.size)


@rewrite(np.place)
def place(arr, mask, vals):
    mask = np.reshape(mask, arr.shape) != 0
    arr[mask] = cycled(vals, np.count_nonzero(mask))


@rewrite(np.putmask)
def putmask(a, mask, values):
    mask = np.reshape(mask, a.shape) != 0
    a[mask] = cycled(values, a.size).reshape(a.shape)[mask]


def cycled(v, n):
    """The first `n` entries of `v`, said over and over."""
    v = np.ravel(v) if hasattr(v, "dtype") else np.array(v).reshape(-1)
    if n and not v.size:
        raise ValueError("Cannot insert from an empty array!")
    return v[np.arange(n) % max(v.size, 1)]


@rewrite(np.fill_diagonal)
def fill_diagonal(a, val, wrap=False):
    places = np.zeros(a.shape, bool)
    np.fill_diagonal(places, True, wrap=wrap)
    a[places] = cycled(val, np.count_nonzero(places))


@rewrite(np.put_along_axis)
def put_along_axis(arr, indices, values, axis=-1):
    if axis is None:
        places = np.arange(arr.size)[indices]
        arr[np.unravel_index(places, arr.shape)] = values
        return
    axis %= arr.ndim
    index = list(np.ogrid[tuple(map(slice, indices.shape))])
    index[axis] = indices
    arr[tuple(index)] = values
