"""Inverses, determinants, norms and the nearest unitary matrix."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import inverses as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import LAYOUTS, REAL, definite, hermitian, regular

SQUARE, STACK, TALL, WIDE, VECTOR = real(3, 3), real(2, 3, 3), real(4, 3), real(2, 4), real(3)
PINV = linalg.pinv, chapter.pseudo_inverse
PINVH = linalg.pinvh, chapter.hermitian_pseudo_inverse
NORM = linalg.norm, chapter.euclidean


def deficient(a):
    """Of rank 2, with the third singular value small but not 0."""
    return a[..., :2] @ a[..., :2, :] + 1e-3 * a


def pinvh(a, **options):
    return linalg.pinvh(hermitian(a), **options)


ROWS = [
    row(lambda a, **k: linalg.inv(regular(a), **k), STACK, of=linalg.inv, only=LAYOUTS),
    row(lambda a: linalg.inv(definite(a), assume_a="pos"), SQUARE, of=linalg.inv, only=LAYOUTS),
    row(linalg.det, STACK, only=LAYOUTS),
    *(row(linalg.pinv, x, of=PINV, only=LAYOUTS) for x in (STACK, TALL, WIDE)),
    row(lambda a: linalg.pinv(deficient(a), atol=0.1), SQUARE, of=PINV, name="pinv-cut", only=REAL),
    row(pinvh, SQUARE, of=PINVH, only=LAYOUTS),
    row(pinvh, SQUARE, of=PINVH, lower=False, only=LAYOUTS),
    row(lambda x: np.sin(linalg.norm(x)), VECTOR, of=NORM, only=LAYOUTS),  # a float by itself
    *(row(linalg.norm, x, of=NORM, only=LAYOUTS) for x in (TALL, STACK)),
    row(linalg.norm, TALL, of=NORM, axis=1, keepdims=True, ord=3, only=LAYOUTS),
    row(linalg.norm, TALL, of=NORM, ord="nuc", only=LAYOUTS),
    *(
        row(linalg.polar, x, of=linalg.polar, side=side, only=LAYOUTS)
        for x in (SQUARE, TALL, WIDE)
        for side in ("left", "right")
    ),
    row(linalg.orthogonal_procrustes, TALL, TALL, only=("plain", "complex128")),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("ord", [1, -1, 2, -2, np.inf, -np.inf, "fro"])
def test_norms_of_matrices(ord):
    a = np.cos(np.arange(12.0) ** 2).reshape(4, 3)
    assert gradcheck(lambda a: linalg.norm(a, ord), a, order=2)
    assert np.isclose(diff(lambda: linalg.norm(Param(a), ord)).value, linalg.norm(a, ord))


def test_ranks_come_along():
    a = np.diag([1.0, 2.0, 0.0])
    for f in (linalg.pinv, linalg.pinvh):
        assert gradcheck(lambda a, f=f: f(a + a.T, return_rank=True, rtol=0.1)[0], a)
        rank = f(a, return_rank=True)[1]
        found = diff(lambda f=f: float(f(Param(a), return_rank=True)[1])).value
        assert found == rank == 2


def test_what_is_not_finite_is_refused_by_the_norm():
    with pytest.raises(ValueError, match="infs or NaNs"):
        diff(lambda: linalg.norm(Param([1.0, np.nan])))
    assert np.isnan(diff(lambda: linalg.norm(Param([1.0, np.nan]), check_finite=False)).value)


def test_procrustes_of_a_turn_is_the_turn():
    a, turn = np.cos(np.arange(8.0) ** 2).reshape(4, 2), np.array([[0.6, -0.8], [0.8, 0.6]])
    assert np.allclose(linalg.orthogonal_procrustes(a, a @ turn)[0], turn)
    slope = grad(lambda t: np.sum(linalg.orthogonal_procrustes(a, a @ t)[0] * turn))(turn)
    assert np.allclose(slope, 0)  # the sum of products with itself is the largest there is
