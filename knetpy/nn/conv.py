"""Convolution and pooling of images."""

from typing import Any

import numpy as np

from knetpy.autograd import Param, value
from knetpy.ops import conv2d, max_pool2d

from .init import xavier_uniform, zeros
from .layer import Activation, Layer, by, checked, shown

__all__ = ["Conv2d", "MaxPool2d"]

Pair = int | tuple[int, int]


class Conv2d(Layer):
    """Cross-correlation of images with a bank of filters, then an activation.

        y = activation(conv2d(x, weight, bias))

    Sizes are one int, or the pair (height, width).

    Shapes:  x (batch, in_channels, height, width), y (batch, out_channels, …, …);
             weight (out_channels, in_channels / groups, *kernel_size); bias (out_channels,)
    Raises:  ValueError if groups does not divide both numbers of channels

    >>> layer = Conv2d(1, 20, 5, np.tanh, padding=2)
    >>> layer
    Conv2d(1 => 20, 5×5, tanh, padding=2)
    >>> layer(np.ones((100, 1, 28, 28), "float32")).shape
    (100, 20, 28, 28)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        activation: Activation = None,
        *,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        init: Any = xavier_uniform,
    ) -> None:
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"groups must divide in_channels and out_channels, got groups={groups} "
                f"for {in_channels} => {out_channels}"
            )
        window = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
        shape = (out_channels // groups, in_channels // groups, *window)
        self.weight = Param(np.concatenate([init(shape) for _ in range(groups)]))
        self.bias = Param(zeros((out_channels,))) if bias else None
        self.activation = checked(activation)
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups

    def __call__(self, x: Any) -> Any:
        y = conv2d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )
        return self.activation(y) if self.activation else y

    def __repr__(self) -> str:
        out_channels, in_channels, *window = value(self.weight).shape
        return shown(
            self,
            f"{in_channels * self.groups} => {out_channels}",
            by(tuple(window)),
            self.activation,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            bias=self.bias is not None,
        )


class MaxPool2d(Layer):
    """The largest entry of each window; the first one in row-major order gets the gradient.

    Sizes are one int, or the pair (height, width); `stride` is the window unless given.

    Shapes:  x (batch, channels, height, width), y (batch, channels, …, …)

    >>> MaxPool2d(2)
    MaxPool2d(2)
    >>> MaxPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """

    def __init__(
        self,
        window: Pair = 2,
        *,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
        ceil: bool = False,
    ) -> None:
        self.window, self.stride, self.padding = window, stride, padding
        self.dilation, self.ceil = dilation, ceil

    def __call__(self, x: Any) -> Any:
        return max_pool2d(
            x,
            self.window,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil=self.ceil,
        )

    def __repr__(self) -> str:
        return shown(
            self,
            by(self.window),
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil=self.ceil,
        )
