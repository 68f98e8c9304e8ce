"""Joining arrays to one, and cutting one into parts; entries put in between, or left out."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from knetpy.autograd.dispatch import any_live
from knetpy.autograd.primitive import fixed, primitive, rewrite
from knetpy.autograd.values import value

from .indexing import unindex
from .places import beside, on_host, together


def concatenate_dx(i, dy, y, *arrays, axis=0, dtype=None, casting=None):
    start, x = 0, arrays[i]
    for before in arrays[:i]:
        start += np.size(before) if axis is None else before.shape[axis]
    if axis is None:
        return dy[start : start + x.size].reshape(x.shape)
    return dy[(slice(None),) * (axis % y.ndim) + (slice(start, start + x.shape[axis]),)]


def stack_dx(i, dy, y, *arrays, axis=0, dtype=None, casting=None):
    return dy[(slice(None),) * (axis % y.ndim) + (i,)]


def of_list(f):
    """A function of one list of arrays as one of many arrays, and the way to bring it there."""
    return {
        "call": lambda *arrays, **options: f(arrays, **options),
        "spread": lambda arrays, axis=0, **options: (tuple(arrays), {"axis": axis, **options}),
    }


primitive(np.concatenate, concatenate_dx, **of_list(np.concatenate))
primitive(np.stack, stack_dx, **of_list(np.stack))


@rewrite(np.hstack)
def hstack(tup, **options):
    arrays = [np.atleast_1d(x) for x in together(*tup)]
    return np.concatenate(arrays, axis=0 if arrays[0].ndim == 1 else 1, **options)


@rewrite(np.vstack)
def vstack(tup, **options):
    return np.concatenate([np.atleast_2d(x) for x in together(*tup)], **options)


@rewrite(np.dstack)
def dstack(tup, **options):
    return np.concatenate([np.atleast_3d(x) for x in together(*tup)], axis=2, **options)


@rewrite(np.column_stack)
def column_stack(tup):
    columns = [x if x.ndim > 1 else x.reshape(-1, 1) for x in together(*tup)]
    return np.concatenate(columns, axis=1)


@rewrite(np.block)
def block(arrays):
    depth, parts = depth_of(arrays), iter(together(*flat(arrays)))
    return joined(arrays, depth, max(depth, *map(np.ndim, flat(arrays))), parts)


def depth_of(part):
    """How deep the lists are nested."""
    if isinstance(part, tuple):
        raise TypeError("block takes nested lists of arrays, got a tuple; only a list is a block")
    if not isinstance(part, list):
        return 0
    depths = set(map(depth_of, part))
    if len(depths) != 1:
        raise ValueError("block needs lists that are not empty and equally deep everywhere")
    return 1 + depths.pop()


def flat(part):
    return [x for inner in part for x in flat(inner)] if isinstance(part, list) else [part]


def joined(part, depth, ndim, parts):
    """The arrays of nested lists, which `parts` gives one after the other, as one."""
    if not depth:
        x = next(parts)
        return x.reshape((1,) * (ndim - x.ndim) + x.shape)
    return np.concatenate([joined(x, depth - 1, ndim, parts) for x in part], axis=-depth)


def lined(x, axis):
    """`x` and the number of the axis, counted from 0: of None, `x` in one line."""
    return (np.ravel(x), 0) if axis is None else (x, normalize_axis_index(axis, np.ndim(x)))


@rewrite(np.append)
def append(arr, values, axis=None):
    arr, values = together(arr, values)
    if axis is None:
        arr, values, axis = arr.reshape(-1), values.reshape(-1), 0
    return np.concatenate([arr, values], axis=axis)


@rewrite(np.insert)
def insert(arr, obj, values, axis=None):
    """Both joined, and then taken in the order that NumPy gives to their numbers."""
    arr, values = together(arr, values)
    arr, axis = lined(arr, axis)
    n, obj = arr.shape[axis], on_host(obj)
    chosen = isinstance(obj, slice) or np.asarray(obj).dtype == bool
    where = np.arange(n)[obj] if chosen else obj
    values = np.reshape(values, (1,) * (arr.ndim - np.ndim(values)) + np.shape(values))
    if np.ndim(where) == 0:
        values = np.moveaxis(values, 0, axis)
    m = values.shape[axis] if np.size(where) == 1 else np.size(where)
    values = np.broadcast_to(values, (*arr.shape[:axis], m, *arr.shape[axis + 1 :]))
    order = np.insert(np.arange(n), obj, np.arange(n, n + m))
    both = np.concatenate([arr, values.astype(arr.dtype)], axis=axis)
    return np.take(both, beside(order, arr), axis=axis)


@rewrite(np.delete)
def delete(arr, obj, axis=None):
    arr, axis = lined(arr, axis)
    kept = np.delete(np.arange(arr.shape[axis]), on_host(obj))
    return np.take(arr, beside(kept, arr), axis=axis)


def filled(dys, ys):
    dys = list(dys)
    for k, y in enumerate(ys):
        if dys[k] is None:
            dys[k] = np.zeros_like(y)
    return dys


def split_dx(dys, ys, x, sections, axis=0):
    dx = np.concatenate(filled(dys, ys), axis=axis)
    if dx.shape == x.shape:
        return dx
    places = np.concatenate(np.split(np.arange(x.shape[axis]), on_host(sections)))
    index = (slice(None),) * (axis % x.ndim) + (beside(places, x),)
    return unindex(dx, shape=x.shape, index=index)  # sections out of order overlap


def split_along(axis):
    """The rule of what splits along this axis, or the last one of fewer."""
    return lambda dys, ys, x, sections: split_dx(dys, ys, x, sections, min(axis, x.ndim - 1))


# fmt: off
SECTIONS = fixed("indices_or_sections")
primitive(np.split,       split_dx,       SECTIONS, several=True)
primitive(np.array_split, split_dx,       SECTIONS, several=True)
primitive(np.vsplit,      split_along(0), SECTIONS, several=True)
primitive(np.hsplit,      split_along(1), SECTIONS, several=True)
primitive(np.dsplit,      split_along(2), SECTIONS, several=True)
# fmt: on


def unstack_dx(dys, ys, x, axis=0):
    return np.stack(filled(dys, ys), axis=axis)


if hasattr(np, "unstack"):  # NumPy 2.1
    primitive(np.unstack, unstack_dx, several=True)


@rewrite(np.trim_zeros)
def trim_zeros(filt, trim="fb", axis=None):
    plain = value(filt)
    kept = np.trim_zeros(plain, trim, axis)
    spans = [slice(None)] * filt.ndim
    for k, places in enumerate(plain.nonzero() if filt.ndim else ()):
        start = int(places.min()) if places.size and "f" in trim.lower() else 0
        if kept.shape[k] < filt.shape[k]:
            spans[k] = slice(start, start + kept.shape[k])
    return filt[tuple(spans)]


# With like=, NumPy's ways to make an array of numbers take recorded ones


def gathered(x):
    """Nested lists of numbers and arrays as one array."""
    nested = isinstance(x, (list, tuple)) and any_live(x)
    return np.stack([gathered(part) for part in x]) if nested else x


def made(x, dtype=None, order=None, ndmin=0):
    x = np.copy(gathered(x), order=order or "K")
    x = x if dtype is None else x.astype(dtype)
    return x.reshape((1,) * (ndmin - x.ndim) + x.shape) if x.ndim < ndmin else x


@rewrite(np.array)
def array(object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0):
    return made(object, dtype, order, ndmin)


@rewrite(np.asarray)
def asarray(a, dtype=None, order=None, *, device=None, copy=None):
    return made(a, dtype, order)


@rewrite(np.asanyarray)
def asanyarray(a, dtype=None, order=None, *, device=None, copy=None):
    return made(a, dtype, order)


@rewrite(np.ascontiguousarray)
def ascontiguousarray(a, dtype=None):
    return made(a, dtype, "C", ndmin=1)


@rewrite(np.asfortranarray)
def asfortranarray(a, dtype=None):
    return made(a, dtype, "F", ndmin=1)


@rewrite(np.require)
def require(a, dtype=None, requirements=None):
    wanted = {name.upper()[0] for name in requirements or ()}
    if wanted >= {"C", "F"}:
        raise ValueError('require cannot give both "C" and "F" order')
    return made(a, dtype, "".join(wanted & {"C", "F"}))


@rewrite(np.full)
def full(shape, fill_value, dtype=None, order="C", *, device=None):
    return made(np.broadcast_to(gathered(fill_value), shape), dtype, order)
