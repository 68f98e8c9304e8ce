"""Functions given by pieces: by blocks of entries, and by formulas that hold on parts."""

import numpy as np

__all__ = ["blockwise", "split"]

BLOCK = 1024  # entries at a time


def blockwise(f, *args):
    """`f` of the broadcast arguments in double precision, block by block; in their dtype.

    >>> blockwise(np.add, np.arange(3), np.float32(1))
    array([1., 2., 3.])
    """
    dtype = np.result_type(np.result_type(*args), np.float32)
    arrays = np.broadcast_arrays(*args)
    flat = [x.astype(np.result_type(x, np.float64)).reshape(-1) for x in arrays]
    y = np.empty(arrays[0].size, np.result_type(*flat))
    with np.errstate(all="ignore"):
        for k in range(0, y.size, BLOCK):
            y[k : k + BLOCK] = f(*(x[k : k + BLOCK] for x in flat))
    return y.reshape(arrays[0].shape).astype(dtype)[()]


def split(where, x, f, g):
    """`f(x)` where the condition holds and `g(x)` elsewhere, each asked for its own entries alone.

    >>> split(np.array([True, False]), np.array([4.0, 0.0]), lambda x: 1 / x, np.exp)
    array([0.25, 1.  ])
    """
    return np.where(where, f(np.where(where, x, 0.5)), g(np.where(where, 0.5, x)))
