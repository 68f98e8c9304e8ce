"""Shapes: the same entries in another arrangement, joined, or cut into parts."""

import numpy as np

from knetpy.autograd.primitive import primitive, rewrite, zerograd


def memory_order(x, order):
    """The order that "A" stands for."""
    return order if order != "A" else "F" if x.flags.fnc else "C"


def transpose_dx(dy, y, x, axes=None):
    if axes is None:
        return dy.transpose()
    return dy.transpose(np.argsort([i % x.ndim for i in axes]).tolist())


def concatenate_dx(i, dy, y, *arrays, axis=0, dtype=None, casting=None):
    shape = np.shape(arrays[i])
    if axis is None:
        start = sum(np.size(a) for a in arrays[:i])
        return dy[start : start + np.size(arrays[i])].reshape(shape)
    axis %= y.ndim
    start = sum(a.shape[axis] for a in arrays[:i])
    return dy[(slice(None),) * axis + (slice(start, start + shape[axis]),)]


def stack_dx(i, dy, y, *arrays, axis=0, dtype=None, casting=None):
    return dy[(slice(None),) * (axis % y.ndim) + (i,)]


def of_list(f):
    """A function of one list of arrays as one of many arrays, and the way to bring it there."""
    return {
        "call": lambda *arrays, **options: f(arrays, **options),
        "spread": lambda arrays, axis=0, **options: (tuple(arrays), {"axis": axis, **options}),
    }


# fmt: off
primitive(np.reshape,      lambda dy, y, x, shape=None, order="C", newshape=None, copy=None:
                               dy.reshape(x.shape, order=memory_order(x, order)),
                           call=lambda x, **options: x.reshape(options.pop("shape"), **options))
primitive(np.transpose,    transpose_dx, call=lambda x, axes=None: x.transpose(axes))
primitive(np.swapaxes,     lambda dy, y, x, axis1, axis2: dy.swapaxes(axis1, axis2))
primitive(np.moveaxis,     lambda dy, y, x, source, destination:
                               np.moveaxis(dy, destination, source))
primitive(np.squeeze,      lambda dy, y, x, axis=None: dy.reshape(x.shape))
primitive(np.expand_dims,  lambda dy, y, x, axis: dy.reshape(x.shape))
primitive(np.broadcast_to, lambda dy, y, x, shape: dy)
primitive(np.full_like,    None, lambda dy, y, a, x, **_: dy)
primitive(np.concatenate,  concatenate_dx, **of_list(np.concatenate))
primitive(np.stack,        stack_dx,       **of_list(np.stack))
# fmt: on


@rewrite(np.ravel)
def ravel(a, order="C"):
    if order == "K":
        raise NotImplementedError('ravel has no gradient for order="K"; use "C", "F" or "A"')
    return a.reshape(-1, order=order)


def parts(split):
    """Cutting is slicing, whose gradients are gathered without a copy for every part."""

    def body(ary, indices_or_sections, axis=0):
        pieces = split(np.arange(ary.shape[axis]), indices_or_sections)
        before = (slice(None),) * (axis % ary.ndim)
        spans = [slice(int(p[0]), int(p[-1]) + 1) if len(p) else slice(0, 0) for p in pieces]
        return [ary[(*before, span)] for span in spans]

    return body


rewrite(np.split)(parts(np.split))
rewrite(np.array_split)(parts(np.array_split))

zerograd(np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj)
zerograd(np.zeros_like, np.ones_like, np.empty_like)
zerograd(np.array_repr, np.array_str, np.array2string, np.shares_memory, np.may_share_memory)
