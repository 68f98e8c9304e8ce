"""Selecting entries by numbers and conditions; a function applied to what was selected."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from knetpy.autograd.mutation import written
from knetpy.autograd.primitive import primitive, rewrite, zerograd
from knetpy.autograd.values import value

from .indexing import getitem_dx, unindex
from .places import along, beside, within


def take_dx(dy, y, x, indices, axis=None, mode="raise"):
    if not x.ndim or axis is None and x.ndim != 1:
        index = within(indices, x.size, mode, x)
        return unindex(dy, shape=(x.size,), index=index).reshape(x.shape)
    axis = (axis or 0) % x.ndim
    index = within(indices, x.shape[axis], mode, x)
    return getitem_dx(dy, y, x, (slice(None),) * axis + (index,) if axis else index)


def choose_dx(i, dy, y, *choices, a, mode="raise"):
    return np.where(within(a, len(choices), mode, y) == i, dy, 0)


def select_dx(i, dy, y, *choices, condlist):
    """Where the condition holds and none before it does; the last choice is the default."""
    free = True
    for condition in condlist[:i]:
        free = np.logical_not(condition) & free
    return np.where(free & condlist[i] if i < len(condlist) else free, dy, 0)


# fmt: off
primitive(np.take,   take_dx)
primitive(np.choose, choose_dx,
          spread=lambda a, choices, **options: (tuple(choices), {"a": a, **options}),
          call=lambda *choices, a, **options: np.choose(a, choices, **options))
primitive(np.select, select_dx,
          spread=lambda condlist, choicelist, default=0:
              ((*choicelist, default), {"condlist": [value(c) for c in condlist]}),
          call=lambda *choices, condlist: np.select(condlist, choices[:-1], choices[-1]))
# fmt: on


@rewrite(np.take_along_axis)
def take_along_axis(arr, indices, axis=-1):
    if axis is None:
        return np.take(arr, value(indices))
    axis = normalize_axis_index(axis, arr.ndim)
    if np.ndim(indices) != arr.ndim:
        raise ValueError(f"indices have {np.ndim(indices)} axes, but the array has {arr.ndim}")
    return arr[along(arr, value(indices), axis)]


@rewrite(np.compress)
def compress(condition, a, axis=None):
    if np.ndim(condition) != 1:
        raise ValueError(f"compress needs a condition of one axis, got {np.ndim(condition)}")
    return np.take(a, np.flatnonzero(mask(condition, a)), axis=axis)


def mask(condition, x):
    condition = value(condition)
    return condition if hasattr(condition, "dtype") else beside(condition, x)


@rewrite(np.extract)
def extract(condition, arr):
    return np.take(arr, np.flatnonzero(mask(condition, arr)))


@rewrite(np.piecewise)
def piecewise(x, condlist, funclist, *args, **options):
    conditions = conditions_of(x, value(condlist), len(funclist))
    y = np.zeros_like(x)
    for condition, f in zip(conditions, funclist, strict=True):
        part = x[condition]
        if callable(f) and part.size:
            y = written(y, f(part, *args, **options), index=condition)
        elif not callable(f):
            y = written(y, f, index=condition)
    return y


def conditions_of(x, condlist, n):
    """One condition for each function: none of the others where one is missing."""
    single = isinstance(condlist, bool) or np.ndim(condlist[0]) == 0 < np.ndim(x)
    conditions = [mask(c, x).astype(bool) for c in ([condlist] if single else condlist)]
    if len(conditions) + 1 == n:
        rest = np.logical_not(sum(conditions[1:], conditions[0]))
        return [*conditions, rest]
    if len(conditions) != n:
        k = len(conditions)
        raise ValueError(f"with {k} conditions, either {k} or {k + 1} functions are expected")
    return conditions


@rewrite(np.apply_along_axis)
def apply_along_axis(func1d, axis, arr, *args, **options):
    axis = normalize_axis_index(axis, arr.ndim)
    moved = np.moveaxis(arr, axis, -1)
    places = moved.shape[:-1]
    found = [func1d(moved[place], *args, **options) for place in np.ndindex(places)]
    if not found:
        raise ValueError("cannot apply_along_axis when any iteration dimensions are 0")
    y = np.stack(found)
    ndim = y.ndim - 1
    y = y.reshape(places + y.shape[1:])
    return np.moveaxis(y, tuple(range(-ndim, 0)), tuple(range(axis, axis + ndim)))


@rewrite(np.apply_over_axes)
def apply_over_axes(func, a, axes):
    for axis in np.ravel(axes).tolist():
        y = func(a, axis if axis >= 0 else axis + a.ndim)
        y = y if np.ndim(y) == a.ndim else np.expand_dims(y, axis)
        if y.ndim != a.ndim:
            raise ValueError("function is not returning an array of the correct shape")
        a = y
    return a


zerograd(np.argwhere, np.flatnonzero)
