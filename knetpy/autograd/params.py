"""Every Param or State inside any object: lists, dicts, attributes, closures, partials."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from .containers import attributes
from .core import Tape
from .values import Array, Param, State

__all__ = ["params", "states", "walk"]


def params(x: Any) -> list[Param]:
    """Every Param inside `x`, each once, in the order in which a reader would meet them.

    Depth first: the items of lists and tuples, keys and values of dicts, members of sets (in
    order of their creation), slots and attributes of objects, what a function closes over and
    its defaults, the object of a bound method, the parts of a partial.  Modules, classes,
    globals and plain arrays are not entered.  Of a Tape: the Params that took part.

    Raises:  ValueError for a Param that has no shape yet
    Source:  AutoGrad.jl src/params.jl

    >>> params({"layers": [Param(1.0), Param([2.0])], "rate": 0.1})
    [P(1.0), P([2.])]
    """
    if isinstance(x, Tape):
        return x.params()
    found = [(path, leaf) for path, leaf in walk(x) if type(leaf) is Param]
    for path, leaf in found:
        if leaf.value is None:
            raise ValueError(
                f"the Param at {path or 'the top'} has no shape yet; call the model once first"
            )
    return [leaf for _, leaf in found]


def states(x: Any) -> list[State]:
    """Every State inside `x`, each once, in the order of `params`.

    >>> states([State(0.0), Param(1.0)])
    [S(0.0)]
    """
    return [leaf for _, leaf in walk(x) if type(leaf) is State]


def walk(x: Any, seen: dict[int, Any] | None = None) -> Iterator[tuple[str, Any]]:
    """Pairs (path, Param or State) of all that `x` holds; parts of a path are joined by "/".

    >>> [path for path, _ in walk({"layers": [Param(1.0), Param(2.0)]})]
    ['layers/0', 'layers/1']
    """
    seen = dict(seen or {})
    waiting: list[tuple[str, Any]] = [("", x)]
    while waiting:
        path, x = waiting.pop()
        if id(x) in seen:
            continue
        seen[id(x)] = x  # also keeps x alive, so that its id is not given to another object
        if isinstance(x, Array):
            if type(x) is Param or type(x) is State:
                yield path, x
            continue
        inside = [(f"{path}/{name}" if path else name, part) for name, part in children(x, seen)]
        waiting.extend(reversed(inside))


def children(x: Any, seen: dict[int, Any]) -> Iterable[tuple[str, Any]]:
    """What `x` holds, by name."""
    if isinstance(x, (type, ModuleType, str, bytes, int, float, complex)):
        return
    if isinstance(x, np.ndarray):
        yield from numbered(x.reshape(-1) if x.dtype.hasobject else ())
    elif isinstance(x, (list, tuple, deque)):
        yield from zip(x._fields, x, strict=True) if hasattr(x, "_fields") else numbered(x)
    elif isinstance(x, dict):
        yield from ((f"key {i}", key) for i, key in numbered(x))
        yield from ((str(key), part) for key, part in x.items())
    elif isinstance(x, (set, frozenset)):
        yield from numbered(sorted(x, key=lambda member: creation(member, seen)))
    elif isinstance(x, MethodType):
        yield from (("self", x.__self__), ("function", x.__func__))
    elif isinstance(x, partial):
        yield from (("function", x.func), ("args", x.args), ("keywords", x.keywords))
    elif isinstance(x, FunctionType):
        yield from closed_over(x)
    yield from attributes(x).items()


def numbered(x: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    return ((str(i), part) for i, part in enumerate(x))


def closed_over(f: FunctionType) -> Iterator[tuple[str, Any]]:
    """The variables of enclosing functions that are set by now, and the defaults."""
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
        with suppress(ValueError):
            yield name, cell.cell_contents
    code, defaults = f.__code__, f.__defaults__ or ()
    yield from zip(code.co_varnames[code.co_argcount - len(defaults) :], defaults, strict=False)
    yield from (f.__kwdefaults__ or {}).items()


def creation(member: Any, seen: dict[int, Any]) -> int:
    """When the first Param or State that only a member of a set leads to was made."""
    return min((leaf.serial for _, leaf in walk(member, seen)), default=0)
