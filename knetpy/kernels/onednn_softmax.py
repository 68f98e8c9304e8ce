"""Softmax by oneDNN, over the last axis, and the logistic function, where arrays are large.

Not the logarithm: oneDNN's has an error of up to 2e-6 where NumPy's rounds at 1e-7.  Nor other
functions: its gelu is as far off and loses infinities, its relu and exp lose NaN, and its tanh is
no faster than NumPy's.
"""

from math import prod
from typing import Any

import numpy as np

from .images import in_memory
from .onednn_library import Refused
from .onednn_primitives import Ints, Primitive, described, kernel, layout, plan, require

__all__ = ["LARGE", "log_softmax_dx", "sigmoid", "softmax", "softmax_dx"]

LARGE = 2**14  # numbers, from where it is faster than NumPy
FORWARD, PLAIN, LOG, LOGISTIC = 64, 0x30000, 0x30001, 0x29
SRC, DST, DIFF_SRC, DIFF_DST = 1, 17, 129, 145


@kernel
def softmax(x: Any, axis: Any) -> Any:
    require(x)
    run, _ = there_and_back(PLAIN, rows(x, axis))
    x = np.ascontiguousarray(x)
    if not (x.min() > -np.inf and x.max() < np.inf):
        raise Refused("NaN would be lost")
    run(x, y := np.empty_like(x))
    return y


@kernel
def softmax_dx(dy: Any, y: Any, axis: Any) -> Any:
    return backward(PLAIN, dy, y, axis)


@kernel
def log_softmax_dx(dy: Any, y: Any, axis: Any) -> Any:
    return backward(LOG, dy, y, axis)


@kernel
def sigmoid(x: Any) -> Any:
    require(x)
    order = in_memory(x)
    x = np.ascontiguousarray(x.transpose(order))  # no copy of what lies densely in any order
    logistic(x.size)(x, y := np.empty_like(x))
    return y.transpose(np.argsort(order))


def backward(algorithm: int, dy: Any, y: Any, axis: Any) -> Any:
    require(dy, y)
    _, run = there_and_back(algorithm, rows(y, axis))
    dy = np.ascontiguousarray(dy)
    run(np.ascontiguousarray(y), dy, dx := np.empty_like(dy))
    return dx


def rows(x: Any, axis: Any) -> Ints:
    if not x.ndim or axis not in (-1, x.ndim - 1):
        raise Refused("only along memory it is fast")
    return prod(x.shape[:-1]), x.shape[-1]


@plan
def there_and_back(algorithm: int, shape: Ints) -> tuple[Primitive, Primitive]:
    x = layout(shape)
    hint = described("softmax_forward", FORWARD, algorithm, x, x, 1)
    back = described("softmax_backward", algorithm, x, x, x, 1, hint)
    return Primitive(hint, SRC, DST), Primitive(back, DST, DIFF_DST, DIFF_SRC)


@plan
def logistic(size: int) -> Primitive:
    x = layout((size,))
    return Primitive(described("eltwise_forward", FORWARD, LOGISTIC, x, x, 0.0, 0.0), SRC, DST)
