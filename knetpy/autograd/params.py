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

Trail = tuple[Any, ...]


def params(x: Any) -> list[Param]:
    """Every Param inside `x`, each once, in the order in which a reader would meet them.

    Depth first: the items of lists, tuples and object arrays, keys and values of dicts, members
    of sets (in order of their creation), slots and attributes of objects, what a function closes
    over and its defaults, the object of a bound method, the parts of a partial.  Modules,
    classes, globals and plain arrays are not entered.  Of a Tape: the Params that took part.

    Raises:  ValueError for a Param that has no shape yet
    Source:  AutoGrad.jl src/params.jl

    >>> params({"layers": [Param(1.0), Param([2.0])], "rate": 0.1})
    [P(1.0), P([2.])]
    """
    if isinstance(x, Tape):
        return x.params()
    found = [(trail, leaf) for trail, leaf in leaves(x) if type(leaf) is Param]
    for trail, leaf in found:
        if leaf.value is None:
            where = joined(trail) or "the top"
            raise ValueError(f"the Param at {where} has no shape yet; call the model once first")
    return [leaf for _, leaf in found]


def states(x: Any) -> list[State]:
    """Every State inside `x`, each once, in the order of `params`.

    >>> states([State(0.0), Param(1.0)])
    [S(0.0)]
    """
    return [leaf for _, leaf in leaves(x) if type(leaf) is State]


def walk(x: Any) -> Iterator[tuple[str, Any]]:
    """Pairs (path, Param or State) of all that `x` holds; parts of a path are joined by "/".

    >>> [path for path, _ in walk({"layers": [Param(1.0), Param(2.0)]})]
    ['layers/0', 'layers/1']
    """
    return ((joined(trail), leaf) for trail, leaf in leaves(x))


def joined(trail: Trail) -> str:
    names = []
    while trail:
        trail, name = trail
        names.append(name)
    return "/".join(reversed(names))


def leaves(x: Any, seen: dict[int, Any] | None = None) -> Iterator[tuple[Trail, Any]]:
    """Every Param and State that `x` holds, with the trail to it: (the trail before, a name).

    A trail is joined only where it is shown, so that the cost of depth is linear.
    """
    seen = dict(seen or {})
    waiting: list[tuple[Trail, Any]] = [((), x)]
    while waiting:
        trail, x = waiting.pop()
        if id(x) in seen:
            continue
        seen[id(x)] = x  # also keeps x alive, so that its id is not given to another object
        if isinstance(x, Array):
            if type(x) is Param or type(x) is State:
                yield trail, x
            continue
        inside = [((trail, name), part) for name, part in children(x, seen)]
        waiting.extend(reversed(inside))


def children(x: Any, seen: dict[int, Any]) -> Iterator[tuple[str, Any]]:
    """What `x` holds, by name."""
    if isinstance(x, (type, ModuleType, str, bytes, int, float, complex)):
        return
    if isinstance(x, np.ndarray):
        yield from numbered(x.reshape(-1) if x.dtype == object else ())
    elif isinstance(x, (list, tuple, deque)):
        yield from zip(x._fields, x, strict=True) if hasattr(x, "_fields") else numbered(x)
    elif isinstance(x, dict):
        for i, (key, part) in enumerate(x.items()):
            name = str(key) if isinstance(key, (str, int, float)) else f"value {i}"
            yield from ((f"key {i}", key), (name, part))
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
    """The variables of enclosing functions that are set by now, the defaults, the attributes."""
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
        with suppress(ValueError):
            yield name, cell.cell_contents
    code, defaults = f.__code__, f.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    yield from zip(names[len(names) - len(defaults) :], defaults, strict=True)
    yield from (f.__kwdefaults__ or {}).items()
    yield from vars(f).items()


def creation(member: Any, seen: dict[int, Any]) -> tuple[list[int], list[int]]:
    """When the Params and States were made that only this member of a set leads to.

    The oldest counts first, and for members that hold the same ones the order of their walk.
    """
    serials = [leaf.serial for _, leaf in leaves(member, seen)]
    return sorted(serials), serials
