"""What layers may inherit: their Params and States as methods, and a repr that shows the sizes."""

import inspect
from collections.abc import Callable
from reprlib import recursive_repr
from textwrap import indent
from typing import Any

from knetpy.autograd import Param, State, params, states, value
from knetpy.autograd.containers import attributes

__all__ = ["Layer"]

Activation = Callable[[Any], Any] | None


class Layer:
    """A base for callable classes that hold Params; plain classes are layers as well.

    >>> import numpy as np
    >>> class Scale(Layer):
    ...     def __init__(self, features):
    ...         self.weight = Param(np.ones(features))
    ...     def __call__(self, x):
    ...         return x * self.weight
    >>> Scale(3), Scale(3).params()
    (Scale(weight=(3,)), [P([1. 1. 1.])])
    """

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
    defaults = inspect.signature(type(layer)).parameters
    texts = [part if isinstance(part, str) else brief(part) for part in parts if part is not None]
    texts += [
        f"{name}={option}"
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


def checked(activation: Activation) -> Activation:
    if activation is not None and not callable(activation):
        raise TypeError(
            f"activation is a function of an array such as knetpy.ops.relu, got {activation!r}"
        )
    return activation
