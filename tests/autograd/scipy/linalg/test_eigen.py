"""Eigenvalues and vectors, of one matrix and of two, whole and in parts."""

import numpy as np
import pytest
from numpy.linalg import LinAlgError

from knetpy.autograd import Param, diff
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import eigen as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import definite, hermitian, regular

BOTH = ("plain", "complex128")
SQUARE, STACK = real(3, 3), real(2, 3, 3)
EIGH = linalg.eigh, chapter.eigen_pairs
VALUES = linalg.eigvalsh, chapter.eigen_values
EIG = linalg.eig, chapter.eig_parts
SUBSETS = ({}, {"lower": False}, {"subset_by_index": [1, 2]}, {"subset_by_value": [-1.0, 9.0]})


def apart(a):
    """With three real eigenvalues that do not meet."""
    return a / 9 + np.diag([1.0, 2, 4]).astype(a.real.dtype)


def of_eigh(a, b=None, **options):
    w, v = linalg.eigh(hermitian(apart(a)), None if b is None else definite(b), **options)
    return w, abs(v) ** 2


def of_eigvalsh(a, b=None, **options):
    return linalg.eigvalsh(hermitian(apart(a)), None if b is None else definite(b), **options)


def of_eig(a, b=None, **options):
    w, *vectors = linalg.eig(apart(a), None if b is None else regular(b), **options)
    return w, *(abs(v) ** 2 for v in vectors)


ROWS = [
    *(row(of_eigh, SQUARE, of=EIGH, only=BOTH, **options) for options in SUBSETS),
    *(row(of_eigvalsh, SQUARE, of=VALUES, only=BOTH, **options) for options in SUBSETS),
    row(of_eigh, STACK, of=EIGH, only=BOTH),
    row(of_eigh, STACK, of=EIGH, subset_by_index=[0, 1], only=BOTH),
    *(
        row(f, SQUARE, SQUARE, of=of, type=kind, only=BOTH, without=("twice",), **options)
        for f, of in ((of_eigh, EIGH), (of_eigvalsh, VALUES))
        for kind in (1, 2, 3)
        for options in ({}, {"subset_by_index": [1, 2]})
    ),
    row(of_eig, SQUARE, of=EIG, only=BOTH),
    row(of_eig, SQUARE, of=EIG, left=True, only=BOTH),
    row(of_eig, SQUARE, of=EIG, left=True, right=False, only=BOTH),
    row(of_eig, SQUARE, SQUARE, of=EIG, left=True, only=BOTH, without=("twice",)),
    row(lambda a: linalg.eigvals(apart(a)), SQUARE, of=linalg.eigvals, only=BOTH),
    row(
        lambda a, b: linalg.eigvals(apart(a), regular(b)),
        SQUARE,
        SQUARE,
        of=linalg.eigvals,
        only=BOTH,
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_equal_values_are_told():
    with pytest.raises(LinAlgError, match="values 0 and 1 are equal up to rounding"):
        diff(lambda: np.sum(np.abs(linalg.eigh(Param(np.eye(2)), np.eye(2))[1]) ** 2 * [[1, 2]]))


def test_homogeneous_values_are_refused():
    with pytest.raises(NotImplementedError, match="homogeneous_eigvals"):
        diff(lambda: linalg.eigvals(Param(np.eye(2)), homogeneous_eigvals=True))
