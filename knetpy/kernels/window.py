"""A window that slides over images: where it stands, and which pixels each of its places sees.

Images may have any number of axes: signals one, pictures two, volumes three.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Ints", "Tap", "Window"]

Ints = tuple[int, ...]


class Tap(NamedTuple):
    """Pixels that are moved by one slice: where they lie in the image, and what sees them.

    `into` and `out` index the last axes of the image and of what is held against it.  What
    would lie in the padding is left out, so that no kernel has to make a padded copy.
    """

    place: Ints
    out: Any
    into: Any


@dataclass(frozen=True, slots=True)
class Window:
    """The size, stride, padding and dilation of a window, one number for each axis.

    Padding is a pair for each axis, (before, after); negative padding cuts the image.  One int
    stands for all axes, and for both ends of an axis.  `ceil` lets a last window start where
    it hangs over the edge.
    """

    size: Ints
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    ceil: bool = False

    def __post_init__(self) -> None:
        n = len(self.size)
        stride, padding, dilation = (
            x if isinstance(x, tuple) else (x,) * n
            for x in (self.stride, self.padding, self.dilation)
        )
        padding = tuple(p if isinstance(p, tuple) else (p, p) for p in padding)
        for name, x in (("stride", stride), ("padding", padding), ("dilation", dilation)):
            object.__setattr__(self, name, x)

    def is_point(self) -> bool:
        """Whether each place sees its own pixel and no other."""
        ones = (1,) * len(self.size)
        return self.size == self.stride == ones and not self.is_padded()

    def is_padded(self) -> bool:
        return any(map(any, self.padding))

    def reach(self) -> Ints:
        """Pixels from the first to the last along each axis, both included."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.size, self.dilation, strict=True))

    def outputs(self, image: Ints) -> Ints:
        """How many places the window takes along each axis of an image."""
        return all_places(self, image)

    def taps(self, image: Ints) -> tuple[Tap, ...]:
        """For each cell (i, j, ...) of the window, in row-major order, the outputs that use it."""
        return all_taps(self, image)

    def strips(self, image: Ints) -> tuple[Tap, ...]:
        """For each row of the window and column of the output, the cells of the row it uses.

        The same pixels as those of `taps`, in runs as wide as the window.
        """
        return all_strips(self, image)

    def counts(self, image: Ints, padding: bool) -> Any:
        """How many pixels each place of the window sees, those of the padding too if asked."""
        axes = np.ix_(*(seen(self, axis, n, padding) for axis, n in enumerate(image)))
        return prod(axes[1:], start=axes[0])


def places(window: Window, axis: int, n: int) -> int:
    stride, (before, after) = window.stride[axis], window.padding[axis]
    room = n + before + after - window.reach()[axis]
    if room < 0:
        return 0
    overhangs = window.ceil and room % stride and (room // stride + 1) * stride < n + before
    return int(room // stride + 1 + bool(overhangs))


@lru_cache(maxsize=1024)
def all_places(window: Window, image: Ints) -> Ints:
    return tuple(places(window, axis, n) for axis, n in enumerate(image))


@lru_cache(maxsize=1024)
def all_taps(window: Window, image: Ints) -> tuple[Tap, ...]:
    return crossed([axis_taps(window, axis, n) for axis, n in enumerate(image)])


@lru_cache(maxsize=1024)
def all_strips(window: Window, image: Ints) -> tuple[Tap, ...]:
    last = len(image) - 1
    rows = [axis_taps(window, axis, n) for axis, n in enumerate(image[:last])]
    return crossed([*rows, axis_strips(window, last, image[last])])


def crossed(axes: list[Any]) -> tuple[Tap, ...]:
    taps = (zip(*runs, strict=True) for runs in product(*axes))
    return tuple(Tap(place, (..., *out), (..., *into)) for place, out, into in taps)


def axis_taps(window: Window, axis: int, n: int) -> list[Any]:
    count, stride, before = places(window, axis, n), window.stride[axis], window.padding[axis][0]
    starts = [k * window.dilation[axis] - before for k in range(window.size[axis])]
    return [run for k, start in enumerate(starts) for run in inside(k, start, stride, count, n)]


def axis_strips(window: Window, axis: int, n: int) -> list[Any]:
    count, stride, before = places(window, axis, n), window.stride[axis], window.padding[axis][0]
    starts = [k * stride - before for k in range(count)]
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
    before, after = window.padding[axis]
    starts = np.arange(places(window, axis, n)) * window.stride[axis] - before
    pixels = starts[:, None] + np.arange(window.size[axis]) * window.dilation[axis]
    edges = (-before, n + after) if padding else (0, n)
    return ((pixels >= edges[0]) & (pixels < edges[1])).sum(axis=1)
