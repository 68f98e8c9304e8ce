"""Systems with few diagonals, or with one number to a diagonal."""

import numpy as np
import pytest
from numpy.linalg import LinAlgError

from knetpy.autograd import Param, diff
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import bands as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import LAYOUTS


def heavy(ab, k):
    """With a diagonal, row k, that makes the matrix regular."""
    place = (np.arange(ab.shape[-2]) == k).astype(ab.real.dtype)
    return ab / 3 + 5 * place[:, None]


def banded(ab, b, low, up):
    return linalg.solve_banded((low, up), heavy(ab, up), b)


def hermitian(ab, b, lower):
    return linalg.solveh_banded(heavy(ab, 0 if lower else len(ab) - 1), b, lower=lower)


def first(c):
    return heavy(c[None], 0)[0] * np.array([3.0, 1, 1, 1]).astype(c.real.dtype)


BANDED = linalg.solve_banded, chapter.banded_solution
TOEPLITZ = linalg.solve_toeplitz, chapter.toeplitz_solution
PRODUCT = linalg.matmul_toeplitz, chapter.toeplitz_product
C = real(4)

ROWS = [
    row(banded, real(4, 5), real(5), 2, 1, of=BANDED, only=LAYOUTS),
    row(banded, real(4, 5), real(5, 2), 1, 2, of=BANDED, only=LAYOUTS),
    row(banded, real(2, 3, 5), real(5), 1, 1, of=BANDED, only=LAYOUTS),
    row(hermitian, real(3, 5), real(5), True, of=linalg.solveh_banded, only=LAYOUTS),
    row(hermitian, real(3, 5), real(5, 2), False, of=linalg.solveh_banded, only=LAYOUTS),
    row(
        lambda c, r, b: linalg.solve_toeplitz((first(c), r), b), C, C, C, of=TOEPLITZ, only=LAYOUTS
    ),
    row(lambda c, b: linalg.solve_toeplitz(first(c), b), C, real(4, 2), of=TOEPLITZ, only=LAYOUTS),
    row(
        lambda c, r, x: linalg.matmul_toeplitz((c, r), x),
        C,
        real(3),
        real(3),
        of=PRODUCT,
        only=LAYOUTS,
    ),
    row(lambda c, x: linalg.matmul_toeplitz(c, x), C, real(4, 2), of=PRODUCT, only=LAYOUTS),
    row(
        lambda c, b: linalg.solve_circulant(first(c), b),
        C,
        C,
        of=linalg.solve_circulant,
        only=LAYOUTS[:2],
    ),
    row(
        lambda c, b: linalg.solve_circulant(first(c), b, baxis=-1, outaxis=-1),
        real(2, 4),
        real(3, 1, 4),
        of=linalg.solve_circulant,
        name="solve_circulant-axes",
        only=LAYOUTS[:2],
    ),
    row(
        lambda b: linalg.solve_circulant(np.ones(4), b, singular="lstsq"),
        C,
        of=linalg.solve_circulant,
        name="solve_circulant-singular",
        only=LAYOUTS[:2],
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_a_singular_circulant_is_refused_as_scipy_does():
    with pytest.raises(LinAlgError, match="near singular circulant matrix"):
        diff(lambda: np.sum(linalg.solve_circulant(np.ones(4), Param(np.ones(4)))))


def test_a_stack_of_toeplitz_matrices_is_refused():
    with pytest.raises(NotImplementedError, match=r"got shapes \(2, 2\) and \(2, 2\)"):
        diff(lambda: np.sum(linalg.solve_toeplitz(Param(np.eye(2)), np.ones(2))))
