"""Splines through points of a curve, or near them, with its chords as the parameter.

u[i] = sum_{j <= i} |x[j] - x[j - 1]|, divided by the sum of all
"""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.rules.composites import exactly

from .bsplines import BSpline, spline
from .fitting import interpolating, least_squares, make_interp_spline, misfit, not_a_knot
from .parts import fixed, floats

__all__ = ["make_splprep", "splprep"]


def by_chords(data):
    """The parameter of each point, for coordinates (ndim, points).

    >>> by_chords(np.array([[0.0, 3.0, 3.0], [0.0, 4.0, 9.0]]))
    array([0. , 0.5, 1. ])
    """
    lengths = np.cumsum(np.sqrt(((data[:, 1:] - data[:, :-1]) ** 2).sum(axis=0)))
    return np.concatenate([np.zeros_like(lengths[:1]), lengths / lengths[-1]])


def splprep(
    x,
    w=None,
    u=None,
    ub=None,
    ue=None,
    k=3,
    task=0,
    s=None,
    t=None,
    full_output=0,
    nest=None,
    per=0,
    quiet=1,
):
    """The curve ([t, c, k], u) through the points x, a list of their coordinates, if s=0.

    With task=-1 it is the curve with the knots t nearest to the points.  Gradients go to x, to u
    with its ends ub and ue, and to t and w; with s > 0, which lets SciPy search for knots, to none.

    >>> tck, u = splprep([np.arange(4.0), np.zeros(4)], s=0)
    >>> u.round(3).tolist(), [x.round(12).tolist() for x in interpolate.splev(0.5, tck)]
    ([0.0, 0.333, 0.667, 1.0], [1.5, 0.0])
    """
    points, given = list(x), {"w": w, "u": u, "ub": ub, "ue": ue, "t": t}
    options = {"k": k, "task": task, "s": s, "nest": nest, "per": per, "quiet": quiet}
    found = interpolate.splprep(plain(points), **plain(given), **options, full_output=full_output)
    if not any_live([points, *given.values()]):
        return found
    if per or task == 1 or (task == 0 and s != 0):
        why = "per" if per else "task=1" if task == 1 else "s > 0"
        fixed(f"splprep with {why}", x=points, **given)
    (tck, sites), *rest = found if full_output else [found]
    new, fp = curve(points, w, u, (ub, ue), k, t if task == -1 else None)
    t, c, u = exactly(tuple(new), (tck[0], tck[1], sites))
    if not full_output:
        return [t, c, k], u
    return ([t, c, k], u), exactly(fp, rest[0]), *rest[1:]


def curve(points, w, u, ends, k, t):
    """Knots, coefficients and parameters of a curve, and the sum of its squared residuals."""
    data = np.stack([floats(part) for part in points])
    ends = (None, None) if u is None else ends  # as SciPy has it
    u = by_chords(data) if u is None else floats(u)
    ends = [u[i] if end is None else floats(end) for i, end in zip((0, -1), ends, strict=True)]
    knots = not_a_knot(u, k, ends)
    if t is None:
        c = interpolating(u, data.T, k, knots)
    else:
        inner = floats(t)[k + 1 : -k - 1]
        knots = np.concatenate([knots[: k + 1], inner, knots[len(knots) - k - 1 :]])
        c = least_squares(u, data.T, knots, k, None if w is None else floats(w))
    return (knots, list(c.T), u), misfit(spline(knots, c, k, u).T, data, w)


def make_splprep(x, *, w=None, u=None, ub=None, ue=None, k=3, s=0, t=None, nest=None, bc_type=None):
    """The curve through the points x, a list of their coordinates: (a BSpline, its parameters u).

    >>> make_splprep([np.arange(4.0), np.zeros(4)])[0](0.5).round(12).tolist()
    [1.5, 0.0]
    """
    given = {"w": w, "u": u, "ub": ub, "ue": ue, "t": t}
    points = list(x)
    options = {"k": k, "s": s, "nest": nest, "bc_type": bc_type}
    known, sites = interpolate.make_splprep(plain(points), **plain(given), **options)
    if not any_live([points, *given.values()]):
        new = BSpline.construct_fast(known.t, known.c, k, known.extrapolate, known.axis)
        return new, sites
    if s:
        fixed("make_splprep with s > 0", x=points, **given)
    data = np.stack([floats(part) for part in points])
    u = by_chords(data) if u is None else u
    return make_interp_spline(u, data, k, axis=1), exactly(u, sites)
