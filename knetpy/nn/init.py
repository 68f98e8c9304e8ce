"""Initialisers: functions from a shape to a new array of `default_dtype`.

Settings are bound with `functools.partial`: `Linear(3, 4, init=partial(normal, std=0.1))`.
`Linear` weights are (in, out); convolution weights (out, in / groups, height, width), and those of
several groups are drawn group by group.
"""

import math
from typing import Any

from knetpy.arrays import default_dtype, full, generator, random
from knetpy.arrays import ones as full_of_ones
from knetpy.arrays import zeros as full_of_zeros

__all__ = [
    "constant",
    "fans",
    "he_normal",
    "he_uniform",
    "normal",
    "ones",
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
