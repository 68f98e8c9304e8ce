"""Convolution by oneDNN: channels-last in memory, weights in the layout that it likes best."""

from typing import Any

import numpy as np

from .onednn_images import blank, images, lies_last, pixels, shaped
from .onednn_library import Refused
from .onednn_matmul import matmul
from .onednn_primitives import (
    Primitive,
    Weights,
    described,
    dims,
    free,
    kernel,
    layout,
    plan,
    require,
)
from .window import Ints, Window

__all__ = ["conv", "conv_dw", "conv_dx", "over_pixels"]

FORWARD, DIRECT = 64, 1
SRC, DST, WEIGHTS, BIAS = 1, 17, 33, 41
DIFF_SRC, DIFF_DST, DIFF_WEIGHTS = 129, 145, 161
NARROW = 4  # channels


@kernel
def conv(x: Any, weight: Any, bias: Any, window: Window, groups: int) -> Any:
    extra = () if bias is None else (np.ascontiguousarray(bias),)
    require(x, weight, *extra)
    run, weights = forward_plan(x.shape, weight.shape, len(extra), window, groups)
    y = blank((len(x), len(weight), *window.outputs(x.shape[2:])))
    run(pixels(x), weights.inside(np.ascontiguousarray(weight)), *extra, y)
    return shaped(y)


@kernel
def conv_dx(dy: Any, weight: Any, image: Ints, window: Window, groups: int) -> Any:
    require(dy, weight)
    shape = (len(dy), weight.shape[1] * groups, *image)
    run, weights = dx_plan(shape, weight.shape, window, groups)
    dx = blank(shape)
    run(pixels(dy), weights.inside(np.ascontiguousarray(weight)), dx)
    return shaped(dx)


@kernel
def conv_dw(x: Any, dy: Any, window: Window, groups: int) -> Any:
    require(x, dy)
    shape = (dy.shape[1], x.shape[1] // groups, *window.size)
    run, weights = dw_plan(x.shape, shape, window, groups)
    x, dy = pixels(x), pixels(dy)
    return weights.outside(lambda dw: run(x, dy, dw), np.empty(shape, x.dtype))


@kernel
def over_pixels(dy: Any) -> Any:
    require(dy)
    if not lies_last(dy):
        raise Refused("NumPy is good at sums along the rows of memory")
    rows = pixels(dy).reshape(-1, dy.shape[1])
    return matmul(np.ones((1, len(rows)), dy.dtype), rows)[0]  # several times faster than a sum


@plan
def forward_plan(shape: Ints, weight: Ints, biases: int, window: Window, groups: int) -> Any:
    description = forward(shape, weight, biases, window, groups)
    run = Primitive(description, SRC, WEIGHTS, *(BIAS,) * biases, DST)
    return run, Weights(run, WEIGHTS, layout(split(weight, groups)))


@plan
def dx_plan(shape: Ints, weight: Ints, window: Window, groups: int) -> Any:
    if shape[1] < NARROW:
        raise Refused("it takes several times longer than the reference")
    x, w, y = ends(shape, weight, window, groups)
    hint = forward(shape, weight, 0, window, groups)
    way = moves(window)
    description = described("convolution_backward_data", DIRECT, x, w, y, *way, hint)
    run = Primitive(description, DIFF_DST, WEIGHTS, DIFF_SRC)
    return run, Weights(run, WEIGHTS, layout(split(weight, groups)))


@plan
def dw_plan(shape: Ints, weight: Ints, window: Window, groups: int) -> Any:
    x, w, y = ends(shape, weight, window, groups)
    hint = forward(shape, weight, 0, window, groups)
    way = moves(window)
    description = described("convolution_backward_weights", DIRECT, x, w, None, y, *way, hint)
    run = Primitive(description, SRC, DIFF_DST, DIFF_WEIGHTS)
    return run, Weights(run, DIFF_WEIGHTS, layout(split(weight, groups)), out=True)


def forward(shape: Ints, weight: Ints, biases: int, window: Window, groups: int) -> Any:
    x, w, y = ends(shape, weight, window, groups)
    bias = layout(weight[:1]) if biases else None
    return described("convolution_forward", FORWARD, DIRECT, x, w, bias, y, *moves(window))


def ends(shape: Ints, weight: Ints, window: Window, groups: int) -> tuple[Any, Any, Any]:
    """The layouts of the images, of the weight, and of the result."""
    result = (shape[0], weight[0], *window.outputs(shape[2:]))
    return images(shape), free(split(weight, groups)), images(result)


def split(weight: Ints, groups: int) -> Ints:
    """The shape of a weight, with an axis of its own for the groups, if there are several."""
    return weight if groups == 1 else (groups, weight[0] // groups, *weight[1:])


def moves(window: Window) -> list[Any]:
    """Strides, dilations (1 is 0 in oneDNN), and the padding before and after."""
    before, after = zip(*window.padding, strict=True)
    return [dims(x) for x in (window.stride, [d - 1 for d in window.dilation], before, after)]
