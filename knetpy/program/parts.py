"""What stands in a program for arrays, and how it is found in lists, dicts, slices and the like."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from knetpy.autograd import Param, Sparse, State
from knetpy.autograd.containers import rebuild
from knetpy.autograd.values import Array

__all__ = ["Ref", "found", "is_array", "is_param", "is_ref", "layout", "mapped", "memory", "refs"]


class Ref:
    """Stands in a program for the outcome of an earlier step, by its place.

    >>> Ref(3)
    <3>
    """

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at

    def __repr__(self) -> str:
        return f"<{self.at}>"


def is_ref(x: Any) -> bool:
    return type(x) is Ref


def mapped(x: Any, f: Callable[[Any], Any], leaf: Callable[[Any], bool]) -> Any:
    """`rebuild`, which looks into slices, iterators and Sparse gradients as well.

    >>> mapped([1, slice(2, None)], lambda n: n + 1, leaf=lambda x: isinstance(x, int))
    [2, slice(3, None, None)]
    """

    def one(part: Any) -> Any:
        if leaf(part):
            return f(part)
        if isinstance(part, slice):
            return slice(*mapped([part.start, part.stop, part.step], f, leaf))
        if isinstance(part, Sparse):
            return Sparse(
                part.shape, part.dtype, *(mapped(x, f, leaf) for x in (part.indices, part.values))
            )
        return mapped(list(part), f, leaf)

    inner = (slice, Sparse, Iterator)
    return rebuild(x, one, leaf=lambda part: leaf(part) or isinstance(part, inner))


def found(x: Any, leaf: Callable[[Any], bool]) -> list[Any]:
    """Every part of `x` that is a leaf.

    >>> found([1, ("a", 2)], lambda x: isinstance(x, int))
    [1, 2]
    """
    parts: list[Any] = []
    mapped(x, parts.append, leaf)
    return parts


def refs(x: Any) -> list[int]:
    """The places of all Refs in `x`.

    >>> refs((Ref(3), {"a": [Ref(1), 2]}))
    [3, 1]
    """
    return [ref.at for ref in found(x, is_ref)]


def is_array(x: Any) -> bool:
    """Whether `x` is an array or number of NumPy's, or of a library that NumPy hands over to.

    >>> is_array(np.ones(2)), is_array(np.float32(1)), is_array([1.0])
    (True, True, False)
    """
    ours = isinstance(x, (np.ndarray, np.generic))
    return ours or (hasattr(type(x), "__array_function__") and not isinstance(x, Array))


def is_param(x: Any) -> bool:
    return isinstance(x, (Param, State))


def layout(x: Any) -> Any:
    """The type, dtype, shape and strides of an array, and whether it may be written."""
    writable = getattr(getattr(x, "flags", None), "writeable", True)
    return type(x), x.dtype, x.shape, getattr(x, "strides", None), writable


def memory(x: Any) -> int:
    """Which memory an array lies in: that of the array, or the buffer, that it is a view of.

    >>> x = np.ones(4)
    >>> memory(x[1:]) == memory(x)
    True
    """
    while is_array(base := getattr(x, "base", None)):
        x = base
    base = base.obj if isinstance(base, memoryview) else base
    return id(x if base is None else base)
