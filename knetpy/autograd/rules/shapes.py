"""Shapes: the same entries in another arrangement, on a diagonal, or seen as of another shape."""

import numpy as np

from knetpy.autograd.primitive import primitive, rewrite, zerograd
from knetpy.autograd.values import value

from .indexing import unindex
from .places import numbers


def memory_order(x, order):
    """The order that "A" stands for."""
    return order if order != "A" else "F" if x.flags.fnc else "C"


def reshaped(x, shape=None, newshape=None, **options):
    """By the array's method; NumPy 2.0 calls the shape newshape."""
    return x.reshape(newshape if shape is None else shape, **options)


def transpose_dx(dy, y, x, axes=None):
    if axes is None:
        return dy.transpose()
    return dy.transpose(np.argsort([i % x.ndim for i in axes]).tolist())


def rollaxis_dx(dy, y, x, axis, start=0):
    axis, start = axis % x.ndim, start + x.ndim if start < 0 else start
    return np.moveaxis(dy, start - (axis < start), axis)


def roll_dx(dy, y, x, shift, axis=None):
    back = tuple(-int(n) for n in shift) if np.ndim(shift) else -int(shift)
    return np.roll(dy, back, axis)


def diag_dx(dy, y, v, k=0):
    return np.diagonal(dy, k) if v.ndim == 1 else diagonal_dx(dy, y, v, k)


def diagonal_dx(dy, y, x, offset=0, axis1=0, axis2=1):
    last = [axis1 % x.ndim, axis2 % x.ndim]
    order = [i for i in range(x.ndim) if i not in last] + last
    i = numbers(dy.shape[-1], x)
    index = (..., i + max(-offset, 0), i + max(offset, 0))
    dx = unindex(dy, shape=tuple(x.shape[i] for i in order), index=index)
    return dx.transpose(np.argsort(order).tolist())


def trace_dx(dy, y, x, offset=0, axis1=0, axis2=1, dtype=None):
    rows, columns = x.shape[axis1] + min(offset, 0), x.shape[axis2] - max(offset, 0)
    spread = np.broadcast_to(dy[..., None], (*dy.shape, max(0, min(rows, columns))))
    return diagonal_dx(spread, y, x, offset, axis1, axis2)


# fmt: off
primitive(np.reshape,      lambda dy, y, x, shape=None, order="C", newshape=None, copy=None:
                               dy.reshape(x.shape, order=memory_order(x, order)),
                           call=reshaped)
primitive(np.transpose,    transpose_dx, call=lambda x, axes=None: x.transpose(axes))
primitive(np.swapaxes,     lambda dy, y, x, axis1, axis2: dy.swapaxes(axis1, axis2))
primitive(np.matrix_transpose, lambda dy, y, x: dy.swapaxes(-1, -2))
primitive(np.moveaxis,     lambda dy, y, x, source, destination:
                               np.moveaxis(dy, destination, source))
primitive(np.rollaxis,     rollaxis_dx)
primitive(np.squeeze,      lambda dy, y, x, axis=None: dy.reshape(x.shape))
primitive(np.expand_dims,  lambda dy, y, x, axis: dy.reshape(x.shape))
primitive(np.broadcast_to, lambda dy, y, x, shape: dy)
primitive(np.full_like,    None, lambda dy, y, a, x, **_: dy)
primitive(np.flip,         lambda dy, y, x, axis=None: np.flip(dy, axis))
primitive(np.fliplr,       lambda dy, y, x: np.fliplr(dy))
primitive(np.flipud,       lambda dy, y, x: np.flipud(dy))
primitive(np.rot90,        lambda dy, y, x, k=1, axes=(0, 1): np.rot90(dy, -k, axes))
primitive(np.roll,         roll_dx)
primitive(np.tril,         lambda dy, y, x, k=0: np.tril(dy, k))
primitive(np.triu,         lambda dy, y, x, k=0: np.triu(dy, k))
primitive(np.diag,         diag_dx)
primitive(np.diagonal,     diagonal_dx)
primitive(np.trace,        trace_dx)
# fmt: on


@rewrite(np.ravel)
def ravel(a, order="C"):
    if order == "K":
        a, order = a.transpose(memory_axes(value(a))), "C"
    return a.reshape(-1, order=order)


def memory_axes(x):
    """The axes from the longest stride to the shortest; one of stride 0 stays where it can."""
    strides = [abs(s) if n > 1 else 0 for s, n in zip(x.strides, x.shape, strict=True)]
    axes = []
    for i in reversed(range(x.ndim)):
        place = 0
        for k, j in enumerate(axes):
            if strides[i] and strides[j]:
                if strides[i] >= strides[j]:
                    break
                place = k + 1
        axes.insert(place, i)
    return axes


@rewrite(np.diagflat)
def diagflat(v, k=0):
    return np.diag(v.reshape(-1), k)


def widened(f, shape):
    """Each array in the least shape of so many axes; several come as a tuple."""

    def body(*arys):
        found = tuple(np.reshape(x, shape(np.shape(x))) for x in arys)
        return found[0] if len(found) == 1 else found

    rewrite(f)(body)


def shape_of_3d(s):
    return {0: (1, 1, 1), 1: (1, *s, 1), 2: (*s, 1)}.get(len(s), s)


widened(np.atleast_1d, lambda s: s or (1,))
widened(np.atleast_2d, lambda s: (1,) * (2 - len(s)) + s)
widened(np.atleast_3d, shape_of_3d)


@rewrite(np.broadcast_arrays)
def broadcast_arrays(*args, subok=False):
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(x, shape) for x in args)


@rewrite(np.meshgrid)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    if indexing not in ("xy", "ij"):
        raise ValueError(f'indexing is "xy" or "ij", got {indexing!r}')
    n, swapped = len(xi), indexing == "xy" and len(xi) > 1
    axes = (1, 0, *range(2, n)) if swapped else range(n)
    lines = [np.reshape(x, on_axis(np.size(x), k, n)) for x, k in zip(xi, axes, strict=True)]
    return tuple(lines) if sparse else np.broadcast_arrays(*lines)


@rewrite(np.ix_)
def ix_(*args):
    if any(np.ndim(x) != 1 for x in args):
        raise ValueError("ix_ needs sequences of one axis")
    plain = np.ix_(*map(value, args))
    return tuple(
        p if p.dtype.kind in "iu" else np.reshape(x, p.shape)
        for x, p in zip(args, plain, strict=True)
    )


def on_axis(size, axis, ndim):
    """The shape of a line along an axis."""
    return tuple(size if k == axis else 1 for k in range(ndim))


zerograd(np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj)
zerograd(np.common_type, np.min_scalar_type)
zerograd(np.zeros_like, np.ones_like, np.empty_like)
zerograd(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)
zerograd(np.array_repr, np.array_str, np.array2string, np.shares_memory, np.may_share_memory)
