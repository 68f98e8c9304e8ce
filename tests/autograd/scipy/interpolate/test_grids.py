"""Grids in one and two variables by every method."""

import numpy as np
import pytest
from scipy.sparse.linalg import spsolve

from knetpy.autograd.scipy.interpolate import grids, interpn
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

from .checks import check

A = np.array([0.0, 1.1, 2.0, 3.3, 4.2, 5.1])
B = np.array([3.0, 2.2, 1.4, 0.6, -0.2, -1.0])
V = np.random.default_rng(2).normal(size=(6, 6, 2))
Q = np.array([[0.3, 0.1], [1.7, 2.7], [4.9, 1.1]])
FAR = np.array([[0.3, 0.1], [-1.7, 2.7], [4.9, 3.3]])
METHODS = ["linear", "slinear", "cubic", "quintic", "pchip", "cubic_legacy"]


def solver(method):
    """SciPy's default for splines solves by iteration, to few digits."""
    return {"solver": spsolve} if method in ("slinear", "cubic", "quintic") else {}


@pytest.mark.parametrize("method", METHODS)
def test_methods(method):
    def f(m, a, b, v, q):
        return m.RegularGridInterpolator((a, b), v, method, **solver(method))(q)

    check(f, A, B, V, Q, single=False)


@pytest.mark.parametrize("method", METHODS[:-1])
def test_beyond_the_grid(method):
    def f(m, a, b, v, q):
        options = {"bounds_error": False, "fill_value": None} | solver(method)
        return m.RegularGridInterpolator((a, b), v, method, **options)(q)

    check(f, A, B, V, FAR, order=1, step=1e-4, single=False)


def test_nearest_fill_values_nan_and_derivatives():
    check(lambda m, v: m.RegularGridInterpolator((A, B), v, "nearest")(Q), V)

    def filled(m, a, b, v, q, fill):
        return m.RegularGridInterpolator((a, b), v, bounds_error=False, fill_value=fill)(q)

    check(filled, A, B, V, FAR, np.array(2.0), single=False)

    def lost(m, v):
        f = m.RegularGridInterpolator((A, B), v, bounds_error=False)
        return np.nan_to_num(f([[np.nan, 1.0], [1.0, 1.0]]))

    check(lost, V)

    def slope(m, a, b, v, q):
        return m.RegularGridInterpolator((a, b), v, "cubic", solver=spsolve)(q, nu=[1, 0])

    check(slope, A, B, V, Q, single=False)


def test_another_method_for_a_call_and_a_single_site():
    def f(m, a, v, q):
        s = m.RegularGridInterpolator((a,), v)
        return s(q), s(q, "pchip"), s((q,))

    check(f, A, V, Q[:, 0])
    one = lambda m, v: m.RegularGridInterpolator((A, [1.0]), v[:, :1])([[0.5, 1.0]])  # noqa: E731
    check(one, V)


ROWS = [
    row(
        lambda v: interpn((A[:3], B[:2]), v, [[0.3, 2.7], [1.2, 2.9]]),
        real(3, 2),
        of=interpn,
        only=("plain", "fortran", "reversed", "complex128", "float32"),
    )
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(grids, ROWS)
test_broken_rules_are_seen = mutation_test(grids, ROWS)


def test_interpn_in_all_arguments():
    check(
        lambda m, a, b, v, q: m.interpn((a, b), v, (q[:, :1], q[:, 1])),
        A,
        B,
        V,
        Q,
        single=False,
    )

    def surface(m, a, b, v, q):
        return m.interpn((a, b), v, q, "splinef2d", bounds_error=False, fill_value=3.0)

    check(surface, A, B[::-1].copy(), V[..., 0].copy(), FAR, single=False)
