"""FITPACK's functions, in the data, the knots, the coefficients and the points."""

import numpy as np
import pytest

from .checks import AROUND, DATA, INSIDE, SITES, TABLE, check, refuses

MANY = np.linspace(0, 6, 12) + 0.05 * np.sin(np.arange(12))
NOISY = np.cos(3 * MANY)


@pytest.mark.parametrize("options", [{}, {"k": 1}, {"k": 2}, {"k": 4, "xb": -0.5}], ids=str)
def test_through_data(options):
    def f(m, x, y, q):
        tck = m.splrep(x, y, **options)
        outside = [m.splev(q, tck, ext=ext) for ext in (0, 1, 3)]
        slopes = m.splev(q, tck, 1), m.spalde(q[1], tck), m.splev(0.5, m.splder(tck))
        area = m.splint(q[0], q[1], tck)
        integral = m.splev(q, m.splantider(tck, 2))
        return *outside, *slopes, integral, m.splev(q, m.insert(1.4, tck)), 1.0 * area

    check(f, SITES, DATA, AROUND, single=False)


def test_near_data():
    def f(m, x, y, w, t):
        tck, fp, *_ = m.splrep(x, y, w, t=t, full_output=1)
        return m.splev(AROUND, tck), 1.0 * fp

    check(f, MANY, NOISY, np.linspace(1, 2, 12), np.array([2.1, 4.3]), single=False)


def test_several_curves_and_objects():
    def f(m, a, b, q):
        t, c, k = m.splrep(SITES, a)
        both = m.splev(q, (t, [c, m.splrep(SITES, b)[1]], k))
        s = m.make_interp_spline(SITES, a)
        return *both, m.splev(q, s), m.splev(q, m.splder(s)), 1.0 * m.splint(0.5, 2.0, s)

    check(f, DATA, DATA[::-1], INSIDE[0], single=False)


def test_by_the_new_names():
    check(lambda m, a, b, q: m.make_splrep(a, b, k=2)(q), SITES, DATA, np.array([0.3, 0.55]))
    check(lambda m, q: m.make_splrep(MANY, NOISY, s=0.5)(q), np.array([0.3, 0.55]))


@pytest.mark.parametrize(
    "f, match",
    [
        (lambda m, y: m.splev(0.5, m.splrep(SITES, y, s=1.0)), "s > 0 is not .* in y"),
        (lambda m, y: m.splev(0.5, m.splrep(SITES, y, per=1)), "per is not .* in y"),
        (lambda m, y: m.make_splrep(SITES, y, s=1.0)(0.5), "s > 0 is not .* in y"),
    ],
    ids=["splrep", "per", "make_splrep"],
)
def test_what_smooths_is_refused(f, match):
    y = np.concatenate([DATA[:-1], DATA[:1]])
    refuses(f, y, match=match)


def test_one_shape_for_all_points():
    check(lambda m, y: m.splev(INSIDE, m.splrep(SITES, y)), TABLE[:, 1])
