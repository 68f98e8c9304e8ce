"""Matrices made of vectors and of smaller matrices."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import structured as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

LAYOUTS = ("plain", "only", "complex128", "float32", "reversed")

ROWS = [
    row(linalg.toeplitz, real(3), real(4), only=LAYOUTS),
    row(linalg.toeplitz, real(2, 3), only=LAYOUTS),
    row(linalg.hankel, real(3), real(4), only=LAYOUTS),
    row(linalg.hankel, real(3), only=LAYOUTS),
    row(linalg.circulant, real(2, 3), only=LAYOUTS),
    row(linalg.companion, real(2, 4), only=LAYOUTS),
    row(linalg.companion, real(2), only=LAYOUTS),
    *(
        row(linalg.convolution_matrix, real(3), n, mode=mode, only=LAYOUTS)
        for n in (2, 3, 5)
        for mode in ("full", "same", "valid")
    ),
    row(linalg.convolution_matrix, real(2, 3), 2, only=LAYOUTS),
    row(linalg.fiedler, real(2, 3), only=("plain", "float32")),
    *(row(linalg.fiedler_companion, real(n), only=LAYOUTS) for n in (2, 4, 5)),
    row(linalg.leslie, real(4), real(3), only=LAYOUTS),
    row(linalg.khatri_rao, real(2, 3), real(4, 3), only=LAYOUTS),
    row(linalg.block_diag, real(2, 2, 3), real(1, 2), real(3), only=LAYOUTS),
    row(linalg.block_diag, real(), real(2, 2), only=LAYOUTS),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def refused(f, *args):
    with pytest.raises(ValueError) as found:
        diff(lambda: np.sum(f(*map(Param, args))))
    with pytest.raises(ValueError) as expected:
        f(*args)
    return str(found.value), str(expected.value)


@pytest.mark.parametrize(
    "f, args",
    [
        (linalg.companion, [np.ones(1)]),
        (linalg.leslie, [np.ones(2), np.ones(3)]),
        (linalg.khatri_rao, [np.ones((2, 2)), np.ones((2, 3))]),
    ],
)
def test_wrong_sizes_are_refused_in_scipys_words(f, args):
    found, expected = refused(f, *args)
    assert found == expected
