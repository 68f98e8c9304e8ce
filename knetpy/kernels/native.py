"""Kernels of native.c for dense float32 arrays on the host; the rest goes to the reference.

Each gives the reference's numbers to rounding, in one pass over memory.  The steps of optimizers
take a row of arrays for each Param, and have their reference in knetpy.optim.
"""

from ctypes import addressof
from struct import pack
from typing import Any

import numpy as np

from . import reference
from .images import in_memory
from .native_library import library
from .pointers import writable as at
from .pool import follow

__all__ = [
    "adam",
    "bias_relu",
    "bias_relu_dx",
    "fits",
    "momentum",
    "nll",
    "nll_dx",
    "relu",
    "relu_dx",
    "sgd",
    "sum_rows",
    "takes",
]

OURS = frozenset({"bias_relu", "bias_relu_dx", "nll", "nll_dx", "sum_rows"})
FLAT = frozenset({"relu", "relu_dx"})  # these take any order of memory
LARGE = 2**15  # numbers from which threads share them, and relu is faster than NumPy's
ARRAY, FLOAT32, INT64 = np.ndarray, np.dtype(np.float32), np.dtype(np.int64)


def takes(name: str, x: Any) -> bool:
    """Whether the library is there, and good at this operation on such an array."""
    if name in FLAT:
        return type(x) is ARRAY and x.dtype == FLOAT32 and x.size > LARGE and library() is not None
    return name in OURS and fits(x) and library() is not None


def fits(x: Any) -> bool:
    """Whether this is float32 that lies densely and may be written."""
    return type(x) is ARRAY and x.dtype is FLOAT32 and x.flags.carray and x.size > 0


def relu(x: Any) -> Any:
    order = in_memory(x)
    if not fits(x := x.transpose(order)):
        return reference.relu(x).transpose(np.argsort(order))
    follow()
    library().relu(at(x), at(y := np.empty_like(x)), x.size)
    return y.transpose(np.argsort(order))


def relu_dx(dy: Any, x: Any) -> Any:
    order = in_memory(x)
    dy, x = np.ascontiguousarray(dy.transpose(order)), x.transpose(order)
    if not fits(x) or not fits(dy):
        return reference.relu_dx(dy, x).transpose(np.argsort(order))
    follow()
    library().relu_dx(at(dy), at(x), at(dx := np.empty_like(x)), x.size)
    return dx.transpose(np.argsort(order))


def bias_relu(z: Any, bias: Any) -> Any:
    if not fits(bias):
        return reference.bias_relu(z, bias)
    follow()
    library().bias_relu(at(z), at(bias), z.size // bias.size, bias.size)
    return z


def bias_relu_dx(dy: Any, y: Any) -> tuple[Any, Any]:
    if not fits(y):
        return reference.bias_relu_dx(dy, y)
    n = y.shape[-1]
    dz, total = np.empty(y.shape, FLOAT32), np.empty(n, FLOAT32)
    follow()
    library().bias_relu_dx(at(dy), at(y), at(dz), at(total), y.size // n, n)
    return dz, total


def sum_rows(x: Any) -> Any:
    total = np.empty(n := x.shape[-1], FLOAT32)
    follow()
    library().sum_rows(at(x), at(total), x.size // n, n)
    return total


def nll(scores: Any, ids: Any, scale: Any) -> tuple[Any, Any]:
    if type(scale) is not float or ids.dtype != INT64 or not ids.flags.carray:
        return reference.nll(scores, ids, scale)
    likely = np.empty(scores.shape, FLOAT32)
    follow()
    total = library().nll(at(scores), at(ids), at(likely), *scores.shape)
    return np.float32(total * scale), likely


def nll_dx(likely: Any, ids: Any, scale: Any) -> Any:
    if np.ndim(scale) or ids.dtype != INT64 or not ids.flags.carray:
        return reference.nll_dx(likely, ids, scale)
    dx = np.empty(likely.shape, FLOAT32)
    follow()
    library().nll_dx(at(likely), at(ids), at(dx), *likely.shape, scale)
    return dx


def sgd(rows: Any, lr: float) -> None:
    library().sgd(*table(rows), lr)


def momentum(rows: Any, lr: float, share: float) -> None:
    library().momentum(*table(rows), lr, share)


def adam(rows: Any, beta1: float, beta2: float, steps: Any, eps: Any) -> None:
    numbers = f"{len(rows)}d"
    library().adam(*table(rows), beta1, beta2, pack(numbers, *steps), pack(numbers, *eps))


def table(rows: Any) -> tuple[bytes, int, int]:
    """The addresses of the arrays of each row, and their size; how many rows, and numbers in all.

    All arrays fit; the caller's rows keep them alive.
    """
    follow()
    flat: list[int] = []
    total = 0
    for row in rows:
        flat += map(addressof, map(at, row))
        flat.append(n := row[0].size)
        total += n
    return pack(f"{len(flat)}q", *flat), len(rows), total
