"""Param, State and Result: arrays that record what is done with them, and who records here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .core import Recording

__all__ = [
    "Array",
    "Param",
    "Result",
    "State",
    "Valued",
    "adopt",
    "as_array",
    "current",
    "keep_states",
    "recorder",
    "recording",
    "settled",
    "single",
    "stray",
    "trainable",
    "value",
]

current: ContextVar[Recording | None] = ContextVar("recording", default=None)
kept: ContextVar[bool] = ContextVar("kept", default=False)
LARGEST = float(np.finfo(np.float32).max)
serials = count()  # the order of creation, for the members of sets


class Valued:
    """Whatever `value(x)` looks into."""

    __slots__ = ("value",)
    value: Any


class Array(Valued):
    """What Param, State and Result share: they act as the array inside (see operators.py)."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        if cls.__module__ != __name__:
            raise TypeError(f"{cls.__mro__[1].__name__} has no subclasses; keep it in an attribute")


class Param(Array):
    """An array whose gradients `diff` finds: ints become float64, float and complex dtypes stay.

    Outside `diff` it acts as its array, and may be updated in place.  It is hashed and looked
    up by identity.  The array is shared, not copied.  `Param(None)` is still to be shaped.

    Raises:  TypeError for a Param, State or Result, or for anything that is not numeric
    Source:  AutoGrad.jl src/core.jl

    >>> w = Param([1, 2, 3])
    >>> w
    P([1. 2. 3.])
    >>> w -= 0.5
    >>> print(w * 2)
    [1. 3. 5.]
    """

    __slots__ = ("version", "serial", "__weakref__")

    def __init__(self, x: Any) -> None:
        self.value = None if x is None else trainable(x)
        self.version, self.serial = 0, next(serials)


class State(Array):
    """An array that is saved and moved with its model but not trained: a running statistic.

    It takes part in computations as a constant.

    >>> mean = State([0.0, 0.0])
    >>> mean.update(np.array([1.0, 2.0]))
    >>> mean
    S([1. 2.])
    """

    __slots__ = ("version", "serial", "__weakref__")

    def __init__(self, x: Any) -> None:
        self.value = as_array(x)
        self.version, self.serial = 0, next(serials)

    def update(self, new: Any) -> None:
        """Replace the array: once in an outermost recording, and never under `keep_states`.

        >>> count = State(0)
        >>> with keep_states():
        ...     count.update(np.array(5))
        >>> print(count)
        0
        """
        if kept.get():
            return
        if (active := recorder()) is not None:
            updated = active.outermost().updated
            if self in updated:
                return
            updated.add(self)
        self.value = as_array(value(new))
        self.version += 1


class Result(Array):
    """What an operation gives while recording: a value, and its place on the tape.

    After its `diff` has ended it keeps the value, and counts as a constant.

    >>> from knetpy.autograd import diff
    >>> kept = []
    >>> J = diff(lambda x: kept.append(x + 1) or kept[0], Param(2.0))
    >>> kept[0]
    R(3.0)
    """

    __slots__ = ("recording", "index")
    recording: Recording
    index: int


def recorder() -> Recording | None:
    """What records here.  A context that was copied inside a `diff` may outlive it."""
    active = current.get()
    while active is not None and active.append is None:
        active = active.outer
    return active


def stray(args: Any) -> Recording | None:
    """The recording of a Result that is used where nothing records, as in another thread."""
    for x in args:
        if type(x) is Result and x.recording.append is not None:
            return x.recording
    return None


def recording() -> bool:
    """Whether a `diff` is recording here: what dropout and batch norm ask.

    >>> from knetpy.autograd import diff
    >>> recording(), value(diff(lambda: float(recording())))
    (False, 1.0)
    """
    return recorder() is not None


@contextmanager
def keep_states() -> Iterator[None]:
    """Leave every State as it is inside: for recomputation, summaries and gradient checks.

    >>> with keep_states():
    ...     State(0.0).update(np.array(1.0))
    """
    token = kept.set(True)
    try:
        yield
    finally:
        kept.reset(token)


def value(x: Any) -> Any:
    """The plain value inside a Param, State, Result or Tape; anything else is returned as it is.

    The value of a Tape inside another `diff` is still recorded there.

    >>> value(Param([1.0, 2.0])), value(3)
    (array([1., 2.]), 3)
    """
    if isinstance(x, Valued) and not isinstance(x, Array):
        return x.value
    while isinstance(x, Array):
        x = x.value
    return x


def settled(x: Any) -> Any:
    """A State's array; the value of a Result whose recording has ended."""
    while type(x) is State or (type(x) is Result and x.recording.append is None):
        x = x.value
    return x


adopted: set[type] = set()


def adopt(kind: type) -> None:
    """Give Results what arrays of this kind have beside the members that operators.py lists.

    Not by `__getattr__`, as Params and States: it would slow every look into a Result.
    """
    adopted.add(kind)
    for name in dir(kind):
        if not (name.startswith("_") or hasattr(Result, name)):
            setattr(Result, name, property(partial(other_attribute, name)))


def other_attribute(name: str, x: Result) -> Any:
    return Param.__getattr__(x, name)  # type: ignore[attr-defined]


def as_array(x: Any) -> Any:
    """`x` as an array; arrays of any device are passed through, lists and numbers are copied."""
    if isinstance(x, Array):
        raise TypeError(f"got a {type(x).__name__}, which already is one; take value(x) first")
    return x if hasattr(x, "__array_function__") else np.array(x)


def trainable(x: Any) -> Any:
    x = as_array(x)
    if x.dtype.kind in "iub":
        return x.astype(np.float64)
    if x.dtype.kind not in "fc":
        raise TypeError(f"a Param holds floats or complex numbers, got an array of {x.dtype}")
    return x


@lru_cache(1024)
def single(x: float) -> Any:
    """`x` as a constant of float32, which NumPy takes in half the time; itself if it overflows.

    >>> single(0.5), single(1e300)
    (array(0.5, dtype=float32), 1e+300)
    """
    if not abs(x) < LARGEST:
        return x
    constant = np.array(x, np.float32)
    constant.flags.writeable = False
    return constant
