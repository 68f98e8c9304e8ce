"""Elliptic integrals and functions: every rule against finite differences, and against mpmath."""

from functools import partial

import mpmath
import numpy as np
import pytest
import scipy.special as sp

from knetpy.autograd import grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import elliptic
from knetpy.autograd.rules.elliptic import carlson
from tests.autograd.rules.harness import (
    Domain,
    above_one,
    coverage_test,
    mutation_test,
    negative,
    positive,
    real,
    row,
    rule_test,
)
from tests.autograd.rules.references import complex_reference_test, reference_test

share = Domain(lambda u: 0.05 + 0.9 * u)
angle = Domain(lambda u: 12 * u - 6.1)
COMPLEX = ("complex128", "complex64")
PLACES = [(0.5, 0.0), (1.2, 1.0), (-2.0, 0.0), (10.0, -3.0), (np.pi / 2, 0.5), (1e-3, 0.7)]
right = Domain(lambda u: 1.5 + 2 * u)

# fmt: off
ROWS = [
    row(sp.elliprc, positive, positive),      row(
        sp.elliprc, positive, negative, name="elliprc-negative", without=COMPLEX),
    row(sp.elliprf, positive, positive, positive),
    row(sp.elliprd, positive, positive, positive),
    row(sp.elliprg, positive, positive, positive),
    row(sp.elliprj, positive, positive, positive, positive),
    row(sp.elliprj, 1.0, 2.0, above_one, negative, without=COMPLEX),
    row(sp.ellipk, share),                    row(sp.ellipk, negative, name="ellipk-negative"),
    row(sp.ellipkm1, positive),               row(sp.ellipe, share),
    row(sp.ellipkinc, angle, share),          row(sp.ellipeinc, angle, share),
    row(sp.ellipkinc, real, negative, name="ellipkinc-negative"),
    row(sp.ellipeinc, real, negative, name="ellipeinc-negative"),
    row(sp.ellipj, angle, share),
    row(carlson, positive, positive, positive, positive, powers=(1, 3, 1, 2),
        only=("plain", "point", "float32", "2to0")),
    row(carlson, right, 1.0, 2.0, 3.0, powers=(3, 1, 1, 0), n=1),
]
# fmt: on

test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(elliptic, ROWS)
test_broken_rules_are_seen = mutation_test(elliptic, ROWS)


def jacobi(k, u, m):
    return mpmath.ellipfun(("sn", "cn", "dn")[k], u, m=m)


# fmt: off
test_both_orders_where_formulas_cancel_or_change = reference_test([
    *((sp.ellipk, m, mpmath.ellipk) for m in (0.0, 1e-9, -1e6, 1 - 1e-6)),
    *((sp.ellipe, m, mpmath.ellipe) for m in (0.0, 1e-9, -1e6, 1 - 1e-6)),
    (sp.ellipkm1, 1e-10, lambda p: mpmath.ellipk(1 - p)),
    *((partial(sp.ellipkinc, phi), m, partial(mpmath.ellipf, phi)) for phi, m in PLACES),
    *((partial(sp.ellipeinc, phi), m, partial(mpmath.ellipe, phi)) for phi, m in PLACES),
    *((lambda m, k=k, u=u: sp.ellipj(u, m)[k], m, partial(jacobi, k, u))
      for k in range(3) for u, m in ((1.3, 0.0), (1.3, 1.0), (-4.0, 1.0), (7.0, 0.5), (0.0, 0.5))),
    *((lambda u, k=k, m=m: sp.ellipj(u, m)[k], u, partial(jacobi, k, m=m))
      for k in range(3) for u, m in ((0.0, 0.5), (1.3, 1.0), (7.0, 0.5))),
    (lambda x: sp.elliprc(x, 2.0), 2.0, lambda x: mpmath.elliprc(x, 2)),
    (lambda y: sp.elliprc(2.0, y), 2.0, lambda y: mpmath.elliprc(2, y)),
    (lambda y: sp.elliprc(0.0, y), 2.0, lambda y: mpmath.elliprc(0, y)),
    (lambda y: sp.elliprc(1.5, y), -2.0, lambda y: mpmath.elliprc(1.5, y)),
    (lambda x: sp.elliprf(x, 2.0, 2.0), 2.0, lambda x: mpmath.elliprf(x, 2, 2)),
    (lambda x: sp.elliprf(0.0, 1e-8, x), 1e8, lambda x: mpmath.elliprf(0, 1e-8, x)),
    (lambda x: sp.elliprd(x, 2.0, 2.0), 2.0, lambda x: mpmath.elliprd(x, 2, 2)),
    (lambda z: sp.elliprd(0.0, 2.0, z), 2.0, lambda z: mpmath.elliprd(0, 2, z)),
    (lambda z: sp.elliprd(1e-9, 1e6, z), 3.0, lambda z: mpmath.elliprd(1e-9, 1e6, z)),
    (lambda x: sp.elliprj(x, 1.0, 2.0, 3.0), 3.0, lambda x: mpmath.elliprj(x, 1, 2, 3)),
    (lambda p: sp.elliprj(0.0, 1.0, 2.0, p), 2.0, lambda p: mpmath.elliprj(0, 1, 2, p)),
    (lambda x: sp.elliprg(x, 2.0, 2.0), 2.0, lambda x: mpmath.elliprg(x, 2, 2)),
    (lambda x: sp.elliprg(0.0, 2.0, x), 2.0, lambda x: mpmath.elliprg(0, 2, x)),
    (lambda x: sp.elliprg(0.0, 0.0, x), 2.0, lambda x: mpmath.sqrt(x) / 2),
])

test_complex_arguments = complex_reference_test([
    (lambda z: sp.elliprf(z, 2.0, 3.0), 1 + 2j, lambda z: mpmath.elliprf(z, 2, 3)),
    (lambda z: sp.elliprd(z, 2.0, 3.0), -1 + 2j, lambda z: mpmath.elliprd(z, 2, 3)),
    (lambda z: sp.elliprd(2.0, 3.0, z), -1 + 0.1j, lambda z: mpmath.elliprd(2, 3, z)),
    (lambda z: sp.elliprc(z, 3.0), 1 + 2j, lambda z: mpmath.elliprc(z, 3)),
    (lambda z: sp.elliprc(3.0, z), -1 + 2j, lambda z: mpmath.elliprc(3, z)),
    (lambda z: sp.elliprj(z, 2.0, 3.0, 1.0), 1 + 2j, lambda z: mpmath.elliprj(z, 2, 3, 1)),
    (lambda z: sp.elliprg(z, 2.0, 3.0), 1 + 2j, lambda z: mpmath.elliprg(z, 2, 3)),
])
# fmt: on


def test_where_integrals_end_they_are_infinite_without_a_warning():
    assert grad(sp.ellipe)(1.0) == -np.inf
    assert grad(lambda x: sp.elliprf(x, 1.0, 2.0))(0.0) == -np.inf
    assert grad(lambda x: sp.elliprd(x, 1.0, 2.0))(0.0) == -np.inf
    assert grad(lambda x: sp.elliprg(x, 0.0, 2.0))(0.0) == np.inf


def test_the_amplitude_is_an_inverse():
    """Of the incomplete integral: so its slopes are known from the integral's."""
    u, m = np.array([0.4, 3.0, -8.0]), np.array([0.3, 0.9, 0.5])
    phi = sp.ellipj(u, m)[3]
    du = grad(lambda phi: np.sum(sp.ellipkinc(phi, m)))(phi)
    dm = grad(lambda m: np.sum(sp.ellipkinc(phi, m)))(m)
    np.testing.assert_allclose(grad(lambda u: np.sum(sp.ellipj(u, m)[3]))(u), 1 / du, rtol=1e-13)
    np.testing.assert_allclose(grad(lambda m: np.sum(sp.ellipj(u, m)[3]))(m), -dm / du, rtol=1e-12)


def test_third_derivatives_too():
    assert gradcheck(sp.ellipk, np.array([0.3, -2.0]), order=3)


@pytest.mark.parametrize("size", [1e-200, 1e-8, 1e8, 1e200])
def test_carlson_is_homogeneous(size):
    found = carlson(size, 2 * size, 3 * size, 1.0, powers=(1, 1, 1, 0))
    assert found == pytest.approx(2 * sp.elliprf(1.0, 2.0, 3.0) * size**-0.5, rel=1e-14)


def test_carlson_outside_of_its_domain():
    with np.errstate(invalid="ignore"):
        assert np.isnan(carlson(-1.0, 2.0, 3.0, 1.0, powers=(1, 1, 1, 0)))
    assert carlson(0.0, 2.0, 3.0, 1.0, powers=(3, 1, 1, 0)) == np.inf
    assert carlson(np.ones(0), 2.0, 3.0, 1.0, powers=(3, 1, 1, 0)).shape == (0,)
