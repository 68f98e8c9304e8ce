"""Splines in two variables with given knots, nearest to scattered data."""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.values import value

from .bivariate import BOX, BivariateSpline, surface
from .bsplines import design
from .fitting import dense, misfit, repeated
from .parts import fixed, floats

__all__ = ["LSQBivariateSpline", "bisplrep", "determined"]


class LSQBivariateSpline(BivariateSpline):
    """The spline in two variables with the inner knots tx and ty nearest to scattered data.

    >>> x, y = (q.ravel() for q in np.mgrid[:5, :5].astype(float))
    >>> LSQBivariateSpline(x, y, x * y, [2.0], [2.0], kx=1, ky=1).ev(1.5, 2.0).round(9)
    np.float64(3.0)
    """

    def __init__(self, x, y, z, tx, ty, w=None, bbox=BOX, kx=3, ky=3, eps=None):
        given = x, y, z, tx, ty, w, bbox
        known = interpolate.LSQBivariateSpline(*plain(given), kx, ky, eps)

        def found():
            pairs = zip((x, y), (tx, ty), (kx, ky), (bbox[:2], bbox[2:]), strict=True)
            ends = [end for parts in pairs for end in around(*parts)]
            return [determined(nearest(x, y, z, tx, ty, w, ends, (kx, ky)), known.tck)]

        self.made(known, "tck", found, list(given))


def around(q, inner, k, ends):
    """Where the knots end, if it is not given: with the data, as far as SciPy finds them outside.

    It compares them with all knots, of which those to be found are still 0.
    """
    q, zeros = floats(q), np.zeros(k + 1)
    t = np.concatenate([zeros, floats(inner), zeros])
    low, high = t.min(), t.max()
    beyond = (high - low) / len(t)
    first = q.min() if value(q.min()) < value(low) else low - beyond
    last = q.max() if value(q.max()) > value(high) else high + beyond
    return [e if end is None else end for e, end in zip((first, last), ends, strict=True)]


def determined(tck, known):
    """`tck`, if it is what FITPACK found."""
    far = [abs(value(x) - y).max() > 1e-6 * abs(y).max() for x, y in zip(tck, known, strict=True)]
    if any(far):
        raise NotImplementedError(
            "least squares have no gradient here, for the data do not determine the coefficients, "
            "of which FITPACK takes some; leave out the knots that have no data between them"
        )
    return tck


def nearest(x, y, z, tx, ty, w, bbox, degrees):
    """Knots and coefficients of least squares, by the products of B-splines at the data."""
    z = floats(z).reshape(-1)
    w = np.ones(len(z)) if w is None else floats(w)
    knots, matrices = [], []
    for q, inner, ends, k in zip((x, y), (tx, ty), (bbox[:2], bbox[2:]), degrees, strict=True):
        q, inner = floats(q).reshape(-1), floats(inner)
        low = q.min() if ends[0] is None else floats(ends[0])
        high = q.max() if ends[1] is None else floats(ends[1])
        knots.append(np.concatenate([repeated(low, k + 1), inner, repeated(high, k + 1)]))
        matrices.append(dense(*design(knots[-1], k, q), len(inner) + k + 1))
    A = (matrices[0][:, :, None] * matrices[1][:, None, :]).reshape(len(z), -1)
    return *knots, np.linalg.lstsq(w[:, None] * A, w * z)[0]


def bisplrep(
    x,
    y,
    z,
    w=None,
    xb=None,
    xe=None,
    yb=None,
    ye=None,
    kx=3,
    ky=3,
    task=0,
    s=None,
    eps=1e-16,
    tx=None,
    ty=None,
    full_output=0,
    nxest=None,
    nyest=None,
    quiet=1,
):
    """The spline [tx, ty, c, kx, ky] near scattered data; with task=-1 the knots are given.

    Gradients, for task=-1 alone, go to x, y, z, w, the ends xb, xe, yb, ye and the knots.

    >>> x, y = (q.ravel() for q in np.mgrid[:5, :5].astype(float))
    >>> t = [0.0, 0.0, 4.0, 4.0]
    >>> bisplrep(x, y, x * y, kx=1, ky=1, task=-1, tx=t, ty=t)[2].round(9).tolist()
    [0.0, 0.0, 0.0, 16.0]
    """
    ends = {"xb": xb, "xe": xe, "yb": yb, "ye": ye}
    given = {"x": x, "y": y, "z": z, "w": w, "tx": tx, "ty": ty, **ends}
    options = {"kx": kx, "ky": ky, "task": task, "s": s, "eps": eps, "quiet": quiet}
    sizes = {"full_output": full_output, "nxest": nxest, "nyest": nyest}
    found = interpolate.bisplrep(**plain(given), **options, **sizes)
    if not any_live(list(given.values())):
        return found
    if task != -1:
        fixed(f"bisplrep with task={task}", **given)
    inner = [floats(t)[k + 1 : -k - 1] for t, k in ((tx, kx), (ty, ky))]
    tck, *rest = found if full_output else [found]
    new = determined(nearest(x, y, z, *inner, w, list(ends.values()), (kx, ky)), tck[:3])
    known = [*exactly(tuple(new), tuple(tck[:3])), kx, ky]
    if not full_output:
        return known
    x, y, z = (floats(q).reshape(-1) for q in (x, y, z))
    fp = misfit(surface(x, y, (*new, kx, ky), (0, 0), False), z, w)
    return known, exactly(fp, rest[0]), *rest[1:]
