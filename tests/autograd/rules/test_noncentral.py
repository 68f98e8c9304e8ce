"""Noncentral distributions against mpmath: their slopes, and their inverses in both orders."""

from functools import partial

import mpmath
import numpy as np
import pytest
import scipy.special as sp

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import noncentral
from tests.autograd.rules.references import derivatives

STEP = mpmath.mpf("1e-10")


def poisson_mean(f, mean):
    """With counts so far out that the rest is below 1e-40."""
    last = int(mean + 15 * mpmath.sqrt(mean) + 50)
    return mpmath.exp(-mean) * sum(f(j) * mean**j / mpmath.factorial(j) for j in range(last))


def chi2(x, df, nc):
    return poisson_mean(lambda j: mpmath.gammainc(df / 2 + j, 0, x / 2, True), nc / 2)


def fisher(dfn, dfd, nc, f):
    x = dfn * f / (dfn * f + dfd)
    return poisson_mean(lambda j: mpmath.betainc(dfn / 2 + j, dfd / 2, 0, x, True), nc / 2)


def student(df, nc, t):
    """By the trapezoidal rule over log V; the tails that it leaves out are below exp(-70)."""
    width = 1 / mpmath.sqrt(2 * df)
    start, end, step = -70 / df - 15 * width, 12 * width, min(width / 3, mpmath.mpf("0.06"))

    def density(u):
        v = mpmath.exp(u)
        return mpmath.exp(df * (u - v * v / 2)) * mpmath.ncdf(t * v - nc)

    whole = sum(density(start + k * step) for k in range(int((end - start) / step)))
    return 2 * step * (df / 2) ** (df / 2) / mpmath.gamma(df / 2) * whole


def slopes(f, args):
    params = [Param(x) for x in args]
    tape = diff(lambda: f(*params))
    return [grad(tape, x) for x in params]


def numbers(args):
    return [mpmath.mpf(x) for x in args]


# Beside the middle: tails on both sides, parameters far from 1, nc = 0.
PLACES = [
    (sp.chndtr, chi2, (3.0, 2.0, 1.5)),
    (sp.chndtr, chi2, (0.02, 0.3, 4.0)),
    (sp.chndtr, chi2, (60.0, 5.0, 9.0)),
    (sp.chndtr, chi2, (150.0, 120.0, 40.0)),
    (sp.chndtr, chi2, (3.0, 2.0, 0.0)),
    (sp.ncfdtr, fisher, (3.0, 4.0, 1.5, 2.0)),
    (sp.ncfdtr, fisher, (0.4, 7.0, 5.0, 0.01)),
    (sp.ncfdtr, fisher, (20.0, 0.8, 30.0, 40.0)),
    (sp.ncfdtr, fisher, (3.0, 4.0, 0.0, 2.0)),
    (sp.nctdtr, student, (4.0, 1.0, 2.0)),
    (sp.nctdtr, student, (0.6, -2.0, 3.0)),
    (sp.nctdtr, student, (30.0, 3.0, -1.5)),
    (sp.nctdtr, student, (200.0, -1.0, -4.0)),
    (sp.nctdtr, student, (4.0, 5.0, 0.0)),
]


@pytest.mark.parametrize("f, reference, args", PLACES, ids=lambda x: getattr(x, "__name__", str(x)))
def test_slopes_in_every_argument(f, reference, args):
    """Nothing is lost to cancellation in the tails; at nc = 0 from the right alone."""
    found = slopes(f, args)
    with mpmath.workdps(40):
        for k, (slope, x) in enumerate(zip(found, args, strict=True)):

            def along(z, k=k):
                return reference(*numbers(args[:k]), z, *numbers(args[k + 1 :]))

            expected = mpmath.diff(along, mpmath.mpf(x), h=STEP, direction=x == 0)
            assert slope == pytest.approx(float(expected), rel=1e-9, abs=1e-14)


# An inverse, mpmath's function, the arguments, which of them is the probability, and which moves.
INVERSES = [
    (sp.chndtridf, chi2, (5.0, 0.7, 1.5), 1, 2),
    (sp.chndtrinc, chi2, (5.0, 2.0, 0.7), 2, 1),
    (sp.ncfdtridfn, fisher, (0.7, 4.0, 3.5, 4.0), 0, 1),
    (sp.ncfdtridfd, fisher, (4.0, 0.5, 0.7, 2.0), 1, 2),
    (sp.ncfdtrinc, fisher, (3.0, 4.0, 0.6, 4.0), 2, 2),
    (sp.ncfdtrinc, fisher, (3.0, 4.0, 0.6, 4.0), 2, 0),
    (sp.nctdtridf, student, (0.7, 1.0, 5.0), 0, 1),
    (sp.nctdtrinc, student, (4.0, 0.6, 1.5), 1, 0),
    (sp.nctdtrit, student, (4.0, 1.0, 0.6), 2, 0),
]


@pytest.mark.parametrize(
    "f, cdf, args, p, k", INVERSES, ids=[f"{r[0].__name__}-{r[4]}" for r in INVERSES]
)
def test_inverses_in_both_orders(f, cdf, args, p, k):
    """SciPy solves some to 5 digits; these are the derivatives at the point that it found."""
    y = float(f(*args))
    found = derivatives(lambda x: f(*args[:k], x, *args[k + 1 :]), args[k])
    with mpmath.workdps(30):
        at = numbers((*args[:p], y, *args[p + 1 :]))
        level = cdf(*at)
        assert float(level) == pytest.approx(args[p], rel=1e-4)

        def solution(z):
            given = list(at)
            if k != p:
                given[k] = z
            wanted = z if k == p else level
            return mpmath.findroot(
                lambda s: cdf(*given[:p], s, *given[p + 1 :]) - wanted, (at[p], at[p] + STEP)
            )

        where = level if k == p else at[k]
        expected = [mpmath.diff(solution, where, n, h=mpmath.mpf("1e-8")) for n in (1, 2)]
    assert found == pytest.approx(tuple(map(float, expected)), rel=1e-8)


def test_where_there_is_no_solution_nothing_moves():
    assert sp.ncfdtrinc(3.0, 4.0, 0.95, 2.0) == 0.0
    assert grad(lambda p: sp.ncfdtrinc(3.0, 4.0, p, 2.0))(0.95) == 0.0
    assert grad(lambda f: sp.ncfdtridfn(0.1, 4.0, 1.0, f))(2.0) == 0.0
    assert grad(lambda t: sp.nctdtridf(0.001, 1.0, t))(2.0) == 0.0


def test_large_parameters_overflow_nowhere():
    """As df grows the distribution of t becomes normal, and does not move any more."""
    density = np.exp(-0.125) / np.sqrt(2 * np.pi)
    found = slopes(sp.nctdtr, (1e6, 1.0, 1.5))
    assert found[1:] == pytest.approx((-density, density), rel=1e-5)
    assert abs(found[0]) < 1e-7
    x, df, nc = 10300.0, 300.0, 10000.0
    found = grad(sp.chndtr)(x, df, nc)
    assert found == pytest.approx((sp.chndtr(x, df - 2, nc) - sp.chndtr(x, df, nc)) / 2, rel=1e-8)


def test_poisson_is_a_distribution_that_moves_with_its_mean():
    counts = np.arange(-1, 60)
    assert np.sum(noncentral.poisson(counts, 7.0)) == pytest.approx(1, rel=1e-14)
    assert gradcheck(partial(noncentral.poisson, counts), 7.0, order=2)
    first, second = derivatives(lambda m: noncentral.poisson(np.array([1]), m)[0], 0.0)
    assert (first, second) == (1.0, -2.0)


def test_shapes_and_empty():
    args = np.full((2, 1), 3.0), np.full(3, 2.0), 1.5
    assert grad(lambda x: np.sum(sp.chndtr(x, *args[1:])))(args[0]).shape == (2, 1)
    empty = np.zeros((0, 3))
    assert grad(lambda df: np.sum(sp.ncfdtr(df, 2.0, 1.0, 1.0)))(empty).shape == (0, 3)
    assert grad(lambda df: np.sum(sp.nctdtr(df, 2.0, 1.0)))(empty).shape == (0, 3)
