"""Scores to probabilities, plain and in logarithms."""

from typing import Any

import numpy as np

import knetpy.kernels as kernels
from knetpy.autograd import primitive
from knetpy.kernels.reference_softmax import highest

__all__ = ["log_softmax", "logsumexp", "masked_softmax", "softmax"]


def softmax_dx(dy: Any, y: Any, x: Any, axis: Any = -1) -> Any:
    return kernels.softmax_dx(dy, y, axis)


def log_softmax_dx(dy: Any, y: Any, x: Any, axis: Any = -1) -> Any:
    return kernels.log_softmax_dx(dy, y, axis)


def logsumexp_dx(dy: Any, y: Any, x: Any, axis: Any = -1, keepdims: bool = False) -> Any:
    if not keepdims:
        shape = kept_shape(x.shape, axis)
        dy, y = dy.reshape(shape), y.reshape(shape)
    nothing = y == -np.inf
    return dy * np.where(nothing, 0, softmax(np.where(nothing, 0, x), axis))


def kept_shape(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """The shape with every reduced axis at length 1."""
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = {k % len(shape) for k in axes}
    return tuple(1 if k in gone else n for k, n in enumerate(shape))


@primitive(rules=[softmax_dx])
def softmax(x: Any, axis: Any = -1) -> Any:
    """Probabilities that sum to one over `axis` (an int, several, or None for all of `x`).

        y = exp(x) / sum(exp(x))

    Source:  Knet.jl ops20/softmax.jl, softmax

    >>> softmax(np.array([0.0, np.log(3.0)])).round(4)
    array([0.25, 0.75])
    """
    return kernels.softmax(x, axis)


@primitive(rules=[log_softmax_dx])
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of `softmax`, exact where a probability would round to 0.

        y = x - log(sum(exp(x)))

    Source:  Knet.jl ops20/softmax.jl, logsoftmax

    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    return kernels.log_softmax(x, axis)


@primitive(rules=[logsumexp_dx])
def logsumexp(x: Any, axis: Any = -1, keepdims: bool = False) -> Any:
    """The logarithm of a sum of exponentials over `axis`, without overflow.

        y = log(sum(exp(x)))

    Raises:  ValueError if there is nothing to sum
    Source:  Knet.jl ops20/softmax.jl, logsumexp, where all axes are the default

    >>> logsumexp(np.array([1000.0, 1000.0])).round(4)
    np.float64(1000.6931)
    """
    top = x.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):  # the logarithm of nothing is -inf
        y = np.log(np.exp(x - top).sum(axis=axis, keepdims=True)) + top
    return y if keepdims else y.squeeze(axis)[()]


@primitive(rules=[lambda dy, y, x, *, allowed: softmax_dx(dy, y, x)])
def masked_softmax(x: Any, *, allowed: Any) -> Any:
    """`softmax` over the last axis of what is `allowed`; 0 elsewhere, and where nothing is.

    >>> masked_softmax(np.zeros((2, 2)), allowed=np.array([[True, False], [False, False]]))
    array([[1., 0.],
           [0., 0.]])
    """
    x = np.where(allowed, x, -np.inf)
    top = highest(x, -1)
    y = np.exp(x - np.where(top == -np.inf, 0, top))
    total = y.sum(axis=-1, keepdims=True)
    return y / np.where(total == 0, 1, total)
