"""Reference kernels of normalisation: mean 0 and variance 1 over some axes of an array."""

from typing import Any

import numpy as np

from .reference_fused import relu, relu_dx
from .window import Ints

__all__ = ["norm", "norm_back", "norm_relu", "plus", "summed"]


def norm(
    x: Any, weight: Any, bias: Any, axes: Ints, eps: float, centred: bool
) -> tuple[Any, Any, Any]:
    """`x` with variance 1, and mean 0 if `centred`, over `axes`, times `weight`, plus `bias`.

    Then the mean (None unless `centred`), and the variance, or else the mean of the squares.
    """
    mean, y = None, x
    if centred:
        mean = average(x, axes)
        y = x - mean
        left = average(y, axes)  # what rounding left of a large mean
        y -= left
        mean = mean + left
    var = average(y * y, axes)
    scale = (var + eps) ** -0.5
    scale = scale if weight is None else scale * weight
    y = np.multiply(y, scale, out=y) if centred and y.dtype == scale.dtype else y * scale
    return y if bias is None else plus(y, bias), mean, var


def norm_back(
    dy: Any, x: Any, weight: Any, bias: Any, mean: Any, var: Any, axes: Ints, eps: float, *relu: Any
) -> tuple[Any, Any, Any]:
    """The gradients of norm for `x`, through its mean and variance too, for weight and bias.

    A size of 1 in their shapes is one number for the axis; None has None.  Those of norm_relu with
    `relu`: the positive part, and what norm_relu wanted to see again.
    """
    dy = relu_dx(dy, relu[0]) if relu else dy
    scale = (var + eps) ** -0.5
    dx = dy * (scale if weight is None else scale * weight)
    off = x if mean is None else residue(x, mean, axes)
    both = dx * off
    slope = average(both, axes) * (scale * scale)
    if mean is not None:
        dx -= average(dx, axes)
    dx -= np.multiply(off, slope, out=both)
    db = None if bias is None else summed(dy, bias.shape)
    if weight is None:
        return dx, None, db
    along = np.multiply(off, (var + eps) ** -0.5, out=both)
    along *= dy
    return dx, summed(along, weight.shape), db


def norm_relu(x: Any, weight: Any, bias: Any, axes: Ints, eps: float) -> tuple[Any, Any, Any, Any]:
    """The positive part of `norm`, its mean and variance, and what the way back wants to see."""
    y, mean, var = norm(x, weight, bias, axes, eps, True)
    return relu(y), mean, var, None


def summed(x: Any, shape: Ints) -> Any:
    """`x` over the axes of size 1 in a shape, one after the other as `average`."""
    for axis, n in enumerate(shape):
        x = x.sum(axis=axis, keepdims=True) if n == 1 else x
    return x


def residue(x: Any, mean: Any, axes: Ints) -> Any:
    """`x` less its mean, and less what rounding left of a large one; `x` where there is none."""
    if mean is None:
        return x
    off = x - mean
    off -= average(off, axes)
    return off


def average(x: Any, axes: Ints) -> Any:
    """The mean over the axes, one after the other: no long sum runs through one number."""
    for axis in axes:
        x = x.mean(axis=axis, keepdims=True)
    return x


def plus(y: Any, b: Any) -> Any:
    """The sum, in the memory of `y` where that holds it."""
    return np.add(y, b, out=y) if y.dtype == b.dtype else y + b
