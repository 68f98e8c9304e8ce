"""Kernels for any array that NumPy's dispatch reaches, in NumPy's own words.

Shapes are (batch, channels, *image), with any number of axes in the image.  A convolution gathers
what the window sees into the rows of one matrix and makes one product; its result lies
channels-last in memory.  All else keeps the memory order of its input.  Slices go place by place
of the window: strided views of overlapping windows would not do for every kind of array.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from knetpy.arrays import asarray, empty, zeros

from .images import channels_end, channels_last, channels_second, filled, ordered
from .reference_fused import bias_relu, bias_relu_dx, nll, nll_dx, relu, relu_dx, sum_rows
from .reference_norm import norm, norm_back, norm_relu, plus
from .reference_recurrent import recurrent
from .reference_softmax import log_softmax, log_softmax_dx, sigmoid, softmax, softmax_dx
from .sampling import Sampling
from .window import Ints, Tap, Window

__all__ = [
    "bias_relu",
    "bias_relu_dx",
    "conv",
    "conv_dw",
    "conv_dx",
    "log_softmax",
    "log_softmax_dx",
    "max_pool",
    "max_pool_dx",
    "max_pool_pick",
    "mean_pool",
    "mean_pool_dx",
    "nll",
    "nll_dx",
    "norm",
    "norm_back",
    "norm_relu",
    "over_pixels",
    "recurrent",
    "relu",
    "relu_dx",
    "sample",
    "sigmoid",
    "softmax",
    "softmax_dx",
    "sum_rows",
    "takes",
]

NARROW = 4  # below so many channels, whole image rows are the longer runs of memory
SHORT = 4096  # below so many numbers to a strip, fewer and longer taps are faster


def takes(name: str, x: Any) -> bool:
    """Everything."""
    return True


def conv(x: Any, weight: Any, bias: Any, window: Window, groups: int) -> Any:
    """The cross-correlation of `x` with `weight`, plus `bias` unless that is None."""
    y = gathered(x, window, groups) @ weight_matrix(weight, groups)
    if bias is not None:
        y = plus(y, bias.reshape(groups, 1, len(weight) // groups))
    return images(y, len(x), window.outputs(x.shape[2:]))


def conv_dx(dy: Any, weight: Any, image: Ints, window: Window, groups: int) -> Any:
    """The gradient of conv for its input, whose image has this size."""
    n, channels = len(dy), weight.shape[1]
    w, d = weight_matrix(weight, groups), pixel_matrix(dy, groups)
    if window.is_point():
        return images(d @ w.swapaxes(1, 2), n, image)
    narrow = channels < NARROW
    seen = w @ d.swapaxes(1, 2) if narrow else d @ w.swapaxes(1, 2)
    dx = zeros((n, *image, groups, channels), like=seen)
    pixels = dx.transpose(0, dx.ndim - 2, dx.ndim - 1, *range(1, dx.ndim - 2))
    shape, axes, taps = arrangement(n, groups, channels, image, window, narrow)
    places = seen.reshape(shape).transpose(axes)
    for tap in taps:
        pixels[tap.into] += places[tap.place][tap.out]
    return channels_second(dx.reshape(n, *image, groups * channels))


def conv_dw(x: Any, dy: Any, window: Window, groups: int) -> Any:
    """The gradient of conv for its weight."""
    outputs, channels, axes = dy.shape[1], x.shape[1] // groups, len(window.size)
    dw = gathered(x, window, groups).swapaxes(1, 2) @ pixel_matrix(dy, groups)
    dw = dw.reshape(groups, *window.size, channels, outputs // groups)
    dw = dw.transpose(0, axes + 2, axes + 1, *range(1, axes + 1))
    return dw.reshape(outputs, channels, *window.size).copy()


def over_pixels(dy: Any) -> Any:
    """What every channel sums up to."""
    return dy.sum(axis=0).sum(axis=tuple(range(1, dy.ndim - 1)))  # several times as fast as at once


def gathered(x: Any, window: Window, groups: int) -> Any:
    """For each group the matrix whose row holds what one place of the window sees."""
    if window.is_point():
        return pixel_matrix(x, groups)
    n, channels, image = len(x), x.shape[1] // groups, x.shape[2:]
    narrow = channels < NARROW or not channels_last(x)
    shape, axes, taps = arrangement(n, groups, channels, image, window, narrow)
    make = zeros if window.is_padded() else empty
    seen = make(shape, like=x)
    places, pixels = seen.transpose(axes), x.reshape(n, groups, channels, *image)
    for tap in taps:
        places[tap.place][tap.out] = pixels[tap.into]
    height, width = n * prod(window.outputs(image)), prod(window.size) * channels
    if narrow:
        return seen.reshape(groups, width, height).swapaxes(1, 2)
    return seen.reshape(groups, height, width)


class Arrangement(NamedTuple):
    """How gathered pixels lie in memory: the shape, its axes as the taps index them, the taps."""

    shape: Ints
    axes: Ints
    taps: tuple[Tap, ...]


@lru_cache(maxsize=1024)
def arrangement(
    n: int, groups: int, channels: int, image: Ints, window: Window, narrow: bool
) -> Arrangement:
    """The longer runs of memory last; taps index (cell, batch, group, channel, outputs).

    Strips index (cell but the last, last output, ..., outputs but the last, last cell).
    """
    axes, outputs = len(image), window.outputs(image)
    if narrow:
        order = (*range(1, axes + 1), axes + 2, 0, axes + 1, *range(axes + 3, 2 * axes + 3))
        shape = groups, *window.size, channels, n, *outputs
        return Arrangement(shape, order, window.taps(image))
    out, cell = range(2, axes + 2), range(axes + 2, 2 * axes + 2)
    middle, shape = (1, 0, 2 * axes + 2), (groups, n, *outputs, *window.size, channels)
    if n * prod(outputs[:-1]) * window.size[-1] * channels < SHORT:
        return Arrangement(shape, (*cell, *middle, *out), window.taps(image))
    order = (*cell[:-1], out[-1], *middle, *out[:-1], cell[-1])
    return Arrangement(shape, order, window.strips(image))


def weight_matrix(weight: Any, groups: int) -> Any:
    outputs, channels, *size = weight.shape
    split = weight.reshape(groups, outputs // groups, channels, *size)
    split = split.transpose(0, *range(3, split.ndim), 2, 1)
    return split.reshape(groups, prod(size) * channels, outputs // groups)


def pixel_matrix(x: Any, groups: int) -> Any:
    """For each group the matrix with a row of channels for each pixel; a view of channels-last."""
    n, channels, *image = x.shape
    rows = channels_end(x).reshape(n * prod(image), groups, channels // groups)
    return rows.swapaxes(0, 1)


def images(matrix: Any, n: int, image: Ints) -> Any:
    """What `pixel_matrix` was made of: channels-last, and without a copy unless in groups."""
    groups, _, channels = matrix.shape
    return channels_second(matrix.swapaxes(0, 1).reshape(n, *image, groups * channels))


def max_pool(x: Any, window: Window) -> tuple[Any, Any]:
    """The maximum that each window sees, and what another family's gradient may want kept."""
    y = filled(-np.inf, x, window.outputs(x.shape[2:]))
    for tap in window.taps(x.shape[2:]):
        part = y[tap.out]
        np.maximum(part, x[tap.into], out=part)
    return y, None


def max_pool_dx(dy: Any, x: Any, y: Any, kept: Any, window: Window) -> Any:
    """Each `dy` at the first pixel of its window, in row-major order, that is the maximum."""
    dx = filled(0, x, x.shape[2:], dy.dtype)
    dy = ordered(dy, y)
    for tap, hit in first_maxima(x, y, window):
        dx[tap.into] += dy[tap.out] * hit
    return dx


def max_pool_pick(g: Any, x: Any, y: Any, kept: Any, window: Window) -> Any:
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


def mean_pool(x: Any, window: Window, count_padding: bool) -> Any:
    """The mean of what each window sees; the zeros of the padding count or do not."""
    image = x.shape[2:]
    y = filled(0, x, window.outputs(image))
    for tap in window.taps(image):
        y[tap.out] += x[tap.into]
    y /= divisor(y, image, window, count_padding)
    return y


def mean_pool_dx(dy: Any, image: Ints, window: Window, count_padding: bool) -> Any:
    """Each `dy` shared evenly by the pixels of its window."""
    dx = filled(0, dy, image)
    share = dy / divisor(dy, image, window, count_padding)
    for tap in window.taps(image):
        dx[tap.into] += share[tap.out]
    return dx


def divisor(y: Any, image: Ints, window: Window, count_padding: bool) -> Any:
    """How many pixels count in each window: a number where they all agree."""
    if not window.is_padded() and not window.ceil:
        return prod(window.size)
    return asarray(window.counts(image, count_padding), like=y, dtype=y.dtype)


def sample(x: Any, axis: int, sampling: Sampling) -> Any:
    """The linear map `sampling` of the numbers along one axis of images."""
    last = channels_last(x)
    x, axis = (channels_end(x), axis - 1) if last else (x, axis)
    shape = (*x.shape[:axis], sampling.shape[0], *x.shape[axis + 1 :])
    y, before = None, (slice(None),) * axis
    for out, into, weight in sampling.layers:
        part = picked(x, before, into, weight)
        if y is None:
            y = part if part.shape == shape else zeros(shape, like=x)
        if part is not y:
            y[(*before, index(out, x))] += part
    y = zeros(shape, like=x) if y is None else y
    return channels_second(y) if last else y


def picked(x: Any, before: Any, into: Any, weight: Any) -> Any:
    """New memory with the numbers `into` of the axis that follows those `before`."""
    axis, is_view = len(before), isinstance(into, slice)
    part = x[(*before, into)] if is_view else x.take(index(into, x), axis=axis)
    if weight is None:
        return part.copy() if is_view else part
    weight = asarray(weight, like=x, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - axis - 1))
    return np.multiply(part, weight, out=None if is_view else part)


def index(places: Any, x: Any) -> Any:
    return places if isinstance(places, slice) else asarray(places, like=x)
