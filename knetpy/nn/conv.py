"""Convolution of signals, images and volumes."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from knetpy.autograd import Param, value
from knetpy.ops import conv1d, conv2d, conv3d
from knetpy.ops.checks import ints, require_images

from .init import xavier_uniform, zeros
from .layer import Activation, Layer, by, checked, first_call, shown

__all__ = ["Conv1d", "Conv2d", "Conv3d", "Filters"]

Sizes = int | tuple[int, ...]
Padding = int | str | tuple[Any, ...]


class Filters(Layer):
    """What convolutions and transposed ones share: a bank of filters, drawn group by group."""

    op: ClassVar[Callable[..., Any]]
    axes: ClassVar[int]

    def __init__(
        self,
        in_channels: int | None,
        out_channels: int,
        kernel_size: Sizes,
        activation: Activation,
        groups: int,
        bias: bool,
        init: Any,
    ) -> None:
        if groups < 1 or (in_channels or 0) % groups or out_channels % groups:
            raise ValueError(
                f"groups must divide in_channels and out_channels, got groups={groups} "
                f"for {in_channels} => {out_channels}"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = ints(type(self).__name__, "kernel_size", kernel_size, self.axes, 1)
        self.init, self.activation = init, checked(activation)
        self.weight = Param(None if in_channels is None else self.drawn(in_channels))
        self.bias = Param(zeros((out_channels,))) if bias else None

    def drawn(self, in_channels: int) -> Any:
        shape = (self.out_channels // self.groups, in_channels // self.groups, *self.kernel_size)
        return np.concatenate([self.init(shape) for _ in range(self.groups)])

    def start(self, x: Any) -> Any:
        require_images(type(self).__name__, x, self.axes)
        if x.shape[1] % self.groups:
            raise ValueError(f"groups={self.groups} must divide the channels of x {x.shape}")
        return self.drawn(x.shape[1])

    def channels(self) -> int | None:
        weight = value(self.weight)
        return None if weight is None else weight.shape[1] * self.groups

    def described(self, **options: Any) -> str:
        sizes = f"{self.channels()} => {self.out_channels}"
        options |= {"groups": self.groups, "bias": self.bias is not None}
        return shown(self, sizes, by(self.kernel_size), self.activation, **options)


class Convolution(Filters):
    """What Conv1d, Conv2d and Conv3d share."""

    def __init__(
        self,
        in_channels: int | None,
        out_channels: int,
        kernel_size: Sizes,
        activation: Activation = None,
        *,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        flip: bool = False,
        bias: bool = True,
        init: Any = xavier_uniform,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, activation, groups, bias, init)
        self.stride, self.padding, self.dilation, self.flip = stride, padding, dilation, flip

    def __call__(self, x: Any) -> Any:
        if self.in_channels is None and value(self.weight) is None:
            return first_call(self, [self.weight], x)
        y = self.op(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            flip=self.flip,
        )
        return self.activation(y) if self.activation else y

    def __repr__(self) -> str:
        return self.described(
            stride=self.stride, padding=self.padding, dilation=self.dilation, flip=self.flip
        )


class Conv1d(Convolution):
    """Cross-correlation of signals with a bank of filters, then an activation.

    The options are those of `Conv2d`, each an int or a tuple of one.

    Shapes:  x (batch, in_channels, length), y (batch, out_channels, …);
             weight (out_channels, in_channels / groups, kernel_size); bias (out_channels,)
    Raises:  ValueError if groups does not divide both numbers of channels

    >>> Conv1d(3, 8, 5, padding="same")(np.ones((2, 3, 40), "float32")).shape
    (2, 8, 40)
    """

    op, axes = staticmethod(conv1d), 1


class Conv2d(Convolution):
    """Cross-correlation of images with a bank of filters, then an activation.

        y = activation(conv2d(x, weight, bias))

    Sizes are one int, or the pair (height, width); padding may be "same" or ((top, bottom),
    (left, right)).  With `in_channels=None` the first call takes it from x.

    Shapes:  x (batch, in_channels, height, width), y (batch, out_channels, …, …);
             weight (out_channels, in_channels / groups, *kernel_size); bias (out_channels,)
    Raises:  ValueError if groups does not divide both numbers of channels

    >>> layer = Conv2d(1, 20, 5, np.tanh, padding=2)
    >>> layer
    Conv2d(1 => 20, 5×5, tanh, padding=2)
    >>> layer(np.ones((100, 1, 28, 28), "float32")).shape
    (100, 20, 28, 28)
    """

    op, axes = staticmethod(conv2d), 2


class Conv3d(Convolution):
    """Cross-correlation of volumes with a bank of filters, then an activation.

    The options are those of `Conv2d`, for (depth, height, width).

    Shapes:  x (batch, in_channels, depth, height, width), y (batch, out_channels, …, …, …);
             weight (out_channels, in_channels / groups, *kernel_size); bias (out_channels,)
    Raises:  ValueError if groups does not divide both numbers of channels

    >>> Conv3d(1, 4, (1, 3, 3))(np.ones((2, 1, 5, 8, 8), "float32")).shape
    (2, 4, 5, 6, 6)
    """

    op, axes = staticmethod(conv3d), 3
