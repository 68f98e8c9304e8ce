"""QR factors of a matrix that changed, and products with the unitary factor."""

from knetpy.autograd.rules.decompositions import H
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import updates as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import in_rows, squares

BOTH = ("plain", "only", "complex128", "float32")
A = real(4, 3)


def determined(q, r):
    """What does not depend on phases, nor on columns that only fill the space up."""
    k = min(q.shape[0], r.shape[1])
    rest = q[:, k:]
    return (*map(squares, (q[:, :k], r[:k])), q[:, :k] @ r[:k], rest @ H(rest))


def of_changed(f):
    """A change of the factors of a matrix, which are to be varied as the factors of one."""

    def changed(a, *args, mode="economic", **options):
        q, r = map(in_rows, linalg.qr(a, mode=mode))
        return determined(*f(q, r, *args, **options))

    return changed


update, delete, insert = map(of_changed, (linalg.qr_update, linalg.qr_delete, linalg.qr_insert))
MODES = ("full", "economic")

ROWS = [
    *(
        row(update, A, real(4), real(3), of=linalg.qr_update, mode=mode, only=BOTH)
        for mode in MODES
    ),
    row(update, A, real(4, 2), real(3, 2), of=linalg.qr_update, only=BOTH),
    row(update, real(3, 3), real(3), real(3), of=linalg.qr_update, only=BOTH),
    *(
        row(delete, real(5, 3), k, p, which, of=linalg.qr_delete, mode=mode, only=BOTH)
        for k, p, which in ((1, 1, "row"), (0, 2, "row"), (1, 1, "col"), (0, 2, "col"))
        for mode in MODES
    ),
    row(delete, real(5, 3), -2, 2, "row", of=linalg.qr_delete, mode="full", only=BOTH),
    *(
        row(insert, A, real(*shape), k, which, of=linalg.qr_insert, mode=mode, only=BOTH)
        for shape, k, which in (((3,), 1, "row"), ((2, 3), -1, "row"), ((4,), 0, "col"))
        for mode in MODES
    ),
    row(insert, real(5, 2), real(5, 2), 1, "col", of=linalg.qr_insert, mode="full", only=BOTH),
    *(
        row(linalg.qr_multiply, A, real(*shape), mode, only=BOTH, **options)
        for shape, mode in (((2, 4), "right"), ((4,), "right"), ((3, 2), "left"), ((3,), "left"))
        for options in ({}, {"pivoting": True}, {"conjugate": True})
    ),
    row(linalg.qr_multiply, real(2, 4), real(3, 2), only=BOTH),
    row(linalg.qr_multiply, real(2, 4), real(2, 3), "left", only=BOTH),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)
