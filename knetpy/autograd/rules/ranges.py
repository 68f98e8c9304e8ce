"""Numbers between two ends: evenly spaced, or their logarithms."""

import operator
from math import nan

import numpy as np

from knetpy.autograd.primitive import primitive, rewrite
from knetpy.autograd.values import value

from .places import together


def steps(num, endpoint):
    return max(num - 1 if endpoint else num, 0)


def way(y, num, endpoint, axis):
    """How far each entry of `y` is from start (0) to stop (1), real and in its precision."""
    t = np.arange(num, dtype=np.finfo(y.dtype).dtype, like=value(y)) / max(1, steps(num, endpoint))
    return t.reshape([num if k == axis % y.ndim else 1 for k in range(y.ndim)])


def line_dstart(dy, y, start, stop, num, endpoint, axis):
    return (dy * (1 - way(y, num, endpoint, axis))).sum(axis=axis)


def line_dstop(dy, y, start, stop, num, endpoint, axis):
    return (dy * way(y, num, endpoint, axis)).sum(axis=axis)


@primitive(rules=[line_dstart, line_dstop])
def line(start, stop, *, num, endpoint, axis, **dtype):
    return np.linspace(start, stop, num, endpoint, axis=axis, **dtype)


@rewrite(np.linspace)
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    num = operator.index(num)
    y = line(start, stop, num=num, endpoint=endpoint, axis=axis, dtype=dtype)
    if not retstep:
        return y
    return y, (stop - start) / steps(num, endpoint) if steps(num, endpoint) else nan


@rewrite(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    if np.ndim(base):  # which then has a say in where the axis is
        ends = together(start, stop, base)
        ndim = max(x.ndim for x in ends)
        start, stop, base = (x.reshape((1,) * (ndim - x.ndim) + x.shape) for x in ends)
        base = np.expand_dims(base, axis)
    y = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else y.astype(dtype)


def geomspace_dstart(dy, y, start, stop, num=50, endpoint=True, axis=0, dtype=None):
    return line_dstart(dy * y, y, start, stop, num, endpoint, axis) / start


def geomspace_dstop(dy, y, start, stop, num=50, endpoint=True, axis=0, dtype=None):
    return line_dstop(dy * y, y, start, stop, num, endpoint, axis) / stop


primitive(np.geomspace, geomspace_dstart, geomspace_dstop)
