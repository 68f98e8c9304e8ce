"""Schur forms of one matrix and of two."""

import numpy as np
import pytest
from numpy.linalg import LinAlgError

from knetpy.autograd import Param, diff
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import schur_forms as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import in_rows, squares

BOTH, REAL = ("plain", "complex128", "float32"), ("plain", "float32")
SQUARE, STACK = real(4, 4), real(2, 3, 3)
SCHUR, QZ = (linalg.schur, chapter.schur_joined), (linalg.qz, chapter.qz_joined)
PAIRS = np.array([[1.0, 3, 0, 0], [-1, 1, 0, 0], [0, 0, 6, -2], [0, 0, 4, 6]])
OPTIONS = ({}, {"output": "complex"}, {"sort": "rhp"})


def apart(a):
    """With real eigenvalues that do not meet."""
    return a / 9 + np.diag(np.array([-3.0, 2, 5, 9])[: a.shape[-1]]).astype(a.real.dtype)


def paired(a):
    """With two pairs of complex eigenvalues."""
    return a / 9 + PAIRS.astype(a.real.dtype)


def determined(forms, vectors):
    """What does not depend on phases."""
    diagonals = tuple(np.einsum("...ii->...i", t) for t in forms)
    return *diagonals, *map(squares, (*forms, *vectors))


def of_schur(a, kind=apart, **options):
    t, z, *_ = linalg.schur(kind(a), **options)
    return determined([t], [z])


def real_schur(a, kind=apart, **options):
    """All entries, whose signs LAPACK determines."""
    return linalg.schur(kind(a), **options)[:2]


def of_qz(a, b, f=linalg.qz, kind=apart, **options):
    aa, bb, *values, q, z = f(kind(a), apart(b) @ apart(b), **options)
    values = [np.real(x) for x in values] if kind is apart else []
    return *determined([aa, bb], [q, z]), *values


def of_rsf2csf(a, kind=paired):
    t, z = map(in_rows, linalg.schur(kind(a)))
    return determined(*([x] for x in linalg.rsf2csf(t, z)))


ROWS = [
    *(
        row(of_schur, x, of=SCHUR, only=BOTH, **options)
        for x in (SQUARE, STACK)
        for options in OPTIONS
    ),
    *(row(real_schur, SQUARE, kind, of=SCHUR, only=REAL[:1]) for kind in (apart, paired)),
    row(real_schur, SQUARE, paired, of=SCHUR, sort="rhp", only=REAL[:1]),
    row(of_schur, SQUARE, paired, of=SCHUR, output="complex", only=REAL),
    *(row(of_rsf2csf, SQUARE, kind, of=linalg.rsf2csf, only=REAL) for kind in (apart, paired)),
    row(of_qz, SQUARE, SQUARE, of=QZ, only=BOTH),
    row(of_qz, STACK, real(3, 3), of=QZ, only=BOTH),
    row(of_qz, SQUARE, SQUARE, of=QZ, output="complex", only=BOTH),
    row(of_qz, SQUARE, SQUARE, linalg.qz, paired, of=QZ, name="qz-paired", only=REAL),
    *(
        row(of_qz, SQUARE, SQUARE, linalg.ordqz, kind, of=linalg.ordqz, only=kinds, **options)
        for kind, kinds in ((apart, BOTH), (paired, REAL))
        for options in ({"sort": "rhp"}, {"output": "complex"})
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_equal_values_are_told():
    a = Param(np.array([[1.0, 2], [0, 1]]))
    with pytest.raises(LinAlgError, match="schur: values 0 and 1 are equal up to rounding"):
        diff(lambda: np.sum(linalg.schur(a)[0]))
    with pytest.raises(LinAlgError, match="qz: two eigenvalues are equal"):
        diff(lambda: np.sum(linalg.qz(a, np.eye(2))[0]))


def test_a_block_that_may_turn_is_told():
    with pytest.raises(LinAlgError, match="a block of two is normal"):
        diff(lambda: np.sum(linalg.schur(Param([[1.0, -2], [2, 1]]))[1]))


def test_a_loss_that_depends_on_phases_is_refused():
    a = Param(apart(SQUARE.array(0)) + 1j)
    for f in (lambda: linalg.schur(a)[1], lambda: linalg.qz(a, np.eye(4))[2]):
        with pytest.raises(LinAlgError, match="depends on the phase"):
            diff(lambda f=f: np.sum(f().real))


def test_scaled_values_of_pairs_are_refused():
    a = Param(paired(SQUARE.array(0)))
    with pytest.raises(NotImplementedError, match="no gradient for alpha and beta"):
        diff(lambda: np.sum(linalg.ordqz(a, np.eye(4))[3]))
