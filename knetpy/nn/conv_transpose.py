"""Transposed convolution of signals, images and volumes."""

from typing import Any

import numpy as np

from knetpy.autograd import value
from knetpy.ops import conv_transpose1d, conv_transpose2d, conv_transpose3d

from .conv import Filters, Sizes
from .init import xavier_uniform
from .layer import Activation, first_call

__all__ = ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]


class Transposed(Filters):
    """What ConvTranspose1d, ConvTranspose2d and ConvTranspose3d share."""

    def __init__(
        self,
        in_channels: int | None,
        out_channels: int,
        kernel_size: Sizes,
        activation: Activation = None,
        *,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        flip: bool = False,
        bias: bool = True,
        init: Any = xavier_uniform,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, activation, groups, bias, init)
        self.stride, self.padding, self.output_padding = stride, padding, output_padding
        self.dilation, self.flip = dilation, flip

    def drawn(self, in_channels: int) -> Any:
        """As of a convolution between the same channels, so that fans are what they are there."""
        shape = (self.out_channels // self.groups, in_channels // self.groups, *self.kernel_size)
        parts = [self.init(shape).swapaxes(0, 1) for _ in range(self.groups)]
        return np.ascontiguousarray(np.concatenate(parts))

    def channels(self) -> int | None:
        weight = value(self.weight)
        return None if weight is None else len(weight)

    def __call__(self, x: Any) -> Any:
        if self.in_channels is None and value(self.weight) is None:
            return first_call(self, [self.weight], x)
        y = self.op(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            dilation=self.dilation,
            groups=self.groups,
            flip=self.flip,
        )
        return self.activation(y) if self.activation else y

    def __repr__(self) -> str:
        return self.described(
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            dilation=self.dilation,
            flip=self.flip,
        )


class ConvTranspose1d(Transposed):
    """Every number of a signal spreads a filter; then an activation.

    The options are those of `ConvTranspose2d`, each an int or a tuple of one.

    Shapes:  x (batch, in_channels, length), y (batch, out_channels, …);
             weight (in_channels, out_channels / groups, kernel_size); bias (out_channels,)
    Raises:  ValueError if groups does not divide both numbers of channels

    >>> ConvTranspose1d(8, 3, 4, stride=2, padding=1)(np.ones((2, 8, 20), "float32")).shape
    (2, 3, 40)
    """

    op, axes = staticmethod(conv_transpose1d), 1


class ConvTranspose2d(Transposed):
    """Every pixel of an image spreads a filter: the transpose of `Conv2d`; then an activation.

    Sizes are one int, or the pair (height, width); `padding` is cut off, and `output_padding`
    puts rows and columns back behind.  With `in_channels=None` the first call takes it from x.

    Shapes:  x (batch, in_channels, height, width), y (batch, out_channels, …, …);
             weight (in_channels, out_channels / groups, *kernel_size); bias (out_channels,)
    Raises:  ValueError if groups does not divide both numbers of channels

    >>> layer = ConvTranspose2d(8, 3, 4, np.tanh, stride=2, padding=1)
    >>> layer
    ConvTranspose2d(8 => 3, 4×4, tanh, stride=2, padding=1)
    >>> layer(np.ones((2, 8, 14, 14), "float32")).shape
    (2, 3, 28, 28)
    """

    op, axes = staticmethod(conv_transpose2d), 2


class ConvTranspose3d(Transposed):
    """Every voxel of a volume spreads a filter; then an activation.

    The options are those of `ConvTranspose2d`, for (depth, height, width).

    Shapes:  x (batch, in_channels, depth, height, width), y (batch, out_channels, …, …, …);
             weight (in_channels, out_channels / groups, *kernel_size); bias (out_channels,)
    Raises:  ValueError if groups does not divide both numbers of channels

    >>> ConvTranspose3d(4, 1, 2, stride=2)(np.ones((2, 4, 3, 4, 5), "float32")).shape
    (2, 1, 6, 8, 10)
    """

    op, axes = staticmethod(conv_transpose3d), 3
