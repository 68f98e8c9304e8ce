"""Hessenberg and LDL forms, balance, real forms of eigenvalues, sketches, and what is constant."""

import numpy as np
import pytest
from numpy.linalg import LinAlgError

from knetpy.autograd import Param, diff
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import forms as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import LAYOUTS

SQUARE, STACK = real(4, 4), real(2, 3, 3)
LDL = linalg.ldl, chapter.ldl_parts


def of_ldl(a, **options):
    """Symmetric but for the diagonal's imaginary part, which SciPy warns of."""
    if options.get("hermitian", True):
        a = a + a.swapaxes(-1, -2).conj()
    return linalg.ldl(a, **options)[:2]


def balanced(a, **options):
    scales = np.array([1.0, 100, 1e-2, 1])[: a.shape[-1]].astype(a.real.dtype)
    return linalg.matrix_balance(a * scales / scales[:, None], **options)[0]


def real_form(w, x, y):
    """Of a real eigenvalue and a pair."""
    w = np.stack([w[0], w[1] + 1j, w[1] - 1j])
    return linalg.cdf2rdf(w, np.stack([x + 0j, x + 1j * y, x - 1j * y], axis=-1))


def sketch(a, **options):
    return linalg.clarkson_woodruff_transform(a, 3, **options)


ROWS = [
    *(row(linalg.hessenberg, x, calc_q=True, only=LAYOUTS) for x in (SQUARE, STACK, real(2, 2))),
    row(linalg.hessenberg, SQUARE, only=LAYOUTS),
    *(
        row(of_ldl, x, of=LDL, lower=lower, hermitian=hermitian, only=LAYOUTS)
        for x in (SQUARE, STACK)
        for lower in (True, False)
        for hermitian in (True, False)
    ),
    *(
        row(balanced, x, of=linalg.matrix_balance, only=LAYOUTS, **options)
        for x in (SQUARE, STACK)
        for options in ({}, {"scale": False}, {"separate": True})
    ),
    row(real_form, real(2), real(3), real(3), of=linalg.cdf2rdf, only=("plain", "only")),
    row(linalg.cdf2rdf, real(2, 3), real(2, 3, 3), only=("plain", "only", "float32")),
    *(
        row(sketch, x, of=linalg.clarkson_woodruff_transform, only=LAYOUTS, **options)
        for x in (real(5, 2),)
        for options in ({"rng": 3}, {"seed": 3})
    ),
    row(linalg.bandwidth, real(3, 3), only=LAYOUTS),
    row(linalg.ishermitian, real(3, 3), only=LAYOUTS),
    row(linalg.issymmetric, real(3, 3), only=LAYOUTS),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_blocks_of_two_have_a_gradient():
    a = np.array([[0.0, 1, 2], [1, 0, 3], [2, 3, 0]])
    assert np.count_nonzero(np.diagonal(linalg.ldl(a)[1], -1))
    assert gradcheck(lambda a: linalg.ldl(a + a.T)[:2], a / 2, order=2)


def test_what_breaks_off_is_told():
    with pytest.raises(LinAlgError, match="a number below the diagonal is 0"):
        diff(lambda: np.sum(linalg.hessenberg(Param(np.eye(3)))))
