"""Sylvester's, Lyapunov's and Riccati's equations."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import matrix_equations as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import LAYOUTS, definite, regular

SQUARE, STACK = real(2, 2), real(2, 2, 2)
EQUATIONS = real(2, 2), real(2, 1), real(2, 2), real(1, 1)
CONTINUOUS = linalg.solve_continuous_are, chapter.continuous_riccati
DISCRETE = linalg.solve_discrete_are, chapter.discrete_riccati


def sylvester(a, b, q):
    return linalg.solve_sylvester(a, regular(b), q)


def continuous(a, q):
    return linalg.solve_continuous_lyapunov(regular(a), q)


def lyapunov(a, q, **options):
    return linalg.solve_discrete_lyapunov(a / 8, q, **options)


def riccati(f):
    return lambda a, b, q, r: f(a / 2, b, definite(q), definite(r))


ROWS = [
    row(sylvester, SQUARE, real(3, 3), real(2, 3), of=linalg.solve_sylvester, only=LAYOUTS),
    row(sylvester, STACK, STACK, STACK, of=linalg.solve_sylvester, only=LAYOUTS),
    row(continuous, SQUARE, SQUARE, of=linalg.solve_continuous_lyapunov, only=LAYOUTS),
    row(continuous, STACK, STACK, of=linalg.solve_continuous_lyapunov, only=LAYOUTS),
    row(lyapunov, SQUARE, SQUARE, of=linalg.solve_discrete_lyapunov, only=LAYOUTS),
    row(lyapunov, STACK, STACK, of=linalg.solve_discrete_lyapunov, method="bilinear", only=LAYOUTS),
    row(
        riccati(linalg.solve_continuous_are),
        *EQUATIONS,
        of=CONTINUOUS,
        only=("plain", "complex128"),
    ),
    row(riccati(linalg.solve_discrete_are), *EQUATIONS, of=DISCRETE, only=("plain", "complex128")),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("f", [linalg.solve_continuous_are, linalg.solve_discrete_are])
def test_descriptor_forms_are_refused(f):
    one = np.eye(1)
    with pytest.raises(NotImplementedError, match="no gradient for e= and s="):
        diff(lambda: np.sum(f(Param(one), one, one, one, s=one)))
