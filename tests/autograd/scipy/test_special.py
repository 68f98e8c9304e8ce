"""Functions of scipy.special that are no ufuncs."""

import numpy as np
import pytest
import scipy.special as sp

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import special
from knetpy.autograd.scipy import special as chapter
from tests.autograd.rules.harness import (
    coverage_test,
    mutation_test,
    nonzero,
    positive,
    real,
    row,
    rule_test,
    unit,
)

LAYOUTS = ("plain", "only", "complex128", "float32", "reversed")
REAL = ("plain", "only", "float32", "reversed", "row", "column")
A, B, P = real(2, 3), nonzero(2, 3), positive(2, 3)
LOG_SUM = special.logsumexp, chapter.log_sum
SIGNED = special.logsumexp, chapter.signed_log_sum


def summed(a, b, **options):
    return special.logsumexp(a, b=b, **options)


ROWS = [
    row(special.logsumexp, A, of=LOG_SUM, only=LAYOUTS),
    row(special.logsumexp, A, of=LOG_SUM, axis=1, keepdims=True, only=LAYOUTS),
    row(summed, A, P, of=LOG_SUM, axis=0, only=LAYOUTS),
    row(summed, real(2, 3), positive(3), of=LOG_SUM, only=LAYOUTS),
    row(summed, A, B, of=SIGNED, axis=0, return_sign=True, only=LAYOUTS),
    row(special.logsumexp, A, of=SIGNED, return_sign=True, only=LAYOUTS),
    *(
        row(f, A, axis=axis, only=LAYOUTS)
        for f in (special.softmax, special.log_softmax)
        for axis in (None, 0, (0, 1))
    ),
    row(lambda a: special.multigammaln(a + 1, 3), P, of=special.multigammaln, only=REAL),
    *(row(special.polygamma, n, P, only=REAL) for n in (0, 1, 3)),
    row(special.polygamma, np.array([1, 2, 0]), P, name="polygamma-several", only=REAL),
    row(lambda n, k: special.comb(n + 4, k), P, P, of=special.comb, only=REAL),
    row(
        lambda n, k: special.comb(n + 4, k, repetition=True),
        P,
        P,
        of=special.comb,
        name="repeated",
        only=REAL,
    ),
    row(lambda n, k: special.perm(n + 4, k), P, P, of=special.perm, only=REAL),
    row(special.factorial, P, only=REAL),
    row(special.factorial, unit(2, 3), extend="complex", only=REAL),
    row(special.factorial2, P, extend="complex", only=REAL),
    row(special.factorialk, P, 3, extend="complex", only=REAL),
    row(special.diric, A, 4, only=REAL),
    row(special.diric, A, np.array([[3], [2]]), name="diric-several", only=REAL),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_the_periodic_sinc_is_smooth_where_it_is_extreme():
    x = np.array([0.0, 2 * np.pi, -4 * np.pi])
    assert gradcheck(lambda x: special.diric(x, 4), x, order=2)
    assert np.allclose(grad(lambda x: np.sum(special.diric(x, 4)))(x), 0, atol=1e-14)


@pytest.mark.parametrize(
    "a, expected",
    [
        ([np.inf, 0.0], [1.0, 0.0]),
        ([-np.inf, 0.0], [0.0, 1.0]),
        ([1000.0, 1000.0], [0.5, 0.5]),
        ([-np.inf, -np.inf], [1.0, 1.0]),
    ],
)
def test_shares_of_infinite_terms(a, expected):
    assert np.allclose(grad(special.logsumexp)(np.array(a)), expected, rtol=1e-12)


def test_weights_of_zero_have_a_gradient():
    slope = grad(lambda b: special.logsumexp(np.zeros(2), b=b))(np.array([0.0, 2.0]))
    assert slope.tolist() == [0.5, 0.5]


def test_counts_out_of_range_do_not_move():
    n, k = np.array([2.0, -1.5, 3.0]), np.array([3.0, 1.0, -0.5])
    for f in (special.comb, special.perm):
        assert f(n, k).tolist() == [0, 0, 0]
        assert grad(lambda n, f=f: np.sum(f(n, k)))(n).tolist() == [0, 0, 0]


def test_what_counts_exactly_has_no_gradient():
    for f in (special.comb, special.perm):
        with pytest.raises(TypeError, match="counts integers, which have no gradient"):
            diff(lambda f=f: f(Param(4.0), 2, exact=True))


def test_orders_are_no_arguments_to_differentiate():
    with pytest.raises(TypeError, match="polygamma is not differentiable in n"):
        diff(lambda: special.polygamma(Param(1.0), 2.0))
    with pytest.raises(TypeError, match="multigammaln is not differentiable in d"):
        diff(lambda: special.multigammaln(3.0, Param(1.0)))


AS_THEY_STAND = {
    "assoc_laguerre": lambda x: sp.assoc_laguerre(x, 3, 1.5),
    "lambertw": lambda x: np.real(sp.lambertw(x)),
    "softplus": sp.softplus,
    "zeta": lambda x: (sp.zeta(x, 2.5), sp.zeta(2.5, x), sp.zeta(x)),
}


@pytest.mark.parametrize("name", chapter.AS_THEY_STAND)
def test_what_scipy_dispatches_needs_no_stand_in(name):
    assert gradcheck(AS_THEY_STAND[name], np.array([1.5, 2.5]), order=2)


def test_those_are_all():
    assert set(AS_THEY_STAND) == set(chapter.AS_THEY_STAND)
