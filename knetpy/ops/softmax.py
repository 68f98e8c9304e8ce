"""Scores to probabilities, plain and in logarithms."""

from typing import Any

import numpy as np

from knetpy.autograd import primitive

__all__ = ["log_softmax", "softmax"]


def softmax_dx(dy: Any, y: Any, x: Any, axis: Any = -1) -> Any:
    return y * (dy - (dy * y).sum(axis=axis, keepdims=True))


def log_softmax_dx(dy: Any, y: Any, x: Any, axis: Any = -1) -> Any:
    return dy - np.exp(y) * dy.sum(axis=axis, keepdims=True)


@primitive(rules=[softmax_dx])
def softmax(x: Any, axis: Any = -1) -> Any:
    """Probabilities that sum to one over `axis` (an int, several, or None for all of `x`).

        y = exp(x) / sum(exp(x))

    Source:  Knet.jl ops20/softmax.jl, softmax

    >>> softmax(np.array([0.0, np.log(3.0)])).round(4)
    array([0.25, 0.75])
    """
    y = np.exp(x - highest(x, axis))
    return y / y.sum(axis=axis, keepdims=True)


@primitive(rules=[log_softmax_dx])
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of `softmax`, exact where a probability would round to 0.

        y = x - log(sum(exp(x)))

    Source:  Knet.jl ops20/softmax.jl, logsoftmax

    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    y = x - highest(x, axis)
    return y - np.log(np.exp(y).sum(axis=axis, keepdims=True)) if x.size else y


def highest(x: Any, axis: Any) -> Any:
    """What is subtracted before exponentials, so that none overflows."""
    return x.max(axis=axis, keepdims=True) if x.size else 0
