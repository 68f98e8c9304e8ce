"""Arrays that write down what is done with them: what a function sees while it is compiled."""

import inspect
import operator
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from knetpy.autograd.values import Array
from knetpy.autograd.whole import Unfollowed

from .parts import Ref, found, is_ref

__all__ = ["CannotCompile", "Method", "Opaque", "Traced", "is_traced", "places", "stands", "where"]

OF_LAYOUT = {  # what depends on shapes, dtypes and memory alone
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.min_scalar_type, np.common_type,
    np.iscomplexobj, np.isrealobj, np.may_share_memory, np.shares_memory,
}  # fmt: skip
ATTRIBUTES = {"ndim", "size", "nbytes", "itemsize", "strides", "flags", "device"}  # as well
WRITERS = {  # and what they call the array that they write into
    np.copyto: "dst", np.put: "a", np.place: "arr", np.putmask: "a", np.fill_diagonal: "a",
    np.put_along_axis: "arr",
}  # fmt: skip
WRITING = {"fill", "sort", "partition", "put", "resize", "setfield", "byteswap", "setflags"}
OUT_OF_METHODS = {  # at which position
    **dict.fromkeys("all any argmax argmin choose dot max min round".split(), 1),
    **dict.fromkeys("clip compress cumprod cumsum mean prod std sum take var".split(), 2),
    "trace": 4,
}
LEAVING = {"item", "tolist", "tobytes", "tofile", "dump", "dumps", "flat", "data", "ctypes"}


class CannotCompile(Unfollowed):
    """A function does what a program cannot repeat; the message says what, and what to do.

    >>> from knetpy import compile
    >>> try:
    ...     compile(lambda x: float(x.sum()))(np.ones(2))
    ... except CannotCompile as error:
    ...     print(str(error)[:36])
    float(x) would take a value out of t
    """

    def __init__(self, message: str, trace: Any = None) -> None:
        super().__init__(message)
        self.trace = trace

    def whole(self, f: Any, args: Any, options: Any) -> Any:
        """Take a call that could not be followed as one step, unless it has changed something."""
        if self.trace is None or self.trace.has_changed_since(args, options):
            raise self
        return self.trace.call(f, args, options)


@dataclass(frozen=True)
class Method:
    """A method by its name, of whichever array it is called on.

    >>> Method("sum")(np.ones(3))
    np.float64(3.0)
    """

    name: str

    def __call__(self, x: Any, *args: Any, **options: Any) -> Any:
        return getattr(x, self.name)(*args, **options)

    @property
    def __name__(self) -> str:
        return self.name


def leaving(what: str) -> Callable[..., Any]:
    """A member that would take a value out of the function."""

    def refuse(self: Any, *args: Any, **options: Any) -> Any:
        raise CannotCompile(
            f"{what} would take a value out of the compiled function, whose Python code runs only "
            "once; compute with arrays (np.where, np.stack …), or return the array and do this "
            "outside",
            self._trace,
        )

    return refuse


class Stand:
    """What stands for the outcome of a step: what that was in this run, and its place."""

    __slots__ = ("_trace", "_at", "_held", "__weakref__")

    def __init__(self, trace: Any, at: Ref, held: Any) -> None:
        self._trace, self._at, self._held = trace, at, held


class Opaque(Stand):
    """What is no array: a generator of random numbers, the way back of a kernel.

    Its calls and those of its methods are steps of the program.
    """

    __slots__ = ()

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._trace.call(operator.call, (self, *args), options, pure=False)

    def __enter__(self) -> Any:
        return self._trace.call(Method("__enter__"), (self,), {}, pure=False)

    def __exit__(self, *error: Any) -> None:
        self._trace.call(leave, (self,), {}, pure=False)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not callable(getattr(self._held, name)):
            raise CannotCompile(f"compile does not see {name} of a {type(self._held).__name__}")
        draws = isinstance(self._held, (np.random.Generator, np.random.RandomState))
        step = partial(self._trace.call, Method(name), pure=False, changes=draws)
        return lambda *args, **options: step((self, *args), options)


def copies(x: Any, copy: bool = True, **options: Any) -> bool:
    """Whether np.nan_to_num leaves its array as it is."""
    return copy


def leave(context: Any) -> None:
    context.__exit__(None, None, None)


@lru_cache
def out_position(f: Any) -> int:
    """At which position a function of NumPy's takes an array to write into."""
    if f in (np.dot, np.concatenate):  # which have no signature
        return 2
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return sys.maxsize
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    names = [p.name for p in parameters if p.kind is kind]
    return names.index("out") if "out" in names else sys.maxsize


class Traced(Stand, NDArrayOperatorsMixin):
    """An array of a run that is written down.

    It acts as the array of this run in all that NumPy hands over.  A branch on its value becomes
    a condition of the program; whatever else would take the value out raises CannotCompile.
    """

    __slots__ = ()

    def __array_ufunc__(self, f: Any, method: str, *args: Any, **options: Any) -> Any:
        if any(isinstance(x, Array) for x in args):
            return NotImplemented
        step = f if method == "__call__" else getattr(f, method)
        written = args[:1] if method == "at" else options.get("out", ())
        return self._trace.write(step, args, options, written)

    def __array_function__(self, f: Any, types: Any, args: Any, options: Any) -> Any:
        if any(issubclass(t, Array) for t in types):
            return NotImplemented
        if f in OF_LAYOUT:
            return f(*self._trace.held(args), **self._trace.held(options))
        if f in WRITERS:
            out = args[0] if args else options[WRITERS[f]]
        elif options.get("overwrite_input") or (
            f is np.nan_to_num and not copies(*args, **options)
        ):
            out = args[0] if args else next(iter(options.values()))
        else:
            k = out_position(f)
            out = options["out"] if "out" in options else args[k] if k < len(args) else None
        return self._trace.write(f, args, options, out if isinstance(out, tuple) else (out,))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"an array in a compiled function has no {name}")
        if name in LEAVING:
            leaving(f"x.{name}")(self)
        found = getattr(self._held, name)
        if callable(found):
            return partial(self._method, name)
        return found if name in ATTRIBUTES else self._trace.call(getattr, (self, name), {})

    def _method(self, name: str, *args: Any, **options: Any) -> Any:
        k = OUT_OF_METHODS.get(name, len(args))
        out = self if name in WRITING else options.get("out", args[k] if k < len(args) else None)
        return self._trace.write(Method(name), (self, *args), options, (out,))

    def __getitem__(self, index: Any) -> Any:
        return self._trace.call(operator.getitem, (self, index), {})

    def __setitem__(self, index: Any, new: Any) -> None:
        self._trace.write(operator.setitem, (self, index, new), {}, (self,))

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self._trace.require(bool, self))

    def __int__(self) -> int:
        return int(self._trace.require(int, self))

    def __index__(self) -> int:
        return int(self._trace.require(operator.index, self))

    def __contains__(self, item: Any) -> bool:
        return bool((self == item).any())

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return f"<{self.dtype} {self.shape} in a compiled function>"

    def __str__(self) -> str:
        return format(self)

    def __format__(self, spec: str) -> str:
        self._trace.told = True  # messages may tell of this run, results may not
        return format(self._held, spec)

    def __round__(self, n: int | None = None) -> Any:
        return int(np.round(self)) if n is None else np.round(self, n)

    shape = property(lambda x: x._held.shape)
    dtype = property(lambda x: x._held.dtype)
    base = property(lambda x: None if x._held.base is None else x)  # whether it is a view
    T = property(lambda x: x.transpose())
    mT = property(lambda x: x.swapaxes(-1, -2))
    real, imag = property(lambda x: np.real(x)), property(lambda x: np.imag(x))
    __copy__ = lambda x: x.copy()  # noqa: E731
    __deepcopy__ = lambda x, memo: x.copy()  # noqa: E731
    __hash__ = None  # type: ignore[assignment]
    __array__ = leaving("a plain array of it (np.array, np.asarray, a function of SciPy's)")
    __float__ = leaving("float(x)")
    __complex__ = leaving("complex(x)")
    __reduce_ex__ = leaving("pickling x")
    __trunc__ = __floor__ = __ceil__ = leaving("a whole number of Python's (math.floor …)")


def stands(x: Any) -> bool:
    return isinstance(x, (Traced, Opaque))


def is_traced(x: Any) -> bool:
    return isinstance(x, Traced)


def where(x: Any) -> Any:
    return x._at


def places(x: Any) -> list[Ref]:
    """Where all that stands for something in `x` is, or what its Refs name."""
    return [getattr(part, "_at", part) for part in found(x, lambda p: stands(p) or is_ref(p))]
