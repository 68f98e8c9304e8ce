"""Looking gradients up: of a tape, or of a function in the older form."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .containers import rebuild
from .core import Tape, diff
from .mutation import rebind
from .sparse import Sparse
from .values import Param, Result, current, recorder, trainable, value

__all__ = ["grad", "gradloss"]

MISSING = object()


def grad(tape: Any, x: Any = MISSING, *, argnum: int = 0) -> Any:
    """The gradient of a tape's value with respect to `x`, with the shape and dtype of `x`.

    `x` is a Param, a list, tuple, dict or object of Params (the result then has its structure,
    an object's in a namespace), or a Result of a tape made with `keep=True`.  None means that
    the value does not depend on it.
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
        if type(x) is Param:
            return tape.gradients.get(x)
        return rebuild(x, tape.gradient, leaf=is_leaf, absent=True, objects=True)
    if not callable(tape):
        raise TypeError(f"grad needs a Tape or a function, got {type(tape).__name__}")
    pair = gradloss(tape, argnum if x is MISSING else x)
    return lambda *args, **kwargs: pair(*args, **kwargs)[0]


def gradloss(f: Callable[..., Any], argnum: int = 0, *, has_aux: bool = False) -> Any:
    """The function that gives the pair (gradient, value) of `f`, for its argument `argnum`.

    The argument is a number, an array, or a list, tuple or dict of them; the gradient has the
    same structure, with None where `f` does not depend on a part, and is never Sparse.  With
    `has_aux`, `f` gives (y, aux), and the function gives (gradient, value, aux).

    Raises:  TypeError if there is no such argument, or nothing in it to differentiate by
    Source:  AutoGrad.jl src/core.jl

    >>> gradloss(lambda x: x * x)(3.0)
    (np.float64(6.0), np.float64(9.0))
    """

    def gradient_and_loss(*args: Any, **kwargs: Any) -> Any:
        of_one, x = one_argument(f, argnum, args, kwargs)
        keys: list[Any] = []
        aux: list[Any] = []

        def run() -> Any:
            y = of_one(rebuild(x, lambda part: track(part, keys), leaf=is_trainable))
            if has_aux:
                y, extra = pair_of(y)
                aux.append(rebuild(extra, value_of(recorder()), leaf=is_leaf))
            return y

        tape = diff(run)
        found = iter([tape.gradients.get(key) for key in keys])
        gradient = rebuild(x, lambda _: next(found), leaf=is_trainable, absent=True)
        return (gradient, tape.value, *aux)

    return gradient_and_loss


def pair_of(y: Any) -> tuple[Any, Any]:
    """What `f` gives if it has aux."""
    if type(y) is not tuple or len(y) != 2:
        raise TypeError(f"with has_aux, f must return a tuple (y, aux), got {type(y).__name__}")
    return y


def one_argument(f: Any, argnum: int, args: Any, kwargs: Any) -> tuple[Callable[..., Any], Any]:
    """`f` as a function of its argument `argnum` alone, and that argument."""
    name = getattr(f, "__name__", type(f).__name__)
    if not isinstance(argnum, int):
        raise TypeError(f"argnum is the number of one argument, got {argnum!r}")
    if not -len(args) <= argnum < len(args):
        raise TypeError(
            f"{name} is to be differentiated by its argument {argnum}, but was given {len(args)} "
            "by position"
        )
    x = args[argnum]
    if rebuild(x, lambda _: True, leaf=is_trainable, absent=True) is None:
        raise TypeError(
            f"argument {argnum} of {name} holds nothing to differentiate by: got "
            f"{type(x).__name__}, expected numbers, arrays, or lists, tuples, dicts of them; for "
            "an object of Params take grad(diff(f, x), x)"
        )
    before, after = args[:argnum], args[argnum % len(args) + 1 :]
    return (lambda x: f(*before, x, *after, **kwargs)), x


def track(x: Any, keys: list[Any]) -> Result:
    """A leaf for `x` alone in what records here, even if it is a Param; its key joins `keys`."""
    keys.append(object())
    active: Any = current.get()
    leaf = active.leaf(keys[-1], x if is_leaf(x) else trainable(value(x)))
    rebind(given := Result(), leaf)  # what is given away may be written into
    return given


def value_of(recording: Any) -> Callable[[Any], Any]:
    """What a Result of `recording` is outside of it."""

    def outside(x: Any) -> Any:
        return x.value if type(x) is Result and x.recording is recording else x

    return outside


def is_leaf(x: Any) -> bool:
    return isinstance(x, (Param, Result))


def is_trainable(x: Any) -> bool:
    if type(x) is np.ndarray:  # the usual one first, for this is asked of every part
        return x.dtype.kind in "iufc"
    if isinstance(x, (bool, np.bool_)):
        return False
    if isinstance(x, (int, float, complex)) or is_leaf(x):
        return True
    array = isinstance(x, np.generic) or hasattr(type(x), "__array_function__")
    return array and x.dtype.kind in "iufc"


def dense(g: Any) -> Any:
    return g.dense() if type(g) is Sparse else g
