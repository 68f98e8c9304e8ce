"""Functions of all orders up to one, with their derivatives."""

import mpmath
import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.scipy import sequences as chapter
from tests.autograd.rules.harness import (
    Domain,
    coverage_test,
    mutation_test,
    positive,
    row,
    rule_test,
    unit,
)

P, U = positive(), unit(2, 3)
# SciPy's lqn overflows at complex z between absolute values of 1 and 1.1, and gives no values of
# degrees 0 and 1 at real z > 1, if none above is asked for; lqmn does neither.
INSIDE, OUTSIDE = Domain(lambda u: 1.2 * u - 0.6, (2, 3)), Domain(lambda u: 1.3 + 2 * u, (2, 3))

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
    *(
        row(chapter.lqn, n, z, only=("complex128",), name=f"lqn-{n}-{place}")
        for n in (0, 3)
        for place, z in (("inside", INSIDE), ("outside", OUTSIDE))
    ),
    row(chapter.lqmn, 2, 3, U, only=("plain", "0d", "complex128")),
    row(
        lambda m, n, z: chapter.lqmn(m, n, -z),
        *(2, 3, OUTSIDE),
        of=chapter.lqmn,
        name="lqmn-left",
        only=("plain", "complex128"),
    ),
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


# Inside of the unit circle SciPy gives the functions on the cut, outside the others.
@pytest.mark.parametrize("n, m", [(0, 0), (3, 0), (2, 1), (3, 2)])
@pytest.mark.parametrize("z, kind", [(0.3 + 0.2j, 2), (-0.5 - 0.4j, 2), (2 - 1j, 3), (5 + 3j, 3)])
def test_complex_legendre_functions_to_second_order(z, kind, n, m):
    of_real = grad(lambda z: np.real(value_and_slope(m, n, z)))(z)
    of_imaginary = grad(lambda z: np.imag(value_and_slope(m, n, z)))(z)
    with mpmath.workdps(30):
        expected = complex(
            sum(mpmath.diff(lambda z: mpmath.legenq(n, m, z, type=kind), z, k) for k in (1, 2))
        )
    assert of_real.conj() == pytest.approx(expected, rel=1e-10)
    assert 1j * of_imaginary.conj() == pytest.approx(expected, rel=1e-10)


def value_and_slope(m, n, z):
    """The sum of both, whose derivative is that of both orders."""
    y, slope = chapter.lqmn(m, n, z) if m else chapter.lqn(n, z)
    return (y + slope)[(m, n) if m else n]
