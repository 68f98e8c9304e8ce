"""Lists, tuples, dicts and plain objects rebuilt with something else at their leaves."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

__all__ = ["attributes", "rebuild"]

OPAQUE = ("builtins", __package__)  # modules whose objects have nothing inside to look for


def rebuild(
    x: Any, f: Callable[[Any], Any], *, leaf: Callable[[Any], bool], absent: bool = False
) -> Any:
    """`x` with `f(part)` for each part that is a leaf; other parts stay, or are None if `absent`.

    >>> rebuild([1, (2, "a")], lambda n: n + 1, leaf=lambda x: isinstance(x, int))
    [2, (3, 'a')]
    """

    built: dict[int, Any] = {}

    def build(x: Any) -> Any:
        if leaf(x):
            return f(x)
        if isinstance(x, tuple) and hasattr(x, "_fields"):
            return type(x)(*map(build, x))
        if isinstance(x, (list, tuple)):
            return type(x)(map(build, x))
        if isinstance(x, dict):
            return {key: build(part) for key, part in x.items()}
        if not absent:
            return x
        if id(x) in built or not (parts := attributes(x)):
            return built.get(id(x))
        built[id(x)] = mirror = SimpleNamespace()  # known before its parts, which may lead back
        mirror.__dict__.update((name, build(part)) for name, part in parts.items())
        return mirror

    return build(x)


def attributes(x: Any) -> dict[str, Any]:
    """What an object holds: its slots in method resolution order, then its `__dict__`."""
    if isinstance(x, type) or type(x).__module__.startswith(OPAQUE):
        return {}
    if hasattr(type(x), "__array_function__"):
        return {}
    slots: dict[str, Any] = {}
    for cls in type(x).__mro__:
        names = cls.__dict__.get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            mangled = f"_{cls.__name__.lstrip('_')}{name}" if private(name) else name
            if name not in ("__dict__", "__weakref__") and hasattr(x, mangled):
                slots[mangled] = getattr(x, mangled)
    return slots | getattr(x, "__dict__", {})


def private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")
