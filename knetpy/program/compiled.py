"""Functions that run in Python once, and as a program from then on."""

import warnings
from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

import numpy as np

import knetpy.tracing as tracing
from knetpy.autograd.values import current, kept

from .parts import is_array, layout
from .replay import Program, maker
from .steps import Recompile
from .trace import Trace
from .traced import CannotCompile
from .watching import watched

__all__ = ["Compiled", "compile"]

ARRAY, CONTAINERS = np.ndarray, {list, tuple, dict}
MOST = 64  # programs of one function


def compile(f: Callable[..., Any]) -> "Compiled":
    """The function `f`, which runs in Python once and is then repeated without it.

    The first call writes down what NumPy, `diff`, `grad`, kernels and optimizers do, and every
    later one does the same with the new arguments and with the Params and States as they are by
    then: the same numbers to rounding, in a fraction of the time where arrays are small.  A
    program is for these shapes, dtypes and strides, for equal numbers, strings and objects, and
    for the same outcome of every branch on a value; for any other call another one is compiled.
    Inside `diff` or another compiled function, `f` runs as it is.

    What Python does besides (printing, counting, random numbers of other libraries) happens once.
    Give arrays that change from call to call as arguments; those that `f` finds elsewhere are
    taken as they are then, and numbers are held fast.  NumPy's warnings of overflow are not given.

    Raises:  CannotCompile for what could not be repeated: a value taken out (`float(x)`,
             `np.asarray(x)`), an array kept beyond the call, a branch after a change
    Source:  Frostig et al. 2018, Compiling machine learning programs via high-level tracing

    >>> from knetpy.autograd import Param, diff, grad, value
    >>> w = Param([1.0, 2.0])
    >>> @compile
    ... def step(x):
    ...     tape = diff(lambda: np.sum((w * x) ** 2))
    ...     w[...] = w - 0.25 * grad(tape, w)
    ...     return value(tape)
    >>> [float(step(np.ones(2))) for _ in range(3)]
    [5.0, 1.25, 0.3125]
    """
    return Compiled(f)


class Compiled:
    """What `compile` gives: a function, and the programs that it has by now.

    >>> double = Compiled(lambda x: 2 * x)
    >>> double(np.ones(2)), double(np.ones(2))
    (array([2., 2.]), array([2., 2.]))
    >>> print(double.show())
    float64 (2,)
      1  multiply(2, <0>) -> <1>
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.programs: dict[Any, list[Program]] = {}
        update_wrapper(self, f)

    def __call__(self, *args: Any, **options: Any) -> Any:
        if current.get() is not None or (tracing.active and tracing.tracer.get() is not None):
            return self.f(*args, **options)
        arrays: list[Any] = []
        parts: list[Any] = []
        for x in args:
            if type(x) is ARRAY:  # in line here and below, for a call costs as much as all of this
                arrays.append(x)
                parts.append((x.dtype, x.shape, x.strides))
            else:
                take_apart(x, arrays, parts)
        if options:
            take_apart(options, arrays, parts)
        if kept.get():
            parts.append("no State is updated")
        try:
            programs = self.programs.get(key := tuple(parts), ())
        except TypeError as error:
            raise CannotCompile(
                f"{error}: arguments of a compiled function are arrays, lists, tuples and dicts "
                "of them, and what can be looked up in a dict"
            ) from None
        for program in programs:
            try:
                return program(arrays)
            except Recompile:
                pass
        return self.compile(key, args, options)

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        return self if owner is None else partial(self, owner)  # as functions become methods

    def compile(self, key: Any, args: Any, options: Any) -> Any:
        """Run the function, and write down what it does as a program for the next time."""
        trace = Trace()
        with watched(trace):
            args, options = put_together((args, options), trace.argument)
            results = trace.results(self.f(*args, **options))
        del args, options
        if not trace.writes_apart():  # then a program could not take its steps in another order
            trace.end()
            return maker(results)(trace.values)
        program = Program(trace, results)
        trace.end()
        self.keep(key, program)
        return program.finish(trace.values)

    def keep(self, key: Any, program: Program) -> None:
        if sum(map(len, self.programs.values())) == MOST:
            warnings.warn(
                f"{self.f!r} was compiled for the {MOST + 1}th time, and forgets its programs: its "
                "shapes, numbers or branches change too often; give numbers as arrays, and pad",
                RuntimeWarning,
                stacklevel=4,
            )
            self.programs.clear()
        self.programs.setdefault(key, []).append(program)

    def show(self) -> str:
        """A listing of the programs: the arguments that each is for, and its steps."""
        return "\n".join(program.show() for some in self.programs.values() for program in some)

    def __repr__(self) -> str:
        return f"<compiled {self.f!r}>"


def take_apart(x: Any, arrays: list[Any], parts: list[Any]) -> None:
    """Put the arrays in `x` into one list, and all else that a program is for into `parts`."""
    kind = type(x)
    if kind is ARRAY:
        arrays.append(x)
        parts.append((x.dtype, x.shape, x.strides))
    elif kind in CONTAINERS or hasattr(kind, "_fields"):
        parts.append((kind, *x) if kind is dict else (kind, len(x)))
        for part in x.values() if kind is dict else x:
            if type(part) is ARRAY:
                arrays.append(part)
                parts.append((part.dtype, part.shape, part.strides))
            else:
                take_apart(part, arrays, parts)
    elif is_array(x):
        arrays.append(x)
        parts.append(layout(x))
    elif kind is float or kind is complex:
        parts.append((kind, x.real.hex(), x.imag.hex()))  # 0.0 is not -0.0
    else:
        parts.append((kind, x))


def put_together(x: Any, f: Callable[[Any], Any]) -> Any:
    """`x` with `f(array)` for each array, in the order in which `take_apart` finds them."""
    kind = type(x)
    if kind in CONTAINERS or hasattr(kind, "_fields"):
        if kind is dict:
            return {key: put_together(part, f) for key, part in x.items()}
        made = [put_together(part, f) for part in x]
        return x._make(made) if hasattr(kind, "_fields") else kind(made)
    return f(x) if is_array(x) else x
