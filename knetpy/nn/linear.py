"""Linear: the affine map of the last axis."""

from typing import Any

from knetpy.autograd import Param, value
from knetpy.ops.activations import relu
from knetpy.ops.linear import linear, linear_relu
from knetpy.ops.shared import Shared

from .init import xavier_uniform, zeros
from .layer import Activation, Layer, checked, first_call, shown

__all__ = ["Linear"]


class Linear(Layer):
    """An affine map of the last axis, then an activation.

        y = activation(x @ weight + bias)

    With `in_features=None` the first call takes it from x.

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
        in_features: int | None,
        out_features: int,
        activation: Activation = None,
        *,
        bias: bool = True,
        init: Any = xavier_uniform,
    ) -> None:
        self.in_features, self.out_features, self.init = in_features, out_features, init
        self.activation = checked(activation)
        shape = (in_features, out_features)
        self.weight = Param(None if in_features is None else init(shape))
        self.bias = Param(zeros((out_features,))) if bias else None

    def __call__(self, x: Any) -> Any:
        if self.in_features is None and value(self.weight) is None:
            return first_call(self, [self.weight], x)
        if self.activation is relu and self.bias is not None:
            return linear_relu(x, self.weight, self.bias, of=Shared())
        y = linear(x, self.weight, self.bias)
        return self.activation(y) if self.activation else y

    def start(self, x: Any) -> Any:
        if not x.shape:
            raise ValueError("Linear needs x (..., in_features), got a number")
        return self.init((x.shape[-1], self.out_features))

    def __repr__(self) -> str:
        weight = value(self.weight)
        sizes = (None, self.out_features) if weight is None else weight.shape
        return shown(self, f"{sizes[0]} => {sizes[1]}", self.activation, bias=self.bias is not None)
