"""Functions of all orders up to one, with their derivatives."""

import pytest

from knetpy.autograd import Param, diff
from knetpy.autograd.scipy import sequences as chapter
from tests.autograd.rules.harness import (
    coverage_test,
    mutation_test,
    positive,
    row,
    rule_test,
    unit,
)

P, U = positive(), unit(2, 3)

ROWS = [
    *(
        row(f, n, P, only=("plain",))
        for f in (chapter.riccati_jn, chapter.riccati_yn)
        for n in (0, 3)
    ),
    *(row(chapter.lmbda, v, P, only=("plain",)) for v in (0, 2, 1.5)),
    *(
        row(f, v, P, only=("plain",))
        for f in (chapter.pbdv_seq, chapter.pbvv_seq)
        for v in (0, 2, 1.5)
    ),
    row(chapter.pbdn_seq, 3, P, only=("plain",)),
    *(row(chapter.lqn, n, U, only=("plain", "0d")) for n in (0, 3)),
    row(chapter.lqmn, 2, 3, U, only=("plain", "0d")),
    *(
        row(f, m, n, P, only=("plain",))
        for f in (chapter.pro_cv_seq, chapter.obl_cv_seq)
        for m, n in ((0, 3), (1, 1))
    ),
    *(
        row(chapter.mathieu_even_coef, m, positive(), name=f"even-{m}", only=("plain", "float32"))
        for m in (0, 1, 2, 5)
    ),
    *(
        row(chapter.mathieu_odd_coef, m, positive(), name=f"odd-{m}", only=("plain", "float32"))
        for m in (1, 2, 3, 6)
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_sequences_of_negative_order_are_refused():
    with pytest.raises(NotImplementedError, match="negative order"):
        diff(lambda: chapter.pbdv_seq(-1.5, Param(1.0))[0][0])


def test_what_scipy_gets_wrong_is_refused():
    with pytest.raises(NotImplementedError, match="no gradient at complex z"):
        diff(lambda: chapter.pbdn_seq(2, Param(0.5 + 0.1j))[0][0].real)


def test_legendre_functions_of_complex_arguments_are_refused():
    with pytest.raises(NotImplementedError, match="lqn and lqmn are differentiable at real z only"):
        diff(lambda: chapter.lqn(2, Param(0.5 + 0.1j))[0][0].real)
