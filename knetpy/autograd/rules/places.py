"""Index arrays, on the device of the array that they are for."""

import numpy as np

from knetpy.autograd.values import value

__all__ = ["along", "beside", "cut", "numbers", "on_host", "together", "within"]

HOST = (np.ndarray, np.generic, int, float, complex, list, tuple)


def numbers(n, x):
    """0 … n - 1.

    >>> numbers(3, np.ones(2))
    array([0, 1, 2])
    """
    x = value(x)
    return np.arange(n) if isinstance(x, HOST) else np.arange(n, like=x)


def beside(y, x):
    """Numbers, or an array of the host that was made from shapes alone, as an array.

    >>> beside([0, 2], np.ones(3))
    array([0, 2])
    """
    x = value(x)
    if isinstance(x, HOST):
        return np.asarray(y)
    return np.asarray(y.tolist() if isinstance(y, np.ndarray) else y, like=x)


def together(*xs):
    """All as arrays on the device of the first that is one.

    >>> together(2, np.ones(1))
    [array(2), array([1.])]
    """
    first = next((x for x in xs if hasattr(x, "dtype")), 0)
    return [x if hasattr(x, "dtype") else beside(x, first) for x in xs]


def on_host(x):
    """What a shape depends on, where shapes are known."""
    x = value(x)
    device = hasattr(x, "tolist") and not isinstance(x, HOST)
    return np.array(x.tolist(), dtype=x.dtype) if device else x


def within(indices, n, mode, x):
    """Indices into `n` entries of `x`, those out of range brought inside as `mode` says.

    >>> within([-1, 7], 3, "clip", np.ones(3)), within([-1, 7], 3, "wrap", np.ones(3))
    (array([0, 2]), array([2, 1]))
    """
    indices = beside(indices, x) if isinstance(indices, (int, list, tuple)) else value(indices)
    return indices % n if mode == "wrap" else indices.clip(0, n - 1) if mode == "clip" else indices


def along(x, indices, axis):
    """The index that stands for indices along an axis, one for each place on the other axes."""
    if axis is None:
        return np.unravel_index(numbers(x.size, x)[indices], x.shape)
    index = [numbers(n, x).reshape((-1, *(1,) * (x.ndim - 1 - k))) for k, n in enumerate(x.shape)]
    index[axis] = indices
    return tuple(index)


def cut(x, axis, *span):
    """`x[slice(*span)]`, of another axis than the first.

    >>> cut(np.array([[1, 2, 3]]), 1, 2)
    array([[1, 2]])
    """
    return x[(slice(None),) * (axis % x.ndim) + (slice(*span),)]
