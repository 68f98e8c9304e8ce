"""Linear: the affine map of the last axis."""

from typing import Any

from knetpy.autograd import Param, value
from knetpy.ops.linear import linear

from .init import xavier_uniform, zeros
from .layer import Activation, Layer, checked, shown

__all__ = ["Linear"]


class Linear(Layer):
    """An affine map of the last axis, then an activation.

        y = activation(x @ weight + bias)

    Shapes:  x (…, in_features), y (…, out_features); weight (in_features, out_features), which
             is the transpose of PyTorch's; bias (out_features,), or None with `bias=False`
    Raises:  ValueError if the last axis of x is not in_features long

    >>> import numpy as np
    >>> layer = Linear(784, 64, np.tanh)
    >>> layer
    Linear(784 => 64, tanh)
    >>> layer(np.ones((100, 784), "float32")).shape
    (100, 64)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        activation: Activation = None,
        *,
        bias: bool = True,
        init: Any = xavier_uniform,
    ) -> None:
        self.weight = Param(init((in_features, out_features)))
        self.bias = Param(zeros((out_features,))) if bias else None
        self.activation = checked(activation)

    def __call__(self, x: Any) -> Any:
        y = linear(x, self.weight, self.bias)
        return self.activation(y) if self.activation else y

    def __repr__(self) -> str:
        in_features, out_features = value(self.weight).shape
        return shown(
            self, f"{in_features} => {out_features}", self.activation, bias=self.bias is not None
        )
