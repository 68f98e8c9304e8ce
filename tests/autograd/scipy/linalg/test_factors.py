"""Decompositions into factors, with all options."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff
from knetpy.autograd.rules.decompositions import H
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import factors as chapter
from knetpy.autograd.scipy.linalg.parts import lower_part, upper_part
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import LAYOUTS, definite

SQUARE, STACK, TALL, WIDE = real(3, 3), real(2, 3, 3), real(4, 3), real(2, 4)


def cho_factor(a, lower):
    """Without the triangle that means nothing."""
    c, _ = linalg.cho_factor(definite(a), lower)
    return lower_part(c) if lower else upper_part(c)


def lu_factor(a):
    return linalg.lu_factor(a)[0]


def of_svd(a, **options):
    """What does not depend on the phases of the vectors, nor on those that fill the space up."""
    u, s, vh = linalg.svd(a, **options)
    k = s.shape[-1]
    rest = u[..., k:] @ H(u[..., k:]), H(vh[..., k:, :]) @ vh[..., k:, :]
    return s, u[..., :k] * np.sin(s)[..., None, :] @ vh[..., :k, :], abs(u[..., :k]) ** 2, *rest


def of_complete(f, k):
    """Of two factors, the one that is unitary by what it spans beyond the matrix."""

    def parts(a):
        q, r = f(a) if k else f(a)[::-1]
        n = min(a.shape)
        rest = q[:, n:] @ H(q[:, n:]) if k else H(q[:-n]) @ q[:-n]
        return (q[:, :n] if k else q[-n:]), (r[:n] if k else r[:, -n:]), rest

    return parts


QR, RQ = (linalg.qr, chapter.qr_joined), (linalg.rq, chapter.rq_joined)
SVD, VALUES = (linalg.svd, chapter.svd_joined), chapter.singular_values
CHO = linalg.cho_factor, chapter.cholesky_factor
LU = linalg.lu, chapter.lu_parts
full_qr, full_rq = of_complete(linalg.qr, 1), of_complete(linalg.rq, 0)

ROWS = [
    row(lambda a, **k: linalg.cholesky(definite(a), **k), STACK, of=linalg.cholesky, only=LAYOUTS),
    row(
        lambda a, **k: linalg.cholesky(definite(a), **k),
        SQUARE,
        of=linalg.cholesky,
        lower=True,
        only=LAYOUTS,
    ),
    *(row(cho_factor, SQUARE, lower, of=CHO, only=LAYOUTS) for lower in (False, True)),
    *(
        row(linalg.lu, x, of=LU, only=LAYOUTS, highest=1 if x is STACK else 2, **options)
        for x in (SQUARE, STACK, TALL, WIDE)
        for options in ({}, {"permute_l": True}, {"p_indices": True})
    ),
    *(row(lu_factor, x, of=linalg.lu_factor, only=LAYOUTS) for x in (SQUARE, TALL, WIDE)),
    *(
        row(linalg.qr, x, of=QR, only=LAYOUTS, mode=mode, pivoting=pivoting)
        for x in (SQUARE, TALL, WIDE)
        for mode in ("economic", "r")
        for pivoting in (False, True)
    ),
    row(linalg.qr, STACK, of=QR, only=LAYOUTS),
    row(full_qr, TALL, of=QR, name="qr-full", only=LAYOUTS),
    *(row(linalg.rq, x, of=RQ, mode="economic", only=LAYOUTS) for x in (SQUARE, TALL, WIDE)),
    row(linalg.rq, TALL, of=RQ, mode="r", only=LAYOUTS),
    row(linalg.rq, STACK, of=RQ, only=LAYOUTS),
    row(full_rq, WIDE, of=RQ, name="rq-full", only=LAYOUTS),
    *(row(of_svd, x, of=SVD, name=f"svd-{x.shape}", only=LAYOUTS) for x in (STACK, TALL, WIDE)),
    row(of_svd, TALL, of=SVD, name="svd-thin", full_matrices=False, only=LAYOUTS),
    row(linalg.svd, TALL, of=SVD, compute_uv=False, lapack_driver="gesvd", only=LAYOUTS),
    row(linalg.svdvals, WIDE, of=(linalg.svdvals, VALUES), only=LAYOUTS),
    row(linalg.svdvals, STACK, of=(linalg.svdvals, VALUES), only=LAYOUTS),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_raw_qr_is_refused():
    with pytest.raises(NotImplementedError, match='mode="raw"'):
        diff(lambda: linalg.qr(Param(np.eye(2)), mode="raw"))
