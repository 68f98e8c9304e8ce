"""Roots by the implicit function theorem: of splines, and of any function."""

import numpy as np
import pytest
from scipy import interpolate as theirs

from knetpy.autograd import Param, value
from knetpy.autograd.scipy import interpolate as ours
from knetpy.autograd.scipy.interpolate import roots
from tests.autograd.rules.harness import coverage_test, mutation_test, positive, row, rule_test

from .checks import DATA, SITES, TABLE, check, refuses

LEVEL = DATA - 0.3


def square_root(x):
    return roots.root(x, known=np.sqrt(value(x)), f=lambda r, x: r * r - x, scale=1.0)


def test_roots_of_a_spline_through_data():
    check(lambda m, x, y: m.sproot(m.splrep(x, y)), SITES, LEVEL, single=False)


def test_roots_by_knots_and_coefficients():
    t = np.array([0.0, 0.0, 0.0, 0.0, 1.1, 2.3, 3.0, 3.0, 3.0, 3.0])
    c = np.array([-1.0, 2.0, -1.5, 0.7, 0.4, -2.0])

    def f(m, inner, c):
        t_ = np.concatenate([t[:4], inner, t[-4:]])
        return m.sproot((t_, c, 3)), m.sproot(m.BSpline(t_, c, 3))

    check(f, t[4:6], c, single=False)


def test_roots_of_curves():
    def f(m, y):
        tck = m.make_interp_spline(SITES, y)
        return m.sproot((tck.t, list(tck.c.T), 3))

    check(f, TABLE - 0.3)


def test_no_roots():
    check(lambda m, y: m.sproot(m.splrep(SITES, y)).sum() + y[0], 9 + DATA)


def test_what_touches_zero_is_refused():
    t, c = np.repeat([0.0, 2.0], 4), np.array([1.0, -1 / 3, -1 / 3, 1.0])
    refuses(lambda m, c: m.sproot((t, c, 3)), c, match="root at 1 has no gradient.*touches zero")


@pytest.mark.parametrize(
    "f, match",
    [
        (lambda m, y: m.sproot(m.splrep(SITES, y, k=2)), "only for cubic"),
        (lambda m, y: m.sproot((SITES, y, 3)), "number of knots 7>=8"),
        (lambda m, y: m.sproot(m.make_interp_spline(SITES, TABLE)), "c.ndim > 1"),
    ],
)
def test_what_scipy_refuses(f, match):
    for module, y in ((theirs, LEVEL), (ours, LEVEL), (ours, Param(LEVEL))):
        with pytest.raises((TypeError, ValueError), match=match):
            f(module, y)


ROWS = [row(square_root, positive, of=roots.root, without=("float16", "complex128", "complex64"))]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(roots, ROWS)
test_broken_rules_are_seen = mutation_test(roots, ROWS)
