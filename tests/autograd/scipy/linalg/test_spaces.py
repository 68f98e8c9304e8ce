"""Bases of spaces, the angles between them, and matrices of singular values."""

import numpy as np
import pytest
from numpy.linalg import LinAlgError

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.rules.decompositions import H
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import spaces as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import LAYOUTS

TALL, WIDE, STACK = real(5, 2), real(2, 4), real(2, 3, 2)


def projector(f):
    def of_basis(a, **options):
        q = f(a, **options)
        return q @ H(q)

    return of_basis


RANGE, NULL = projector(linalg.orth), projector(linalg.null_space)
ANGLES = linalg.subspace_angles

ROWS = [
    *(
        row(RANGE, x, of=linalg.orth, name=f"orth-{x.shape}", only=LAYOUTS)
        for x in (TALL, STACK, real(4, 3))
    ),
    *(
        row(NULL, x, of=linalg.null_space, name=f"null_space-{x.shape}", only=LAYOUTS)
        for x in (WIDE, real(2, 2, 3), real(1, 3))
    ),
    row(ANGLES, TALL, real(5, 2), only=LAYOUTS, without=("twice",)),
    row(ANGLES, TALL, real(5, 1), only=LAYOUTS),
    row(ANGLES, real(5, 1), TALL, only=LAYOUTS),
    row(ANGLES, real(2, 5, 2), TALL, only=LAYOUTS),
    *(row(linalg.diagsvd, real(2), m, n, only=LAYOUTS) for m, n in ((2, 2), (2, 4), (3, 2))),
    row(linalg.diagsvd, real(3, 2), 2, 3, only=LAYOUTS),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("f, x", [(linalg.orth, TALL), (linalg.null_space, WIDE)])
def test_a_loss_that_depends_on_the_basis_is_refused(f, x):
    with pytest.raises(LinAlgError, match="depends on the phase or rotation"):
        diff(lambda: np.sum(f(Param(x.array(0))) ** 3 * [[1, 2]]))


def test_the_whole_space_does_not_move():
    slope = grad(lambda a: np.sum(RANGE(a) ** 3))(WIDE.array(0))
    assert np.allclose(slope, 0, atol=1e-12)


def test_small_directions_are_left_out():
    a = np.array([[1.0, 0], [0, 1e-3], [0, 0]])
    tape = diff(lambda: np.sum(projector(linalg.orth)(Param(a), rcond=0.1)))
    assert float(tape) == 1.0


def test_a_length_that_does_not_fit_is_refused_as_scipy_does():
    with pytest.raises(ValueError, match="Length of s must be M or N"):
        diff(lambda: np.sum(linalg.diagsvd(Param(np.ones(2)), 3, 4)))
