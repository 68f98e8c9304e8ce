"""Bessel functions and their kin: every rule against finite differences, and against mpmath."""

from functools import partial

import mpmath
import numpy as np
import pytest
import scipy.special as sp

from knetpy.autograd import grad
from knetpy.autograd.rules import bessel
from tests.autograd.rules.harness import (
    Domain,
    coverage_test,
    mutation_test,
    nonzero,
    positive,
    real,
    row,
    rule_test,
)
from tests.autograd.rules.references import (
    complex_reference_test,
    derivatives,
    reference_test,
    refusal_test,
)

small = Domain(lambda u: 0.4 * u - 0.2)
COUNTS = np.array([0, 1, 3])
HALVES = np.array([0.0, 0.5, 2.5])

# fmt: off
ROWS = [
    # Bessel and Hankel functions
    row(sp.j0, real),                         row(sp.j1, real),
    row(sp.jv, COUNTS, real),                 row(sp.jv, HALVES, positive),
    row(sp.jv, -1.5, positive),               row(sp.jv, 2, real),
    row(sp.y0, positive),                     row(sp.y1, positive),
    row(sp.yn, COUNTS, positive),             row(sp.yv, HALVES, positive),
    row(sp.yn, 0, positive),                  row(sp.yv, 0.5, positive),
    row(sp.i0, real),                         row(sp.i1, real),
    row(sp.iv, COUNTS, real),                 row(sp.iv, HALVES, positive),
    row(sp.k0, positive),                     row(sp.k1, positive),
    row(sp.kn, COUNTS, positive),             row(sp.kv, HALVES, positive),
    row(sp.kn, 0, positive),                  row(sp.kv, 0.5, positive),
    row(sp.hankel1, HALVES, positive),        row(sp.hankel2, HALVES, positive),
    # scaled
    row(sp.jve, COUNTS, real),                row(sp.yve, HALVES, positive),
    row(sp.i0e, nonzero),                     row(sp.i1e, nonzero),
    row(sp.ive, HALVES, positive),            row(sp.ive, 1, nonzero),
    row(sp.k0e, positive),                    row(sp.k1e, positive),
    row(sp.kve, HALVES, positive),            row(sp.kve, 1.5, positive),
    row(sp.hankel1e, HALVES, positive),       row(sp.hankel2e, HALVES, positive),
    # Airy functions
    row(sp.airy, real),                       row(sp.airye, positive),
    row(sp.itairy, small),
    # Kelvin functions
    row(sp.ber, real),                        row(sp.bei, real),
    row(sp.ker, positive),                    row(sp.kei, positive),
    row(sp.berp, real),                       row(sp.beip, real),
    row(sp.kerp, positive),                   row(sp.keip, positive),
    row(sp.kelvin, positive),
    # Struve functions and integrals
    row(sp.struve, COUNTS, real),             row(sp.struve, HALVES, positive),
    row(sp.modstruve, COUNTS, real),          row(sp.modstruve, HALVES, positive),
    row(sp.itstruve0, real),                  row(sp.itmodstruve0, real),
    row(sp.it2struve0, real),                 row(sp.itj0y0, positive),
    row(sp.iti0k0, positive),                 row(sp.it2j0y0, positive),
    row(sp.it2i0k0, positive),                row(sp.besselpoly, positive, 1.0, HALVES),
    # Wright's functions
    row(sp.wright_bessel, 1.0, 0.5, positive),
    row(sp.log_wright_bessel, 1.0, 0.5, positive),
]
# fmt: on

test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(bessel, ROWS)
test_broken_rules_are_seen = mutation_test(bessel, ROWS)


def part(f, k):
    """One of several results."""
    return lambda x: f(x)[k]


def j_integral(x):
    """Of (1 - J_0(t)) / t from 0 to x."""
    return x * x / 8 * mpmath.hyp2f3(1, 1, 2, 2, 2, -x * x / 4)


def i_integral(x):
    return x * x / 8 * mpmath.hyp2f3(1, 1, 2, 2, 2, x * x / 4)


def h_integral(x):
    """Of H_0(t) / t from x to infinity."""
    return mpmath.pi / 2 - 2 * x / mpmath.pi * mpmath.hyper([0.5, 1], [1.5, 1.5, 1.5], -x * x / 4)


def ive(v, z):
    return mpmath.besseli(v, z) * mpmath.exp(-abs(mpmath.re(z)))


def kve(v, z):
    return mpmath.besselk(v, z) * mpmath.exp(z)


def zeta(z):
    return 2 * z * mpmath.sqrt(z) / 3


def airye(k, z):
    scale = mpmath.exp(zeta(z) if k < 2 else -abs(mpmath.re(zeta(z))))
    return (mpmath.airyai, mpmath.airybi)[k // 2](z, derivative=k % 2) * scale


def besselpoly(nu, a):
    return mpmath.quad(lambda x: x * mpmath.besselj(nu, 2 * a * x), [0, 1])


# fmt: off
test_both_orders_where_formulas_cancel_or_change = reference_test([
    # at 0, where quotients end
    *((partial(sp.jv, v), 0.0, partial(mpmath.besselj, v)) for v in range(4)),
    *((partial(sp.iv, v), 0.0, partial(mpmath.besseli, v)) for v in range(4)),
    *((partial(sp.struve, v), 0.0, partial(mpmath.struveh, v)) for v in range(3)),
    *((partial(sp.modstruve, v), 0.0, partial(mpmath.struvel, v)) for v in range(3)),
    (sp.j0, 0.0, partial(mpmath.besselj, 0)), (sp.j1, 0.0, partial(mpmath.besselj, 1)),
    (sp.i0, 0.0, partial(mpmath.besseli, 0)), (sp.i1, 0.0, partial(mpmath.besseli, 1)),
    *((f, 0.0, partial(g, 0)) for f, g in ((sp.ber, mpmath.ber), (sp.bei, mpmath.bei))),
    (sp.berp, 0.0, lambda x: -x**3 / 16),     (sp.beip, 0.0, lambda x: x / 2 - x**5 / 384),
    (part(sp.airy, 0), 0.0, mpmath.airyai),
    (partial(sp.jv, 20), 1e-3, partial(mpmath.besselj, 20)),
    (lambda a: sp.besselpoly(a, 1.0, 0.0), 0.0, partial(besselpoly, 0)),
    (lambda a: sp.besselpoly(a, 1.0, 1.0), 0.0, partial(besselpoly, 1)),
    # on both sides of where a formula changes
    *((partial(sp.struve, 2.5), x, partial(mpmath.struveh, 2.5)) for x in (0.99, 1.01, 30.0)),
    *((partial(sp.modstruve, 1), x, partial(mpmath.struvel, 1)) for x in (0.99, 1.01, -20.0)),
    *((part(sp.it2j0y0, 0), x, j_integral) for x in (0.0, 1e-6, 0.99, 1.01)),
    *((part(sp.it2i0k0, 0), x, i_integral) for x in (0.0, 1e-6, 0.99, 1.01)),
    *((sp.it2struve0, x, h_integral) for x in (0.0, 0.99, -1.01)),
    *((sp.i0e, x, partial(ive, 0)) for x in (49.0, 51.0, 1e4, -1e4)),
    *((sp.i1e, x, partial(ive, 1)) for x in (49.0, 52.0, 1e4, -1e4)),
    *((partial(sp.ive, 5.5), x, partial(ive, 5.5)) for x in (79.0, 81.0, 1e4)),
    *((sp.k0e, x, partial(kve, 0)) for x in (49.0, 51.0, 1e4)),
    *((sp.k1e, x, partial(kve, 1)) for x in (49.0, 52.0, 1e4)),
    *((partial(sp.kve, 5.5), x, partial(kve, 5.5)) for x in (79.0, 81.0, 1e4)),
    *((part(sp.airye, k), x, partial(airye, k)) for k in range(4) for x in (19.0, 21.0, 1e3)),
    *((part(sp.airye, k), -5.0, partial(airye, k)) for k in (2, 3)),
])

test_complex_arguments = complex_reference_test([
    (partial(sp.jv, 1), 1 - 2j, partial(mpmath.besselj, 1)),
    (partial(sp.yv, 0.5), -0.5 + 1j, partial(mpmath.bessely, 0.5)),
    (partial(sp.iv, 2.5), 1 - 2j, partial(mpmath.besseli, 2.5)),
    (partial(sp.kv, 0), 1 - 2j, partial(mpmath.besselk, 0)),
    (partial(sp.hankel1, 1), 1 - 2j, partial(mpmath.hankel1, 1)),
    (partial(sp.hankel2, 0), 1 - 2j, partial(mpmath.hankel2, 0)),
    *((partial(sp.jve, 1), z, lambda z: mpmath.besselj(1, z) * mpmath.exp(-abs(mpmath.im(z))))
      for z in (1 - 2j, 3 + 9j)),
    (partial(sp.yve, 1), 1 - 2j, lambda z: mpmath.bessely(1, z) * mpmath.exp(-abs(mpmath.im(z)))),
    *((partial(sp.ive, 2.5), z, partial(ive, 2.5)) for z in (1 - 2j, 100 + 3j)),
    *((partial(sp.ive, 1), z, partial(ive, 1)) for z in (-1 - 2j, -100 + 3j)),
    *((partial(sp.kve, 1), z, partial(kve, 1)) for z in (1 - 2j, 100 + 3j, -1 + 1j)),
    *((partial(sp.hankel1e, 2.5), z, lambda z: mpmath.hankel1(2.5, z) * mpmath.exp(-1j * z))
      for z in (1 - 2j, 100 + 3j)),
    *((partial(sp.hankel2e, 2.5), z, lambda z: mpmath.hankel2(2.5, z) * mpmath.exp(1j * z))
      for z in (1 - 2j, 100 + 3j)),
    *((part(sp.airy, k), 1 - 2j, partial((mpmath.airyai, mpmath.airybi)[k // 2], derivative=k % 2))
      for k in range(4)),
    *((part(sp.airye, k), z, partial(airye, k))
      for k in range(4) for z in (1 - 2j, -2 + 1j, 30 + 2j)),
])
# fmt: on


def test_a_scaled_function_has_the_mean_slope_of_its_kink():
    assert grad(sp.i0e)(0.0) == 0.0
    assert grad(lambda x: sp.ive(0, x))(0.0) == 0.0
    assert grad(sp.i1e)(0.0) == 0.5


def test_integrals_of_y_and_k_rise_without_bound_at_0():
    assert grad(part(sp.it2j0y0, 1))(0.0) == np.inf
    assert grad(part(sp.it2i0k0, 1))(0.0) == -np.inf


def test_at_0_one_of_several_results_may_be_finite():
    assert grad(lambda x: sp.kelvin(x)[0].real)(0.0) == 0.0
    assert grad(part(sp.it2j0y0, 0))(0.0) == 0.0


def test_unsigned_orders_go_below_0():
    x = np.array([0.7, 1.9])
    for f in sp.jv, sp.yn, sp.iv, sp.kn, sp.struve:
        signed, unsigned = (grad(lambda x, n=n, f=f: np.sum(f(n, x)))(x) for n in (0, np.uint8(0)))
        np.testing.assert_allclose(unsigned, signed, rtol=1e-14)


def test_a_third_derivative_too():
    found = grad(lambda x: derivatives(sp.j0, x)[1])(1.3)
    assert found == pytest.approx(sp.jvp(0, 1.3, 3))


def test_derived_python_functions_differentiate():
    """SciPy's own derivatives are composed of ufuncs."""
    assert grad(lambda x: sp.jvp(1.5, x))(2.0) == pytest.approx(sp.jvp(1.5, 2.0, 2))
    assert grad(lambda x: sp.kvp(2, x))(2.0) == pytest.approx(sp.kvp(2, 2.0, 2))


# fmt: off
test_orders_raise_when_they_are_tracked = refusal_test([
    *((f, 0, "v", (2.0, 0.5)) for f in (sp.jv, sp.yv, sp.iv, sp.kv, sp.jve, sp.yve, sp.ive, sp.kve,
                                        sp.hankel1, sp.hankel2, sp.hankel1e, sp.hankel2e,
                                        sp.struve, sp.modstruve)),
    (sp.yn, 0, "n", (2.0, 0.5)),                (sp.kn, 0, "n", (2.0, 0.5)),
    (sp.besselpoly, 1, "lmb", (0.5, 1.0, 2.0)), (sp.besselpoly, 2, "nu", (0.5, 1.0, 2.0)),
    *((f, k, "ab"[k], (1.0, 0.5, 2.0)) for f in (sp.wright_bessel, sp.log_wright_bessel)
                                       for k in (0, 1)),
])
# fmt: on
