"""How NumPy code reaches the tape: NumPy's two protocols, and what a cut graph says.

`record` is the one place where an operation is put on the tape.  The operators (operators.py)
repeat its shortest path in line, for a Python call costs as much as the bookkeeping itself.
"""

import sys
from importlib import import_module
from typing import Any

import numpy as np

from .containers import rebuild
from .core import Recording
from .errors import cut, require_writable, ruleless, undifferentiable
from .mutation import written_over
from .primitive import SIMPLE, Primitive, add_row, fixed, table
from .ufuncs import masked, method_row
from .values import Array, Param, Result, State, current, recorder, settled, stray
from .whole import Unfollowed, compute

__all__ = ["live", "plain", "record", "require_idle", "require_plain", "touch"]

new, ARRAY = object.__new__, np.ndarray
WRITERS = {np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis}
UNUSUAL = frozenset({Result, State, list, tuple})
CASTS = frozenset({"dtype", "casting", "order", "subok"})
LATE = {  # chapters that wait until a function without a row is met, and the library is in use
    "numpy": "cumulative decompositions emath extending fft histograms polynomials quantiles "
    "ranges selection sorting statistics writing",
    "scipy.special": "special bessel elliptic hypergeometric",
}


def record(self: Any, f: Any, method: str, /, *args: Any, **options: Any) -> Any:
    """Run `f` on the values inside, and put it on the tape that is recording.

    This is `__array_ufunc__` itself.  Below its first `if` is `put` without the rare cases: the
    outermost recording, no options, arrays of it and plain ones alone.
    """
    primitive = table.get(f) if method == "__call__" else row_of(f, method)
    active = current.get()
    n = len(args)
    if options or not (active and active.quick and primitive) or n != primitive.plain_arity:
        special = options and ("out" in options or ("where" in options and masks(f, method)))
        if special or primitive is None or primitive.rules is None:
            return unruled(primitive, f, method, args, options)
        if primitive.spread is not None:
            args, options = primitive.spread(*args, **options)
        elif n != primitive.arity:
            args, options = primitive.bind(args, options)
        if active is None or active.append is None:
            active = recorder() or stray(args)
        return put(active, primitive, args, options) if active else run(primitive, args, options)
    if n == 1 or n == 2 and type(args[0]) is ARRAY:  # without a loop, for most are like that
        x = active.leaf(args[-1]) if type(args[-1]) is Param else args[-1]
        if type(x) is not Result or x.recording is not active:
            return put(active, primitive, args, options)
        values: Any = (x.value,) if n == 1 else (args[0], x.value)
        parents: Any = ((n - 1, x.index),)
    else:
        values, parents = [], []
        for k, x in enumerate(args):
            kind = type(x)
            if kind is Param:
                x, kind = active.leaf(x), Result
            if kind is Result and x.recording is active:
                parents.append((k, x.index))
                x = x.value
            elif kind in UNUSUAL:
                return put(active, primitive, args, options)
            values.append(x)
    try:
        y = primitive.call(*values)
    except Unfollowed as unfollowed:
        y = unfollowed.whole(primitive.call, values, options)
    r = new(Result)
    r.value, r.recording, r.index = y, active, len(active.nodes)
    active.append((parents, values, options, y, primitive))
    return r


def put(active: Recording, primitive: Primitive, args: Any, options: Any) -> Any:
    """Put a call in its bound form on `active`, and on what encloses it."""
    values: list[Any] = []
    parents: list[Any] = []
    nested = False
    if primitive.methods:
        primitive = primitive.select(map(plain, args))
    rules, arity = primitive.rules, primitive.arity
    for k, x in enumerate(args):
        kind = type(x)
        if kind is Param:
            x = active.leaf(x)
        elif kind in UNUSUAL and not (kind is Result and x.recording is active):
            x = of_nested(primitive, k, x) if kind is list or kind is tuple else settled(x)
        if type(x) is Result:
            if x.recording is active:
                if 0 <= arity <= k:
                    raise ruleless(primitive.f, f" for argument {k}")
                if rules[k]:
                    parents.append((k, x.index))
                elif rules[k] is not None:
                    raise undifferentiable(primitive.name, rules[k].name)
                x = x.value
            nested = nested or type(x) is Result
        values.append(x)
    honoured = check_options(primitive, options) if options else options
    if nested:
        y = put(enclosing(active), primitive, values, options)
    else:
        try:
            y = primitive.call(*values, **options)
        except Unfollowed as unfollowed:
            y = unfollowed.whole(primitive.call, values, options)
        y = np.float64(y) if type(y) is float else y
    if not parents or ("dtype" in options and is_discrete(y)):
        return y
    if primitive.several:
        return separate(active, parents, values, honoured, y, primitive)
    r = new(Result)
    r.value, r.recording, r.index = y, active, len(active.nodes)
    active.append((parents, values, honoured, y, primitive))
    return r


def of_nested(primitive: Primitive, k: int, x: Any) -> Any:
    """What a list stands for as argument number `k`: an array, unless that is fixed."""
    rule = primitive.rules[k] if k < primitive.arity else None
    if not isinstance(rule, fixed):
        return np.array(x)
    if any_live(x):
        raise undifferentiable(primitive.name, rule.name)
    return x


def separate(
    active: Recording, parents: Any, values: Any, options: Any, ys: Any, primitive: Primitive
) -> Any:
    """A node for the call and one for each result, in their container; ints stay plain."""
    call, results = len(active.nodes), list(ys)
    active.append((parents, values, options, ys, primitive))
    for k, y in enumerate(ys):
        if y is not None and y.dtype.kind in "fc":
            r = results[k] = new(Result)
            r.value, r.recording, r.index = y, active, len(active.nodes)
            active.append(((), (call, k), options, y, primitive))
    return type(ys)(*results) if hasattr(ys, "_fields") else type(ys)(results)


def is_discrete(y: Any) -> bool:
    """Whether dtype= made integers of floats, which no gradient passes."""
    return getattr(getattr(y, "dtype", None), "kind", "f") in "biu"


def array_function(self: Any, f: Any, types: Any, args: Any, options: Any) -> Any:
    """NumPy's protocol for functions that are not ufuncs."""
    return record(self, f, "__call__", *args, **options)


def run(primitive: Primitive, args: Any, options: Any) -> Any:
    args = [plain(x) for x in args]
    options = {key: plain(x) for key, x in options.items()}
    return compute(primitive.select(args).call, args, options)


def row_of(f: Any, method: str) -> Primitive | None:
    """The row of a ufunc's method, made at its first use."""
    if (whole := getattr(f, method)) not in table and (new := method_row(f, method)):
        add_row(whole, new)
    return table.get(whole)


def masks(f: Any, method: str) -> bool:
    """Whether where= leaves entries out of the result, as ufuncs do, not out of a sum."""
    return method == "__call__" and isinstance(f, np.ufunc)


def unruled(primitive: Any, f: Any, method: str, args: Any, options: Any) -> Any:
    """Run what is no node by itself: constants, composites, writing, all that is not live."""
    target = f if method == "__call__" else getattr(f, method)
    if primitive is None and found_late(f, method):
        return record(None, f, method, *args, **options)
    out = options.get("out")
    written = out if type(out) is tuple else () if out is None else (out,)
    if method == "at" or f in WRITERS:
        written = args[:1]
    if not any_live((args, options)):
        y = target(*plain(args), **plain(options))
        for x in written:
            touch(x)
        return written[0] if out is not None and isinstance(written[0], Array) else y
    if primitive is None:
        raise ruleless(target)
    for x in written:
        if x is not None:
            require_writable(x, target)
    if "where" in options and masks(f, method):
        return written_over(written, masked(f, *args, **options | {"out": (*written, None)[0]}))
    if "out" in options:
        rest = {key: x for key, x in options.items() if key != "out"}
        return written_over(written, target(*args, **rest))
    if primitive.body:
        return primitive.stand_in(args, options)
    return compute(primitive.call, plain(args), plain(options))


def found_late(f: Any, method: str) -> bool:
    """Whether `f` has a row once the chapters that wait are loaded."""
    load_late()
    return f in table if method == "__call__" else row_of(f, method) is not None


def load_late() -> None:
    """Import the rules of the libraries that are in use by now."""
    for library, chapters in LATE.items():
        if library in sys.modules:
            for chapter in chapters.split():
                import_module(f"{__package__}.rules.{chapter}")


def check_options(primitive: Primitive, options: dict[str, Any]) -> dict[str, Any]:
    """The options that the rules take; anything they ought to know and do not is refused."""
    honoured = primitive.honoured
    kept = {}
    for key, x in options.items():
        simple = type(x) in SIMPLE or (type(x) is tuple and SIMPLE.issuperset(map(type, x)))
        if not simple and any_live(x):
            raise undifferentiable(primitive.name, key)
        if honoured is None or key in honoured:
            kept[key] = x
        elif key not in CASTS:
            raise NotImplementedError(
                f"the gradient rule of {primitive.name} does not honour {key}={x!r}; leave it "
                f"out, or give {primitive.name} a rule that takes it"
            )
    return kept


def enclosing(active: Recording) -> Recording:
    if active.outer is None:
        raise RuntimeError(
            "a Result came in here from another thread's diff, or into recompute(f) other than as "
            "an argument; pass it as one, or take value(x) of it first"
        )
    return active.outer


def live(x: Any) -> bool:
    """Whether a recording wants to know what happens to `x`."""
    if type(x) is Result:
        return x.recording.append is not None or live(x.value)
    return type(x) is Param and recorder() is not None


def any_live(x: Any) -> bool:
    if not isinstance(x, (list, tuple, dict)):
        return live(x)
    for part in x.values() if isinstance(x, dict) else x:
        if type(part) not in SIMPLE and any_live(part):
            return True
    return False


def require_plain(f: str, **options: Any) -> None:
    """Raise if one of the options, which `f` cannot be differentiated in, is being recorded."""
    for name, x in options.items():
        if any_live(x):
            raise TypeError(*undifferentiable(f, name).args)  # `f` is the name for users


def plain(x: Any) -> Any:
    """`x`, or a list, tuple or dict of such, with plain arrays in place of ours."""
    while isinstance(x, Array):
        x = x.value
    if isinstance(x, (list, tuple, dict)):
        return rebuild(x, plain, leaf=lambda part: isinstance(part, Array))
    return x


def touch(x: Any) -> None:
    if isinstance(x, (Param, State)):
        x.version += 1


def require_idle(x: Any, what: str) -> None:
    if live(x):
        raise cut(what)


Array.__array_ufunc__ = record  # type: ignore[attr-defined]
Array.__array_function__ = array_function  # type: ignore[attr-defined]
