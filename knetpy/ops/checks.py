"""What arrays, images and windows have to be, and what is said where they are not."""

import operator
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from knetpy.kernels import Window

__all__ = ["int_pairs", "ints", "require_floats", "require_images", "require_room", "window"]

Ints = tuple[int, ...]

IMAGES = {
    1: "signals (batch, channels, length)",
    2: "images (batch, channels, height, width)",
    3: "volumes (batch, channels, depth, height, width)",
}


def ints(op: str, name: str, x: Any, axes: int, least: int) -> Ints:
    """An int for each axis of the image; one int stands for all."""
    if type(x) is int and x >= least:
        return (x,) * axes
    expected = f"an int or {axes} ints, one for each axis,"
    return tuple(n for (n,) in per_axis(op, name, x, axes, least, lambda n: (n,), expected))


def int_pairs(op: str, name: str, x: Any, axes: int, least: int) -> tuple[Ints, ...]:
    """A pair of ints (before, after) for each axis of the image; one int stands for both."""
    if type(x) is int and x >= least:
        return ((x, x),) * axes

    def both(x: Any) -> tuple[Any, Any]:
        before, after = x if isinstance(x, (tuple, list)) else (x, x)
        return before, after

    expected = f"an int, or for each of {axes} axes an int or a pair (before, after),"
    return per_axis(op, name, x, axes, least, both, expected)


def per_axis(
    op: str,
    name: str,
    x: Any,
    axes: int,
    least: int,
    parts: Callable[[Any], tuple[Any, ...]],
    expected: str,
) -> tuple[Ints, ...]:
    try:
        given = x if isinstance(x, (tuple, list)) else (x,) * axes
        each = zip(range(axes), given, strict=True)
        found = tuple(tuple(map(operator.index, parts(part))) for _, part in each)
    except (TypeError, ValueError):
        raise TypeError(f"{op} needs {expected} as {name}=, got {x!r}") from None
    if any(n < least for part in found for n in part):
        raise ValueError(f"{op} needs {name}= to be at least {least}, got {x!r}")
    return found


def window(
    op: str,
    image: Ints,
    size: Ints,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil: bool = False,
) -> Window:
    """The window that the options of an op describe, on an image of this size."""
    axes, same = len(image), isinstance(padding, str) and padding == "same"
    made = Window(
        size,
        ints(op, "stride", stride, axes, 1),
        0 if same else int_pairs(op, "padding", padding, axes, 0),
        ints(op, "dilation", dilation, axes, 1),
        bool(ceil),
    )
    return replace(made, padding=same_padding(made, image)) if same else made


@lru_cache(maxsize=1024)
def same_padding(window: Window, image: Ints) -> tuple[Ints, ...]:
    """What makes as many outputs as there are strides in the image; the odd one goes behind."""
    sizes = zip(image, window.stride, window.reach(), strict=True)
    totals = [max((n - 1) // stride * stride + reach - n, 0) for n, stride, reach in sizes]
    return tuple((total // 2, total - total // 2) for total in totals)


def require_images(op: str, x: Any, axes: int = 2) -> None:
    if getattr(x, "ndim", None) != axes + 2:
        raise ValueError(
            f"{op} needs {IMAGES[axes]}, got shape {np.shape(x)}; "
            "a batch of one is x[None], a channel axis is x[:, None]"
        )


def require_floats(op: str, x: Any) -> None:
    if x.dtype.kind != "f":
        raise TypeError(f"{op} needs real floats, got {x.dtype}; convert with x.astype(np.float32)")


def require_room(op: str, x: Any, window: Window) -> None:
    """Whether the window fits into the padded image at least once."""
    padded = tuple(n + sum(p) for n, p in zip(x.shape[2:], window.padding, strict=True))
    reach = window.reach()
    if any(map(operator.lt, padded, reach)):
        raise ValueError(
            f"{op}: a window that reaches over {reach} does not fit into images of {padded} "
            f"(padding {window.padding} included); pad more, or take a smaller window"
        )
