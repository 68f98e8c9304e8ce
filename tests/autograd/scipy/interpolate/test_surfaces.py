"""Splines in two variables with given knots, nearest to scattered data."""

import numpy as np
import pytest

from .checks import check, refuses
from .test_bivariate import P, Q, X, Y, Z


def test_near_scattered_data():
    x, y = (q.ravel() + 0.05 * np.sin(np.arange(36)) for q in np.meshgrid(X, Y))
    w = np.linspace(1, 2, 36)

    def f(m, x, y, z, tx, ty, w):
        box = [-0.5, 6.0, -2.0, 4.0]
        return m.LSQBivariateSpline(x, y, z, tx, ty, w, box, kx=2, ky=1)(P, Q)

    check(f, x, y, Z.ravel(), np.array([2.6]), np.array([1.1]), w, single=False)


@pytest.mark.parametrize("shift", [-3.0, 0.0, 1.0, -9.0])
def test_ends_that_are_not_given_are_scipys(shift):
    x, y = (q.ravel() + 0.05 * np.sin(np.arange(36)) for q in np.meshgrid(X, Y))

    def f(m, x, tx, ty):
        s = m.LSQBivariateSpline(x, y, Z.ravel(), tx, ty, kx=2, ky=1)
        return *s.get_knots(), s.get_coeffs()

    check(f, x + shift, np.array([2.6]) + shift, np.array([1.1]), step=1e-4, single=False)


def test_scattered_data_by_fitpacks_function():
    x, y = (q.ravel() + 0.05 * np.sin(np.arange(36)) for q in np.meshgrid(X, Y))
    w = np.linspace(1, 2, 36)

    def f(m, x, y, z, w, tx, ty, low):
        tx, ty = (np.concatenate([np.zeros(k), t, np.zeros(k)]) for t, k in ((tx, 3), (ty, 2)))
        options = {"kx": 2, "ky": 1, "task": -1, "full_output": 1, "xb": low}
        tck, fp, *_ = m.bisplrep(x.reshape(6, 6), y, z, w, tx=tx, ty=ty, **options)
        return *tck[:3], 1.0 * fp, m.bisplev(P, Q[:2], tck)

    inner = np.array([2.6]), np.array([1.1])
    check(f, x, y, Z.ravel(), w, *inner, np.array(-0.5), single=False)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_the_data_do_not_determine_is_refused_unless_it_is_the_shortest():
    x, y = (np.append(q.ravel() / 10, 3.0) for q in np.meshgrid(X, Y))
    t, ends = np.array([1.2, 1.6, 2.1]), (-0.1, 3.0)
    knots = np.concatenate([np.repeat(-0.1, 2), t, np.repeat(3.0, 2)])

    def fitpack(m, z):
        box = dict(zip(("xb", "xe", "yb", "ye"), ends * 2, strict=True), nxest=9, nyest=9)
        return m.bisplrep(x, y, z, task=-1, tx=knots, ty=knots, kx=1, ky=1, **box)[2]

    z, match = np.append(Z, 0.5), "the data do not determine the coefficients"
    refuses(lambda m, z: m.LSQBivariateSpline(x, y, z, t, t, kx=1, ky=1)(P, Q), z, match=match)
    check(fitpack, z)


def test_fitpacks_search_is_refused_in_the_data():
    x, y = (q.ravel() for q in np.meshgrid(X, Y))
    refuses(
        lambda m, z: m.bisplrep(x, y, z, kx=1, ky=1, s=2.0)[2],
        x * y,
        match="bisplrep with task=0 is not differentiable in z",
    )
