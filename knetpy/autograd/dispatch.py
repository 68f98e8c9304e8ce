"""How NumPy code reaches the tape: NumPy's two protocols, and what a cut graph says.

`record` is the one place where an operation is put on the tape.  The operators (operators.py)
repeat its shortest path in line, for a Python call costs as much as the bookkeeping itself.
"""

import sys
from importlib import import_module
from typing import Any

import numpy as np

from .containers import rebuild
from .core import Recording, result
from .mutation import assign
from .primitive import Part, Primitive, add_row, full_name, table
from .ufuncs import masked, method_row
from .values import Array, Param, Result, State, current

__all__ = ["live", "plain", "record", "require_idle", "touch"]

new = object.__new__
WRITERS = {np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis}
UNUSUAL = frozenset({Result, State, list, tuple})
CASTS = frozenset({"dtype", "casting", "order", "subok"})
LATE = {"scipy.special": ("special",)}


def record(self: Any, f: Any, method: str, *args: Any, **options: Any) -> Any:
    """Run `f` on the values inside, and put it on the tape that is recording.

    This is `__array_ufunc__` itself.  What follows the first lines is `put` without its rare
    cases: the outermost recording, no options, arrays of it and plain ones alone.
    """
    primitive = table.get(f) if method == "__call__" else row_of(f, method)
    if primitive is None or primitive.rules is None or options and unusual(f, method, options):
        return unruled(primitive, f, method, args, options)
    active = current.get()
    if active is None or active.quick is None or options or len(args) != primitive.plain_arity:
        args, options = primitive.bind(args, options)
        active = active or stray(args)
        return (
            run(primitive, args, options)
            if active is None
            else put(active, primitive, args, options)
        )
    values = []
    parents = []
    for k, x in enumerate(args):
        kind = type(x)
        if kind is Param:
            leaf = active.leaves.get(x)
            x = active.leaf(x) if leaf is None else leaf
            kind = Result
        if kind is Result and x.recording is active:
            parents.append((k, x.index))
            x = x.value
        elif kind in UNUSUAL:
            return put(active, primitive, args, options)
        values.append(x)
    y = primitive.call(*values)
    r = new(Result)
    r.value, r.recording, r.index = y, active, len(active.nodes)
    active.append((parents, values, options, y, primitive))
    return r


def put(active: Recording, primitive: Primitive, args: Any, options: Any) -> Any:
    """Put a call in its bound form on `active`, and on what encloses it."""
    values: list[Any] = []
    parents: list[Any] = []
    nested = False
    rules = primitive.rules
    for k, x in enumerate(args):
        kind = type(x)
        if kind is Param:
            x = active.leaf(x)
        elif kind in UNUSUAL:
            x = np.array(x) if kind is list or kind is tuple else settled(x)
        if type(x) is Result:
            if x.recording is active:
                if rules[k]:
                    parents.append((k, x.index))
                elif rules[k] is not None:
                    raise undifferentiable(primitive, rules[k].name)
                x = x.value
            nested = nested or type(x) is Result
        values.append(x)
    honoured = check_options(primitive, options) if options else options
    primitive = primitive.select(map(plain, values))
    if nested:
        y = put(enclosing(active), primitive, values, options)
    else:
        y = primitive.call(*values, **options)
    if not parents:
        return y
    if primitive.several:
        return separate(active, parents, values, honoured, y, primitive)
    r = new(Result)
    r.value, r.recording, r.index = y, active, len(active.nodes)
    active.append((parents, values, honoured, y, primitive))
    return r


def separate(
    active: Recording, parents: Any, values: Any, options: Any, ys: Any, primitive: Primitive
) -> Any:
    """A node for each of several results, in the container that they came in; ints stay plain."""
    results = list(ys)
    for k, y in enumerate(ys):
        if y is not None and y.dtype.kind in "fc":
            results[k] = result(y, active)
            active.append((parents, values, options, y, Part(primitive, k, ys)))
    return type(ys)(*results) if hasattr(ys, "_fields") else type(ys)(results)


def array_function(self: Any, f: Any, types: Any, args: Any, options: Any) -> Any:
    """NumPy's protocol for functions that are not ufuncs."""
    return record(self, f, "__call__", *args, **options)


def run(primitive: Primitive, args: Any, options: Any) -> Any:
    args = [plain(x) for x in args]
    return primitive.select(args).call(*args, **{key: plain(x) for key, x in options.items()})


def row_of(f: Any, method: str) -> Primitive | None:
    """The row of a ufunc's method, made at its first use."""
    if (whole := getattr(f, method)) not in table and (new := method_row(f, method)):
        add_row(whole, new)
    return table.get(whole)


def unusual(f: Any, method: str, options: dict[str, Any]) -> bool:
    """Whether the call is to write into something, or to leave entries of a ufunc out."""
    return "out" in options or (
        "where" in options and method == "__call__" and isinstance(f, np.ufunc)
    )


def unruled(primitive: Any, f: Any, method: str, args: Any, options: Any) -> Any:
    """Run what is no node by itself: constants, composites, writing, all that is not live."""
    target = f if method == "__call__" else getattr(f, method)
    if primitive is None and load_late(f, method):
        return record(None, f, method, *args, **options)
    out = options.get("out")
    written = out if type(out) is tuple else () if out is None else (out,)
    if method == "at" or f in WRITERS:
        written = args[:1]
    if not any_live((args, options)):
        y = (primitive.call if primitive else target)(*plain(args), **plain(options))
        for x in written:
            touch(x)
        return written[0] if out and isinstance(written[0], Array) else y
    if primitive is None:
        raise ruleless(target)
    for x in written:
        require_writable(x, target)
    if "where" in options and unusual(f, method, {"where": True}):
        return written_over(written, masked(f, *args, **options | {"out": (*written, None)[0]}))
    if out is not None:
        rest = {key: x for key, x in options.items() if key != "out"}
        return written_over(written, target(*args, **rest))
    if primitive.body:
        return primitive.body(*args, **options)
    return primitive.call(*plain(args), **plain(options))


def written_over(results: Any, y: Any) -> Any:
    """The Results given as out=, each of them now standing for its part of `y`."""
    if len(results) < 2:
        return assign(results[0], y) if results else y
    return tuple(assign(x, part) for x, part in zip(results, y, strict=True))


def load_late(f: Any, method: str) -> bool:
    """Import the rules of the libraries that are in use by now; whether `f` has some at last."""
    for library, chapters in LATE.items():
        if library in sys.modules:
            for chapter in chapters:
                import_module(f"{__package__}.rules.{chapter}")
    return f in table if method == "__call__" else row_of(f, method) is not None


def undifferentiable(primitive: Primitive, name: str) -> TypeError:
    return TypeError(
        f"{primitive.name} is not differentiable in {name}, which diff is recording; "
        f"pass value({name})"
    )


def ruleless(f: Any) -> Exception:
    name = full_name(f)
    return NotImplementedError(
        f"{name} has no gradient rule; add one with primitive({name}, lambda dy, y, x: ...), "
        "or take value(x) first if no gradient shall pass"
    )


def require_writable(x: Any, f: Any) -> None:
    if type(x) is not Result:
        raise TypeError(
            f"{full_name(f)} is to write into a plain array or a Param, which cannot hold what "
            "diff is recording; write into a Result (as a copy of one), or compute a new array"
        )
    if isinstance(plain(x), np.generic):
        raise TypeError(
            f"{full_name(f)} is to write into a scalar of {x.dtype}, which NumPy cannot; "
            "compute a new one"
        )


def check_options(primitive: Primitive, options: dict[str, Any]) -> dict[str, Any]:
    """The options that the rules take; anything they ought to know and do not is refused."""
    if any_live(options):
        key = next(key for key, x in options.items() if any_live(x))
        raise undifferentiable(primitive, key)
    honoured = primitive.honoured
    if honoured is None:
        return options
    for key, x in options.items():
        if key not in honoured and key not in CASTS:
            raise NotImplementedError(
                f"the gradient rule of {primitive.name} does not honour {key}={x!r}; leave it "
                f"out, or give {primitive.name} a rule that takes it"
            )
    return {key: x for key, x in options.items() if key in honoured}


def stray(args: Any) -> Recording | None:
    """The recording of a Result that is used where nothing records, as in another thread."""
    for x in args:
        if type(x) is Result and x.recording.append is not None:
            return x.recording
    return None


def enclosing(active: Recording) -> Recording:
    if active.outer is None:
        raise RuntimeError(
            "a Result came in here from another thread's diff, or into recompute(f) other than as "
            "an argument; pass it as one, or take value(x) of it first"
        )
    return active.outer


def settled(x: Any) -> Any:
    """A State's array; the value of a Result whose recording has ended."""
    while type(x) is State or (type(x) is Result and x.recording.append is None):
        x = x.value
    return x


def live(x: Any) -> bool:
    """Whether a recording wants to know what happens to `x`."""
    if type(x) is Result:
        return x.recording.append is not None or live(x.value)
    return type(x) is Param and current.get() is not None


def any_live(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return any(map(any_live, x))
    return any(map(any_live, x.values())) if isinstance(x, dict) else live(x)


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
        raise TypeError(
            f"{what} would cut the gradient of a value that diff is recording; build arrays with "
            "np.stack or np.concatenate, or take value(x) if no gradient shall pass"
        )


Array.__array_ufunc__ = record  # type: ignore[attr-defined]
Array.__array_function__ = array_function  # type: ignore[attr-defined]
