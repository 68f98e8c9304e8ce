"""Transposed convolution: the map that takes the gradient of a convolution back to its input."""

from typing import Any

from knetpy.kernels import Window

from .checks import int_pairs, ints, require_images
from .conv import conv_dx, flipped, require_bias, require_weight

__all__ = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


def conv_transpose1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    flip: bool = False,
) -> Any:
    """Every number of a signal spreads a kernel: the transpose of `conv1d`, with its options.

    Shapes:  x (batch, in, length), weight (in, out / groups, size), bias (out,)
             returns (batch, out, length), channels-last in memory
    Raises:  ValueError if channels, groups or sizes do not fit
    Source:  Knet.jl ops20/conv.jl, deconv4, where flipping is the default

    >>> import numpy as np
    >>> conv_transpose1d(np.array([[[1.0, 2.0]]]), np.ones((1, 1, 3)), stride=2)
    array([[[1., 1., 3., 2., 2.]]])
    """
    options = stride, padding, output_padding, dilation, groups, flip
    return spread("conv_transpose1d", 1, x, weight, bias, *options)


def conv_transpose2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    flip: bool = False,
) -> Any:
    """Every pixel of an image spreads a kernel: the transpose of `conv2d`, with its options.

        height = (rows_in - 1) stride - padding + (rows - 1) dilation + 1 + output_padding

    `padding` is cut off; `output_padding` puts rows and columns back behind.

    Shapes:  x (batch, in, height, width), weight (in, out / groups, rows, columns), bias (out,)
             returns (batch, out, height, width), channels-last in memory
    Raises:  ValueError if channels, groups or sizes do not fit
    Source:  Knet.jl ops20/conv.jl, deconv4, where flipping is the default

    >>> import numpy as np
    >>> conv_transpose2d(np.array([[[[1.0, 2.0]]]]), np.ones((1, 1, 2, 2)), stride=2).shape
    (1, 1, 2, 4)
    """
    options = stride, padding, output_padding, dilation, groups, flip
    return spread("conv_transpose2d", 2, x, weight, bias, *options)


def conv_transpose3d(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    flip: bool = False,
) -> Any:
    """Every voxel of a volume spreads a kernel: the transpose of `conv3d`, with its options.

    Shapes:  x (batch, in, depth, height, width), weight (in, out / groups, *sizes), bias (out,)
             returns (batch, out, depth, height, width), channels-last in memory
    Raises:  ValueError if channels, groups or sizes do not fit
    Source:  Knet.jl ops20/conv.jl, deconv4, where flipping is the default

    >>> import numpy as np
    >>> conv_transpose3d(np.ones((1, 1, 2, 2, 2)), np.ones((1, 3, 2, 2, 2)), stride=2).shape
    (1, 3, 4, 4, 4)
    """
    options = stride, padding, output_padding, dilation, groups, flip
    return spread("conv_transpose3d", 3, x, weight, bias, *options)


def spread(
    op: str,
    axes: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    dilation: Any,
    groups: int,
    flip: bool,
) -> Any:
    require_images(op, x, axes)
    require_weight(op, "(in, out / groups, *sizes)", weight, axes)
    inputs, outputs, *size = weight.shape
    if groups < 1 or inputs % groups:
        raise ValueError(f"{op}: {inputs} input channels cannot be divided into groups={groups!r}")
    if x.shape[1] != inputs:
        raise ValueError(
            f"{op}: x {x.shape} has {x.shape[1]} channels, but weight {weight.shape} takes "
            f"{inputs}; weight is (in, out / groups, *sizes)"
        )
    require_bias(op, bias, outputs * groups)
    sliding = spreading(op, axes, tuple(size), stride, padding, output_padding, dilation)
    image = covered(sliding, x.shape[2:])
    if min(*x.shape[2:], *image) < 1:
        raise ValueError(
            f"{op}: images of {x.shape[2:]} become images of {image}, which hold nothing; "
            f"padding={padding!r} is what is cut off"
        )
    weight = flipped(weight) if flip else weight
    return conv_dx(x, weight, bias, image=image, window=sliding, groups=groups)


def spreading(
    op: str,
    axes: int,
    size: tuple[int, ...],
    stride: Any,
    padding: Any,
    output_padding: Any,
    dilation: Any,
) -> Window:
    """The window of the convolution that is transposed; what is put back is less of a cut."""
    strides = ints(op, "stride", stride, axes, 1)
    dilations = ints(op, "dilation", dilation, axes, 1)
    back = ints(op, "output_padding", output_padding, axes, 0)
    if any(k >= max(pair) for k, *pair in zip(back, strides, dilations, strict=True)):
        raise ValueError(
            f"{op} needs output_padding= below stride={stride!r} or dilation={dilation!r}, "
            f"got {output_padding!r}"
        )
    cuts = zip(int_pairs(op, "padding", padding, axes, 0), back, strict=True)
    return Window(size, strides, tuple((p, q - k) for (p, q), k in cuts), dilations)


def covered(window: Window, places: tuple[int, ...]) -> tuple[int, ...]:
    """The size of the image on which the window takes so many places."""
    sizes = zip(places, window.stride, window.reach(), window.padding, strict=True)
    return tuple((n - 1) * stride + reach - sum(cut) for n, stride, reach, cut in sizes)
