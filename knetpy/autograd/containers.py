"""Lists, tuples, dicts and plain objects rebuilt with something else at their leaves."""

from collections import deque
from collections.abc import Callable, Iterator
from copy import copy
from operator import is_
from types import SimpleNamespace
from typing import Any

import numpy as np

__all__ = ["attributes", "first", "listed", "rebuild"]

OPAQUE = ("builtins", __package__)  # modules whose objects have nothing inside to look for


def rebuild(
    x: Any,
    f: Callable[[Any], Any],
    *,
    leaf: Callable[[Any], bool],
    absent: bool = False,
    objects: bool = False,
) -> Any:
    """`x` with `f(part)` for each part that is a leaf; other parts stay, or are None if `absent`.

    Lists, deques, dicts and object arrays keep their type and tuples their fields.  With
    `objects`, an object becomes a namespace of its attributes, and a set a dict of its leaves.

    >>> rebuild([1, (2, "a")], lambda n: n + 1, leaf=lambda x: isinstance(x, int))
    [2, (3, 'a')]
    """
    return Builder(f, leaf, absent, objects).build(x)


class Builder:
    """A class, for a closure that calls itself is a cycle, which would keep `f` and its arrays."""

    def __init__(self, f: Any, leaf: Any, absent: bool, objects: bool) -> None:
        self.f, self.leaf, self.absent, self.objects = f, leaf, absent, objects
        self.built: dict[int, Any] = {}

    def build(self, x: Any) -> Any:
        if self.leaf(x):
            return self.f(x)
        if type(x) is list and all(map(self.leaf, x)):
            return list(map(self.f, x))  # the usual one, which leads nowhere else
        if isinstance(x, tuple):
            parts = list(map(self.build, x))
            if all(map(is_, parts, x)):
                return x  # of a type, maybe, that cannot be made of its parts
            return x._make(parts) if hasattr(x, "_make") else type(x)(parts)
        if (items := items_of(x)) is not None:
            return self.built[id(x)] if id(x) in self.built else self.container(x, items)
        if not self.absent:
            return x
        return self.mirror(x) if self.objects else None

    def container(self, x: Any, items: list[tuple[Any, Any]]) -> Any:
        self.built[id(x)] = new = copy(x)  # known while its parts are built: they may lead back
        for key, part in items:
            new[key] = self.build(part)
        return self.built.pop(id(x))

    def mirror(self, x: Any) -> Any:
        if isinstance(x, (set, frozenset)):
            return {part: self.f(part) for part in x if self.leaf(part)} or None
        if id(x) not in self.built and (parts := attributes(x)):
            self.built[id(x)] = mirror = SimpleNamespace()
            mirror.__dict__.update((name, self.build(part)) for name, part in parts.items())
        return self.built.get(id(x))


def items_of(x: Any) -> list[tuple[Any, Any]] | None:
    """Places and parts of a container that can be written into."""
    if isinstance(x, dict):
        return list(x.items())
    if isinstance(x, (list, deque)):
        return list(enumerate(x))
    return list(np.ndenumerate(x)) if isinstance(x, np.ndarray) and x.dtype == object else None


def first(x: Any, leaf: Callable[[Any], bool]) -> Any:
    """The first leaf in nested lists, tuples and dicts, or None.

    >>> first([1, {"a": (2, "b")}], lambda x: isinstance(x, str))
    'b'
    """
    if leaf(x):
        return x
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()
    return next((found for part in parts if (found := first(part, leaf)) is not None), None)


def listed(x: Any) -> Any:
    """An iterator as a list, so that it can be gone through more than once."""
    return list(x) if isinstance(x, Iterator) else x


def attributes(x: Any) -> dict[str, Any]:
    """What an object holds: its slots in method resolution order, then its `__dict__`."""
    if isinstance(x, type) or type(x).__module__.startswith(OPAQUE):
        return {}
    if hasattr(type(x), "__array_function__"):
        return {}
    return dict(slots(x)) | getattr(x, "__dict__", {})


def slots(x: Any) -> Iterator[tuple[str, Any]]:
    """The slots that are set, by the names that they have inside, each name once."""
    for cls in type(x).__mro__:
        names = cls.__dict__.get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            mangled = f"_{cls.__name__.lstrip('_')}{name}" if private(name) else name
            if name not in ("__dict__", "__weakref__") and hasattr(x, mangled):
                yield mangled, getattr(x, mangled)


def private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")
