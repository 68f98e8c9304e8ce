"""What the steps between products come to, where a compiled kernel makes one pass of several."""

from typing import Any

import numpy as np

from .reference_softmax import highest

__all__ = ["bias_relu", "bias_relu_dx", "nll", "nll_dx", "relu", "relu_dx", "sum_rows"]


def relu(x: Any) -> Any:
    """The positive part."""
    return np.maximum(x, 0)


def relu_dx(dy: Any, x: Any) -> Any:
    """The gradient of relu for `x`."""
    return dy * (x > 0)


def bias_relu(z: Any, bias: Any) -> Any:
    """The positive part of z + bias; `z` may be written over."""
    y = np.add(z, bias, out=z) if z.dtype == bias.dtype else z + bias
    return np.maximum(y, 0, out=y)


def bias_relu_dx(dy: Any, y: Any) -> tuple[Any, Any]:
    """The gradient of z + bias for the positive part `y`, and its sum for the bias."""
    dz = dy * (y > 0)
    return dz, sum_rows(dz)


def sum_rows(x: Any) -> Any:
    """The sum over all axes but the last."""
    return x.sum(axis=tuple(range(x.ndim - 1)))


def nll(scores: Any, ids: Any, scale: Any) -> tuple[Any, Any]:
    """The scaled sum of the negative log likelihood of `ids`, and the softmax of the rows."""
    likely = scores - highest(scores, 1)
    right = likely[np.arange(len(ids), like=likely), ids]
    np.exp(likely, out=likely)
    total = likely.sum(axis=1, keepdims=True)
    likely /= total
    return ((np.log(total) - right[:, None]) * scale).sum(), likely


def nll_dx(likely: Any, ids: Any, scale: Any) -> Any:
    """(likely - onehot(ids)) * scale, which is a number or a column."""
    dx = likely * scale
    dx[np.arange(len(ids), like=dx), ids] -= scale.reshape(-1)
    return dx
