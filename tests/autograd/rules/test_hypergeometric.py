"""Hypergeometric functions, polynomials, functions by their equations: differences, mpmath."""

from functools import partial

import mpmath
import numpy as np
import pytest
import scipy.special as sp

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.primitive import table
from knetpy.autograd.rules import bessel, elliptic, hypergeometric, special
from tests.autograd.rules.harness import (
    Domain,
    above_one,
    coverage_test,
    mutation_test,
    positive,
    real,
    row,
    rule_test,
    unit,
)
from tests.autograd.rules.references import derivatives, reference_test, refusal_test

share = Domain(lambda u: 0.05 + 0.9 * u)
far = Domain(lambda u: 2.5 + 2 * u)
degrees = Domain(lambda u: 360 * u - 183)
ENDS = (-1.0, 1.0)
COUNTS = np.array([0, 1, 4])
ORDERS = np.array([1, 2, 3])
SINGLE = ("float32", "float16")  # in which SciPy 1.17 does not end
FEW = ("plain", "0d", "float32")
MIXED = np.array([0.0, 1.5, 4.0])

# fmt: off
ROWS = [
    # hypergeometric functions
    row(sp.hyp0f1, 1.5, real),                row(sp.hyp1f1, 2.0, 3.0, real),
    row(sp.hyp2f1, 0.5, 0.7, 2.0, unit),      row(sp.hyperu, 1.5, 0.7, positive),
    row(sp.hyp0f1, MIXED + 1, real),          row(sp.hyp1f1, MIXED, 2, real),
    # orthogonal polynomials
    row(sp.eval_legendre, COUNTS, unit),      row(sp.eval_legendre, MIXED, unit),
    row(sp.eval_sh_legendre, COUNTS, share),  row(sp.eval_sh_legendre, 2.5, share),
    row(sp.eval_chebyt, COUNTS, unit),        row(sp.eval_chebyt, MIXED, unit),
    row(sp.eval_chebyu, COUNTS, unit),        row(sp.eval_chebyu, 2.5, unit),
    row(sp.eval_chebyc, COUNTS, unit),        row(sp.eval_chebyc, 2.5, unit),
    row(sp.eval_chebys, COUNTS, unit),        row(sp.eval_chebys, 2.5, unit),
    row(sp.eval_sh_chebyt, COUNTS, share),    row(sp.eval_sh_chebyt, 2.5, share),
    row(sp.eval_sh_chebyu, COUNTS, share),    row(sp.eval_sh_chebyu, 2.5, share),
    row(sp.eval_gegenbauer, COUNTS, 0.7, unit),    row(sp.eval_gegenbauer, 2.5, 0.7, unit),
    row(sp.eval_jacobi, COUNTS, 0.5, 0.3, unit),   row(sp.eval_jacobi, 2.5, 0.5, 0.3, unit),
    row(sp.eval_sh_jacobi, COUNTS, 2.5, 1.3, share), row(sp.eval_sh_jacobi, 2.5, 2.5, 1.3, share),
    row(sp.eval_laguerre, COUNTS, real),      row(sp.eval_laguerre, MIXED, real),
    row(sp.eval_genlaguerre, COUNTS, 0.7, real),   row(sp.eval_genlaguerre, 2.5, 0.7, real),
    row(sp.eval_hermite, COUNTS, real),       row(sp.eval_hermitenorm, COUNTS, real),
    row(sp.lpmv, COUNTS, 4, unit),            row(sp.lpmv, -COUNTS, 4, unit),
    row(sp.lpmv, COUNTS, 2.5, unit),          row(sp.lpmv, 2, MIXED, unit),
    # Mathieu functions
    row(sp.mathieu_a, COUNTS, real),          row(sp.mathieu_b, ORDERS, real, only=FEW),
    row(sp.mathieu_a, 3, real, only=FEW),     row(sp.mathieu_b, 2, real, only=FEW),
    row(sp.mathieu_cem, COUNTS, 1.5, degrees),     row(sp.mathieu_sem, COUNTS, 1.5, degrees),
    row(sp.mathieu_modcem1, COUNTS, 1.5, share),   row(sp.mathieu_modcem2, COUNTS, 1.5, share),
    row(sp.mathieu_modsem1, ORDERS, 1.5, share),   row(sp.mathieu_modsem2, ORDERS, 1.5, share),
    # parabolic cylinders
    row(sp.pbdv, MIXED, real),                row(sp.pbvv, MIXED, real),
    row(sp.pbwa, MIXED, real),
    # spheroids
    row(sp.pro_cv, 1, ORDERS, positive, without=SINGLE),
    row(sp.obl_cv, 1, ORDERS, positive, without=SINGLE),
    row(sp.pro_cv, COUNTS, 4, positive, only=("plain",)),
    row(sp.obl_cv, 0, 2, positive, only=("plain",)),
    row(sp.pro_ang1, 1, ORDERS, 1.5, unit),   row(sp.obl_ang1, 1, ORDERS, 1.5, unit),
    row(sp.pro_rad1, 1, ORDERS, 1.5, above_one),   row(sp.obl_rad1, 1, ORDERS, 1.5, share),
    row(sp.pro_rad2, 0, ORDERS, 1.5, above_one),   row(sp.obl_rad2, 0, ORDERS, 1.5, far),
    row(sp.pro_ang1_cv, 1, 2, 1.5, sp.pro_cv(1, 2, 1.5), unit),
    row(sp.obl_ang1_cv, 1, 2, 1.5, sp.obl_cv(1, 2, 1.5), unit),
    row(sp.pro_rad1_cv, 1, 2, 1.5, sp.pro_cv(1, 2, 1.5), above_one),
    row(sp.pro_rad2_cv, 0, 2, 1.5, sp.pro_cv(0, 2, 1.5), above_one),
    row(sp.obl_rad1_cv, 1, 2, 1.5, sp.obl_cv(1, 2, 1.5), share),
    row(sp.obl_rad2_cv, 1, 2, 1.5, sp.obl_cv(1, 2, 1.5), far),
]
# fmt: on

test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(hypergeometric, ROWS)
test_broken_rules_are_seen = mutation_test(hypergeometric, ROWS)


# fmt: off
test_both_orders_where_formulas_cancel_or_end = reference_test([
    (partial(sp.hyp0f1, 1.0), 0.0, partial(mpmath.hyp0f1, 1)),
    (partial(sp.hyp0f1, 2.5), -100.0, partial(mpmath.hyp0f1, 2.5)),
    (partial(sp.hyp1f1, 1.5, 2.5), -300.0, partial(mpmath.hyp1f1, 1.5, 2.5)),
    (partial(sp.hyp2f1, 0.5, 0.7, 2.0), 0.0, partial(mpmath.hyp2f1, 0.5, 0.7, 2.0)),
    (partial(sp.hyp2f1, 0.5, 0.7, 2.5), 0.99, partial(mpmath.hyp2f1, 0.5, 0.7, 2.5)),
    (partial(sp.hyp2f1, 0.5, 0.7, 2.0), -9.0, partial(mpmath.hyp2f1, 0.5, 0.7, 2.0)),
    (partial(sp.hyp2f1, -3, 0.7, 2.0), 0.3, partial(mpmath.hyp2f1, -3, 0.7, 2.0)),
    (partial(sp.hyperu, 1.5, 0.7), 20.0, partial(mpmath.hyperu, 1.5, 0.7)),
    *((partial(sp.eval_legendre, n), x, partial(mpmath.legendre, n))
      for n, x in ((7, 1.0), (7, -1.0), (0, 0.3), (0, 1.0), (60, 0.999))),
    *((partial(sp.eval_chebyt, n), x, partial(mpmath.chebyt, n)) for n in (0, 7) for x in ENDS),
    *((partial(sp.eval_chebyu, n), x, partial(mpmath.chebyu, n)) for n in (0, 6) for x in ENDS),
    *((partial(sp.eval_sh_legendre, 5), x, lambda x: mpmath.legendre(5, 2 * x - 1))
      for x in (0.0, 1.0)),
    *((partial(sp.eval_hermite, n), 0.0, partial(mpmath.hermite, n)) for n in (0, 1, 5, 6)),
    *((partial(sp.eval_laguerre, n), 0.0, lambda x, n=n: mpmath.laguerre(n, 0, x)) for n in (0, 5)),
    (partial(sp.eval_genlaguerre, 5, 0.5), 0.0, partial(mpmath.laguerre, 5, 0.5)),
    (partial(sp.eval_gegenbauer, 5, 0.5), -1.0, partial(mpmath.gegenbauer, 5, 0.5)),
    (partial(sp.eval_jacobi, 5, 0.5, 0.3), 1.0, partial(mpmath.jacobi, 5, 0.5, 0.3)),
    *((partial(sp.lpmv, 0, n), x, partial(mpmath.legendre, n)) for n in (0, 4, 5) for x in ENDS),
    *((partial(sp.lpmv, 2, 3), x, lambda x: 15 * x * (1 - x * x)) for x in ENDS),
    *((partial(sp.lpmv, 4, 4), x, lambda x: 105 * (1 - x * x) ** 2) for x in ENDS),
    (partial(sp.lpmv, 3, 12), 0.3, lambda x: mpmath.legenp(12, 3, x)),
    (partial(sp.lpmv, -2, 3.5), 0.3, lambda x: mpmath.legenp(3.5, -2, x)),
    (partial(sp.lpmv, 3, 2.5), 0.3, lambda x: mpmath.legenp(2.5, 3, x)),
    (partial(sp.lpmv, 1, -3.5), 0.3, lambda x: mpmath.legenp(2.5, 1, x)),
    *((lambda x, v=v: sp.pbdv(v, x)[0], x, partial(mpmath.pcfd, v))
      for v in (1.5, -2.5) for x in (0.0, 3.0)),
    *((lambda x: sp.pbvv(1.5, x)[0], x, lambda x: mpmath.pcfv(-2.0, x)) for x in (0.0, 3.0)),
    (lambda x: sp.pbwa(0.5, x)[0], 1.0, partial(mpmath.pcfw, 0.5)),
])
# fmt: on


def test_degrees_may_be_unsigned():
    for f in sp.eval_legendre, sp.eval_chebyt, sp.eval_hermite, sp.eval_laguerre:
        for n in 0, 3:
            slopes = [grad(lambda x, n=n, f=f: f(n, x))(0.3) for n in (n, np.uint8(n))]
            assert slopes[0] == pytest.approx(slopes[1], rel=1e-14)


def test_a_legendre_function_above_its_degree_is_zero():
    assert derivatives(lambda x: sp.lpmv(4.0, 2.0, x), 0.3) == (0.0, 0.0)


def test_the_first_odd_mathieu_function_is_zero():
    assert grad(lambda x: sp.mathieu_sem(0, 1.5, x)[0])(20.0) == 0.0


def test_mathieu_functions_take_degrees():
    """ce_1 is the cosine for q = 0."""
    slope = grad(lambda x: sp.mathieu_cem(1, 0.0, x)[0])(30.0)
    assert slope == pytest.approx(-np.sin(np.pi / 6) * np.pi / 180)


def test_characteristic_values_near_0():
    """a_0 = -q^2 / 2, a_1 = 1 + q - q^2 / 8, b_1 = 1 - q - q^2 / 8 (DLMF 28.6.1-3)."""
    assert derivatives(partial(sp.mathieu_a, 0), 0.0) == pytest.approx((0, -1))
    assert derivatives(partial(sp.mathieu_a, 1), 0.0) == pytest.approx((1, -1 / 4))
    assert derivatives(partial(sp.mathieu_b, 1), 0.0) == pytest.approx((-1, -1 / 4))
    assert derivatives(partial(sp.pro_cv, 0, 0), 0.0) == pytest.approx((0, 2 / 3))
    assert derivatives(partial(sp.obl_cv, 0, 0), 0.0) == pytest.approx((0, -2 / 3))


@pytest.mark.parametrize("q", [300.0, -300.0])
def test_characteristic_values_far_out(q):
    """Against differences of SciPy's values."""
    step = 1e-2
    for f in partial(sp.mathieu_a, 4), partial(sp.mathieu_b, 5), partial(sp.pro_cv, 1, 3):
        x = q if f.func is not sp.pro_cv else 30.0
        assert grad(f)(x) == pytest.approx((f(x + step) - f(x - step)) / (2 * step), rel=1e-6)


# fmt: off
test_parameters_raise_when_they_are_tracked = refusal_test([
    (sp.hyp0f1, 0, "v", (1.5, 0.5)),
    *((sp.hyp1f1, k, "ab"[k], (1.5, 2.5, 0.5)) for k in (0, 1)),
    *((sp.hyp2f1, k, "abc"[k], (1.5, 2.5, 3.5, 0.5)) for k in (0, 1, 2)),
    *((sp.hyperu, k, "ab"[k], (1.5, 2.5, 0.5)) for k in (0, 1)),
    *((f, 0, "n", (2.0, 0.5)) for f in (
        sp.eval_legendre, sp.eval_sh_legendre, sp.eval_chebyt, sp.eval_chebyu, sp.eval_chebyc,
        sp.eval_chebys, sp.eval_sh_chebyt, sp.eval_sh_chebyu, sp.eval_laguerre)),
    *((f, k, ("n", "alpha")[k], (2.0, 0.7, 0.5))
      for f in (sp.eval_gegenbauer, sp.eval_genlaguerre) for k in (0, 1)),
    *((sp.eval_jacobi, k, ("n", "alpha", "beta")[k], (2.0, 0.7, 0.3, 0.5)) for k in (0, 1, 2)),
    *((sp.eval_sh_jacobi, k, "npq"[k], (2.0, 2.7, 1.3, 0.5)) for k in (0, 1, 2)),
    *((sp.lpmv, k, "mv"[k], (1.0, 2.0, 0.5)) for k in (0, 1)),
    (sp.mathieu_a, 0, "m", (1.0, 2.0)), (sp.mathieu_b, 0, "m", (1.0, 2.0)),
    *((f, k, "mq"[k], (1.0, 2.0, 0.5)) for k in (0, 1) for f in (
        sp.mathieu_cem, sp.mathieu_sem, sp.mathieu_modcem1, sp.mathieu_modcem2,
        sp.mathieu_modsem1, sp.mathieu_modsem2)),
    (sp.pbdv, 0, "v", (1.5, 0.5)), (sp.pbvv, 0, "v", (1.5, 0.5)), (sp.pbwa, 0, "a", (1.5, 0.5)),
    *((f, k, "mn"[k], (1.0, 2.0, 1.5)) for f in (sp.pro_cv, sp.obl_cv) for k in (0, 1)),
    *((f, k, "mnc"[k], (1.0, 2.0, 1.5, 0.5)) for f in (sp.pro_ang1, sp.obl_rad1)
                                             for k in (0, 1, 2)),
    (sp.obl_rad2, 2, "c", (1.0, 2.0, 1.5, 3.5)),
    (sp.pro_ang1_cv, 3, "cv", (1.0, 2.0, 1.5, 6.5, 0.5)),
])
# fmt: on


def test_every_ufunc_of_scipy_special_has_an_entry_for_each_argument():
    assert {bessel, elliptic, hypergeometric, special}
    names = [name for name in dir(sp) if isinstance(getattr(sp, name), np.ufunc)]
    ufuncs = [getattr(sp, name) for name in names]
    assert len(ufuncs) > 200
    assert [f for f in ufuncs if f not in table] == []
    assert [f for f in ufuncs if table[f].rules and len(table[f].rules) != f.nin] == []
    assert [f for f in ufuncs if None in (table[f].rules or ())] == []


@pytest.mark.parametrize("m, n, c", [(0, 0, 1.0), (0, 1, 1.0), (1, 2, 1.5), (2, 2, 3.0)])
def test_oblate_functions_of_the_second_kind_are_refused_where_scipy_has_not_their_values(m, n, c):
    for x in (0.2, 0.5, 0.8):
        with pytest.raises(
            NotImplementedError, match=f"obl_rad2 has no gradient at x as small as {x}"
        ):
            diff(lambda x=x: sp.obl_rad2(m, n, c, Param(x))[0])
    _, slope = sp.obl_rad2(m, n, c, 3.5)
    assert grad(lambda x: sp.obl_rad2(m, n, c, x)[0])(3.5) == slope
