"""Splines of one variable as FITPACK keeps them: (t, c, k), c as long as t.

A spline through data has its coefficients from a linear system, and so gradients in the data; one
that smooths, by s > 0, has its knots by search, and gradients in what it is asked for alone.
"""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.values import value

from .bsplines import BSpline, differences, inserted, spline
from .fitting import interpolating, least_squares, make_interp_spline, misfit, not_a_knot
from .parts import fixed, floats

__all__ = [
    "coefficients",
    "evaluated",
    "insert",
    "make_splrep",
    "spalde",
    "splantider",
    "splder",
    "splev",
    "splint",
    "splrep",
]


def known_or(f, body, *given, **options):
    """SciPy's f(*given), with the gradients of body() if anything is recorded."""
    y = f(*plain(given), **options)
    return exactly(body(), y) if any_live(given) else y


def parametric(c):
    return np.ndim(c[0]) > 0


def evaluated(q, tck, nu, ext):
    """The spline at `q`; where that is outside: going on, 0, or its value at the end."""
    t, c, k = floats(tck[0]), floats(tck[1]), tck[2]
    low, high = t[k], t[len(t) - k - 1]
    below, above = value(q) < value(low), value(q) > value(high)
    if ext == 3 and nu == 0:  # derivatives go on, as in FITPACK
        q = np.where(above, high, np.where(below, low, q))
    y = spline(t, c, k, q, nu)
    return np.where(below | above, 0, y) if ext == 1 else y


def splev(x, tck, der=0, ext=0):
    """The spline tck, or its derivative of order `der`, at x; outside as `ext` says.

    >>> splev(0.5, ([0.0, 0.0, 1.0, 1.0], [1.0, 3.0, 0.0, 0.0], 1))
    array(2.)
    """
    if isinstance(tck, BSpline):
        return known_or(
            lambda *_: interpolate.splev(value(x), tck.known, der, ext),
            lambda: tck.at(floats(x), der, True),
            x,
            *tck.tck,
        )
    t, c, k = tck
    if parametric(c):
        return [splev(x, (t, part, k), der, ext) for part in c]
    f = lambda x, t, c: interpolate.splev(x, (t, c, k), der, ext)  # noqa: E731
    return known_or(f, lambda: evaluated(floats(x), tck, der, ext), x, t, c)


def splint(a, b, tck, full_output=0):
    """The integral of the spline tck from a to b; outside of its knots it counts as 0.

    >>> splint(0.0, 1.0, ([0.0, 0.0, 1.0, 1.0], [1.0, 3.0, 0.0, 0.0], 1))
    2.0
    """
    if isinstance(tck, BSpline):
        return tck.integrate(a, b, extrapolate=False)
    t, c, k = tck
    if parametric(c):
        return [splint(a, b, (t, part, k)) for part in c]
    y = interpolate.splint(*plain((a, b, (t, c, k))), full_output)
    if not any_live([a, b, t, c]):
        return y
    area = BSpline.construct_fast(floats(t), floats(c), k).area(a, b, False)
    return (exactly(area, y[0]), y[1]) if full_output else exactly(area, y)


def spalde(x, tck):
    """All derivatives of the spline tck at x, from order 0 to its degree; a list for several x.

    >>> spalde(0.5, ([0.0, 0.0, 1.0, 1.0], [1.0, 3.0, 0.0, 0.0], 1)).tolist()
    [2.0, 2.0]
    """
    if isinstance(tck, BSpline):
        return interpolate.spalde(value(x), tck.known)
    t, c, k = tck
    if parametric(c):
        return [spalde(x, (t, part, k)) for part in c]
    if np.size(value(x)) > 1:
        return [spalde(x[i], tck) for i in range(len(x))]
    q = floats(x).reshape(())

    def body():
        return np.stack([spline(floats(t), floats(c), k, q, nu) for nu in range(k + 1)])

    return known_or(lambda x, t, c: interpolate.spalde(x, (t, c, k)), body, x, t, c)


def splder(tck, n=1):
    """The derivative of order n of the spline tck, as such a spline.

    >>> splder((np.array([0.0, 0.0, 1.0, 1.0]), np.array([1.0, 3.0, 0.0, 0.0]), 1))[1].tolist()
    [2.0, 0.0]
    """
    if isinstance(tck, BSpline):
        return tck.derivative(n)
    t, c, k = tck
    found = interpolate.splder((*plain((t, c)), k), n)
    if not any_live([t, c]):
        return found
    new = differences(floats(t), floats(c), k, n)
    return (*exactly(tuple(new[:2]), found[:2]), found[2])


def splantider(tck, n=1):
    """An antiderivative of order n of the spline tck, 0 at its first knot.

    >>> splantider((np.array([0.0, 0.0, 1.0, 1.0]), np.array([1.0, 3.0, 0.0, 0.0]), 1))[2]
    2
    """
    return tck.antiderivative(n) if isinstance(tck, BSpline) else splder_back(tck, n)


def splder_back(tck, n):
    t, c, k = tck
    found = interpolate.splantider((*plain((t, c)), k), n)
    if not any_live([t, c]):
        return found
    new = differences(floats(t), floats(c), k, -n)
    return (*exactly(tuple(new[:2]), found[:2]), found[2])


def insert(x, tck, m=1, per=0):
    """The spline tck with the knot x put in m times: the same function.

    >>> t, c = np.array([0.0, 0.0, 1.0, 1.0]), np.array([1.0, 3.0, 0.0, 0.0])
    >>> insert(0.5, (t, c, 1))[1][:3].tolist()
    [1.0, 2.0, 3.0]
    """
    if isinstance(tck, BSpline):
        return tck.insert_knot(x, m)
    t, c, k = tck
    found = interpolate.insert(*plain((x, (t, c, k))), m, per)
    if not any_live([x, t, c]):
        return found
    if per:
        fixed("insert with per", x=x, tck=[t, c])
    n = len(t) - k - 1
    new_t, new_c = inserted(floats(x), floats(t), floats(c)[:n], k, m)
    new_c = np.concatenate([new_c, np.zeros_like(new_c, shape=(len(found[1]) - len(new_c),))])
    return (*exactly((new_t, new_c), tuple(found[:2])), k)


def coefficients(x, y, k, ends, w=None, inner=None):
    """Knots and padded coefficients of the spline through the data, or nearest to them."""
    x, y = floats(x).reshape(-1), floats(y).reshape(-1)
    ends = [
        default if end is None else floats(end)
        for end, default in zip(ends, (x[0], x[-1]), strict=True)
    ]
    t = not_a_knot(x, k, ends)
    if inner is None:
        c = interpolating(x, y, k, t)
    else:
        t = np.concatenate([t[: k + 1], floats(inner), t[len(t) - k - 1 :]])
        c = least_squares(x, y, t, k, None if w is None else floats(w))
    return t, np.concatenate([c, np.zeros_like(c, shape=(k + 1,))])


def splrep(
    x,
    y,
    w=None,
    xb=None,
    xe=None,
    k=3,
    task=0,
    s=None,
    t=None,
    full_output=0,
    per=0,
    quiet=1,
):
    """The spline tck through the data (x, y), or with the inner knots t nearest to them.

    >>> t, c, k = splrep([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 8.0, 27.0])
    >>> round(float(splev(1.5, (t, c, k))), 12)
    3.375
    """
    given = [x, y, w, xb, xe, t]
    found = interpolate.splrep(*plain((x, y, w, xb, xe, k, task, s, t)), full_output, per, quiet)
    if not any_live(given):
        return found
    smooths = t is None and (s or (s is None and w is not None))
    if per or smooths or task == 1:
        why = "per" if per else "task=1" if task == 1 else "s > 0"
        fixed(f"splrep with {why}", x=x, y=y, w=w, xb=xb, xe=xe, t=t)
    tck = found[0] if full_output else found
    new = exactly(coefficients(x, y, k, (xb, xe), w, t), tuple(tck[:2]))
    if not full_output:
        return *new, k
    fp = misfit(spline(*new, k, floats(x)), floats(y), w)
    return (*new, k), exactly(fp, found[1]), *found[2:]


def make_splrep(x, y, *, w=None, xb=None, xe=None, k=3, s=0, t=None, nest=None, bc_type=None):
    """The spline through the data (x, y), as a BSpline; with s > 0 one that smooths them.

    >>> make_splrep([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 8.0, 27.0])(1.5).round(12)
    np.float64(3.375)
    """
    if s == 0 and t is None and w is None and nest is None:
        interpolate.make_splrep(*plain((x, y)), xb=value(xb), xe=value(xe), k=k, bc_type=bc_type)
        return make_interp_spline(x, y, k, bc_type=bc_type)
    ends = {"xb": xb, "xe": xe, "w": w, "t": t}
    fixed("make_splrep with s > 0", x=x, y=y, **ends)
    options = {"k": k, "s": s, "nest": nest, "bc_type": bc_type}
    known = interpolate.make_splrep(*plain((x, y)), **plain(ends), **options)
    return BSpline.construct_fast(known.t, known.c, known.k, known.extrapolate, known.axis)
