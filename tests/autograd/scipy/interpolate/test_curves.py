"""Curves through points, by the length of their chords or a given parameter."""

import numpy as np
import pytest

from .checks import DATA, SITES, check, refuses

Q = np.array([0.3, 0.55])
MANY = np.linspace(0, 6, 12) + 0.05 * np.sin(np.arange(12))
NOISY = np.cos(3 * MANY)


def test_through_points():
    def f(m, a, b, q):
        tck, u = m.splprep([a, b], s=0)
        return tck[0], *tck[1], u, *m.splev(q, tck)

    check(f, SITES, DATA, Q)
    check(lambda m, x: m.splprep(x, s=0)[1], np.stack([SITES, DATA, DATA**2]))


@pytest.mark.parametrize("k", [1, 2, 4, 5])
def test_at_a_given_parameter(k):
    def f(m, a, b, u, low):
        (t, c, _), u = m.splprep([a, b], u=u, ub=low, s=0, k=k)
        return t, *c, u

    check(f, SITES, DATA, np.linspace(1, 3, 7) ** 2, np.array(0.5), single=False)


def test_the_ends_of_a_parameter_that_is_not_given_are_0_and_1():
    check(lambda m, a, b: m.splprep([a, b], ub=-1.0, ue=2.0, s=0)[0][1], SITES, DATA)


def test_near_points():
    def f(m, a, b, w, inner):
        t = np.concatenate([np.zeros(4), inner, np.ones(4)])
        (tck, u), fp, *_ = m.splprep([a, b], w=w, t=t, task=-1, full_output=1)
        return tck[0], *tck[1], u, 1.0 * fp

    check(f, MANY, NOISY, np.linspace(1, 2, 12), np.array([0.3, 0.6]), single=False)


def test_by_the_new_name():
    def f(m, a, b, q):
        curve, u = m.make_splprep([a, b])
        return curve(q), u

    check(f, SITES, DATA, Q)
    check(lambda m, q: m.make_splprep([SITES, DATA], s=0.5)[0](q), Q)


@pytest.mark.parametrize(
    "f, match",
    [
        (lambda m, y: m.splprep([SITES, y])[1], "splprep with s > 0 is not .* in x"),
        (lambda m, y: m.splprep([SITES, y], per=1, s=0)[1], "splprep with per is not"),
        (lambda m, w: m.splprep([SITES, DATA], w=w, s=2.0)[1], "s > 0 is not .* in w"),
        (lambda m, y: m.make_splprep([SITES, y], s=1.0)[0](0.5), "s > 0 is not"),
    ],
    ids=["default", "per", "weights", "make_splprep"],
)
def test_what_smooths_is_refused(f, match):
    refuses(f, np.array([1.3, 0.4, 0.7, 2.1, 1.6, 0.2, 1.3]), match=match)
