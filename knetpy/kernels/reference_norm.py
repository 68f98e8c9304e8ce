"""Reference kernels of normalisation: mean 0 and variance 1 over some axes of an array."""

from typing import Any

import numpy as np

from .window import Ints

__all__ = ["norm", "norm_dw", "norm_dx", "plus"]


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


def norm_dx(dy: Any, x: Any, weight: Any, mean: Any, var: Any, axes: Ints, eps: float) -> Any:
    """The gradient of norm for `x`, through its mean and variance too."""
    scale = (var + eps) ** -0.5
    dx = dy * (scale if weight is None else scale * weight)
    off = x if mean is None else residue(x, mean, axes)
    both = dx * off
    slope = average(both, axes) * (scale * scale)
    if mean is not None:
        dx -= average(dx, axes)
    dx -= np.multiply(off, slope, out=both)
    return dx


def norm_dw(dy: Any, x: Any, mean: Any, var: Any, shape: Ints, axes: Ints, eps: float) -> Any:
    """The gradient of norm for a weight of this shape; a size of 1 is one weight for the axis."""
    off, summed = residue(x, mean, axes), tuple(axis for axis, n in enumerate(shape) if n == 1)
    return (dy * off * (var + eps) ** -0.5).sum(axis=summed).reshape(shape)


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
