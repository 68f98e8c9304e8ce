"""Elementwise nonlinear functions.

The slope at a kink is that of the left side at 0, and elsewhere that of the outer side.
"""

from math import pi, sqrt
from typing import Any

import numpy as np

import knetpy.kernels as kernels
from knetpy.autograd import primitive

from .shared import recorded

__all__ = [
    "elu",
    "gelu",
    "hard_sigmoid",
    "hard_swish",
    "leaky_relu",
    "mish",
    "relu",
    "selu",
    "sigmoid",
    "softplus",
    "swish",
    "tanh",
]

SELU_SCALE = 1.0507009873554805
SELU_FLOOR = 1.7580993408473773  # what selu falls to far below 0


def relu_dx(
    dy: Any,
    y: Any,
    x: Any,
    *,
    max_value: float | None = None,
    negative_slope: float = 0.0,
    threshold: float = 0.0,
) -> Any:
    if max_value is None and not (negative_slope or threshold or recorded(dy, x)):
        return kernels.relu_dx(dy, x)
    slope = x > threshold
    if max_value is not None:
        slope = slope & (x < max_value)
    if negative_slope:
        slope = slope + negative_slope * (x <= threshold).astype(dy.dtype)
    return dy * slope


@primitive(rules=[relu_dx])
def relu(
    x: Any,
    *,
    max_value: float | None = None,
    negative_slope: float = 0.0,
    threshold: float = 0.0,
) -> Any:
    """The positive part: max(x, 0).  Its slope at 0 is 0.

    With options: x above `threshold`, negative_slope * (x - threshold) up to it, and never more
    than `max_value`.

    Source:  Knet.jl ops21/activation.jl, relu

    >>> relu(np.array([-1.0, 2.0, 9.0])), relu(np.array([-1.0, 2.0, 9.0]), max_value=6)
    (array([0., 2., 9.]), array([0., 2., 6.]))
    """
    if max_value is None and not (negative_slope or threshold):
        return kernels.relu(x)
    y = np.where(x <= threshold, negative_slope and negative_slope * (x - threshold), x)
    return y[()] if max_value is None else np.minimum(y, max_value)


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """`x` where it is positive, negative_slope * x elsewhere.

    >>> leaky_relu(np.array([-1.0, 2.0]))
    array([-0.01,  2.  ])
    """
    return relu(x, negative_slope=negative_slope)


@primitive(rules=[lambda dy, y, x, *, alpha=1.0: dy * np.where(x > 0, 1, y + alpha)])
def elu(x: Any, *, alpha: float = 1.0) -> Any:
    """`x` where it is positive, alpha * (exp(x) - 1) elsewhere.

    Source:  Clevert et al. 2016; Knet.jl ops20/activation.jl, elu

    >>> elu(np.array([-1.0, 2.0])).round(4)
    array([-0.6321,  2.    ])
    """
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))


@primitive(rules=[lambda dy, y, x: dy * np.where(x > 0, SELU_SCALE, y + SELU_FLOOR)])
def selu(x: Any) -> Any:
    """`elu` scaled so that deep layers keep mean 0 and variance 1.

    Source:  Klambauer et al. 2017; Knet.jl ops20/activation.jl, selu

    >>> selu(np.array([-1.0, 2.0])).round(4)
    array([-1.1113,  2.1014])
    """
    return SELU_SCALE * np.maximum(x, 0) + SELU_FLOOR * np.expm1(np.minimum(x, 0))


def gelu_dx(dy: Any, y: Any, x: Any, *, approximate: bool = False) -> Any:
    if approximate:
        share = sigmoid(gelu_odds(x))
        return dy * (share + y * (1 - share) * (sqrt(8 / pi) * (1 + 3 * 0.044715 * x * x)))
    from scipy.special import ndtr

    return dy * (ndtr(x) + x * np.exp(-0.5 * x * x) * (1 / sqrt(2 * pi)))


def gelu_odds(x: Any) -> Any:
    return sqrt(8 / pi) * (x + 0.044715 * x * x * x)


@primitive(rules=[gelu_dx])
def gelu(x: Any, *, approximate: bool = False) -> Any:
    """`x` times the probability that a standard normal number is less than `x`.

        y = x * Phi(x), or x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))) if approximate

    Source:  Hendrycks & Gimpel 2016; Knet.jl ops21/activation.jl, gelu

    >>> gelu(np.array([-1.0, 2.0])).round(4), gelu(np.array([2.0]), approximate=True).round(4)
    (array([-0.1587,  1.9545]), array([1.9546]))
    """
    if approximate:
        return x * sigmoid(gelu_odds(x))
    from scipy.special import ndtr

    return x * ndtr(x)


@primitive(rules=[lambda dy, y, x: dy * (y * (1 - y))])
def sigmoid(x: Any) -> Any:
    """The logistic function: 1 / (1 + exp(-x)), without overflow and right in both tails.

    >>> sigmoid(np.array([0.0, -1000.0]))
    array([0.5, 0. ])
    """
    return kernels.sigmoid(x)


@primitive(rules=[lambda dy, y, x: dy * (abs(x) < 3) * (1 / 6)])
def hard_sigmoid(x: Any) -> Any:
    """The line through (-3, 0) and (3, 1), cut off at 0 and 1.

    Source:  Knet.jl ops21/activation.jl, hardsigmoid

    >>> hard_sigmoid(np.array([-4.0, 0.0, 1.5]))
    array([0.  , 0.5 , 0.75])
    """
    return np.minimum(np.maximum(x + 3, 0), 6) / 6


def swish_dx(dy: Any, y: Any, x: Any) -> Any:
    share = sigmoid(x)
    return dy * (share + y * (1 - share))


@primitive(rules=[swish_dx])
def swish(x: Any) -> Any:
    """x * sigmoid(x), which PyTorch calls SiLU.

    Source:  Ramachandran et al. 2017; Knet.jl ops21/activation.jl, swish

    >>> swish(np.array([-1.0, 2.0])).round(4)
    array([-0.2689,  1.7616])
    """
    return x * sigmoid(x)


@primitive(rules=[lambda dy, y, x: dy * np.where(abs(x) < 3, x / 3 + 0.5, x > 0)])
def hard_swish(x: Any) -> Any:
    """x * hard_sigmoid(x): 0 up to -3, `x` itself from 3 on.

    Source:  Howard et al. 2019, MobileNetV3; Knet.jl ops21/activation.jl, hardswish

    >>> hard_swish(np.array([-1.5, 1.5, 5.0]))
    array([-0.375,  1.125,  5.   ])
    """
    return x * hard_sigmoid(x)


@primitive(rules=[lambda dy, y, x, *, beta=1.0: dy * sigmoid(beta * x)])
def softplus(x: Any, *, beta: float = 1.0) -> Any:
    """A smooth `relu`, sharper for larger `beta`: log(1 + exp(beta * x)) / beta.

    >>> softplus(np.array([-1000.0, 0.0, 10.0])).round(4)
    array([ 0.    ,  0.6931, 10.    ])
    """
    return np.maximum(x, 0) + np.log1p(np.exp(-beta * np.abs(x))) / beta


def mish_dx(dy: Any, y: Any, x: Any) -> Any:
    share = np.tanh(softplus(x))
    return dy * (share + x * (1 - share * share) * sigmoid(x))


@primitive(rules=[mish_dx])
def mish(x: Any) -> Any:
    """x * tanh(softplus(x)).

    Source:  Misra 2019

    >>> mish(np.array([-1.0, 2.0])).round(4)
    array([-0.3034,  1.944 ])
    """
    return x * np.tanh(softplus(x))


def tanh(x: Any) -> Any:
    """The hyperbolic tangent, which is `np.tanh`.

    >>> tanh(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.7616])
    """
    return np.tanh(x)
