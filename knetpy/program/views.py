"""How the arrays of a run lie in memory, as C sees them: by strides, and as matrices."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from .parts import is_ref, memory, refs
from .steps import Step

__all__ = [
    "BOOL",
    "FLOAT32",
    "INT64",
    "Matrix",
    "Unfit",
    "Values",
    "View",
    "matrices",
    "require",
    "view_of",
]

Ints = tuple[int, ...]

FLOAT32, BOOL, INT64 = np.dtype(np.float32), np.dtype(bool), np.dtype(np.int64)


class Unfit(Exception):
    """C does not take this step."""


class View(NamedTuple):
    """An array by the memory that it lies in, and how: offset and strides in numbers."""

    memory: Any
    offset: int
    shape: Ints
    strides: Ints
    dtype: Any

    def is_dense(self) -> bool:
        """Whether the numbers lie one after the other in row-major order."""
        ours = zip(self.shape, self.strides, row_major(self.shape), strict=True)
        return all(n == 1 or stride == step for n, stride, step in ours)


class Matrix(NamedTuple):
    """A view with steps from row to row and from column to column."""

    view: View
    down: int = 0
    across: int = 0


class Values:
    """The arrays of the run by their places, and for each by whose memory it is known.

    What is given shares memory with nothing else here, whatever it was in this run.
    """

    def __init__(self, held: list[Any], steps: list[Step], given: list[int]) -> None:
        self.held = held
        self.memory: dict[int, Any] = {at: ("given", at) for at in given}
        for step in steps:
            sources = {memory(held[at]): self.memory[at] for at in reversed(refs(step.args))}
            for at in refs(step.out):
                lies = memory(held[at])
                self.memory[at] = sources.get(lies, lies)


def require(*conditions: Any) -> None:
    if not all(conditions):
        raise Unfit


def view_of(x: Any, values: Values) -> View | None:
    """How an array, a number, or what a Ref stands for lies in memory; None if not in C's way."""
    array = values.held[x.at] if is_ref(x) else x
    if type(array) in (float, int):
        return View(float(array).hex(), 0, (), (), FLOAT32)
    if type(array) in (np.float32, np.bool_):  # which have no memory that others could share
        return View((x.at,) if is_ref(x) else float(array).hex(), 0, (), (), array.dtype)
    if type(array) is not np.ndarray or array.dtype not in (FLOAT32, BOOL, INT64) or not array.size:
        return None
    item = array.itemsize
    if not array.flags.aligned or any(step % item for step in array.strides):
        return None
    root = values.memory[x.at] if is_ref(x) else memory(array)
    start = array.__array_interface__["data"][0]
    strides = tuple(step // item for step in array.strides)
    return View(root, start // item, array.shape, strides, array.dtype)


def row_major(shape: Ints) -> Ints:
    return tuple(prod(shape[k + 1 :]) for k in range(len(shape)))


def matrices(shape: Ints, views: list[View]) -> tuple[int, int, list[Matrix]]:
    """Views of one shape, once they are broadcast, as matrices of as few rows as possible."""
    steps = [(0,) * (len(shape) - len(v.shape)) + v.strides for v in views]
    sizes = [(1,) * (len(shape) - len(v.shape)) + v.shape for v in views]
    steps = [
        tuple(s if n != 1 else 0 for n, s in zip(*pair, strict=True))
        for pair in zip(sizes, steps, strict=True)
    ]
    axes: list[list[int]] = []  # [size, step of each view], neighbours that act as one joined
    for n, *step in zip(shape, *steps, strict=True):
        if n == 1:
            continue
        if axes and all(old == s * n for old, s in zip(axes[-1][1:], step, strict=True)):
            axes[-1] = [axes[-1][0] * n, *step]
        else:
            axes.append([n, *step])
    if len(axes) > 2:
        raise Unfit
    (rows, *down), (columns, *across) = [[1] + [0] * len(views)] * (2 - len(axes)) + axes
    triples = zip(views, down, across, strict=True)
    return rows, columns, [Matrix(*triple) for triple in triples]
