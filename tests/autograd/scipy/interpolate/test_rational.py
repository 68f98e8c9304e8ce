"""AAA: values, poles, residues and roots of a rational function whose data are recorded."""

from warnings import catch_warnings

import numpy as np
import pytest
from scipy import interpolate as theirs

from knetpy.autograd import Param, diff, value
from knetpy.autograd.derivatives import jacobian
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import interpolate as ours

from .checks import check, refuses

N = np.arange(15)
X = np.linspace(-1, 1, 15) + 0.02 * np.sin(N)
Y = np.exp(X) * np.sin(3 * X) + 0.1 * np.cos(20 * X)
Q = np.array([[0.11, 0.5, 1.2], [-0.73, -3.0, 0.94]])
Z = np.exp(0.4j * N[:13]) * (1 + 0.1 * np.sin(N[:13]))
W = np.tan(Z) + 0.1 * np.cos(9 * Z)


def few_terms():
    """SciPy warns where it is allowed fewer terms than it wants, and of doublets."""
    return catch_warnings(category=RuntimeWarning, action="ignore")


@pytest.mark.parametrize("terms", [1, 2, 4, 100], ids=["constant", "two", "four", "through-all"])
def test_at_points(terms):
    def f(m, x, y, q):
        return m.AAA(x, y, max_terms=terms)(q)

    with few_terms():
        check(f, X, Y, Q, step=1e-4, single=False)


@pytest.mark.parametrize("pole", [10.0, 10 + 0.2j], ids=["real", "complex"])
def test_of_data_that_stay_rational(pole):
    """SciPy's weights, made by way of scaled columns, are not of length 1 here."""

    def f(pole):
        return ours.AAA(np.arange(7.0), 1 / (np.arange(7.0) - pole))(Q)

    known = theirs.AAA(np.arange(7.0), 1 / (np.arange(7.0) - pole))
    assert np.linalg.norm(known.weights) > 2
    np.testing.assert_allclose(jacobian(f)(np.asarray(pole)), (Q - pole) ** -2.0, rtol=1e-9)
    with pytest.raises(np.linalg.LinAlgError, match="a singular value is 0 up to rounding"):
        gradcheck(f, pole, order=2)


@pytest.mark.parametrize("terms", [2, 4], ids=["two", "four"])
def test_in_single_precision(terms):
    x, y = X.astype("float32"), Y.astype("float32")
    with few_terms():
        single, exact = (Param(y), Param(y.astype(float)))
        grads = [
            diff(lambda p=p: ours.AAA(x, p, max_terms=terms)(Q).sum()).gradient(p)
            for p in (single, exact)
        ]
    assert grads[0].dtype == np.float32
    assert np.allclose(*grads, rtol=1e-4)


@pytest.mark.parametrize("terms", [4, 100], ids=["four", "through-all"])
def test_poles_residues_and_roots(terms):
    def f(m, x, y):
        r = m.AAA(x, y, max_terms=terms)
        return r.poles(), r.residues(), r.roots()

    def sums(x, y):  # for the order of poles is SciPy's
        poles, residues, roots = f(ours, x, y)
        return [np.sum(g(z)).real for z in (poles, roots) for g in (np.tan, np.square)] + [
            np.sum(residues * poles).real
        ]

    with few_terms():
        expected = f(theirs, X, Y)
        for found in (f(ours, X, Y), [value(z) for z in f(ours, Param(X), Param(Y))]):
            assert all(map(np.array_equal, found, expected))
        gradcheck(sums, X, Y, order=2, step=3e-5)


def test_complex_numbers():
    def at(m, z, w, q):
        return m.AAA(z, w, max_terms=4)(q)

    def sums(z, w):
        r = ours.AAA(z, w, max_terms=4)
        return np.sum(r.poles() ** 2), np.sum(r.roots() * 2), np.sum(r.residues() * r.poles())

    with few_terms():
        check(at, Z, W, Q[0] + 0.3j, order=1, step=1e-4, single=False)
        check(lambda m, w: m.AAA(Z.imag, w, max_terms=3)(Q), W, order=1, step=1e-4, single=False)
        gradcheck(sums, Z, W, order=1, step=1e-5)


def test_a_root_at_a_support_point():
    """The choice does not depend on what is added to all data."""
    with few_terms():
        y = Y - theirs.AAA(X, Y, max_terms=4).support_values[1]
        assert 0.0 in theirs.AAA(X, y, max_terms=4).support_values
        gradcheck(lambda y: np.sum(ours.AAA(X, y, max_terms=4).roots() ** 2), y, step=3e-5)


def test_columns_of_very_different_size():
    """SciPy then weighs them by their size, and so has other weights."""
    x = np.geomspace(1e-16, 1, 40)
    with few_terms():
        check(lambda m, y: m.AAA(x, y, max_terms=12)(Q[0]), np.log(x), step=1e-5, single=False)


def test_data_that_are_left_out():
    x = np.concatenate([X, X[2:4], [0.3]])
    y = np.concatenate([Y, Y[2:4], [np.nan]])[::-1]

    def f(m, part):
        full = np.concatenate([y[:1], part])
        return m.AAA(x[::-1], full, max_terms=4)(Q), m.AAA(x[::-1], full, max_terms=4).weights

    with few_terms():
        check(f, y[1:], step=1e-4, single=False)


def test_far_away():
    def f(m, x, y):
        return m.AAA(x, y, max_terms=3)(np.array([np.inf, 0.3, -np.inf]))

    with few_terms():
        check(f, X, Y, step=1e-4, single=False)


def test_doublets_are_removed_as_scipy_does():
    y = Y + 1e-10 * np.sin(1e6 * X)

    def f(m, y):
        r = m.AAA(X, y, max_terms=6, clean_up=False)
        count = r.clean_up(0.3)
        assert count
        return r(Q), r.support_points

    with few_terms():
        check(f, y, step=1e-5, order=1, single=False)


def test_what_the_data_do_not_determine_is_refused():
    match = "AAA has no gradient in x and y for these data"
    refuses(lambda m, y: m.AAA(X[:8], y)(Q), Y[:8], match=match)


def test_one_datum():
    check(lambda m, y: m.AAA([0.5], y)(Q), np.array([2.0]))


def test_errors_of_the_search_are_refused():
    with few_terms():
        refuses(lambda m, y: m.AAA(X, y, max_terms=4).errors, Y, match="AAA.errors has no gradient")


@pytest.mark.parametrize(
    "f, match",
    [
        (lambda m, y: m.AAA(X, y[:3]), "be of size 3 but got size 15"),
        (lambda m, y: m.AAA(X, y[:, None] * [1, 2]), "`y` must be 1-D"),
        (lambda m, y: m.AAA(X, y, max_terms=0), "greater than or equal to one"),
        (lambda m, y: m.AAA(X / 0, y), "`x` must be finite"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_what_scipy_refuses(f, match):
    for module, y in ((theirs, Y), (ours, Y), (ours, Param(Y))):
        with pytest.raises(ValueError, match=match):
            f(module, y)
