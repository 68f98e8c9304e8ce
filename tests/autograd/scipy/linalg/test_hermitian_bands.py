"""Hermitian matrices of which some diagonals are given."""

import numpy as np

from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import hermitian_bands as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import LAYOUTS

BOTH, REAL = ("plain", "complex128"), ("plain", "only", "float32")
BAND, STACK = real(3, 5), real(2, 3, 5)
PAIRS = linalg.eig_banded, chapter.known_pairs
SELECTED = (
    {},
    {"select": "i", "select_range": (1, 3)},
    {"select": "v", "select_range": (2.0, 40.0)},
)


def heavy(ab, lower):
    """With a diagonal that makes the matrix positive, and zeros beyond the corners."""
    n, k = ab.shape[-1], ab.shape[-2] - 1
    rows = np.arange(k + 1)[:, None] + np.arange(n)
    inside = rows < n if lower else rows >= k
    diagonal = np.zeros(ab.shape[-2:])
    diagonal[0 if lower else -1] = 5 + 3 * np.arange(n)
    return np.where(inside, ab / 3, 0) + diagonal.astype(ab.real.dtype)


def factor(ab, lower):
    return linalg.cholesky_banded(heavy(ab, lower), lower=lower)


def solution(ab, b, lower):
    return linalg.cho_solve_banded((heavy(ab, lower), lower), b)


def pairs(ab, lower, **options):
    w, v = linalg.eig_banded(heavy(ab, lower), lower, **options)
    return w, abs(v) ** 2


def values(ab, lower, **options):
    return linalg.eigvals_banded(heavy(ab, lower), lower, **options)


def tridiagonal(d, e, f=linalg.eigh_tridiagonal, **options):
    y = f(d + 4 * np.arange(5).astype(d.dtype), e, **options)
    return y if f is linalg.eigvalsh_tridiagonal else (y[0], y[1] ** 2)


ROWS = [
    *(
        row(f, x, lower, of=of, only=LAYOUTS)
        for f, of in ((factor, linalg.cholesky_banded), (values, linalg.eigvals_banded))
        for x in (BAND, STACK)
        for lower in (False, True)
    ),
    row(solution, BAND, real(5), True, of=linalg.cho_solve_banded, only=LAYOUTS),
    row(solution, BAND, real(5, 2), False, of=linalg.cho_solve_banded, only=LAYOUTS),
    *(row(pairs, BAND, True, of=PAIRS, only=BOTH, **options) for options in SELECTED),
    row(pairs, STACK, False, of=PAIRS, only=BOTH),
    *(
        row(values, BAND, False, of=linalg.eigvals_banded, only=BOTH, **options)
        for options in SELECTED[1:]
    ),
    *(
        row(tridiagonal, real(5), real(4), of=linalg.eigh_tridiagonal, only=REAL, **options)
        for options in SELECTED
    ),
    *(
        row(
            tridiagonal,
            real(5),
            real(4),
            linalg.eigvalsh_tridiagonal,
            of=linalg.eigvalsh_tridiagonal,
            only=REAL,
            **options,
        )
        for options in (*SELECTED[1:], {"lapack_driver": "sterf"})
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)
