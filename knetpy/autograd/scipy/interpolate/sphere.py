"""Splines on the sphere, in the polar angle theta and the azimuth phi.

They have the period 2 pi in phi, and at each pole one value p and one tangent plane (x, y): near
theta = 0 the coefficients are, with those of the splines through cos and sin at the knots,

    c[0] = p,   c[1] = p + (x cos + y sin) times the distance to the next knot

Source:  Dierckx 1984, Algorithms for smoothing data on the sphere with tensor product splines;
         Dierckx 1987, Fast algorithms for smoothing data over a disc or a sphere
"""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import plain

from .bivariate import Surface
from .bsplines import design
from .fitting import continued, dense, periodic, sum_of_turns
from .parts import fixed, floats
from .surfaces import determined

__all__ = [
    "LSQSphereBivariateSpline",
    "RectSphereBivariateSpline",
    "SmoothSphereBivariateSpline",
]

TURN = 2 * np.pi


class Sphere(Surface):
    """What is called with angles, in radians."""

    def __call__(self, theta, phi, dtheta=0, dphi=0, grid=True):
        return super().__call__(theta, phi, dtheta, dphi, grid)

    def ev(self, theta, phi, dtheta=0, dphi=0):
        return self(theta, phi, dtheta, dphi, grid=False)


class SmoothSphereBivariateSpline(Sphere):
    """A spline on the sphere near scattered data r, by search for knots.

    Gradients go to the points where it is called.

    >>> theta, phi = (q.ravel() for q in np.mgrid[0.2:3:5j, 0:6:7j])
    >>> SmoothSphereBivariateSpline(theta, phi, np.cos(theta), s=1e3).ev(0.5, 1.0).round(3)
    np.float64(0.874)
    """

    def __init__(self, theta, phi, r, w=None, s=0.0, eps=1e-16):
        fixed("SmoothSphereBivariateSpline", theta=theta, phi=phi, r=r, w=w)
        known = interpolate.SmoothSphereBivariateSpline(*plain((theta, phi, r, w)), s, eps)
        self.made(known, "tck")


class LSQSphereBivariateSpline(Sphere):
    """The spline on the sphere with the inner knots tt and tp nearest to scattered data r.

    >>> theta, phi = (q.ravel() for q in np.mgrid[0.2:3:7j, 0:6:9j])
    >>> f = LSQSphereBivariateSpline(theta, phi, 0 * theta + 2.0, [1.0, 2.0], [1.5, 3.0, 4.5])
    >>> f.ev(0.5, 1.0).round(9)
    np.float64(2.0)
    """

    def __init__(self, theta, phi, r, tt, tp, w=None, eps=1e-16):
        given = [theta, phi, r, tt, tp, w]
        known = interpolate.LSQSphereBivariateSpline(*plain(given), eps)
        self.made(known, "tck", lambda: [determined(nearest(*given), known.tck)], given)


def angles(inner):
    """The knots in theta, with these between 0 and pi."""
    ends = np.zeros_like(inner, shape=(4,))
    return np.concatenate([ends, inner, ends + np.pi])


def nearest(theta, phi, r, tt, tp, w):
    """Knots and coefficients of least squares, of all splines that the sphere has."""
    theta, phi, r, tt, tp = (floats(q).reshape(-1) for q in (theta, phi, r, tt, tp))
    w = np.ones_like(r) if w is None else floats(w)
    tt = angles(tt)
    start = np.zeros_like(tp, shape=(1,))
    tp = continued(np.concatenate([start, tp, start + TURN]), 3)
    n = len(tp) - 7
    around = lambda q: sum_of_turns(dense(*design(tp, 3, q), n + 3), n)  # noqa: E731
    along, across, knots = dense(*design(tt, 3, theta), len(tt) - 4), around(phi), tp[3:-4]
    waves = np.linalg.solve(around(knots), np.stack([np.cos(knots), np.sin(knots)], axis=1))
    caps = [along[:, i : i + 1] * (across @ waves) for i in (1, -2)]
    poles = [along[:, :2].sum(axis=1)[:, None], along[:, -2:].sum(axis=1)[:, None]]
    between = (along[:, 2:-2, None] * across[:, None]).reshape(len(r), -1)
    A = np.concatenate([poles[0], caps[0], between, caps[1], poles[1]], axis=1)
    c = np.linalg.lstsq(w[:, None] * A, w * r)[0]
    rows = [0 * waves[:, 0] + c[0], c[0] + waves @ c[1:3], c[3:-3].reshape(-1, n)]
    rows += [c[-1] + waves @ c[-3:-1], 0 * waves[:, 0] + c[-1]]
    c = np.concatenate([row.reshape(-1, n) for row in rows])
    return tt, tp, c[:, np.arange(n + 3) % n].reshape(-1)


class RectSphereBivariateSpline(Sphere):
    """The spline on the sphere through values r on a grid of angles u and v.

    Gradients go to u, v, r, pole_values, and the points where it is called; with s > 0, which
    lets SciPy search for knots, to those points alone.

    >>> u, v = np.linspace(0.3, 2.8, 6), np.linspace(0, 5, 6)
    >>> RectSphereBivariateSpline(u, v, np.full((6, 6), 2.0)).ev(0.1, 1.0).round(9)
    np.float64(2.0)
    """

    def __init__(
        self,
        u,
        v,
        r,
        s=0.0,
        pole_continuity=False,
        pole_values=None,
        pole_exact=False,
        pole_flat=False,
    ):
        several = isinstance(pole_values, (tuple, list)) or np.ndim(pole_values)
        poles = tuple(pole_values) if several else (pole_values, pole_values)
        options = pole_continuity, plain(poles), pole_exact, pole_flat
        known = interpolate.RectSphereBivariateSpline(*plain((u, v, r)), s, *options)
        if s:
            name = "RectSphereBivariateSpline with s > 0"
            fixed(name, u=u, v=v, r=r, pole_values=list(poles))
        smooth, flat = (
            (x, x) if isinstance(x, bool) else tuple(x) for x in (pole_continuity, pole_flat)
        )
        given = [u, v, r, poles]
        self.made(known, "tck", lambda: [through(*given, smooth, flat)], given)


def through(u, v, r, poles, smooth, flat):
    """Knots and coefficients of the spline through a grid, row by row of the coefficients in u."""
    u, v, r = floats(u).reshape(-1), floats(v).reshape(-1), floats(r)
    waves = np.stack([0 * v + 1, np.cos(v), np.sin(v)])
    planes = at_poles(u, r, waves, poles, smooth, flat)
    t = angles(u[1 - smooth[0] : len(u) - 1 + smooth[1]])
    between, caps = observed(t, u, smooth)
    inner = np.linalg.solve(between, r - covered(caps, planes, waves))
    first, last = ([p[0] * waves[0], p @ waves] for p in planes * widths(t))
    rows = [*first[: 1 + smooth[0]], inner, *last[: 1 + smooth[1]][::-1]]
    rows = np.concatenate([row.reshape(-1, len(v)) for row in rows]).T
    around, c = periodic(np.concatenate([v, v[:1] + TURN]), np.concatenate([rows, rows[:1]]), 3)
    return t, around, c.T.reshape(-1)


def widths(t):
    """What is to be multiplied with (p, x, y) of both poles for the coefficients next to them."""
    steps = np.stack([t[4] - t[3], t[-5] - t[-4]])
    return np.stack([0 * steps + 1, steps, steps], axis=1)


def observed(t, u, smooth):
    """What coefficients, and what (p, x, y) of both poles, (3, sites) each, give at the sites u."""
    B = dense(*design(t, 3, u), len(t) - 4)
    ends = [(B[:, 0], B[:, 1]), (B[:, -1], B[:, -2])]
    caps = [
        [end + soft * beside, soft * step[1] * beside, soft * step[2] * beside]
        for (end, beside), soft, step in zip(ends, smooth, widths(t), strict=True)
    ]
    return B[:, 1 + smooth[0] : B.shape[1] - 1 - smooth[1]], [np.stack(cap) for cap in caps]


def covered(caps, planes, waves):
    return sum(cap.T @ (p[:, None] * waves) for cap, p in zip(caps, planes, strict=True))


def at_poles(u, r, waves, poles, smooth, flat):
    """(p, x, y) of both poles; those not given by least squares, with every second knot in u."""
    given = np.stack([0 * r[0, 0] if p is None else floats(p) for p in poles])[:, None] * [1, 0, 0]
    slopes = [soft and not level for soft, level in zip(smooth, flat, strict=True)]
    free = np.array([[p is None, s, s] for p, s in zip(poles, slopes, strict=True)])
    if not free.any():
        return given
    between, caps = observed(angles(u[2 : len(u) - 2 : 2]), u, smooth)
    wanted, kinds = np.concatenate(caps)[free.reshape(-1)].T, waves[np.nonzero(free)[1]]
    if between.shape[1]:
        wanted = wanted - between @ np.linalg.lstsq(between, wanted)[0]
    left = wanted.T @ (r - covered(caps, given, waves))
    best = np.linalg.solve((wanted.T @ wanted) * (kinds @ kinds.T), (left * kinds).sum(axis=1))
    place = np.where(free.reshape(-1), 5 + np.cumsum(free), np.arange(6))
    return np.concatenate([given.reshape(-1), best])[place].reshape(2, 3)
