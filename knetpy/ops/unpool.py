"""Unpooling: an image of which pooling makes the given one."""

from functools import lru_cache
from typing import Any

import numpy as np

from knetpy.kernels import Sampling, Window

from .checks import Ints, int_pairs, ints, require_floats
from .conv_transpose import covered
from .resize import require_image, resampled

__all__ = ["unpool"]


def unpool(
    x: Any,
    window: Any = 2,
    *,
    stride: Any = None,
    padding: Any = 0,
    count_padding: bool = False,
) -> Any:
    """Every number copied to all pixels of its window: a right inverse of pooling.

        max_pool2d(unpool(x)) == mean_pool2d(unpool(x)) == x

    With padding that holds for means that do not count it; `count_padding=True` is for those
    that do, and lets pixels beside it make up for its zeros.  Pixels between windows are 0.

    Shapes:  x (batch, channels, *image), returned with the image that pooling takes to x's
    Raises:  ValueError if windows overlap, or see padding alone
    Source:  Knet.jl ops20/conv.jl, unpool

    >>> unpool(np.array([[[1.0, 2.0]]]))
    array([[[1., 1., 2., 2.]]])
    """
    require_image("unpool", x)
    require_floats("unpool", x)
    axes = x.ndim - 2
    size = ints("unpool", "window", window, axes, 1)
    strides = ints("unpool", "stride", size if stride is None else stride, axes, 1)
    if any(step < k for step, k in zip(strides, size, strict=True)):
        raise ValueError(
            f"unpool needs windows that do not overlap, got stride={stride!r} below "
            f"window={window!r}; not every image is what pooling with those makes of another"
        )
    sliding = Window(size, strides, int_pairs("unpool", "padding", padding, axes, 0))
    image = covered(sliding, x.shape[2:])
    if min(image) < 1 or not sliding.counts(image, padding=False).all():
        raise ValueError(
            f"unpool: with padding={padding!r} some windows of {size} see no pixel of images "
            f"of {image}; pad less"
        )
    for axis in range(axes):
        x = resampled(x, axis=axis + 2, sampling=spread(sliding, axis, image, count_padding))
    return x


@lru_cache(maxsize=256)
def spread(window: Window, axis: int, image: Ints, count_padding: bool) -> Sampling:
    """Along one axis, the place of the window that each pixel belongs to."""
    size, stride, n = window.size[axis], window.stride[axis], image[axis]
    starts = np.arange(window.outputs(image)[axis]) * stride - window.padding[axis][0]
    pixels = starts[:, None] + np.arange(size)
    place, cell = np.nonzero((pixels >= 0) & (pixels < n))
    seen = np.bincount(place)[place]
    weight = size / seen if count_padding else np.ones(len(place))
    return Sampling((n, len(starts)), pixels[place, cell], place, weight)
