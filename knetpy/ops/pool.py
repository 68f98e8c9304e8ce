"""Pooling of images: one number for what each place of a window sees."""

from typing import Any

import knetpy.kernels as kernels
from knetpy.autograd import primitive

from .checks import pair, require_images, require_room

__all__ = ["max_pool2d", "mean_pool2d"]


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

    All options are ints or (rows, columns); `stride=None` means the window.  `ceil` lets a last
    window start that hangs over the edge.  Of equal maxima the first takes the gradient.

    Shapes:  x (batch, channels, height, width), returned with a smaller height and width
    Raises:  ValueError if the window does not fit, or is less than half filled
    Source:  Knet.jl ops20/conv.jl, pool

    >>> import numpy as np
    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    sliding = sliding_window("max_pool2d", x, window, stride, padding, dilation, ceil)
    return maximum(x, window=sliding)[0]


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
    Raises:  ValueError if the window does not fit, or is less than half filled
    Source:  Knet.jl ops20/conv.jl, pool with mode=1 and mode=2

    >>> import numpy as np
    >>> mean_pool2d(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    sliding = sliding_window("mean_pool2d", x, window, stride, padding, dilation, ceil)
    return mean(x, window=sliding, count_padding=count_padding)


def sliding_window(
    op: str, x: Any, size: Any, stride: Any, padding: Any, dilation: Any, ceil: bool
) -> kernels.Window:
    require_images(op, x)
    window = kernels.Window(
        size=pair(op, "window", size, 1),
        stride=pair(op, "stride", size if stride is None else stride, 1),
        padding=pair(op, "padding", padding, 0),
        dilation=pair(op, "dilation", dilation, 1),
        ceil=bool(ceil),
    )
    reach = window.reach()
    if 2 * window.padding[0] > reach[0] or 2 * window.padding[1] > reach[1]:
        raise ValueError(
            f"{op}: padding {window.padding} is more than half of a window that reaches over "
            f"{reach}, so that some windows would see nothing else; pad less"
        )
    require_room(op, x, window)
    return window


# fmt: off
@primitive(several=True, broadcast=False, rules=[
    lambda dy, y, x, *, window: max_pool2d_dx(dy[0], x, y[0], kept=y[1], window=window),
])
def maximum(x: Any, *, window: kernels.Window) -> Any:
    """The pair (maxima, what the chosen kernel keeps for its gradient)."""
    return kernels.max_pool2d(x, window)


@primitive(rules=[
    lambda g, dx, dy, x, y, *, kept, window: max_pool2d_pick(g, x, y, kept=kept, window=window),
    None,
    None,
])
def max_pool2d_dx(dy: Any, x: Any, y: Any, *, kept: Any, window: kernels.Window) -> Any:
    """The gradient of max pooling, linear in `dy`; where the maxima are is constant."""
    return kernels.max_pool2d_dx(dy, x, y, kept, window)


@primitive(rules=[
    lambda dp, p, g, x, y, *, kept, window: max_pool2d_dx(dp, x, y, kept=kept, window=window),
    None,
    None,
])
def max_pool2d_pick(g: Any, x: Any, y: Any, *, kept: Any, window: kernels.Window) -> Any:
    """What stands in `g` where `x` has its maxima."""
    return kernels.max_pool2d_pick(g, x, y, kept, window)


@primitive(rules=[
    lambda dy, y, x, *, window, count_padding: mean_pool2d_dx(
        dy, image=x.shape[2:], window=window, count_padding=count_padding),
])
def mean(x: Any, *, window: kernels.Window, count_padding: bool) -> Any:
    """What `mean_pool2d` records once its options are in their one form."""
    return kernels.mean_pool2d(x, window, count_padding)


@primitive(rules=[
    lambda g, dx, dy, *, image, window, count_padding: mean(
        g, window=window, count_padding=count_padding),
])
def mean_pool2d_dx(dy: Any, *, image: Any, window: kernels.Window, count_padding: bool) -> Any:
    """The gradient of mean pooling."""
    return kernels.mean_pool2d_dx(dy, image, window, count_padding)
# fmt: on
