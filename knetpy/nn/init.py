"""Initialisers: functions from a shape to a new array of `default_dtype`.

Settings are bound with `functools.partial`: `Linear(3, 4, init=partial(normal, std=0.1))`.
`Linear` weights are (in, out); convolution weights (out, in / groups, height, width), and those of
several groups are drawn group by group.
"""

import math
from typing import Any

import numpy as np

from knetpy.arrays import default_dtype, full, generator, random
from knetpy.arrays import ones as full_of_ones
from knetpy.arrays import zeros as full_of_zeros

__all__ = [
    "bilinear",
    "constant",
    "fans",
    "he_normal",
    "he_uniform",
    "normal",
    "ones",
    "orthogonal",
    "truncated_normal",
    "uniform",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

Shape = tuple[int, ...]


def fans(shape: Shape) -> tuple[int, int]:
    """The pair (inputs to one output, outputs of one input) of a weight.

    Shapes:  (in, out), or (out, in, …) for convolutions, or (in,)

    >>> fans((784, 64)), fans((20, 3, 5, 5)), fans((7,))
    ((784, 64), (75, 500), (7, 1))
    """
    if not shape:
        raise ValueError("a weight of shape () has no fans; give it a constant or normal start")
    if len(shape) < 3:
        return shape[0], math.prod(shape[1:])
    out_channels, in_channels, *window = shape
    return in_channels * math.prod(window), out_channels * math.prod(window)


def zeros(shape: Shape) -> Any:
    """Zeros, as biases start.

    >>> zeros((2,))
    array([0., 0.], dtype=float32)
    """
    return full_of_zeros(shape)


def ones(shape: Shape) -> Any:
    """Ones, as scales start.

    >>> ones((2,))
    array([1., 1.], dtype=float32)
    """
    return full_of_ones(shape)


def constant(shape: Shape, fill: float) -> Any:
    """One repeated value.

    >>> constant((2,), 0.5)
    array([0.5, 0.5], dtype=float32)
    """
    return full(shape, fill)


def uniform(shape: Shape, low: float = -0.1, high: float = 0.1) -> Any:
    """Uniform numbers in [low, high).

    >>> bool((abs(uniform((5, 5), -1, 1)) <= 1).all())
    True
    """
    x = random(shape)
    x *= high - low
    x += low
    return x


def normal(shape: Shape, mean: float = 0.0, std: float = 0.01) -> Any:
    """Normal numbers.  Source:  Knet.jl train20/param.jl, gaussian

    >>> normal((5, 5)).shape
    (5, 5)
    """
    return generator().normal(mean, std, shape).astype(default_dtype)


def truncated_normal(shape: Shape, mean: float = 0.0, std: float = 0.01, cut: float = 2.0) -> Any:
    """Normal numbers, drawn again where they lie beyond `cut` standard deviations.

    `std` is that of the whole normal distribution; what is left of it varies less, with the
    default `cut` by the factor 0.88.

    >>> bool((abs(truncated_normal((5, 5), std=1.0)) <= 2).all())
    True
    """
    if not cut > 0:
        raise ValueError(f"cut is a positive number of standard deviations, got {cut!r}")
    x = generator().standard_normal(shape)
    while (beyond := np.abs(x) > cut).any():
        x[beyond] = generator().standard_normal(np.count_nonzero(beyond))
    return (mean + std * x).astype(default_dtype)


def orthogonal(shape: Shape, gain: float = 1.0) -> Any:
    """A random orthogonal matrix times `gain`: rows or columns, whichever are fewer, are
    perpendicular and of length `gain`.

    Of a convolution the rows are the filters.

    Raises:  ValueError for fewer than two axes
    Source:  Saxe, McClelland and Ganguli 2014; drawn as in Mezzadri 2007

    >>> x = orthogonal((3, 5))
    >>> bool(abs(x @ x.T - np.eye(3)).max() < 1e-6)
    True
    """
    if len(shape) < 2:
        raise ValueError(f"orthogonal starts matrices and convolutions, got shape {shape}")
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(generator().standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.where(np.diagonal(r) < 0, -gain, gain)  # so that all rotations are equally likely
    return (q if rows >= columns else q.T).reshape(shape).astype(default_dtype)


def bilinear(shape: Shape) -> Any:
    """The filters of a transposed convolution that interpolates between pixels.

    A stride of s goes with windows of 2 * s - s % 2 entries an axis.  Every channel is by itself.

    Shapes:  (channels, channels, *window), with any number of axes
    Raises:  ValueError for other shapes
    Source:  Long, Shelhamer and Darrell 2015; Knet.jl train20/param.jl, bilinear

    >>> bilinear((1, 1, 4))
    array([[[0.25, 0.75, 0.75, 0.25]]], dtype=float32)
    """
    if len(shape) < 3 or shape[0] != shape[1]:
        raise ValueError(
            f"bilinear starts weights (channels, channels, *window), got shape {shape}"
        )
    profile = np.ones(())
    for n in shape[2:]:
        reach = (n + 1) // 2
        off = np.abs(np.arange(n) - (n - 1) / 2)
        profile = profile[..., None] * (1 - off / reach)
    weight = full_of_zeros(shape)
    weight[np.arange(shape[0]), np.arange(shape[0])] = profile
    return weight


def xavier_uniform(shape: Shape, gain: float = 1.0) -> Any:
    """Uniform numbers whose variance keeps signals and gradients alike in size.

        variance = gain**2 * 2 / (fan_in + fan_out)

    Source:  Glorot and Bengio 2010, equation 16

    >>> bool((abs(xavier_uniform((40, 20))) <= 0.1**0.5).all())
    True
    """
    bound = gain * math.sqrt(6 / sum(fans(shape)))
    return uniform(shape, -bound, bound)


def xavier_normal(shape: Shape, gain: float = 1.0) -> Any:
    """Normal numbers of the variance of `xavier_uniform`.

        variance = gain**2 * 2 / (fan_in + fan_out)

    Source:  Glorot and Bengio 2010

    >>> xavier_normal((40, 20)).dtype
    dtype('float32')
    """
    return normal(shape, std=gain * math.sqrt(2 / sum(fans(shape))))


def he_uniform(shape: Shape, slope: float = 0.0) -> Any:
    """Uniform numbers whose variance keeps signals alike in size through layers of relu.

        variance = 2 / ((1 + slope**2) * fan_in)

    `slope` is that of a leaky relu where it is negative.
    Source:  He, Zhang, Ren and Sun 2015, equations 10 and 15

    >>> bool((abs(he_uniform((24, 7))) <= 0.5).all())
    True
    """
    bound = math.sqrt(6 / ((1 + slope**2) * fans(shape)[0]))
    return uniform(shape, -bound, bound)


def he_normal(shape: Shape, slope: float = 0.0) -> Any:
    """Normal numbers of the variance of `he_uniform`.

        variance = 2 / ((1 + slope**2) * fan_in)

    Source:  He, Zhang, Ren and Sun 2015, equations 10 and 15

    >>> he_normal((24, 7)).dtype
    dtype('float32')
    """
    return normal(shape, std=math.sqrt(2 / ((1 + slope**2) * fans(shape)[0])))
