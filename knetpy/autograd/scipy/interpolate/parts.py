"""What every interpolator is built of: SciPy's own for the values, formulas for the gradients."""

import numpy as np

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.errors import undifferentiable
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.scipy.wrap import array
from knetpy.autograd.values import value

__all__ = [
    "Interpolator",
    "along",
    "combined",
    "fixed",
    "floats",
    "horner",
    "in_front",
    "interval",
    "points_of",
    "wrapped",
]


class Interpolator:
    """An interpolator of SciPy's with gradients; what is not told here is SciPy's own.

    known   SciPy's, of the plain values, which computes all results
    parts   the names of what it consists of, each an attribute: recorded, if that is

    >>> from scipy.interpolate import PPoly
    >>> found = Interpolator().made(PPoly([[1.0], [2.0]], [0.0, 1.0]), "c")
    >>> found.c.shape, found.extrapolate
    ((2, 1), True)
    """

    known, parts = None, ()

    def made(self, known, names, parts=None, given=()):
        """This, of SciPy's `known` with its parts `names`; `parts()` tells how they come about."""
        recorded = any_live(given)
        vars(self).update(known=known, parts=tuple(names.split()))
        for name, part in zip(self.parts, parts() if recorded else (), strict=recorded):
            vars(self)[name] = exactly(part, getattr(known, name))
        for name in self.parts if not recorded else ():
            vars(self)[name] = getattr(known, name)
        return self

    def like(self, known, parts, given=None):
        """Another of this kind, as a derivative is; made of what this is made of."""
        given = self.content() if given is None else given
        return object.__new__(type(self)).made(known, " ".join(self.parts), parts, given)

    def content(self):
        return [getattr(self, name) for name in self.parts]

    def told(self, y, body, *args):
        """`y`, with the gradients that `body()` has, if anything is recorded."""
        return exactly(body(), y) if any_live((self.content(), args)) else y

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self.known, name)
        if callable(found) and any_live(self.content()):
            raise NotImplementedError(
                f"{type(self).__name__}.{name} has no gradient; make the interpolator of plain "
                "values, by value(x), to call it"
            )
        return found

    def __setattr__(self, name, x):
        setattr(self.known, name, plain(x))
        vars(self)[name] = x


def fixed(name, **given):
    """Raise if one of the arguments is recorded, in which `name` has no gradient."""
    for argument, x in given.items():
        if any_live(x):
            raise undifferentiable(f"scipy.interpolate.{name}", argument)


def floats(x):
    """`x` in double precision, in which SciPy interpolates.

    >>> floats([1, 2]).dtype
    dtype('float64')
    """
    x = array(np.stack(x) if isinstance(x, (list, tuple)) and any_live(x) else x)
    return x.astype(np.result_type(x.dtype, np.float64))


def interval(x, q, first=0, last=None):
    """The number i of the interval x[i] <= q < x[i + 1], from `first` on and before `last`.

    Both are plain; `x` may also fall.

    >>> interval(np.array([0.0, 1.0, 2.0]), np.array([-1.0, 1.0, 2.0])).tolist()
    [0, 1, 1]
    """
    x, q = value(x), value(q)
    last = len(x) - 1 if last is None else last
    inner = x[first + 1 : last]
    if x[0] > x[-1]:
        return len(inner) - np.searchsorted(inner[::-1], q, side="left") + first
    return np.searchsorted(inner, q, side="right") + first


def wrapped(q, low, high):
    """`q` moved by whole periods to where it lies between `low` and `high`.

    >>> wrapped(2.5, 0.0, 1.0)
    0.5
    """
    return low + (q - low) % (high - low)


def along(s, ndim):
    """`s` with axes of length 1 behind, so that there are `ndim`.

    >>> along(np.ones(2), 3).shape
    (2, 1, 1)
    """
    return s.reshape(s.shape + (1,) * (ndim - s.ndim))


def horner(c, s):
    """sum_p c[p] s^(k - 1 - p), for k coefficients of the highest power first.

    >>> horner(np.array([1.0, 2.0]), 10.0)
    np.float64(12.0)
    """
    y = c[0]
    for part in c[1:]:
        y = y * s + part
    return y


def combined(weights, parts):
    """The sum of parts, each times its weight, which is one number for all axes behind its own.

    >>> combined([np.array([2.0])], [np.ones((1, 2))])
    array([[2., 2.]])
    """
    return sum(along(w, part.ndim) * part for w, part in zip(weights, parts, strict=True))


def in_front(y, q_ndim, axis):
    """The axes of the points, which stand first, moved to where the axis of the data was.

    >>> in_front(np.ones((5, 2, 3)), 1, 2).shape
    (2, 3, 5)
    """
    if not axis:
        return y
    order = list(range(y.ndim))
    return y.transpose(order[q_ndim : q_ndim + axis] + order[:q_ndim] + order[q_ndim + axis :])


def points_of(x, ndim=None):
    """Points, (..., ndim), from an array of them or a tuple of the arrays of their coordinates.

    >>> points_of((np.zeros((2, 1)), np.ones(3))).shape
    (2, 3, 2)
    """
    if isinstance(x, tuple) and len(x) == 1:
        x = x[0]
    if isinstance(x, tuple):
        return np.stack(np.broadcast_arrays(*map(floats, x)), axis=-1)
    x = floats(x)
    if x.ndim == 1:
        return x[:, None] if ndim in (None, 1) else x.reshape(-1, ndim)
    return x
