"""Running sums and products, differences, and derivatives taken from differences."""

from math import pi

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from knetpy.autograd.dispatch import require_plain
from knetpy.autograd.primitive import fixed, primitive
from knetpy.autograd.values import value

from .composites import array, composite, exactly
from .places import cut


def suffix_sum(x, axis):
    """At each place the sum from there on."""
    return cut(np.cumsum(cut(x, axis, None, None, -1), axis=axis), axis, None, None, -1)


def cumsum_dx(dy, y, a, axis=None, dtype=None):
    return suffix_sum(dy, axis or 0).reshape(a.shape)


def cumprod_dx(dy, y, a, axis=None, dtype=None):
    """The product before each entry times the sum of what follows: no division, as in prod."""
    x, axis = (a, axis) if a.ndim and axis is not None else (a.reshape(-1), 0)
    if not x.size:
        return np.zeros_like(a)
    one = np.ones_like(cut(y, axis, 1))
    before = np.concatenate([one, cut(y, axis, -1)], axis=axis)
    return (before * followed(dy, cut(x, axis, 1, None), axis)).reshape(a.shape)


def followed(total, steps, axis):
    """s[i] = dy[i] + x[i + 1] s[i + 1], for runs of 1, 2, 4, … entries at a time."""
    reach, n = 1, total.shape[axis]
    while reach < n:
        ahead = steps * cut(total, axis, reach, None)
        more = cut(total, axis, n - reach) + ahead
        total = np.concatenate([more, cut(total, axis, n - reach, None)], axis=axis)
        steps = cut(steps, axis, max(n - 2 * reach, 0)) * cut(steps, axis, reach, None)
        reach *= 2
    return total


def skipping(rule, neutral):
    """The rule of a function that takes nan for its neutral element."""

    def dx(dy, y, a, axis=None, dtype=None):
        missing = np.isnan(a)
        return np.where(missing, 0, rule(dy, y, np.where(missing, neutral, a), axis, dtype))

    return dx


def with_initial(rule):
    """The rule of a function of the array API standard, which may put a start before the rest."""

    def dx(dy, y, x, axis=None, dtype=None, include_initial=False):
        if include_initial:
            dy, y = (cut(z, axis or 0, 1, None) for z in (dy, y))
        return rule(dy, y, x, axis, dtype)

    return dx


def undiff(dy, n, axis):
    """Back through `n` rounds of differences: differences again, with the other sign."""
    shape = [n if i == axis % dy.ndim else m for i, m in enumerate(dy.shape)]
    zeros = np.zeros_like(dy, shape=shape)
    return np.diff(np.concatenate([zeros, dy, zeros], axis=axis), n, axis) * (-1) ** n


def diff_dx(part):
    """The rule for one of the three that np.diff joins: before, itself, after."""

    def dx(dy, y, a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
        joined = [prepend, a, append]
        if n == 0 or not dy.size:
            return dy if n == 0 and part == 1 else np.zeros_like(joined[part])
        sizes = [length(x, axis) for x in joined]
        start = sum(sizes[:part])
        return cut(undiff(dy, n, axis), axis, start, start + sizes[part])

    return dx


def length(x, axis):
    return 0 if x is np._NoValue else np.shape(x)[axis] if np.ndim(x) else 1


def ediff1d_dx(dy, y, ary, to_end=None, to_begin=None):
    before, n = 0 if to_begin is None else np.size(to_begin), max(ary.size - 1, 0)
    return undiff(dy[before : before + n], 1, 0).reshape(ary.shape) if n else np.zeros_like(ary)


def to_end_dx(dy, y, ary, to_end, to_begin=None):
    return dy[y.size - np.size(to_end) :].reshape(np.shape(to_end))


def to_begin_dx(dy, y, ary, to_end, to_begin):
    return dy[: np.size(to_begin)].reshape(np.shape(to_begin))


@composite(np.gradient, exact=True)
def gradient(f, varargs=(), axis=None, edge_order=1):
    require_plain("numpy.gradient", edge_order=edge_order)
    f = array(f)
    axes = range(f.ndim) if axis is None else normalize_axis_tuple(axis, f.ndim)
    steps = varargs or (1.0,)
    steps = steps * len(axes) if len(steps) == 1 else steps
    found = [slope(f, h, i, edge_order) for h, i in zip(steps, axes, strict=True)]
    return found[0] if len(axes) == 1 else tuple(found)


def slope(f, step, axis, edge_order):
    """The slopes between neighbours, and at each point the mean of both, the nearer with more.

    At the ends the only one; or that and half the way by which it differs from the next.
    """
    rise = np.diff(f, axis=axis)
    run = (
        np.diff(array(step))
        if np.ndim(step)
        else np.ones_like(rise.real, shape=rise.shape[axis]) * step
    )
    run = run.reshape([-1 if i == axis else 1 for i in range(f.ndim)])
    if run.dtype.kind != "c":
        run = run.astype(np.finfo(np.result_type(f.dtype, np.float16)).dtype)
    s = rise / run
    left, right = cut(run, axis, -1), cut(run, axis, 1, None)
    inner = (left * cut(s, axis, 1, None) + right * cut(s, axis, -1)) / (left + right)
    ends = [cut(s, axis, 1), cut(s, axis, -1, None)]
    if edge_order != 1:
        bend = (cut(s, axis, 1, None) - cut(s, axis, -1)) / (left + right)
        ends[0] -= cut(bend * left, axis, 1)
        ends[1] += cut(bend * right, axis, -1, None)
    return np.concatenate([ends[0], inner, ends[1]], axis=axis)


# fmt: off
primitive(np.cumsum,          cumsum_dx)
primitive(np.cumprod,         cumprod_dx)
primitive(np.nancumsum,       skipping(cumsum_dx, 0))
primitive(np.nancumprod,      skipping(cumprod_dx, 1))
primitive(np.diff,            diff_dx(1), fixed("n"), fixed("axis"), diff_dx(0), diff_dx(2))
primitive(np.ediff1d,         ediff1d_dx, to_end_dx, to_begin_dx)
primitive(np.add.accumulate,  lambda dy, y, x, axis=0, dtype=None: cumsum_dx(dy, y, x, axis))
primitive(np.multiply.accumulate,
                              lambda dy, y, x, axis=0, dtype=None: cumprod_dx(dy, y, x, axis))
if hasattr(np, "cumulative_sum"):  # NumPy 2.1
    primitive(np.cumulative_sum,  with_initial(cumsum_dx))
    primitive(np.cumulative_prod, with_initial(cumprod_dx))
# fmt: on


@composite(np.unwrap)
def unwrap(p, discont=None, axis=-1, *, period=2 * pi):
    """Whole turns are added, whose number is constant."""
    require_plain("numpy.unwrap", discont=discont)
    known = np.unwrap(value(p), discont, axis, period=value(period))
    turns = np.round((known - value(p)) / value(period))
    return exactly(p + turns * period, known)
