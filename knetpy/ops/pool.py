"""Pooling of signals, images and volumes: one number for what each place of a window sees."""

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

import knetpy.kernels as kernels
from knetpy.autograd import primitive, value

from .checks import ints, require_floats, require_images, require_room, window

__all__ = [
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "mean_pool1d",
    "mean_pool2d",
    "mean_pool3d",
]


def max_pool1d(
    x: Any,
    window: Any = 2,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
) -> Any:
    """The maximum of each window of a signal, with the options of `max_pool2d`.

    Shapes:  x (batch, channels, length), returned with a smaller length
    Raises:  ValueError if the window does not fit, or sees padding alone
    Source:  Knet.jl ops20/conv.jl, pool

    >>> max_pool1d(np.array([[[1.0, 5.0, 2.0, 3.0]]]))
    array([[[5., 3.]]])
    """
    return max_pool("max_pool1d", 1, x, window, stride, padding, dilation, ceil)


def max_pool2d(
    x: Any,
    window: Any = 2,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
) -> Any:
    """The maximum of each window; the padding never wins, and NaN does.

    All options are ints or (rows, columns); `window=None` is the whole image, `stride=None` the
    window.  Padding is as in `conv2d`.  `ceil` lets a last window start that hangs over the edge.
    Of equal maxima the first takes the gradient.

    Shapes:  x (batch, channels, height, width), returned with a smaller height and width
    Raises:  ValueError if the window does not fit, or sees padding alone
    Source:  Knet.jl ops20/conv.jl, pool

    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    return max_pool("max_pool2d", 2, x, window, stride, padding, dilation, ceil)


def max_pool3d(
    x: Any,
    window: Any = 2,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
) -> Any:
    """The maximum of each window of a volume, with the options of `max_pool2d`.

    Shapes:  x (batch, channels, depth, height, width), returned with smaller ones of these three
    Raises:  ValueError if the window does not fit, or sees padding alone
    Source:  Knet.jl ops20/conv.jl, pool

    >>> max_pool3d(np.arange(8.0).reshape(1, 1, 2, 2, 2)).ravel()
    array([7.])
    """
    return max_pool("max_pool3d", 3, x, window, stride, padding, dilation, ceil)


def mean_pool1d(
    x: Any,
    window: Any = 2,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
    count_padding: bool = True,
) -> Any:
    """The mean of each window of a signal, with the options of `mean_pool2d`.

    Shapes:  x (batch, channels, length), returned with a smaller length
    Raises:  ValueError if the window does not fit, or sees padding alone
    Source:  Knet.jl ops20/conv.jl, pool with mode=1 and mode=2

    >>> mean_pool1d(np.array([[[1.0, 5.0, 2.0, 3.0]]]))
    array([[[3. , 2.5]]])
    """
    options = window, stride, padding, dilation, ceil
    return mean_pool("mean_pool1d", 1, x, *options, count_padding=count_padding)


def mean_pool2d(
    x: Any,
    window: Any = 2,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
    count_padding: bool = True,
) -> Any:
    """The mean of each window; the zeros of the padding count unless `count_padding=False`.

    The other options are those of `max_pool2d`.

    Shapes:  x (batch, channels, height, width), returned with a smaller height and width
    Raises:  ValueError if the window does not fit, or sees padding alone
    Source:  Knet.jl ops20/conv.jl, pool with mode=1 and mode=2

    >>> mean_pool2d(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    options = window, stride, padding, dilation, ceil
    return mean_pool("mean_pool2d", 2, x, *options, count_padding=count_padding)


def mean_pool3d(
    x: Any,
    window: Any = 2,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
    count_padding: bool = True,
) -> Any:
    """The mean of each window of a volume, with the options of `mean_pool2d`.

    Shapes:  x (batch, channels, depth, height, width), returned with smaller ones of these three
    Raises:  ValueError if the window does not fit, or sees padding alone
    Source:  Knet.jl ops20/conv.jl, pool with mode=1 and mode=2

    >>> mean_pool3d(np.arange(8.0).reshape(1, 1, 2, 2, 2)).ravel()
    array([3.5])
    """
    options = window, stride, padding, dilation, ceil
    return mean_pool("mean_pool3d", 3, x, *options, count_padding=count_padding)


def max_pool(op: str, axes: int, x: Any, *options: Any) -> Any:
    sliding = sliding_window(op, axes, x, *options)
    return highest(x) if is_whole(sliding, x) else maximum(x, window=sliding)[0]


def mean_pool(op: str, axes: int, x: Any, *options: Any, count_padding: bool) -> Any:
    sliding = sliding_window(op, axes, x, *options)
    if is_whole(sliding, x):
        return x.mean(axis=tuple(range(2, x.ndim)), keepdims=True)
    return mean(x, window=sliding, count_padding=bool(count_padding))


def sliding_window(
    op: str, axes: int, x: Any, size: Any, stride: Any, padding: Any, dilation: Any, ceil: bool
) -> kernels.Window:
    require_images(op, x, axes)
    require_floats(op, x)
    image = x.shape[2:]
    size = ints(op, "window", image if size is None else size, axes, 1)
    sliding = window(op, image, size, size if stride is None else stride, padding, dilation, ceil)
    require_room(op, x, sliding)
    if sees_nothing(sliding, image):
        raise ValueError(
            f"{op}: with padding {sliding.padding} a window that reaches over {sliding.reach()} "
            f"sees no pixel of images of {image} in some places; pad less"
        )
    return sliding


@lru_cache(maxsize=1024)
def sees_nothing(window: kernels.Window, image: tuple[int, ...]) -> bool:
    return not window.counts(image, padding=False).all()


def is_whole(window: kernels.Window, x: Any) -> bool:
    return bool(window.size == x.shape[2:]) and not window.is_padded()


def highest(x: Any) -> Any:
    """The first maximum of each image, without a visit to the window for each of its pixels."""
    n, channels, *image = x.shape
    rows = x.reshape(n * channels, prod(image))
    first = value(rows).argmax(axis=1)
    return rows[np.arange(len(rows), like=first), first].reshape(n, channels, *[1] * len(image))


# fmt: off
@primitive(several=True, broadcast=False, rules=[
    lambda dy, y, x, *, window: max_pool_dx(dy[0], x, y[0], kept=y[1], window=window),
])
def maximum(x: Any, *, window: kernels.Window) -> Any:
    """The pair (maxima, what the chosen kernel keeps for its gradient)."""
    return kernels.max_pool(x, window)


@primitive(rules=[
    lambda g, dx, dy, x, y, *, kept, window: max_pool_pick(g, x, y, kept=kept, window=window),
    None,
    None,
])
def max_pool_dx(dy: Any, x: Any, y: Any, *, kept: Any, window: kernels.Window) -> Any:
    """The gradient of max pooling, linear in `dy`; where the maxima are is constant."""
    return kernels.max_pool_dx(dy, x, y, kept, window)


@primitive(rules=[
    lambda dp, p, g, x, y, *, kept, window: max_pool_dx(dp, x, y, kept=kept, window=window),
    None,
    None,
])
def max_pool_pick(g: Any, x: Any, y: Any, *, kept: Any, window: kernels.Window) -> Any:
    """What stands in `g` where `x` has its maxima."""
    return kernels.max_pool_pick(g, x, y, kept, window)


@primitive(rules=[
    lambda dy, y, x, *, window, count_padding: mean_pool_dx(
        dy, image=x.shape[2:], window=window, count_padding=count_padding),
])
def mean(x: Any, *, window: kernels.Window, count_padding: bool) -> Any:
    """What mean pooling records once its options are in their one form."""
    return kernels.mean_pool(x, window, count_padding)


@primitive(rules=[
    lambda g, dx, dy, *, image, window, count_padding: mean(
        g, window=window, count_padding=count_padding),
])
def mean_pool_dx(dy: Any, *, image: Any, window: kernels.Window, count_padding: bool) -> Any:
    """The gradient of mean pooling."""
    return kernels.mean_pool_dx(dy, image, window, count_padding)
# fmt: on
