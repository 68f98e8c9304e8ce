"""What a ufunc can do beside being called, by way of its own rules: its methods, and where=.

`np.hypot.reduce(x)` is NumPy's own; its gradient folds the rules of `np.hypot` along the axis.
The common ones (sums, products, extremes) have rows of their own in rules/reductions.py.
"""

from functools import partial
from math import prod
from typing import Any

import numpy as np

from .mutation import added, rebind, written
from .primitive import Primitive, table
from .values import Result

__all__ = ["masked", "method_row"]


def method_row(f: Any, method: str) -> Primitive | None:
    """The row of `f.reduce` and its like, made from the row of `f`; None if there is no way."""
    whole = getattr(f, method)
    if f not in table or f.signature or f.nout != 1:
        return None
    if method == "at":
        return Primitive(whole, None, body=partial(at, f))
    if f.nin != 2 or table[f].rules is None:
        return None if f.nin != 2 else Primitive(whole, None)
    if method in ("reduce", "accumulate"):
        rule = reduce_dx if method == "reduce" else accumulate_dx
        return Primitive(whole, (partial(rule, f),))
    return Primitive(whole, None, body=partial(outer if method == "outer" else reduceat, f))


def reduce_dx(
    f: Any,
    dy: Any,
    y: Any,
    x: Any,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Back through f(… f(f(x[0], x[1]), x[2]) …), from `initial` on if given."""
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    front = range(len(axes))
    moved = np.moveaxis(x, tuple(axes), tuple(front))
    rest = moved.shape[len(axes) :]
    terms = list(moved.reshape(prod(moved.shape[: len(axes)]), *rest))
    taken = [True] * len(terms)
    if where is not True:
        mask = np.moveaxis(np.broadcast_to(where, x.shape), tuple(axes), tuple(front))
        taken = list(mask.reshape(len(terms), *rest))
        initial = f.identity if initial is None else initial
    if initial is not None:
        terms, taken = [np.zeros_like(dy, shape=rest) + initial, *terms], [True, *taken]
    parts = unfold(f, terms, taken, dy.reshape(rest))[initial is not None :]
    dx = np.stack(parts).reshape(moved.shape) if parts else np.zeros_like(moved)
    return np.moveaxis(dx, tuple(front), tuple(axes))


def unfold(f: Any, terms: list[Any], taken: list[Any], dy: Any) -> list[Any]:
    """The gradients of the terms of a fold of `f`, for the gradient of its outcome."""
    so_far = terms[:1]
    for x, use in zip(terms[1:], taken[1:], strict=True):
        y = f(so_far[-1], x)
        so_far.append(y if use is True else np.where(use, y, so_far[-1]))
    parts = []
    for k in range(len(terms) - 1, 0, -1):
        da, db = both(f, dy, so_far[k], so_far[k - 1], terms[k])
        use = taken[k]
        parts.append(db if use is True else np.where(use, db, 0))
        dy = da if use is True else np.where(use, da, dy)
    return [dy, *reversed(parts)] if terms else []


def both(f: Any, dy: Any, y: Any, a: Any, b: Any) -> list[Any]:
    """What the two rules of `f` give, zeros where there is none."""
    return [dy * 0 if rule is None else rule(dy, y, a, b) for rule in table[f].rules]


def accumulate_dx(f: Any, dy: Any, y: Any, x: Any, axis: int = 0, dtype: Any = None) -> Any:
    """Back through y[k] = f(y[k - 1], x[k])."""
    xs, ys, dys = (list(np.moveaxis(z, axis, 0)) for z in (x, y, dy))
    parts, da = [], 0
    for k in range(len(xs) - 1, 0, -1):
        da, db = both(f, da + dys[k], ys[k], ys[k - 1], xs[k])
        parts.append(db)
    parts += [da + dys[0]] if xs else []
    return np.moveaxis(np.stack(parts[::-1]), 0, axis) if xs else np.zeros_like(x)


def outer(f: Any, a: Any, b: Any, **options: Any) -> Any:
    return f(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b, **options)


def reduceat(f: Any, x: Any, indices: Any, axis: int = 0, **options: Any) -> Any:
    """A reduction from each index to the next; the entry alone where the next is not larger."""
    before, n = (slice(None),) * (axis % x.ndim), x.shape[axis]
    starts = [int(i) for i in indices]
    if any(not 0 <= i < n for i in starts):
        raise IndexError(f"indices {starts} out of bounds in {f.__name__}.reduceat [0, {n})")
    ends = [j if j > i else i + 1 for i, j in zip(starts, [*starts[1:], n], strict=True)]
    pieces = [x[(*before, slice(i, j))] for i, j in zip(starts, ends, strict=True)]
    return np.stack([f.reduce(piece, axis=axis, **options) for piece in pieces], axis=axis)


def at(f: Any, x: Any, indices: Any, *operand: Any) -> None:
    """`f.at`: a place that is named twice is operated on twice, one after the other."""
    if f in (np.add, np.subtract) and type(x) is Result:
        (v,) = operand
        rebind(x, added(x, v if f is np.add else -v, index=indices))
        return
    places = np.arange(x.size).reshape(x.shape)[indices]
    turns = occurrences(places.reshape(-1))
    values = [np.broadcast_to(v, places.shape).reshape(-1) for v in operand]
    for turn in range(max(turns, default=-1) + 1):
        now = turns == turn
        index = np.unravel_index(places.reshape(-1)[now], x.shape)
        x[index] = f(x[index], *(v[now] for v in values))


def occurrences(x: Any) -> Any:
    """For each entry, how often it came before."""
    order = np.argsort(x, kind="stable")
    first = np.searchsorted(x[order], x)
    turns = np.empty_like(x)
    turns[order] = np.arange(x.size) - first[order]
    return turns


def masked(f: Any, *args: Any, where: Any, out: Any = None, **options: Any) -> Any:
    """`f(*args, where=…)`: asked only where it counts; elsewhere `out`, or 0 if there is none."""
    shape = np.broadcast_shapes(*(np.shape(x) for x in (*args, where)))
    mask = np.broadcast_to(where, shape)
    inside = f(*(np.broadcast_to(x, shape)[mask] if np.ndim(x) else x for x in args), **options)
    rest = np.zeros_like(inside, shape=shape) if out is None else out
    return written(rest, inside, index=mask)
