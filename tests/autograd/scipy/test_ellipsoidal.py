"""Ellipsoidal harmonics of both kinds, and their norms."""

import warnings

import mpmath as mp
import numpy as np
import pytest
from scipy import special
from scipy.integrate import IntegrationWarning

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.derivatives import elementwise_grad
from knetpy.autograd.scipy import ellipsoidal as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, positive, row, rule_test

P = positive(2, 3)
NORMS = [(n, p) for n in range(7) for p in range(1, 2 * n + 2)]
NUMBERS = [(n, p) for n, p in NORMS if n < 5]


def inside(s, n, p, **options):
    return chapter.ellip_harm(5.0, 8.0, n, p, s / 2, **options)


def quietly(f, *args):
    """SciPy's numerical integrals warn of their last digits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IntegrationWarning)
        return f(*args)


def outside(s, n, p):
    return quietly(chapter.ellip_harm_2, 5.0, 8.0, n, p, s + 3)


def norm(h2, between, n, p):
    return quietly(chapter.ellip_normal, h2, h2 + between, n, p)


ROWS = [
    *(
        row(inside, P, n, p, of=chapter.ellip_harm, only=("plain", "0d"))
        for n, p in NUMBERS
        if (n, p) != (0, 1)
    ),
    row(inside, P, 3, 7, of=chapter.ellip_harm, signm=-1, only=("plain",)),
    *(
        row(outside, P, n, p, of=chapter.ellip_harm_2, highest=1, rtol=1e-4, only=("plain",))
        for n, p in NUMBERS
        if n < 4
    ),
    row(norm, positive, positive, 3, 5, of=chapter.ellip_normal),
    *(
        row(norm, positive(2), positive(2), n, p, of=chapter.ellip_normal, only=("plain",))
        for n, p in NORMS
        if n > 0 and (n, p) != (3, 5)
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("n, p", NUMBERS)
def test_both_derivatives_of_the_second_kind_solve_lames_equation(n, p):
    """Values of a numerical integral are too rough for differences; DLMF 29.12, Dassios ch. 3.

    The constant of the equation is that of the first kind, and the Wronskian of both is known.
    """
    h2, k2, s = 5.0, 8.0, np.array([3.5, 5.0, 9.0])

    def with_slopes(f):
        first = elementwise_grad(f)
        return f(s), first(s), elementwise_grad(first)(s)

    e, de, dde = with_slopes(lambda s: chapter.ellip_harm(h2, k2, n, p, s) + 0 * s)
    f, df, ddf = with_slopes(lambda s: outside(s - 3, n, p))
    a, b = (s * s - h2) * (s * s - k2), s * (2 * s * s - h2 - k2)
    np.testing.assert_allclose(a * ddf + b * df, f * (a * dde + b * de) / e, rtol=1e-7)
    wronskian = -(2 * n + 1) / np.sqrt((s * s - h2) * (s * s - k2))
    np.testing.assert_allclose(e * df - de * f, wronskian, rtol=1e-9)


def reference(h2, k2, n, p):
    """The norm by its definition, with Heun's equation for powers of s^2; DLMF 31.5."""
    size, number, a, b, c = chapter.shape_of(n, p)
    m, heun = size - 1, mp.zeros(size)
    for j in range(size):
        heun[j, j] = -j * ((h2 + k2) * (j + a - 0.5) + (b + 0.5) * k2 + (c + 0.5) * h2)
        if j > 0:
            heun[j, j - 1] = (j - 1 - m) * (j - 0.5 + m + a + b + c)
            heun[j - 1, j] = h2 * k2 * j * (j + a - 0.5)
    values, vectors = mp.eig(heun)
    k = sorted(range(size), key=lambda k: -values[k].real)[number]
    polynomial = [mp.re(vectors[j, k] / vectors[m, k]) for j in range(size)]

    def integral(low, high, power):
        def f(angle):
            t = low + (high - low) * mp.sin(angle) ** 2
            even = sum(x * t**j for j, x in enumerate(polynomial))
            e2 = t**a * abs(t - h2) ** b * (k2 - t) ** c * even**2
            return e2 * t**power / mp.sqrt(t if low else k2 - t)

        return mp.quad(f, [0, mp.pi / 2])

    (m0, m1), (n0, n1) = [
        [integral(*ends, power) for power in (0, 1)] for ends in ((h2, k2), (0, h2))
    ]
    return 8 * (m1 * n0 - m0 * n1)


@pytest.mark.parametrize(
    "ratio", [0.3, *(pytest.param(r, marks=pytest.mark.slow) for r in (0.01, 0.99))]
)
@pytest.mark.parametrize("n, p", NORMS)
def test_slopes_of_the_norm_are_those_of_its_definition(n, p, ratio):
    h2, k2, step = 8 * ratio, 8.0, 1e-8
    at = [Param(h2), Param(k2)]
    tape = diff(lambda: quietly(chapter.ellip_normal, *at, n, p))
    with mp.workdps(30):
        h2, k2, step = mp.mpf(h2), mp.mpf(k2), mp.mpf(step)
        here = reference(h2, k2, n, p)
        expected = [
            (reference(h2 + dh, k2 + dk, n, p) - reference(h2 - dh, k2 - dk, n, p)) / (2 * step)
            for dh, dk in ((step, 0), (0, step))
        ]
    scale = float(here / k2)  # slopes that vanish do so by cancellation
    found = [grad(tape, x) for x in at]
    np.testing.assert_allclose(found, [float(x) for x in expected], rtol=1e-9, atol=1e-9 * scale)


@pytest.mark.parametrize("ratio", [1e-6, 0.01, 0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("n, p", NORMS)
def test_the_norm_that_is_differentiated_is_scipys(n, p, ratio):
    expected = quietly(special.ellip_normal, 8 * ratio, 8.0, n, p)
    np.testing.assert_allclose(chapter.norm(8 * ratio, 8.0, n, p, 1.0), expected, rtol=1e-11)


def test_norms_broadcast_with_their_numbers():
    h2, n, p = np.array([[2.0], [5.0]]), np.array([1, 2, 4]), np.array([3, 2, 9])
    found = grad(lambda h2: np.sum(quietly(chapter.ellip_normal, h2, 8.0, n, p)))(h2)
    each = [
        [
            quietly(grad(chapter.ellip_normal), x, 8.0, *numbers)
            for numbers in zip(n, p, strict=True)
        ]
        for x in h2[:, 0]
    ]
    np.testing.assert_allclose(found[:, 0], np.sum(each, axis=1), rtol=1e-13)


@pytest.mark.parametrize(
    "numbers",
    [(8.0, 5.0, 1, 1), (5.0, 5.0, 1, 1), (5.0, 8.0, 1, 4), (5.0, 8.0, 1, 0), (5.0, 8.0, -1, 1)],
)
def test_where_scipy_has_no_norm_there_is_no_gradient(numbers):
    at = [Param(x) for x in numbers[:2]]
    tape = diff(lambda: quietly(chapter.ellip_normal, *at, *numbers[2:]))
    assert np.isnan(value(tape))
    assert np.isnan([grad(tape, x) for x in at]).all()


@pytest.mark.parametrize("k, name", [(2, "n"), (3, "p")])
def test_degrees_have_no_gradient(k, name):
    numbers = [5.0, 8.0, 2.0, 1.0]
    numbers[k] = Param(numbers[k])
    with pytest.raises(
        TypeError, match=f"scipy.special.ellip_normal is not differentiable in {name}"
    ):
        diff(lambda: chapter.ellip_normal(*numbers))


def test_what_has_no_formula_is_refused():
    with pytest.raises(TypeError, match="ellip_harm is not differentiable in h2"):
        diff(lambda: chapter.ellip_harm(Param(5.0), 8.0, 1, 1, 1.0))
    with pytest.raises(NotImplementedError, match="for single numbers h2, k2, n and p"):
        diff(lambda: np.sum(chapter.ellip_harm(5.0, 8.0, np.array([1, 2]), 1, Param(1.0))))
