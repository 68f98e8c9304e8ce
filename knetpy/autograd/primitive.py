"""The table of gradient rules: for each function its implementation, and a rule per argument.

The table is the only state of this package.  Rules are written in the differentiable vocabulary
itself, so that the gradient of a gradient needs no further code.
"""

import inspect
from collections.abc import Callable, Iterable
from functools import cached_property, partial, update_wrapper
from typing import Any

import numpy as np

from .containers import first, listed
from .errors import full_name, told_of
from .values import Array, Param, Result
from .whole import compute

__all__ = ["SIMPLE", "Primitive", "alias", "fixed", "primitive", "rewrite", "table", "zerograd"]


MISSING = inspect.Parameter.empty
SIMPLE = frozenset({int, float, bool, str, slice, type, type(None), np.ndarray})  # all plain
ARRAY, total = np.ndarray, np.add.reduce


class Primitive:
    """A function with gradient rules.  Calling it records, if an argument is being recorded.

    call        what computes it; a faster implementation may be put here
    rules       one for each array argument; None means no gradient; `rules = None` none at all
    arity       how many leading arguments are arrays; the others are options, passed by name
    plain_arity the same, or -1 for what needs more than its arrays by position and all tracked
    broadcast   whether gradients are summed over the axes that broadcasting added
    several     whether it gives several arrays; `dy` and `y` are then of all, dy with None inside
    body        for composites: the function that stands in for them while recording
    spread      for functions of a list: turns a call into (arrays, options)
    """

    def __init__(
        self,
        f: Callable[..., Any],
        rules: Any,
        *,
        call: Callable[..., Any] | None = None,
        broadcast: bool = True,
        spread: Callable[..., Any] | None = None,
        body: Callable[..., Any] | None = None,
        several: bool = False,
    ) -> None:
        self.f, self.rules, self.call, self.body = f, rules, call or f, body
        self.several = several
        self.broadcast, self.spread, self.name = broadcast, spread, full_name(f)
        self.arity = -1 if spread or rules is None else len(rules)
        usual = rules and all(rules) and not (spread or several)
        self.plain_arity = self.arity if usual else -1
        self.honoured = option_names(rules, self.arity)
        self.methods: dict[type, Primitive] = {}

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The arguments that may be given by position, each with its default.

        Looked up when it is needed: signatures are slow, and a start-up has hundreds of rows.
        """
        return parameters_of(self.f, self.arity)

    def __call__(self, *args: Any, **options: Any) -> Any:
        arrays, named = args, options
        if self.spread:
            args, options = tuple(map(listed, args)), {k: listed(x) for k, x in options.items()}
            arrays, named = self.spread(*args, **options)
        for tracked in arrays:
            if isinstance(tracked, Array):
                break
        else:
            searched = (*arrays, *named.values()) if named or self.rules is None else ()
            tracked = first([x for x in searched if type(x) not in SIMPLE], is_tracked)
        if tracked is None:
            return compute(self.select(arrays).call, arrays, named)
        y = tracked.__array_ufunc__(self, "__call__", *args, **options)
        if type(y) is Result and type(y.value) is float:
            y.value = np.float64(y.value)
        return y

    def method(self, kind: type, implementation: Callable[..., Any], *rules: Any) -> "Primitive":
        """Add an implementation, with rules of its own, for a first array of type `kind`.

        >>> double = primitive(rules=[lambda dy, y, x: 2 * dy])(lambda x: 2 * x)
        >>> same = double.method(list, lambda x: x + x)
        >>> double([1]), double(4)
        ([1, 1], 8)
        """
        self.plain_arity = -1
        self.methods[kind] = Primitive(implementation, rules, broadcast=self.broadcast)
        self.methods[kind].name = self.name
        return self

    def select(self, args: Iterable[Any]) -> "Primitive":
        """The method for these arrays: the nearest base class of the first one's type."""
        if self.methods:
            first = next(iter(args), None)
            for kind in type(first).__mro__:
                if kind in self.methods:
                    return self.methods[kind]
        return self

    def bind(self, args: Any, options: Any) -> tuple[Any, dict[str, Any]]:
        """Bring a call to its one form: arrays by position, everything else by name."""
        names = list(self.parameters)
        if len(args) > len(names):
            return args, options
        given = dict(zip(names, args, strict=False)) | options
        if len(given) < len(args) + len(options):
            raise TypeError(f"{self.name} got an argument both by position and by name")
        arrays: list[Any] = []
        for name in names[: self.arity]:
            if (x := given.pop(name, self.parameters[name])) is MISSING:
                break
            arrays.append(x)
        while len(arrays) > len(args) and arrays[-1] is None:  # np.where(c) is not (c, None, None)
            arrays.pop()
        return tuple(arrays), given

    def fit(self, dx: Any, x: Any, k: int) -> Any:
        """Sum a gradient over the axes along which `x` was broadcast."""
        if not self.broadcast or (summed := unbroadcast(dx, x.shape)) is None:
            raise ValueError(
                f"the gradient rule of {self.name} for argument {k} gave shape {dx.shape}, "
                f"but the argument has shape {x.shape}"
            )
        return summed

    def stand_in(self, args: Any, options: dict[str, Any]) -> Any:
        """Run the body; what it refuses is told of this function, not of those inside."""
        assert self.body
        try:
            return self.body(*args, **options)
        except TypeError as error:
            told = told_of(self.f, error)
            raise told from told.__cause__

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


table: dict[Any, Primitive] = {}


def primitive(f: Any = None, *rules: Any, **settings: Any) -> Any:
    """Give a function gradient rules: `rule(dy, y, *arrays, **options)` for each array argument.

    `dy` is the gradient of the result `y`.  Instead of a rule, None means zero, and `fixed(name)`
    that tracking raises.  For a NumPy or SciPy function this registers the rules and returns
    `f`; as `@primitive(rules=[...])` it makes a new function.  `broadcast=False` says that
    gradients come in the argument's shape.  `spread=` turns a call on a list into (arrays,
    options); the one rule then takes the number of the array first, as in
    `rule(i, dy, y, *arrays, **options)`.

    Source:  AutoGrad.jl src/macros.jl, @primitive and @primitive1

    >>> @primitive(rules=[lambda dy, y, x: 2 * dy * x])
    ... def square(x): return x * x
    >>> from knetpy.autograd import grad
    >>> grad(square)(3.0)
    np.float64(6.0)
    """
    if f is None:
        return partial(new_primitive, **settings)
    if settings.get("spread"):
        rules = Each(rules[0])  # type: ignore[assignment]
    add_row(f, Primitive(f, rules, **settings))
    return f


def new_primitive(f: Callable[..., Any], *, rules: Any, **settings: Any) -> Primitive:
    if rules is not None:
        rules = Each(rules[0]) if settings.get("spread") else tuple(rules)
    new = Primitive(f, rules, **settings)
    table[new] = update_wrapper(new, f)  # type: ignore[assignment]
    return new


def zerograd(*functions: Any) -> Any:
    """Declare functions whose result is constant: they are run on plain values, unrecorded.

    Usable as a decorator, and to stop a gradient.
    Source:  AutoGrad.jl src/macros.jl, @zerograd

    >>> @zerograd
    ... def sign(x): return (x > 0) * 2.0 - 1
    >>> from knetpy.autograd import grad
    >>> grad(lambda x: x * sign(x))(-3.0)
    np.float64(-1.0)
    """
    for f in functions:
        if inspect.isfunction(f):
            return new_primitive(f, rules=None)
        add_row(f, Primitive(f, None))
    return functions[0]


def rewrite(f: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Differentiate a composite function through another body, made of functions with rules."""

    def row(body: Callable[..., Any]) -> Callable[..., Any]:
        add_row(f, Primitive(f, None, body=body))
        return body

    return row


def alias(old: Any, new: Any) -> None:
    """Let a second function share the row of the first."""
    table[new] = table[old]


def add_row(f: Any, new: Primitive) -> None:
    """Put a row into the table; an older row is changed in place, for operators hold on to it."""
    if f in table:
        table[f].__dict__ = new.__dict__
    else:
        table[f] = new


class fixed:
    """Instead of a rule: an order or a count, which has no derivative; tracking it raises.

    >>> repeat = primitive(rules=[lambda dy, y, x, n: dy * n, fixed("n")])(lambda x, n: x * n)
    >>> from knetpy.autograd import grad
    >>> grad(repeat)(2.0, 3)
    np.float64(3.0)
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __bool__(self) -> bool:
        return False


class Each(dict[int, Callable[..., Any]]):
    """The rules of a function of a list: rule number i is the one rule, told i."""

    def __init__(self, rule: Callable[..., Any]) -> None:
        self.rule = rule

    def __missing__(self, i: int) -> Callable[..., Any]:
        self[i] = partial(self.rule, i)
        return self[i]


def unbroadcast(dx: Any, shape: tuple[int, ...]) -> Any:
    """`dx` summed to `shape`, or None if `shape` could not have been broadcast to it."""
    extra = dx.ndim - len(shape)
    if extra < 0:
        return None
    if dx.shape[extra:] == shape:
        axes = 0 if extra == 1 else tuple(range(extra))
        return total(dx, axes) if type(dx) is ARRAY else dx.sum(axis=axes)
    axes = tuple(range(extra))
    for axis, n in enumerate(shape):
        if n != dx.shape[axis + extra]:
            if n != 1:
                return None
            axes += (axis + extra,)
    return dx.sum(axis=axes, keepdims=True).reshape(shape)


def option_names(rules: Any, arity: int) -> frozenset[str] | None:
    """The options that a rule takes beside dy, y and the arrays; None if it takes any."""
    rule = rules.rule if isinstance(rules, Each) else next(filter(None, rules or ()), None)
    code = getattr(rule, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARKEYWORDS:
        return None
    first = code.co_argcount if isinstance(rules, Each) else 2 + arity
    return frozenset(code.co_varnames[first : code.co_argcount + code.co_kwonlyargcount])


def is_tracked(x: Any) -> bool:
    return isinstance(x, (Param, Result))


def parameters_of(f: Any, arity: int) -> dict[str, Any]:
    """The arguments that may be given by position, each with its default; options have names."""
    positional: dict[str, Any] = {}
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return positional
    for p in parameters:
        named, nameless = p.kind is p.POSITIONAL_OR_KEYWORD, p.kind is p.POSITIONAL_ONLY
        if not (named or (nameless and len(positional) < arity)):
            break
        positional[p.name] = p.default
    return positional
