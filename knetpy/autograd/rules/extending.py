"""More entries than there were: tiled, repeated, padded, seen through a window that moves."""

from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from knetpy.autograd.dispatch import any_live
from knetpy.autograd.primitive import primitive, rewrite

from .indexing import unindex
from .joining import gathered
from .places import cut, numbers


def tile_dx(dy, y, x, reps):
    reps = tuple(reps) if np.ndim(reps) else (reps,)
    n = max(len(reps), x.ndim)
    reps, shape = (1,) * (n - len(reps)) + reps, (1,) * (n - x.ndim) + x.shape
    pairs = [k for pair in zip(reps, shape, strict=True) for k in pair]
    return dy.reshape(pairs).sum(axis=tuple(range(0, 2 * n, 2))).reshape(x.shape)


def repeat_dx(dy, y, x, repeats, axis=None):
    shape, axis = ((x.size,), 0) if axis is None or x.ndim == 0 else (x.shape, axis % x.ndim)
    if np.size(repeats) == 1:
        times = dy.size // x.size if x.size else 0
        pairs = (*shape[: axis + 1], times, *shape[axis + 1 :])
        return dy.reshape(pairs).sum(axis=axis + 1).reshape(x.shape)
    places = np.repeat(numbers(shape[axis], x), repeats)
    index = (slice(None),) * axis + (places,) if axis else places
    return unindex(dy, shape=shape, index=index).reshape(x.shape)


def windows_dx(dy, y, x, window_shape, axis=None, subok=False):
    axes = range(x.ndim) if axis is None else axis if np.ndim(axis) else (axis,)
    return unwindow(dy, shape=x.shape, axes=tuple(int(i) % x.ndim for i in axes))


@primitive(
    rules=[lambda d, dx, dy, shape, axes: sliding_window_view(d, dy.shape[len(shape) :], axes)],
    broadcast=False,
)
def unwindow(dy, *, shape, axes):
    """Zeros of `shape` with every window added at its place."""
    dx = np.zeros_like(dy, shape=shape)
    for place in np.ndindex(dy.shape[len(shape) :]):
        starts = [
            sum(p for p, i in zip(place, axes, strict=True) if i == k) for k in range(dx.ndim)
        ]
        spans = tuple(slice(i, i + n) for i, n in zip(starts, dy.shape, strict=False))
        dx[spans] += dy[(..., *place)]
    return dx


# fmt: off
primitive(np.tile,             tile_dx)
primitive(np.repeat,           repeat_dx)
primitive(sliding_window_view, windows_dx)
# fmt: on


@rewrite(np.resize)
def resize(a, new_shape):
    shape = new_shape if np.ndim(new_shape) else (new_shape,)
    size = int(np.prod(shape))
    if any(n < 0 for n in shape):
        raise ValueError(f"all sizes must be 0 or more, got new_shape={new_shape}")
    if not a.size or not size:
        return np.zeros_like(a, shape=shape)
    return np.concatenate([a.reshape(-1)] * -(-size // a.size))[:size].reshape(shape)


@rewrite(np.pad)
def pad(array, pad_width, mode="constant", **options):
    if callable(mode):
        raise NotImplementedError(
            "np.pad has no gradient for a mode that writes into its argument; join what "
            "it writes to the array by np.concatenate"
        )
    if mode in ("constant", "empty") and not any_live(options):
        return framed(array, pad_width=pad_width, mode=mode, **options)
    shape = np.shape(array)
    refuse_as_numpy(shape, pad_width, mode, options)
    if mode != "constant" and not np.size(array):
        return framed(array, pad_width=pad_width)
    option = next(iter(options.values()), DEFAULTS.get(mode))
    for axis, widths in enumerate(pairs(pad_width, len(shape))):
        if any(widths):
            array = PADDED[mode](array, axis, *widths, option)
    return array


def refuse_as_numpy(shape, pad_width, mode, options):
    """Let NumPy refuse what it refuses, of an array of next to no entries."""
    numbers = dict.fromkeys({"constant_values", "end_values"} & options.keys(), 0)
    np.pad(np.zeros([min(n, 1) for n in shape]), pad_width, mode, **options | numbers)


@primitive(rules=[lambda dy, y, x, pad_width, **_: dy[inside(x, pad_width)]], broadcast=False)
def framed(x, *, pad_width, **options):
    return np.pad(x, pad_width, **options)


framed.name = "numpy.pad"  # as users know it


def inside(x, pad_width):
    """Where `x` lies in what it was padded to."""
    before = (width for width, _ in pairs(pad_width, x.ndim))
    return tuple(slice(i, i + n) for i, n in zip(before, x.shape, strict=True))


def pairs(x, ndim):
    """Before and after for each axis, from what NumPy takes for that."""
    if isinstance(x, dict):
        found = [(0, 0)] * ndim
        for axis, width in x.items():
            found[axis] = width if isinstance(width, tuple) else (width, width)
        return found
    return [(None, None)] * ndim if x is None else np.broadcast_to(x, (ndim, 2)).tolist()


# One axis after the other, each with all that those before it have added


def around(before, x, after, axis):
    return np.concatenate([before, x, after], axis=axis)


def stretched(part, x, axis, width):
    """`part`, of one entry along the axis, as many times as the padding is wide."""
    return np.broadcast_to(part, (*x.shape[:axis], width, *x.shape[axis + 1 :]))


def framed_by(before, x, after, axis, left, right):
    return around(stretched(before, x, axis, left), x, stretched(after, x, axis, right), axis)


def ends_of(values, x, axis):
    """Before and after, as NumPy takes them: more than two values lose their dtype."""
    values = gathered(values)
    weak = np.size(values) > 2 or np.shape(values) == (2, 1)
    if weak and not any_live(values):
        return pairs(values, x.ndim)[axis]
    ends = np.broadcast_to(values, (x.ndim, 2))[axis]
    return ends.astype(x.dtype) if weak else ends


def constant(x, axis, left, right, values):
    ends = ends_of(values, x, axis).astype(x.dtype)
    return framed_by(ends[0], x, ends[1], axis, left, right)


def edge(x, axis, left, right, _=None):
    return framed_by(cut(x, axis, 1), x, cut(x, axis, -1, None), axis, left, right)


def linear_ramp(x, axis, left, right, values):
    ends = ends_of(values, x, axis)
    edges = [np.squeeze(part, axis) for part in (cut(x, axis, 1), cut(x, axis, -1, None))]
    before, after = (
        np.linspace(end, stop, num=n, endpoint=False, dtype=x.dtype, axis=axis)
        for end, stop, n in zip(ends, edges, (left, right), strict=True)
    )
    return around(before, x, np.flip(after, axis), axis)


def statistic(f, x, axis, left, right, lengths):
    n = x.shape[axis]
    first, last = (n if k is None else min(k, n) for k in pairs(lengths, x.ndim)[axis])
    before, after = (
        f(part, axis=axis, keepdims=True)
        for part in (cut(x, axis, first), cut(x, axis, n - last, n))
    )
    return framed_by(before, x, after, axis, left, right)


def reflect(skip, x, axis, left, right, kind):
    """Mirrored at its ends, again and again, leaving out `skip` entries at the mirror."""
    period = x.shape[axis] - skip
    if x.shape[axis] == 1:
        return edge(x, axis, left, right)
    while left or right:
        n = x.shape[axis]
        chunk = (n - skip) // period * period
        a, b = min(chunk, left), min(chunk, right)
        before = np.flip(cut(x, axis, skip, skip + a), axis)
        after = np.flip(cut(x, axis, n - skip - b, n - skip), axis)
        if kind == "odd":
            before, after = 2 * cut(x, axis, 1) - before, 2 * cut(x, axis, -1, None) - after
        x, left, right = around(before, x, after, axis), left - a, right - b
    return x


def wrap(x, axis, left, right, _=None):
    period = x.shape[axis]
    while left or right:
        n = x.shape[axis]
        chunk = n // period * period
        a, b = min(chunk, left), min(chunk, right)
        before, after = cut(x, axis, chunk - a, chunk), cut(x, axis, n - chunk, n - chunk + b)
        x, left, right = around(before, x, after, axis), left - a, right - b
    return x


DEFAULTS = {"constant": 0, "linear_ramp": 0, "reflect": "even", "symmetric": "even"}
PADDED = {
    "constant": constant,
    "edge": edge,
    "linear_ramp": linear_ramp,
    "maximum": partial(statistic, np.max),
    "mean": partial(statistic, np.mean),
    "median": partial(statistic, np.median),
    "minimum": partial(statistic, np.min),
    "reflect": partial(reflect, 1),
    "symmetric": partial(reflect, 0),
    "wrap": wrap,
}
