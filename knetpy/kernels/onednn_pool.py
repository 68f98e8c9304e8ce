"""Pooling by oneDNN; its memory of where the maxima were goes from forward to backward."""

from math import prod
from typing import Any

import numpy as np

from .onednn_images import blank, images, lies_last, pixels, shaped
from .onednn_library import Refused
from .onednn_primitives import Primitive, described, dims, kernel, plan, require
from .window import Ints, Window

__all__ = ["max_pool", "max_pool_dx", "mean_pool", "mean_pool_dx"]

FORWARD, MAXIMUM, MEAN, MEAN_INSIDE = 64, 511, 767, 1023
SRC, DST, DIFF_SRC, DIFF_DST, WORKSPACE = 1, 17, 129, 145, 64


@kernel
def max_pool(x: Any, window: Window) -> tuple[Any, Any]:
    require(x)
    last = lies_last(x)
    run, _ = max_plan(x.shape, last, window)
    memory = pixels(x, last)
    if not np.minimum.reduce(memory, axis=None) > -np.inf:
        raise Refused("NaN would not win, and -inf would become the least number")
    y, kept = blank((*x.shape[:2], *window.outputs(x.shape[2:])), last), run.room(WORKSPACE)
    run(memory, y, kept)
    return shaped(y, last), kept


@kernel
def max_pool_dx(dy: Any, x: Any, y: Any, kept: Any, window: Window) -> Any:
    require(dy, x)
    if kept is None:
        raise Refused("the reference found the maxima")
    last = lies_last(x)
    _, run = max_plan(x.shape, last, window)
    dx = blank(x.shape, last)
    run(pixels(dy, last), kept, dx)
    return shaped(dx, last)


@kernel
def mean_pool(x: Any, window: Window, count_padding: bool) -> Any:
    require(x)
    last = lies_last(x)
    run, _ = mean_plan(x.shape, last, window, count_padding)
    y = blank((*x.shape[:2], *window.outputs(x.shape[2:])), last)
    run(pixels(x, last), y)
    return shaped(y, last)


@kernel
def mean_pool_dx(dy: Any, image: Ints, window: Window, count_padding: bool) -> Any:
    require(dy)
    last = lies_last(dy)
    shape = (*dy.shape[:2], *image)
    _, run = mean_plan(shape, last, window, count_padding)
    dx = blank(shape, last)
    run(pixels(dy, last), dx)
    return shaped(dx, last)


@plan
def max_plan(shape: Ints, last: bool, window: Window) -> tuple[Primitive, Primitive]:
    if not window.counts(shape[2:], padding=False).all():
        raise Refused("a window that sees only padding has the maximum -inf")
    return there_and_back(MAXIMUM, shape, last, window, WORKSPACE)


@plan
def mean_plan(
    shape: Ints, last: bool, window: Window, count_padding: bool
) -> tuple[Primitive, Primitive]:
    counts = window.counts(shape[2:], count_padding)
    if not counts.all() or count_padding and (counts < prod(window.size)).any():
        raise Refused("what hangs over the padding would count, and nothing over nothing be 0")
    return there_and_back(MEAN if count_padding else MEAN_INSIDE, shape, last, window)


def there_and_back(
    algorithm: int, shape: Ints, last: bool, window: Window, *kept: int
) -> tuple[Primitive, Primitive]:
    outputs = window.outputs(shape[2:])
    x, y = images(shape, last), images((*shape[:2], *outputs), last)
    way = moves(window, shape[2:], outputs)
    hint = described("pooling_forward", FORWARD, algorithm, x, y, *way)
    back = described("pooling_backward", algorithm, x, y, *way, hint)
    return Primitive(hint, SRC, DST, *kept), Primitive(back, DIFF_DST, *kept, DIFF_SRC)


def moves(window: Window, image: Ints, outputs: Ints) -> list[Any]:
    """Strides, size, dilations (1 is 0 in oneDNN), padding before, and up to the last window."""
    before, after = zip(*window.padding, strict=True)
    if min(*before, *after) < 0:
        raise Refused("it cuts no images")
    edges = zip(outputs, window.stride, window.reach(), image, before, strict=True)
    ends = [(o - 1) * stride + reach - n - b for o, stride, reach, n, b in edges]
    ends = [max(pair) for pair in zip(ends, after, strict=True)]
    dilation = [d - 1 for d in window.dilation]
    return [dims(x) for x in (window.stride, window.size, dilation, before, ends)]
