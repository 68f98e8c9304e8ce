"""Roots of functions that have gradients, by those of the function; the roots of a spline.

    f(r, x) = 0   gives   dr = -(df/dx) dx / (df/dr),

in which r is recorded itself, so that there are gradients of any order.
"""

import numpy as np
from scipy import interpolate

from knetpy.autograd.derivatives import vjp
from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.primitive import primitive
from knetpy.autograd.values import value

from .bsplines import BSpline, spline
from .parts import floats

__all__ = ["root", "sproot"]


def root_dx(dy, y, x, *, known, f, scale):
    _, pull = vjp(f, y, x)
    slope = pull(np.ones_like(y))[0]
    flat = abs(value(slope)) <= 4 * np.finfo(float).eps ** 0.5 * scale
    if flat.any():
        raise NotImplementedError(
            f"the root at {value(y)[flat][0]:.6g} has no gradient, for the function touches zero "
            "there: if its arguments move, the root becomes two or none"
        )
    return -pull(dy / slope)[1]


@primitive(rules=[root_dx], broadcast=False)
def root(x, *, known, f, scale):
    """`known`, the roots r of f(r, x), each of its own; slopes of size `scale` are usual.

    >>> root(np.array([4.0]), known=np.array([2.0]), f=lambda r, x: r * r - x, scale=1.0)
    array([2.])
    """
    return known


def sproot(tck, mest=10):
    """The roots of the cubic spline tck, `mest` at most; a list of them for several curves.

    Gradients go to the knots and coefficients; a root where the spline only touches zero has none.

    >>> c = np.array([-1.0, -1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    >>> sproot((np.repeat([0.0, 1.0], 4), c, 3))
    array([0.5])
    """
    of, tck = (tck.known, tck.tck) if isinstance(tck, BSpline) else (None, tck)
    t, c, k = tck
    if of is None and np.ndim(c[0]) > 0:
        return [sproot((t, part, k), mest) for part in c]
    known = interpolate.sproot(of or (*plain((t, c)), k), mest)
    if not any_live([t, c]):
        return known
    n = len(t)
    x = np.concatenate([floats(t), floats(c)])
    at = lambda r, x: spline(x[:n], x[n:], k, r)  # noqa: E731
    size = abs(value(x)[n:]).max() / (value(x)[n - 1] - value(x)[0])
    return root(x, known=known, f=at, scale=size)
