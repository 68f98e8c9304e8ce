"""Softmax of any array, plain and in logarithms, their gradients, and the logistic function."""

from typing import Any

import numpy as np

__all__ = ["highest", "log_softmax", "log_softmax_dx", "sigmoid", "softmax", "softmax_dx"]


def softmax(x: Any, axis: Any) -> Any:
    """Exponentials over their sum; the axis is an int, several, or None for all."""
    y = np.exp(x - highest(x, axis))
    return y / y.sum(axis=axis, keepdims=True)


def softmax_dx(dy: Any, y: Any, axis: Any) -> Any:
    """The gradient of softmax for its input, from its result."""
    return y * (dy - (dy * y).sum(axis=axis, keepdims=True))


def log_softmax(x: Any, axis: Any) -> Any:
    """The logarithm of softmax."""
    y = x - highest(x, axis)
    return y - np.log(np.exp(y).sum(axis=axis, keepdims=True)) if x.size else y


def log_softmax_dx(dy: Any, y: Any, axis: Any) -> Any:
    """The gradient of log_softmax for its input, from its result."""
    return dy - np.exp(y) * dy.sum(axis=axis, keepdims=True)


def sigmoid(x: Any) -> Any:
    """The logistic function, without overflow and right in both tails."""
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def highest(x: Any, axis: Any) -> Any:
    """What is subtracted before exponentials, so that none overflows."""
    return x.max(axis=axis, keepdims=True) if x.size else 0
