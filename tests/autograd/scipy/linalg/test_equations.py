"""Linear equations with every structure that they may have, and by factors."""

import numpy as np
import pytest

from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import equations as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import LAYOUTS, REAL, definite, regular, symmetric

SQUARE, STACK, VECTOR, COLUMNS = real(3, 3), real(2, 3, 3), real(3), real(3, 2)
PIV = np.array([1, 2, 2])
MASKS = {
    "diagonal": np.eye(3),
    "tridiagonal": np.ones((3, 3)) - np.eye(3, k=2) - np.eye(3, k=-2),
    "upper triangular": np.triu(np.ones((3, 3))),
    "lower triangular": np.tril(np.ones((3, 3))),
}
SHAPES = {"sym": symmetric, "her": definite, "pos": definite, "general": regular}


def solve_as(kind, **options):
    """A matrix of the structure from any one, and its equations."""

    def f(a, b):
        a = regular(a) * MASKS[kind] if kind in MASKS else SHAPES[kind](a)
        return linalg.solve(a, b, assume_a=kind, **options)

    return f


def by_cholesky(a, b, lower):
    return linalg.cho_solve(linalg.cho_factor(definite(a), lower), b)


def by_lu(a, b, trans):
    return linalg.lu_solve(linalg.lu_factor(a), b, trans)


CHO = linalg.cho_solve, chapter.cholesky_solution
LU = linalg.lu_solve, chapter.lu_solution
LSTSQ = linalg.lstsq, chapter.least_squares

ROWS = [
    row(linalg.solve, SQUARE, VECTOR, only=LAYOUTS),
    row(linalg.solve, SQUARE, COLUMNS, only=LAYOUTS),
    row(linalg.solve, STACK, VECTOR, only=LAYOUTS),
    row(linalg.solve, STACK, COLUMNS, only=LAYOUTS, highest=1),
    row(linalg.solve, SQUARE, VECTOR, transposed=True, only=REAL),
    row(linalg.solve, STACK, COLUMNS, transposed=True, only=REAL, highest=1),
    *(
        row(solve_as(k), SQUARE, VECTOR, of=linalg.solve, name=f"solve-{k}", only=LAYOUTS)
        for k in (*MASKS, *SHAPES)
    ),
    *(
        row(
            solve_as(kind, lower=True),
            SQUARE,
            VECTOR,
            of=linalg.solve,
            name=f"solve-{kind}-lower",
            only=LAYOUTS,
        )
        for kind in ("sym", "her", "pos")
    ),
    *(
        row(
            lambda a, b, **options: linalg.solve_triangular(regular(a), b, **options),
            *arrays,
            of=linalg.solve_triangular,
            trans=trans,
            lower=lower,
            unit_diagonal=unit,
            only=LAYOUTS,
            highest=2 if unit and arrays[1] is VECTOR else 1,
        )
        for arrays, trans in (
            ((SQUARE, COLUMNS), 0),
            ((SQUARE, VECTOR), "T"),
            ((SQUARE, COLUMNS), 2),
            ((STACK, VECTOR), 0),
        )
        for lower in (False, True)
        for unit in (False, True)
    ),
    *(row(by_cholesky, SQUARE, VECTOR, lower, of=CHO, only=LAYOUTS) for lower in (False, True)),
    row(lambda c, b: linalg.cho_solve((c, True), b), SQUARE, COLUMNS, of=CHO, only=LAYOUTS),
    row(lambda c, b: linalg.cho_solve((c, False), b), STACK, VECTOR, of=CHO, only=LAYOUTS),
    *(row(by_lu, SQUARE, VECTOR, trans, of=LU, only=LAYOUTS) for trans in (0, 1, 2)),
    row(by_lu, SQUARE, COLUMNS, 0, of=LU, only=LAYOUTS, highest=1),
    *(
        row(
            lambda lu, b, trans: linalg.lu_solve((lu, PIV), b, trans),
            SQUARE,
            VECTOR,
            trans,
            of=LU,
            name=f"lu_solve-alone-{trans}",
            only=LAYOUTS,
        )
        for trans in (0, 1, 2)
    ),
    row(lambda a, b: linalg.lstsq(a, b)[0::3], real(4, 3), real(4), of=LSTSQ, only=LAYOUTS),
    row(lambda a, b: linalg.lstsq(a, b)[:2], real(4, 3), real(4, 2), of=LSTSQ, only=LAYOUTS),
    row(lambda a, b: linalg.lstsq(a, b)[0], real(2, 4), real(2, 3), of=LSTSQ, only=LAYOUTS),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_order_of_swaps_of_a_stack():
    piv = np.array([[2, 2, 2], [0, 2, 2]])
    assert chapter.order_of(piv).tolist() == [[2, 0, 1], [0, 2, 1]]


def test_permissions_to_overwrite_are_not_used():
    a, b = np.asfortranarray([[2.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])
    before = a.copy(), b.copy()
    linalg.solve(a, b, overwrite_a=True, overwrite_b=True)
    assert np.array_equal(a, before[0]) and np.array_equal(b, before[1])


@pytest.mark.parametrize("driver", ["gelsd", "gelss", "gelsy"])
def test_drivers_of_least_squares_have_one_gradient(driver):
    a, b = np.cos(np.arange(12.0) ** 2).reshape(4, 3), np.arange(4.0)
    assert gradcheck(lambda a: linalg.lstsq(a, b, lapack_driver=driver)[0], a, order=2)
