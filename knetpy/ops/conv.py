"""Convolution of signals, images and volumes."""

from typing import Any

import numpy as np

import knetpy.kernels as kernels
from knetpy.autograd import primitive

from .checks import require_images, require_room, window

__all__ = ["conv1d", "conv2d", "conv3d"]


def conv1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    flip: bool = False,
) -> Any:
    """Cross-correlation of signals with a kernel; with `flip`, convolution proper.

    The options are those of `conv2d`, each an int or a tuple of one.

    Shapes:  x (batch, in, length), weight (out, in / groups, size), bias (out,)
             returns (batch, out, length), channels-last in memory
    Raises:  ValueError if channels, groups or sizes do not fit
    Source:  Knet.jl ops20/conv.jl, conv4, where flipping is the default

    >>> conv1d(np.arange(5.0).reshape(1, 1, 5), np.array([[[-1.0, 0.0, 1.0]]]))[0, 0]
    array([2., 2., 2.])
    """
    options = stride, padding, dilation, groups, flip
    return convolved("conv1d", 1, x, weight, bias, *options)


def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    flip: bool = False,
) -> Any:
    """Cross-correlation of images with a kernel; with `flip`, convolution proper.

        y[n, o, r, c] = bias[o] + sum_ikl weight[o, i, k, l] x[n, i, r s + k d - p, c s + l d - p]

    `stride` s, `padding` p, `dilation` d: an int, or (rows, columns).  Padding are zeros; uneven
    ones are pairs, ((top, bottom), (left, right)), and "same" gives an output for each stride.

    Shapes:  x (batch, in, height, width), weight (out, in / groups, rows, columns), bias (out,)
             returns (batch, out, height, width), channels-last in memory
    Raises:  ValueError if channels, groups or sizes do not fit
    Source:  Knet.jl ops20/conv.jl, conv4, where flipping is the default

    >>> conv2d(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), padding=((0, 0), (0, 1)))[0, 0]
    array([[4., 4., 2.],
           [4., 4., 2.]])
    """
    options = stride, padding, dilation, groups, flip
    return convolved("conv2d", 2, x, weight, bias, *options)


def conv3d(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    flip: bool = False,
) -> Any:
    """Cross-correlation of volumes with a kernel; with `flip`, convolution proper.

    The options are those of `conv2d`, for (depth, rows, columns).

    Shapes:  x (batch, in, depth, height, width), weight (out, in / groups, *sizes), bias (out,)
             returns (batch, out, depth, height, width), channels-last in memory
    Raises:  ValueError if channels, groups or sizes do not fit
    Source:  Knet.jl ops20/conv.jl, conv4, where flipping is the default

    >>> conv3d(np.ones((1, 1, 3, 3, 3)), np.ones((1, 1, 3, 3, 3))).ravel()
    array([27.])
    """
    options = stride, padding, dilation, groups, flip
    return convolved("conv3d", 3, x, weight, bias, *options)


def convolved(
    op: str,
    axes: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
    flip: bool,
) -> Any:
    require_images(op, x, axes)
    require_weight(op, "(out, in / groups, *sizes)", weight, axes)
    outputs, inputs, *size = weight.shape
    sliding = window(op, x.shape[2:], tuple(size), stride, padding, dilation)
    if groups < 1 or outputs % groups:
        raise ValueError(
            f"{op}: {outputs} output channels cannot be divided into groups={groups!r}"
        )
    if x.shape[1] != inputs * groups:
        raise ValueError(
            f"{op}: x {x.shape} has {x.shape[1]} channels, but weight {weight.shape} with "
            f"groups={groups} takes {inputs * groups}; weight is (out, in / groups, *sizes)"
        )
    require_bias(op, bias, outputs)
    require_room(op, x, sliding)
    return conv(x, flipped(weight) if flip else weight, bias, window=sliding, groups=groups)


def require_weight(op: str, shape: str, weight: Any, axes: int) -> None:
    if weight.ndim != axes + 2 or not weight.size:
        raise ValueError(
            f"{op} needs weight {shape} with {axes} of sizes, none of them 0, "
            f"got shape {weight.shape}"
        )


def require_bias(op: str, bias: Any, outputs: int) -> None:
    if bias is not None and bias.shape != (outputs,):
        raise ValueError(f"{op} needs bias ({outputs},), one number a channel, got {bias.shape}")


def flipped(weight: Any) -> Any:
    return weight[(..., *[slice(None, None, -1)] * (weight.ndim - 2))]


# conv and conv_dx are linear in both of their arrays, as is conv_dw, and the gradients of each
# are the other two.


# fmt: off
@primitive(rules=[
    lambda dy, y, x, w, b=None, *, window, groups: conv_dx(
        dy, w, image=x.shape[2:], window=window, groups=groups),
    lambda dy, y, x, w, b=None, *, window, groups: conv_dw(x, dy, window=window, groups=groups),
    lambda dy, y, x, w, b=None, *, window, groups: kernels.over_pixels(dy),
])
def conv(x: Any, w: Any, b: Any = None, *, window: kernels.Window, groups: int) -> Any:
    """What a convolution records once its options are in their one form."""
    return kernels.conv(x, w, b, window, groups)


@primitive(rules=[
    lambda g, dx, dy, w, b=None, *, image, window, groups: conv(
        g, w, window=window, groups=groups),
    lambda g, dx, dy, w, b=None, *, image, window, groups: conv_dw(
        g, dy, window=window, groups=groups),
    lambda g, dx, dy, w, b=None, *, image, window, groups: kernels.over_pixels(g),
])
def conv_dx(
    dy: Any, w: Any, b: Any = None, *, image: Any, window: kernels.Window, groups: int
) -> Any:
    """The gradient of a convolution for its input, or with a bias the transposed convolution."""
    dx = kernels.conv_dx(dy, w, image, window, groups)
    if b is None:
        return dx
    b = b.reshape(-1, *[1] * len(image))
    return np.add(dx, b, out=dx) if dx.dtype == b.dtype else dx + b


@primitive(rules=[
    lambda g, dw, x, dy, *, window, groups: conv_dx(
        dy, g, image=x.shape[2:], window=window, groups=groups),
    lambda g, dw, x, dy, *, window, groups: conv(x, g, window=window, groups=groups),
])
def conv_dw(x: Any, dy: Any, *, window: kernels.Window, groups: int) -> Any:
    """The gradient of a convolution for its weight."""
    return kernels.conv_dw(x, dy, window, groups)
# fmt: on
