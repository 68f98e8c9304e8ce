"""Convolution of images."""

from typing import Any

import knetpy.kernels as kernels
from knetpy.autograd import primitive

from .checks import pair, require_images, require_room

__all__ = ["conv2d"]


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

    `stride` s, `padding` p (zeros on every side), `dilation` d: an int, or (rows, columns).

    Shapes:  x (batch, in, height, width), weight (out, in / groups, rows, columns), bias (out,)
             returns (batch, out, ...), channels-last in memory
    Raises:  ValueError if channels, groups or sizes do not fit
    Source:  Knet.jl ops20/conv.jl, conv4, where flipping is the default

    >>> import numpy as np
    >>> conv2d(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)))[0, 0]
    array([[4., 4.],
           [4., 4.]])
    """
    window = kernels.Window(
        weight.shape[2:],
        pair("conv2d", "stride", stride, 1),
        pair("conv2d", "padding", padding, 0),
        pair("conv2d", "dilation", dilation, 1),
    )
    require_fit(x, weight, bias, groups)
    require_room("conv2d", x, window)
    if flip:
        weight = weight[:, :, ::-1, ::-1]
    return correlate(x, weight, bias, window=window, groups=groups)


def require_fit(x: Any, weight: Any, bias: Any, groups: int) -> None:
    require_images("conv2d", x)
    if weight.ndim != 4 or not weight.size:
        raise ValueError(
            "conv2d needs weight (out, in / groups, rows, columns), none of them 0, "
            f"got shape {weight.shape}"
        )
    outputs, inputs = weight.shape[:2]
    if groups < 1 or outputs % groups:
        raise ValueError(
            f"conv2d: {outputs} output channels cannot be divided into groups={groups!r}"
        )
    if x.shape[1] != inputs * groups:
        raise ValueError(
            f"conv2d: x {x.shape} has {x.shape[1]} channels, but weight {weight.shape} with "
            f"groups={groups} takes {inputs * groups}; weight is (out, in / groups, rows, columns)"
        )
    if bias is not None and bias.shape != (outputs,):
        raise ValueError(f"conv2d needs bias ({outputs},), one number a channel, got {bias.shape}")


# Each of these three is linear in both of its arrays, and its gradients are the other two.


# fmt: off
@primitive(rules=[
    lambda dy, y, x, w, b=None, *, window, groups: conv2d_dx(
        dy, w, image=x.shape[2:], window=window, groups=groups),
    lambda dy, y, x, w, b=None, *, window, groups: conv2d_dw(x, dy, window=window, groups=groups),
    lambda dy, y, x, w, b=None, *, window, groups: dy.sum(axis=(0, 2, 3)),
])
def correlate(x: Any, w: Any, b: Any = None, *, window: kernels.Window, groups: int) -> Any:
    """What `conv2d` records once its options are in their one form."""
    return kernels.conv2d(x, w, b, window, groups)


@primitive(rules=[
    lambda g, dx, dy, w, *, image, window, groups: correlate(g, w, window=window, groups=groups),
    lambda g, dx, dy, w, *, image, window, groups: conv2d_dw(g, dy, window=window, groups=groups),
])
def conv2d_dx(dy: Any, w: Any, *, image: Any, window: kernels.Window, groups: int) -> Any:
    """The gradient of a convolution for its input, images of the height and width `image`."""
    return kernels.conv2d_dx(dy, w, image, window, groups)


@primitive(rules=[
    lambda g, dw, x, dy, *, window, groups: conv2d_dx(
        dy, g, image=x.shape[2:], window=window, groups=groups),
    lambda g, dw, x, dy, *, window, groups: correlate(x, g, window=window, groups=groups),
])
def conv2d_dw(x: Any, dy: Any, *, window: kernels.Window, groups: int) -> Any:
    """The gradient of a convolution for its weight."""
    return kernels.conv2d_dw(x, dy, window, groups)
# fmt: on
