"""A window that slides over images: where it stands, and which pixels each of its places sees."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Pair", "Tap", "Window"]

Pair = tuple[int, int]


class Tap(NamedTuple):
    """Pixels that are moved by one slice: where they lie in the image, and what sees them.

    `into` and `out` index the last two axes of the image and of what is held against it.  What
    would lie in the padding is left out, so that no kernel has to make a padded copy.
    """

    place: Pair
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
        """For each cell (i, j) of the window, in row-major order, the outputs that use it."""
        return all_taps(self, image)

    def strips(self, image: Pair) -> tuple[Tap, ...]:
        """For each row i of the window and column c of the output, the cells j that c uses.

        The same pixels as those of `taps`, in runs as wide as the window.
        """
        return all_strips(self, image)

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
    return crossed(axis_taps(window, 0, image[0]), axis_taps(window, 1, image[1]))


@lru_cache(maxsize=1024)
def all_strips(window: Window, image: Pair) -> tuple[Tap, ...]:
    return crossed(axis_taps(window, 0, image[0]), axis_strips(window, 1, image[1]))


def crossed(rows: list[Any], columns: list[Any]) -> tuple[Tap, ...]:
    return tuple(
        Tap((i, j), (..., out_rows, out_columns), (..., in_rows, in_columns))
        for i, out_rows, in_rows in rows
        for j, out_columns, in_columns in columns
    )


def axis_taps(window: Window, axis: int, n: int) -> list[Any]:
    count, stride = places(window, axis, n), window.stride[axis]
    starts = [k * window.dilation[axis] - window.padding[axis] for k in range(window.size[axis])]
    return [run for k, start in enumerate(starts) for run in inside(k, start, stride, count, n)]


def axis_strips(window: Window, axis: int, n: int) -> list[Any]:
    count, stride = places(window, axis, n), window.stride[axis]
    starts = [k * stride - window.padding[axis] for k in range(count)]
    size, step = window.size[axis], window.dilation[axis]
    return [run for k, start in enumerate(starts) for run in inside(k, start, step, size, n)]


def inside(k: int, start: int, step: int, count: int, n: int) -> list[Any]:
    """Number k, and those of `count` steps from `start` that meet 0..n-1: which, and where."""
    first, last = max(0, -(start // step)), min(count - 1, (n - 1 - start) // step)
    if first > last:
        return []
    low, high = start + first * step, start + last * step
    return [(k, slice(first, last + 1), slice(low, high + 1, step))]


def seen(window: Window, axis: int, n: int, padding: bool) -> Any:
    """How many pixels lie in each window along one axis."""
    edge = window.padding[axis] if padding else 0
    starts = np.arange(places(window, axis, n)) * window.stride[axis] - window.padding[axis]
    pixels = starts[:, None] + np.arange(window.size[axis]) * window.dilation[axis]
    return ((pixels >= -edge) & (pixels < n + edge)).sum(axis=1)
