"""Elementwise nonlinear functions."""

from typing import Any

import numpy as np

from knetpy.autograd import primitive

__all__ = ["relu", "sigmoid", "tanh"]


@primitive(rules=[lambda dy, y, x: dy * (y > 0)])
def relu(x: Any) -> Any:
    """The positive part: max(x, 0).  Its slope at 0 is 0.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return np.maximum(x, 0)


@primitive(rules=[lambda dy, y, x: dy * (y * (1 - y))])
def sigmoid(x: Any) -> Any:
    """The logistic function: 1 / (1 + exp(-x)), without overflow and right in both tails.

    >>> sigmoid(np.array([0.0, -1000.0]))
    array([0.5, 0. ])
    """
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def tanh(x: Any) -> Any:
    """The hyperbolic tangent, which is `np.tanh`.

    >>> tanh(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.7616])
    """
    return np.tanh(x)
