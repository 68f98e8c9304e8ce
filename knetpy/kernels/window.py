"""A window that slides over images: where it stands, and which pixels each of its places sees."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Pair", "Tap", "Window"]

Pair = tuple[int, int]


class Tap(NamedTuple):
    """Place (i, j) of a window: the outputs that see a pixel through it, and those pixels.

    `out` and `into` index the last two axes of an output and of an input.  What would lie in the
    padding is left out, so that no kernel has to make a padded copy.
    """

    i: int
    j: int
    out: Any
    into: Any


@dataclass(frozen=True, slots=True)
class Window:
    """The size, stride, padding and dilation of a window, each a pair (rows, columns).

    `ceil` lets a last window start where it hangs over the edge.
    """

    size: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    ceil: bool = False

    def reach(self) -> Pair:
        """Rows and columns from the first pixel to the last, both included."""
        rows, columns = ((k - 1) * d + 1 for k, d in zip(self.size, self.dilation, strict=True))
        return rows, columns

    def outputs(self, image: Pair) -> Pair:
        """How many places the window takes on an image of this height and width."""
        return places(self, 0, image[0]), places(self, 1, image[1])

    def taps(self, image: Pair) -> tuple[Tap, ...]:
        """The window's own places, in row-major order, without those that see only padding."""
        return all_taps(self, image)

    def counts(self, image: Pair, padding: bool) -> Any:
        """How many pixels each place of the window sees, those of the padding too if asked."""
        rows, columns = (seen(self, axis, n, padding) for axis, n in enumerate(image))
        return rows[:, None] * columns


def places(window: Window, axis: int, n: int) -> int:
    stride, padding = window.stride[axis], window.padding[axis]
    room = n + 2 * padding - window.reach()[axis]
    if room < 0:
        return 0
    overhangs = window.ceil and room % stride and (room // stride + 1) * stride < n + padding
    return room // stride + 1 + bool(overhangs)


@lru_cache(maxsize=1024)
def all_taps(window: Window, image: Pair) -> tuple[Tap, ...]:
    rows, columns = (axis_taps(window, axis, n) for axis, n in enumerate(image))
    return tuple(
        Tap(i, j, (..., out_rows, out_columns), (..., in_rows, in_columns))
        for i, out_rows, in_rows in rows
        for j, out_columns, in_columns in columns
    )


def axis_taps(window: Window, axis: int, n: int) -> list[tuple[int, slice, slice]]:
    count, stride = places(window, axis, n), window.stride[axis]
    taps = []
    for k in range(window.size[axis]):
        offset = k * window.dilation[axis] - window.padding[axis]
        first = max(0, -(offset // stride))
        last = min(count - 1, (n - 1 - offset) // stride)
        if first <= last:
            start, stop = first * stride + offset, last * stride + offset + 1
            taps.append((k, slice(first, last + 1), slice(start, stop, stride)))
    return taps


def seen(window: Window, axis: int, n: int, padding: bool) -> Any:
    """How many pixels lie in each window along one axis."""
    edge = window.padding[axis] if padding else 0
    starts = np.arange(places(window, axis, n)) * window.stride[axis] - window.padding[axis]
    pixels = starts[:, None] + np.arange(window.size[axis]) * window.dilation[axis]
    return ((pixels >= -edge) & (pixels < n + edge)).sum(axis=1)
