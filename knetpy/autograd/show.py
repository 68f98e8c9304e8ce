"""Tapes as text: a numbered line for each node."""

from itertools import count
from typing import Any

__all__ = ["listing"]


def listing(tape: Any) -> str:
    """A line for each node: number, value, operation, arguments by number, gradient.

    >>> import numpy as np
    >>> from knetpy.autograd import Param, diff
    >>> w = Param([[1.0, 2.0]])
    >>> print(diff(lambda: np.sum(w * 2), keep=True).show())
    1. P(float64(1, 2)) ∇ = float64(1, 2)
    2. float64(1, 2) = multiply(#1, 2) ∇ = float64(1, 2)
    3. 6.0 = sum(#2) ∇ = 1.0
    """
    if tape.nodes is None:
        raise ValueError("the nodes of this tape died on the way back; use diff(f, keep=True)")
    return "\n".join(map(line, count(1), tape.nodes, tape.intermediate))


def line(number: int, node: Any, dy: Any) -> str:
    parents, args, options, y, primitive = node
    gradient = f" ∇ = {described(dy)}" if dy is not None else ""
    if primitive is None:
        return f"{number}. P({described(y)}){gradient}"
    if not parents:  # one of several results
        return f"{number}. {described(y)} = #{args[0] + 1}[{args[1]}]{gradient}"
    numbers = {k: f"#{parent + 1}" for k, parent in parents}
    shown = [numbers.get(k) or described(x) for k, x in enumerate(args)]
    shown += [f"{name}={described(option)}" for name, option in options.items()]
    name = primitive.name.removeprefix("numpy.").removeprefix("scipy.special.")
    return f"{number}. {described(y)} = {name}({', '.join(shown)}){gradient}"


def described(x: Any) -> str:
    """A number as it stands; of an array its type and shape, also within a tuple or list."""
    while hasattr(x, "recording"):
        x = x.value
    if getattr(x, "shape", None):
        return f"{x.dtype}{tuple(x.shape)}"
    if type(x) in (tuple, list):
        return str(x) if len(x) < 2 else f"({', '.join(map(described, x))})"
    return str(x) if hasattr(x, "dtype") else repr(x)
