"""What layers may inherit: their Params and States as methods, and a repr that shows the sizes;
and what they share: shaping at the first call, and notes that say where an error came up."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from reprlib import recursive_repr
from textwrap import indent
from types import TracebackType
from typing import Any, TypeVar

from knetpy.arrays import asarray
from knetpy.autograd import Param, State, params, states, value
from knetpy.autograd.containers import attributes

__all__ = ["Layer"]

Activation = Callable[[Any], Any] | None
Call = TypeVar("Call", bound=Callable[..., Any])


class Layer:
    """A base for callable classes that hold Params; plain classes are layers as well.

    An error inside a layer that it holds says in a note in which one.

    >>> import numpy as np
    >>> class Scale(Layer):
    ...     def __init__(self, features):
    ...         self.weight = Param(np.ones(features))
    ...     def __call__(self, x):
    ...         return x * self.weight
    >>> Scale(3), Scale(3).params()
    (Scale(weight=(3,)), [P([1. 1. 1.])])
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # Ours need no notes where they hold no layers, and say so where they do.
        if "__call__" in vars(cls) and not f"{cls.__module__}.".startswith(f"{__package__}."):
            cls.__call__ = located(cls.__call__)  # type: ignore[method-assign]

    def params(self) -> list[Param]:
        """`params(layer)`: every Param inside.

        >>> Layer().params()
        []
        """
        return params(self)

    def states(self) -> list[State]:
        """`states(layer)`: every State inside.

        >>> Layer().states()
        []
        """
        return states(self)

    @recursive_repr(fillvalue="...")
    def __repr__(self) -> str:
        parts = {name: part for name, part in attributes(self).items() if part is not None}
        lines = [f"{name}={brief(part)}" for name, part in parts.items()]
        nested = any(isinstance(part, Layer) for part in parts.values())
        return stacked(self, lines) if nested else f"{type(self).__name__}({', '.join(lines)})"


def shown(layer: Any, *parts: Any, **options: Any) -> str:
    """A layer on one line: its parts, then the options that differ from their defaults."""
    defaults: dict[str, inspect.Parameter] = {}
    for cls in reversed(type(layer).__mro__):
        defaults |= inspect.signature(vars(cls).get("__init__", object)).parameters
    texts = [part if isinstance(part, str) else brief(part) for part in parts if part is not None]
    texts += [
        f"{name}={brief(option)}"
        for name, option in options.items()
        if name not in defaults or option != defaults[name].default
    ]
    return f"{type(layer).__name__}({', '.join(texts)})"


def stacked(layer: Any, lines: list[str]) -> str:
    """A layer of layers, one to an indented line."""
    inside = "".join(indent(line, "  ") + "\n" for line in lines)
    return f"{type(layer).__name__}(\n{inside})" if lines else f"{type(layer).__name__}()"


def brief(x: Any) -> str:
    """A Param by its shape, a function by its name, anything else by its repr."""
    if isinstance(x, Param | State):
        return "to be shaped" if x.value is None else str(tuple(value(x).shape))
    if isinstance(x, Layer) or not callable(x):
        return repr(x)
    return getattr(x, "__name__", None) or repr(x)


def by(sizes: Any) -> str:
    """Sizes as one reads them aloud: 5×5."""
    return "×".join(map(str, sizes)) if isinstance(sizes, tuple) else str(sizes)


def callables(owner: str, layers: Iterable[Any]) -> list[Any]:
    layers = list(layers)
    for i, layer in enumerate(layers):
        if not callable(layer):
            raise TypeError(
                f"{owner} calls its layers, but number {i} is a {type(layer).__name__}; "
                f"of a list write {owner}(*layers)"
            )
    return layers


def checked(activation: Activation) -> Activation:
    if activation is not None and not callable(activation):
        raise TypeError(
            f"activation is a function of an array such as knetpy.ops.relu, got {activation!r}"
        )
    return activation


def first_call(layer: Any, waiting: list[Param], x: Any, **options: Any) -> Any:
    """Shape the weights that wait for the size of `x`, and call; refused, they wait on."""
    try:
        for weight in waiting:
            weight.value = asarray(layer.start(x), like=value(x))
        return layer(x, **options)
    except BaseException:
        for weight in waiting:
            weight.value = None
        raise


def located(call: Call) -> Call:
    """The `__call__` of a layer of layers, with a note on errors that says in which one."""

    @wraps(call)
    def noted(self: Any, *args: Any, **options: Any) -> Any:
        try:
            return call(self, *args, **options)
        except Exception as error:
            if type(self).__call__ is noted:  # once, where a class calls that of its base
                locate(error, self, [], self)
            raise

    noted.located = True  # type: ignore[attr-defined]
    return noted  # type: ignore[return-value]


def locate(error: Exception, model: Any, trail: list[str], part: Any) -> None:
    """Note where in the model an error came up: below `part`, to which the trail has led.

    The way on is read off the traceback, so that success costs nothing.  A layer that has made
    a note of its own gives the end of the path.
    """
    here, notes = f"in {type(model).__name__}/", getattr(error, "__notes__", [""])
    for inner in objects_called(error.__traceback__):
        names = names_between(part, inner)
        if names:
            trail, part = [*trail, *names], inner
        made = f"in {type(part).__name__}/"
        if inner is part is not model and gives_path(part) and notes[-1].startswith(made):
            notes[-1] = here + "/".join([*trail, notes[-1].removeprefix(made)])
            return
    if trail:
        error.add_note(f"{here}{'/'.join(trail)} {brief(part)}")


def gives_path(layer: Any) -> bool:
    return hasattr(type(layer).__call__, "located")


def objects_called(traceback: TracebackType | None) -> Iterator[Any]:
    """The objects that were called where an error came through, from the outside in."""
    while traceback:
        frame = traceback.tb_frame
        if frame.f_code.co_name == "__call__" and "self" in frame.f_locals:
            yield frame.f_locals["self"]
        traceback = traceback.tb_next


def names_between(layer: Any, part: Any) -> list[str]:
    """The names that lead from a layer to a part that it holds, itself or in a list or a dict.

    A layer in `layers` goes by its number alone.
    """
    for name, held in attributes(layer).items():
        if held is part:
            return [name]
        items = held if isinstance(held, dict) else {}
        items = dict(enumerate(held)) if isinstance(held, (list, tuple)) else items
        for key, item in items.items():
            if item is part:
                return [name, str(key)] if name != "layers" else [str(key)]
    return []
