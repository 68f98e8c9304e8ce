"""Polynomials in every option, to NumPy's own values, against finite differences."""

import numpy as np
import pytest
from numpy.exceptions import RankWarning

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import polynomials
from tests.autograd.rules.harness import (
    Domain,
    coverage_test,
    mutation_test,
    nonzero,
    positive,
    real,
    row,
    rule_test,
)

PRODUCT = (np.polymul, polynomials.product)
POLY = (np.poly, polynomials.product)
spread = Domain(lambda u: 3 * u - 1.4)  # abscissas
CUBIC, QUARTIC = np.array([2.0, -9, 7, 3]), np.array([2.0, 1, 3, 1, 4])  # real roots, none real
CONJUGATES = np.array([[1.0, 2.0], [-2.0, 1.0]])
EXACT = ("plain", "fortran", "reversed", "only")  # in less, NumPy trims fewer entries of the rest
COMPLEX = ("complex128", "complex64")  # numbers, which NumPy multiplies in another way than arrays
STRONG = ("plain", "fortran", "reversed", "float32", "complex128", "only")


def fit(*args, name, **options):
    """A row of np.polyfit: not where fewer points than coefficients are left."""
    return row(
        np.polyfit, *args, name=f"polyfit-{name}", only=("plain", "reversed", "only"), **options
    )


# fmt: off
ROWS = [
    row(np.polyval, real(4), real, without=("4to0",)),           row(np.polyval, [1.0, 2, 3], real),
    row(np.polyval, real(3), 2.5, without=("3to0",)),
    row(np.polyval, real(3, 2), real(2), without=("3to0",)),
    row(np.polyadd, real(4), real(2)),        row(np.polyadd, real(2), [1.0, 2, 3]),
    row(np.polyadd, real(), real(3)),
    row(np.polysub, real(2), real(4)),        row(np.polysub, real(3), real(3)),
    row(np.polymul, real(4), real(2), of=PRODUCT),
    row(np.polymul, real(2), [3.0, 1], of=PRODUCT),
    row(lambda p, q: np.polymul(np.append(np.zeros_like(p[:2]), p), q), real(3), real(3),
        of=PRODUCT,
        name="polymul-zeros", without=("3to0",)),
    row(lambda p, q: np.polymul(p * 0, q), real(3), real(2), of=PRODUCT, name="polymul-nothing",
        without=("3to0", "2to0")),
    row(np.polydiv, nonzero(5), nonzero(2), only=EXACT),
    row(np.polydiv, nonzero(3), [2.0, 1, 0.5, 3], without=COMPLEX),
    row(np.polydiv, [2.0, 1, 0.5, 3], nonzero(2), only=EXACT),
    row(np.polydiv, nonzero(3), nonzero(1), without=COMPLEX),
    row(np.polyder, real(4)),                 row(np.polyder, real(4), 2),
    row(np.polyder, real(4), m=0, without=("0d",)), row(np.polyder, real(4), -1),
    row(np.polyder, real(2), 5,
        without=("plain", "fortran", "reversed", "2to1", "2to0", "complex128",
        "complex64", "float32", "float16", "longdouble")),
    row(np.polyint, real(3)),                 row(np.polyint, real(3), 2, k=1.5),
    row(np.polyint, real(3), m=2, k=[1.0, 2]), row(np.polyint, real(3), 0),
    row(np.polyint, real(3), -1),             row(np.polyint, real(3), 3, k=[1.0, 2]),
    row(lambda p, k: np.polyint(p, 2, k), real(3), real(2), of=np.polyint, name="polyint-k",
        without=("only",
        "2to0", "2to1")),
    row(lambda p, k: np.polyint(p, 3, k), real(3), real(), of=np.polyint, name="polyint-same-k",
        without=("only",)),
    row(lambda p, k: np.polyint(p, 2, [k, 1.0]), real(3), real(), of=np.polyint,
        name="polyint-list", without=("only",
        "float32", "float16", "complex64", "longdouble")),
    row(np.poly, real(4), of=POLY, without=("4to0",)),  row(np.poly, real(), of=POLY),
    row(lambda x: np.poly(x + CONJUGATES), real(2, 2), of=POLY, name="poly-matrix",
        without=("0d", "2to1", "2to0")),
    row(lambda x: np.poly(np.stack([x, x.conj()])[:, 0]), real(3), of=POLY,
        name="poly-conjugates", only=("plain", "complex128")),
    row(np.poly, real(2, 3, 2), of=POLY),
    row(np.vander, real(3)),                  row(np.vander, real(3), 5),
    row(np.vander, real(3), N=4, increasing=True), row(np.vander, real(3), 1, increasing=True),
    row(np.vander, real(2, 2)),
    row(lambda p: np.roots(p)[-1:].real, nonzero(4), of=np.roots, name="roots-last", only=STRONG),
    row(lambda x: np.roots(CUBIC + x / 50), real(4), of=np.roots, name="roots-real", only=STRONG),
    row(lambda x: np.roots(QUARTIC + x / 50), real(5), of=np.roots, name="roots-complex",
        only=STRONG),
    fit(spread(6), real(6), 2, name="line"),  fit(spread(6), real(6, 2), 1, name="columns"),
    fit(spread(6), real(6), 2, w=np.arange(1.0, 7), name="weights"),
    fit(spread(6), real(6), 1, full=True, name="full"),
    fit(spread(6), real(6), 2, cov=True, name="cov"),
    fit(spread(6), real(6, 2), 1, cov=True, name="cov-columns"),
    fit(spread(6), real(6), 1, cov="unscaled", rcond=1e-9, name="unscaled"),
    fit(spread(3), real(3), 2, cov=True, name="cov-few"),
    fit(spread(3), real(3), -1, name="negative"), fit(spread(3), real(4), 1, name="lengths"),
    fit(spread(2, 3), real(3), 1, name="shapes"),
    fit(spread(3), real(3), 1, w=np.ones(2), name="weights-shape"),
    row(lambda x, y, w: np.polyfit(x, y, 1, w=w), spread(5), real(5), positive(5), of=np.polyfit,
        name="polyfit-w",
        only=("plain", "only")),
    row(lambda x, y, w: np.polyfit(x, y, 1, w=w), spread(5), real(5, 2), positive(5), of=np.polyfit,
        name="polyfit-w-columns", only=("plain", "only")),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(polynomials, ROWS)
test_broken_rules_are_seen = mutation_test(polynomials, ROWS)


def test_division_of_complex_polynomials():
    u, v = np.array([1 + 2j, 0.5, -1j, 2]), np.array([1 - 1j, 3j])
    assert gradcheck(lambda u, v: np.polydiv(u, v), u, v)
    assert gradcheck(np.poly, u) and gradcheck(lambda p: np.polyval(p, u), v)


def test_roots_of_known_polynomials():
    """(x - 1)(x - 2)(x - 3): the root 3 moves by -3**(3 - k) / ((3 - 1)(3 - 2))."""
    g = grad(lambda p: np.max(np.roots(p).real))(np.array([1.0, -6, 11, -6]))
    np.testing.assert_allclose(g, [-13.5, -4.5, -1.5, -0.5], rtol=1e-9)


def test_zeros_around_the_coefficients_have_gradients_too():
    """0 x**3 + x**2 - 2 x + 0 has the roots 2 and 0."""
    g = grad(lambda p: np.max(np.roots(p)) + 5 * np.min(np.roots(p)))(np.array([0.0, 1, -2, 0]))
    np.testing.assert_allclose(g, [-4, -2, -1, -0.5 + 2.5], rtol=1e-9)


def test_poly1d_carries_gradients():
    def f(c, d, x):
        p, q = np.poly1d(c), np.poly1d(d)
        return [y(x) for y in (p, p * q, p + q, p - q, -p, p**2, p.deriv(), p.integ(2, k=3.0))]

    c, d = np.array([1.0, -3, 0.5, 2]), np.array([2.0, 1])
    assert gradcheck(f, c, d, np.array([0.3, 0.7]), order=2)
    assert gradcheck(lambda c: np.poly1d(c).roots.real, c)


@pytest.mark.parametrize(
    "f",
    [
        lambda p: np.poly1d(p) / np.poly1d([2.0, 1]),
        lambda p: np.polynomial.polynomial.polyval(2.0, p),
    ],
)
def test_what_numpy_does_not_dispatch_is_refused_and_not_cut(f):
    with pytest.raises(TypeError, match="would cut the gradient"):
        diff(f, Param([1.0, 2.0]))


def test_a_fit_that_is_poorly_conditioned_warns():
    x = np.ones(4)
    with pytest.warns(RankWarning, match="poorly conditioned"):
        diff(lambda y: np.sum(np.polyfit(x, y, 1)), Param(np.arange(4.0)))


def test_polyfit_takes_lists():
    x, w = [0.0, 1.0, 2.5, 3.0], [1.0, 2.0, 1.0, 0.5]
    assert gradcheck(lambda y: np.polyfit(x, y, 1, w=w), np.array([1.0, 0.2, 3.0, 2.0]), order=2)
    assert gradcheck(lambda x: np.polyfit(x, w, 1), np.array(x), order=2)
