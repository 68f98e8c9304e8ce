"""Kernels for any array that NumPy's dispatch reaches, in NumPy's own words.

Shapes are (batch, channels, height, width).  A convolution gathers what the window sees into the
rows of one matrix and makes one product; its result lies channels-last in memory.  Pooling keeps
the memory order of its input.  Slices go place by place of the window: strided views of
overlapping windows would not do for every kind of array.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from knetpy.arrays import asarray, empty, full, zeros

from .window import Pair, Tap, Window

__all__ = [
    "conv2d",
    "conv2d_dw",
    "conv2d_dx",
    "max_pool2d",
    "max_pool2d_dx",
    "max_pool2d_pick",
    "mean_pool2d",
    "mean_pool2d_dx",
    "takes",
]

POINT = Window((1, 1))
NARROW = 4  # below so many channels, whole image rows are the longer runs of memory


def takes(name: str, x: Any) -> bool:
    """Everything."""
    return True


def conv2d(x: Any, weight: Any, bias: Any, window: Window, groups: int) -> Any:
    """The cross-correlation of `x` with `weight`, plus `bias` unless that is None."""
    y = gathered(x, window, groups) @ weight_matrix(weight, groups)
    if bias is not None:
        bias = bias.reshape(groups, 1, len(weight) // groups)
        y = np.add(y, bias, out=y) if y.dtype == bias.dtype else y + bias
    return images(y, len(x), window.outputs(x.shape[2:]))


def conv2d_dx(dy: Any, weight: Any, image: Pair, window: Window, groups: int) -> Any:
    """The gradient of conv2d for its input, an image of the given height and width."""
    n, channels = len(dy), weight.shape[1]
    w, d = weight_matrix(weight, groups), pixel_matrix(dy, groups)
    if window == POINT:
        return images(d @ w.swapaxes(1, 2), n, image)
    narrow = channels < NARROW
    seen = w @ d.swapaxes(1, 2) if narrow else d @ w.swapaxes(1, 2)
    dx = zeros((n, *image, groups, channels), like=seen)
    pixels = dx.transpose(0, 3, 4, 1, 2)
    shape = memory(n, groups, channels, dy.shape[2:], window, narrow)
    places = by_place(seen.reshape(shape), narrow)
    for tap in window.taps(image) if narrow else window.strips(image):
        pixels[tap.into] += places[tap.place][tap.out]
    return dx.reshape(n, *image, groups * channels).transpose(0, 3, 1, 2)


def conv2d_dw(x: Any, dy: Any, window: Window, groups: int) -> Any:
    """The gradient of conv2d for its weight."""
    outputs, channels = dy.shape[1], x.shape[1] // groups
    dw = gathered(x, window, groups).swapaxes(1, 2) @ pixel_matrix(dy, groups)
    dw = dw.reshape(groups, *window.size, channels, outputs // groups).transpose(0, 4, 3, 1, 2)
    return dw.reshape(outputs, channels, *window.size).copy()


def gathered(x: Any, window: Window, groups: int) -> Any:
    """For each group the matrix whose row holds what one place of the window sees."""
    if window == POINT:
        return pixel_matrix(x, groups)
    n, channels, image = len(x), x.shape[1] // groups, x.shape[2:]
    outputs = window.outputs(image)
    narrow = channels < NARROW or not channels_last(x)
    make = zeros if any(window.padding) else empty
    seen = make(memory(n, groups, channels, outputs, window, narrow), like=x)
    places, pixels = by_place(seen, narrow), x.reshape(n, groups, channels, *image)
    for tap in window.taps(image) if narrow else window.strips(image):
        places[tap.place][tap.out] = pixels[tap.into]
    height = n * outputs[0] * outputs[1]
    width = window.size[0] * window.size[1] * channels
    if narrow:
        return seen.reshape(groups, width, height).swapaxes(1, 2)
    return seen.reshape(groups, height, width)


def memory(
    n: int, groups: int, channels: int, outputs: Any, window: Window, narrow: bool
) -> tuple[int, ...]:
    """The shape of the gathered pixels, with the longer runs of memory last."""
    if narrow:
        return groups, *window.size, channels, n, *outputs
    return groups, n, *outputs, *window.size, channels


def by_place(seen: Any, narrow: bool) -> Any:
    """The gathered pixels with the axes as the taps (the strips, unless narrow) index them:

    taps (i, j, batch, group, channel, row, column), strips (i, column, ..., row, j).
    """
    return seen.transpose((1, 2, 4, 0, 3, 5, 6) if narrow else (4, 3, 1, 0, 6, 2, 5))


def weight_matrix(weight: Any, groups: int) -> Any:
    outputs, channels, rows, columns = weight.shape
    split = weight.reshape(groups, outputs // groups, channels, rows, columns)
    size = rows * columns * channels
    return split.transpose(0, 3, 4, 2, 1).reshape(groups, size, outputs // groups)


def pixel_matrix(x: Any, groups: int) -> Any:
    """For each group the matrix with a row of channels for each pixel; a view of channels-last."""
    n, channels, rows, columns = x.shape
    split = x.transpose(0, 2, 3, 1).reshape(n * rows * columns, groups, channels // groups)
    return split.swapaxes(0, 1)


def images(matrix: Any, n: int, size: Pair) -> Any:
    """What `pixel_matrix` was made of: channels-last, and without a copy unless in groups."""
    groups, _, channels = matrix.shape
    return matrix.swapaxes(0, 1).reshape(n, *size, groups * channels).transpose(0, 3, 1, 2)


def max_pool2d(x: Any, window: Window) -> tuple[Any, Any]:
    """The maximum that each window sees, and what another family's gradient may want kept."""
    y = filled(-np.inf, x, window.outputs(x.shape[2:]))
    for tap in window.taps(x.shape[2:]):
        part = y[tap.out]
        np.maximum(part, x[tap.into], out=part)
    return y, None


def max_pool2d_dx(dy: Any, x: Any, y: Any, kept: Any, window: Window) -> Any:
    """Each `dy` at the first pixel of its window, in row-major order, that is the maximum."""
    dx = filled(0, x, x.shape[2:], dy.dtype)
    dy = ordered(dy, y)
    for tap, hit in first_maxima(x, y, window):
        dx[tap.into] += dy[tap.out] * hit
    return dx


def max_pool2d_pick(g: Any, x: Any, y: Any, kept: Any, window: Window) -> Any:
    """For each window the entry of `g` where `x` has its first maximum."""
    picked = filled(0, y, y.shape[2:], g.dtype)
    for tap, hit in first_maxima(x, y, window):
        picked[tap.out] += g[tap.into] * hit
    return picked


def first_maxima(x: Any, y: Any, window: Window) -> Iterator[tuple[Tap, Any]]:
    """For each place of the window, which outputs have their first maximum there."""
    free = filled(True, y, y.shape[2:], bool)
    for tap in window.taps(x.shape[2:]):
        hit = free[tap.out] > (x[tap.into] < y[tap.out])  # of bools: free and not less; so NaN hits
        free[tap.out] ^= hit
        yield tap, hit


def mean_pool2d(x: Any, window: Window, count_padding: bool) -> Any:
    """The mean of what each window sees; the zeros of the padding count or do not."""
    image = x.shape[2:]
    y = filled(0, x, window.outputs(image))
    for tap in window.taps(image):
        y[tap.out] += x[tap.into]
    y /= divisor(y, image, window, count_padding)
    return y


def mean_pool2d_dx(dy: Any, image: Pair, window: Window, count_padding: bool) -> Any:
    """Each `dy` shared evenly by the pixels of its window."""
    dx = filled(0, dy, image)
    share = dy / divisor(dy, image, window, count_padding)
    for tap in window.taps(image):
        dx[tap.into] += share[tap.out]
    return dx


def divisor(y: Any, image: Pair, window: Window, count_padding: bool) -> Any:
    """How many pixels count in each window: a number where they all agree."""
    if not any(window.padding) and not window.ceil:
        return window.size[0] * window.size[1]
    return asarray(window.counts(image, count_padding), like=y, dtype=y.dtype)


def filled(fill: Any, like: Any, image: Any, dtype: Any = None) -> Any:
    """Images of one repeated value, in the memory order of the images `like`."""
    n, channels = like.shape[:2]
    if channels_last(like):
        last = full((n, *image, channels), fill, like=like, dtype=dtype)
        return last.transpose(0, 3, 1, 2)
    return full((n, channels, *image), fill, like=like, dtype=dtype)


def ordered(x: Any, like: Any) -> Any:
    """`x` in the memory order of `like`: one copy at most, cheaper than slices across the grain."""
    if channels_last(x) == channels_last(like):
        return x
    return x.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2) if channels_last(like) else x.copy()


def channels_last(x: Any) -> bool:
    return bool(x.strides[1] < x.strides[3])
