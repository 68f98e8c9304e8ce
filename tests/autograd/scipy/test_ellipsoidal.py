"""Ellipsoidal harmonics of both kinds."""

import warnings

import numpy as np
import pytest
from scipy.integrate import IntegrationWarning

from knetpy.autograd import Param, diff
from knetpy.autograd.derivatives import elementwise_grad
from knetpy.autograd.scipy import ellipsoidal as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, positive, row, rule_test

P = positive(2, 3)
NUMBERS = [(n, p) for n in range(5) for p in range(1, 2 * n + 2)]


def inside(s, n, p, **options):
    return chapter.ellip_harm(5.0, 8.0, n, p, s / 2, **options)


def outside(s, n, p):
    """SciPy's numerical integral warns of its last digits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IntegrationWarning)
        return chapter.ellip_harm_2(5.0, 8.0, n, p, s + 3)


ROWS = [
    *(
        row(inside, P, n, p, of=chapter.ellip_harm, only=("plain", "0d"))
        for n, p in NUMBERS
        if (n, p) != (0, 1)
    ),
    row(inside, P, 3, 7, of=chapter.ellip_harm, signm=-1, only=("plain",)),
    *(
        row(outside, P, n, p, of=chapter.ellip_harm_2, highest=1, rtol=1e-4, only=("plain",))
        for n, p in NUMBERS
        if n < 4
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("n, p", NUMBERS)
def test_both_derivatives_of_the_second_kind_solve_lames_equation(n, p):
    """Values of a numerical integral are too rough for differences; DLMF 29.12, Dassios ch. 3.

    The constant of the equation is that of the first kind, and the Wronskian of both is known.
    """
    h2, k2, s = 5.0, 8.0, np.array([3.5, 5.0, 9.0])

    def with_slopes(f):
        first = elementwise_grad(f)
        return f(s), first(s), elementwise_grad(first)(s)

    e, de, dde = with_slopes(lambda s: chapter.ellip_harm(h2, k2, n, p, s) + 0 * s)
    f, df, ddf = with_slopes(lambda s: outside(s - 3, n, p))
    a, b = (s * s - h2) * (s * s - k2), s * (2 * s * s - h2 - k2)
    np.testing.assert_allclose(a * ddf + b * df, f * (a * dde + b * de) / e, rtol=1e-7)
    wronskian = -(2 * n + 1) / np.sqrt((s * s - h2) * (s * s - k2))
    np.testing.assert_allclose(e * df - de * f, wronskian, rtol=1e-9)


def test_what_has_no_formula_is_refused():
    with pytest.raises(TypeError, match="ellip_normal is not differentiable in h2"):
        diff(lambda: chapter.ellip_normal(Param(5.0), 8.0, 1, 1))
    with pytest.raises(NotImplementedError, match="for single numbers h2, k2, n and p"):
        diff(lambda: np.sum(chapter.ellip_harm(5.0, 8.0, np.array([1, 2]), 1, Param(1.0))))
