"""Cutting data into batches."""

import operator
from collections.abc import Callable, Iterator
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from knetpy.arrays import asarray, generator
from knetpy.autograd.containers import rebuild

__all__ = ["minibatch"]


class minibatch:
    """Batches `(xb, yb)` of `size` examples each; every loop over them starts anew.

    Examples lie along the first axis of `x` and `y`, which are arrays or tuples, lists and dicts of
    arrays. Without `y` a batch is `(xb,)`, so that `loss(*batch)` always fits. `shuffle` draws a
    new order for each loop, and batches are copies; else they are views. `partial` keeps a last
    batch with fewer than `size` examples, which is dropped otherwise. `len` counts the batches.

    Raises:  ValueError if numbers of examples differ or fill no batch, TypeError if not arrays
    Source:  Knet.jl train20/data.jl

    >>> batches = minibatch(np.arange(5), np.arange(5) ** 2, 2, partial=True)
    >>> batches
    minibatch of 5 examples in 3 batches of 2
    >>> [(xb.tolist(), yb.tolist()) for xb, yb in batches]
    [([0, 1], [0, 1]), ([2, 3], [4, 9]), ([4], [16])]
    """

    def __init__(
        self,
        x: Any,
        y: Any = None,
        size: SupportsIndex | None = None,
        *,
        shuffle: bool = False,
        partial: bool = False,
    ) -> None:
        self.data = (x,) if y is None else (x, y)
        self.size, self.shuffle, self.partial = _checked_size(size), shuffle, partial
        self.examples = _examples(x, y)
        if not len(self):
            remedy = "take a smaller size, or partial=True to keep an incomplete batch"
            raise ValueError(f"{self.examples} examples fill no batch of {self.size}; {remedy}")

    def __len__(self) -> int:
        return (self.examples + (self.size - 1 if self.partial else 0)) // self.size

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        order = generator().permutation(self.examples) if self.shuffle else None
        cutters = rebuild(self.data, lambda array: _cutter(array, order), leaf=_is_array)
        for start in range(0, len(self) * self.size, self.size):
            yield _cut(cutters, slice(start, start + self.size))

    def __repr__(self) -> str:
        shuffled = ", shuffled" if self.shuffle else ""
        return (
            f"minibatch of {self.examples} examples in {len(self)} batches of {self.size}{shuffled}"
        )


def _cutter(array: Any, order: NDArray[np.int64] | None) -> Callable[[slice], Any]:
    if order is None:
        return lambda batch: array[batch]
    there = asarray(order, like=array)
    return lambda batch: array[there[batch]]


def _cut(cutters: Any, batch: slice) -> Any:
    return rebuild(cutters, lambda cut: cut(batch), leaf=callable)


def _is_array(x: Any) -> bool:
    return hasattr(x, "__array_function__")


def _leaves(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict | list | tuple):
        for key, branch in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from _leaves(branch, f"{path}[{key!r}]")
    else:
        yield path, tree


def _checked_size(size: Any) -> int:
    try:
        if (whole := operator.index(size)) > 0:
            return whole
    except TypeError:
        pass
    raise ValueError(
        f"size is the number of examples in a batch, an int from 1 on, got {size!r}; "
        "write minibatch(x, y, 100), or minibatch(x, size=100) without y"
    )


def _examples(x: Any, y: Any) -> int:
    first = None
    for path, array in [*_leaves(x, "x"), *(() if y is None else _leaves(y, "y"))]:
        if not _is_array(array) or not array.shape:
            raise TypeError(
                f"minibatch cuts arrays along their first axis, but {path} is {_kind(array)}; "
                "np.asarray makes an array of numbers"
            )
        first = first or (path, array)
        if array.shape[0] != first[1].shape[0]:
            raise ValueError(
                f"{path} has {array.shape[0]} examples but {first[0]} has {first[1].shape[0]}; "
                "both are counted along the first axis"
            )
    if not first or not first[1].shape[0]:
        raise ValueError("x holds no examples")
    return int(first[1].shape[0])


def _kind(array: Any) -> str:
    shape = getattr(array, "shape", None)
    return f"a {type(array).__name__}" + (" of shape ()" if shape == () else "")
