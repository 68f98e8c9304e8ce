"""Normalisation by oneDNN: of channels over batch and image, or of rows over their last axes."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from .onednn_images import blank, images, lies_last, pixels, shaped
from .onednn_library import Handle, Refused
from .onednn_primitives import Ints, Primitive, described, kernel, layout, plan, require
from .reference_norm import summed

__all__ = ["norm", "norm_back", "norm_relu"]

dense = np.ascontiguousarray
FORWARD, BACKWARD, BACKWARD_DATA = 64, 128, 160
USE_SCALE, USE_SHIFT, FUSE_RELU = 2, 4, 8
SRC, DST, MEAN, VARIANCE, SCALE, SHIFT = 1, 17, 49, 50, 51, 52
DIFF_SRC, DIFF_DST, DIFF_SCALE, DIFF_SHIFT, WORKSPACE = 129, 145, 255, 256, 64
FAR = 64  # times the variance: the square of a mean whose rounding begins to show


class Seen(NamedTuple):
    """How oneDNN sees an array that is normalised: as images, or as rows."""

    operation: str
    shape: Ints
    last: bool
    kept: Ints  # the shape of the statistics
    affine: Ints  # and of the weight
    given: int  # how many of scale and shift the way back wants to see

    def memory(self, x: Any) -> Any:
        return pixels(x.reshape(self.shape), self.last)

    def layouts(self) -> tuple[Handle, tuple[Handle, ...]]:
        """Of the array, and of the statistics where an operation asks."""
        rows = self.operation == "layer_normalization"
        return images(self.shape, self.last), (layout(self.shape[:1]),) if rows else ()


@kernel
def norm(
    x: Any, weight: Any, bias: Any, axes: Ints, eps: float, centred: bool
) -> tuple[Any, Any, Any]:
    if not centred:
        raise Refused("it knows no root mean square")
    how, affine = seen(x, axes), present((weight, bias))
    require(x, *affine)
    if apart(how, *affine):
        y, mean, var = norm(x, None, None, axes, eps, centred)
        for function, w in ((np.multiply, weight), (np.add, bias)):
            y = y if w is None else function(y, w, out=y)
        return y, mean, var
    y, mean, var, _ = forwards(how, x, weight, bias, eps)
    return y, mean, var


@kernel
def norm_relu(x: Any, weight: Any, bias: Any, axes: Ints, eps: float) -> tuple[Any, Any, Any, Any]:
    how, affine = seen(x, axes), present((weight, bias))
    require(x, *affine)
    require_channels(how, *affine)
    return forwards(how, x, weight, bias, eps, FUSE_RELU)


def forwards(
    how: Seen, x: Any, weight: Any, bias: Any, eps: float, fused: int = 0
) -> tuple[Any, Any, Any, Any]:
    """(normalised, mean, variance, where it was positive if that is `fused`)."""
    run = forward_plan(how, flags_of(weight, bias) + fused, float(eps))
    y, (mean, var) = blank(how.shape, how.last), np.empty((2, *how.kept), np.float32)
    kept = run.room(WORKSPACE) if fused else None
    run(how.memory(x), y, mean, var, *map(dense, present((weight, bias))), *present((kept,)))
    require_near(mean, var)
    return shaped(y, how.last).reshape(x.shape), mean, var, kept


@kernel
def norm_back(
    dy: Any, x: Any, weight: Any, bias: Any, mean: Any, var: Any, axes: Ints, eps: float, *relu: Any
) -> tuple[Any, Any, Any]:
    how, affine, kept = seen(x, axes), present((weight, bias)), relu[1:]
    if relu and relu[1] is None:
        raise Refused("the reference went forward")
    require(dy, x, mean, var, *affine)
    require_near(mean, var)
    if apart(how, *affine):
        return norm_back_apart(dy, x, weight, bias, mean, var, axes, eps)
    run = back_plan(how, flags_of(weight, bias) + FUSE_RELU * len(kept), float(eps))
    arrays = how.memory(x), dense(mean), dense(var), how.memory(dy), *kept
    dx, given = blank(how.shape, how.last), (weight, bias)[: how.given]
    dw, db = (None if w is None else np.empty_like(w) for w in (weight, bias))
    run(*arrays, *map(dense, present(given)), dx, *present((dw, db)))
    return shaped(dx, how.last).reshape(x.shape), dw, db


def norm_back_apart(
    dy: Any, x: Any, weight: Any, bias: Any, mean: Any, var: Any, axes: Ints, eps: float
) -> tuple[Any, Any, Any]:
    """The affine map goes back in NumPy."""
    db = None if bias is None else summed(dy, bias.shape)
    if weight is None:
        return norm_back(dy, x, None, None, mean, var, axes, eps)[0], None, db
    along = np.multiply(y := norm(x, None, None, axes, eps, True)[0], dy, out=y)
    dx = norm_back(dy * weight, x, None, None, mean, var, axes, eps)[0]
    return dx, summed(along, weight.shape), db


def seen(x: Any, axes: Ints) -> Seen:
    rest = tuple(1 if axis in axes else n for axis, n in enumerate(x.shape))
    within = tuple(n if axis in axes else 1 for axis, n in enumerate(x.shape))
    if axes == (0, *range(2, x.ndim)):
        return Seen("batch_normalization", x.shape, lies_last(x), rest, rest, 1)
    first = axes[0] if axes else 0
    if not first or axes != tuple(range(first, x.ndim)):
        raise Refused("it normalises channels, or rows")
    rows = prod(x.shape[:first]), prod(x.shape[first:])
    return Seen("layer_normalization", rows, False, rest, within, 2)


def apart(how: Seen, *affine: Any) -> bool:
    """Whether the affine map is NumPy's, because it has one weight for several columns of rows."""
    if how.operation != "layer_normalization":
        require_channels(how, *affine)
    return any(w.shape != how.affine for w in affine)


def require_channels(how: Seen, *affine: Any) -> None:
    channels = how.operation == "batch_normalization"
    if not channels or any(w.shape != how.affine for w in affine):
        raise Refused("it has one weight a channel, and relu behind channels alone")


def present(arrays: Any) -> list[Any]:
    return [x for x in arrays if x is not None]


def require_near(mean: Any, var: Any) -> None:
    """Refuse a mean far from 0, which oneDNN rounds too early; and NaN."""
    if mean is None or not (mean * mean <= FAR * var).all():
        raise Refused("the reference mends what rounding leaves of a large mean")


def flags_of(weight: Any, bias: Any) -> int:
    return USE_SCALE * (weight is not None) + USE_SHIFT * (bias is not None)


def slots_of(flags: int, scale: int, shift: int) -> list[int]:
    """Where the scale and the shift go, as many as there are."""
    return [scale] * bool(flags & USE_SCALE) + [shift] * bool(flags & USE_SHIFT)


@plan
def forward_plan(how: Seen, flags: int, eps: float) -> Primitive:
    kept = [WORKSPACE] * bool(flags & FUSE_RELU)
    slots = SRC, DST, MEAN, VARIANCE, *slots_of(flags, SCALE, SHIFT), *kept
    return Primitive(forward(how, flags, eps), *slots)


@plan
def back_plan(how: Seen, flags: int, eps: float) -> Primitive:
    """With a scale it must give all gradients: its execution refuses to leave one out."""
    what = BACKWARD if flags & (USE_SCALE | USE_SHIFT) else BACKWARD_DATA
    x, statistics = how.layouts()
    arrays = x, x, x, *statistics, eps, flags, forward(how, flags, eps)
    affine = slots_of(flags, DIFF_SCALE, DIFF_SHIFT)
    given = slots_of(flags if how.given == 2 else flags & USE_SCALE, SCALE, SHIFT)
    kept = [WORKSPACE] * bool(flags & FUSE_RELU)
    slots = SRC, MEAN, VARIANCE, DIFF_DST, *kept, *given, DIFF_SRC, *affine
    return Primitive(described(f"{how.operation}_backward", what, *arrays), *slots)


def forward(how: Seen, flags: int, eps: float) -> Handle:
    x, statistics = how.layouts()
    return described(f"{how.operation}_forward", FORWARD, x, x, *statistics, eps, flags)
