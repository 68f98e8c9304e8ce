"""Looking gradients up: of a tape, or of a function in the older form."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .containers import rebuild
from .core import Tape, diff
from .sparse import Sparse
from .values import Param, Result, current, trainable, value

__all__ = ["grad", "gradloss"]

MISSING = object()


def grad(tape: Any, x: Any = MISSING, *, argnum: int = 0) -> Any:
    """The gradient of a tape's value with respect to `x`, with the shape and dtype of `x`.

    `x` is a Param, a list, tuple, dict or object of Params (the result then has its structure),
    or a Result of a tape made with `keep=True`.  None means that the value does not depend on it.
    The older form `grad(f, argnum=0)` makes the function that gives the gradient of `f` with
    respect to its argument number `argnum`.  A complex gradient is the direction of ascent.

    Source:  AutoGrad.jl src/core.jl

    >>> grad(lambda x: x**3)(2.0)
    np.float64(12.0)
    >>> w, b = Param(2.0), Param(5.0)
    >>> grad(diff(lambda: w * w), {"w": w, "b": b})
    {'w': np.float64(4.0), 'b': None}
    """
    if isinstance(tape, Tape):
        if x is MISSING:
            raise TypeError("grad(tape, x) needs what to differentiate by: a Param, or several")
        return rebuild(x, tape.gradient, leaf=is_leaf, absent=True)
    if not callable(tape):
        raise TypeError(f"grad needs a Tape or a function, got {type(tape).__name__}")
    pair = gradloss(tape, argnum if x is MISSING else x)
    return lambda *args, **kwargs: pair(*args, **kwargs)[0]


def gradloss(f: Callable[..., Any], argnum: int = 0) -> Callable[..., tuple[Any, Any]]:
    """The function that gives the pair (gradient, value) of `f`, for its argument `argnum`.

    The argument is a number, an array, or a list, tuple or dict of them; the gradient has the
    same structure, with None where `f` does not depend on a part, and is never Sparse.

    Source:  AutoGrad.jl src/core.jl

    >>> gradloss(lambda x: x * x)(3.0)
    (np.float64(6.0), np.float64(9.0))
    """

    def pair(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        keys: list[Any] = []

        def tracked(x: Any) -> Any:
            keys.append(object())
            start = x if is_leaf(x) else trainable(value(x))
            return current.get().leaf(keys[-1], start)  # type: ignore[union-attr]

        def run() -> Any:
            given = list(args)
            given[argnum] = rebuild(args[argnum], tracked, leaf=is_trainable)
            return f(*given, **kwargs)

        if not -len(args) <= argnum < len(args):
            raise TypeError(f"argument {argnum} is to be differentiated, but {len(args)} came")
        tape = diff(run)
        found = iter([dense(tape.gradients.get(key)) for key in keys])
        gradient = rebuild(args[argnum], lambda _: next(found), leaf=is_trainable, absent=True)
        return gradient, tape.value

    return pair


def is_leaf(x: Any) -> bool:
    return isinstance(x, (Param, Result))


def is_trainable(x: Any) -> bool:
    if isinstance(x, (bool, np.bool_)):
        return False
    if isinstance(x, (int, float, complex)) or is_leaf(x):
        return True
    array = isinstance(x, np.generic) or hasattr(type(x), "__array_function__")
    return array and x.dtype.kind in "iufc"


def dense(g: Any) -> Any:
    return g.dense() if type(g) is Sparse else g
