"""The frame of a distribution; the distributions themselves are in test_stats.py."""

import inspect

import numpy as np
import pytest
from scipy import stats

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.scipy.distributions import Distribution, continuous, discrete

# Standing for distributions that SciPy knows, with formulas that show who was asked.
triangle = continuous(
    "uniform",
    "0.5",
    support=(0, 1),
    logpdf=lambda z: np.log(2 * z),
    cdf=lambda z: z * z,
    sf=lambda z: 1 - z * z,
)
coin = discrete(
    "bernoulli",
    "1, 0.5",
    end=lambda p: 1,
    valid=lambda p: p > 0,
    logpmf=lambda k, p: k * np.log(p),
    cdf=lambda k, p: p,
    sf=lambda k, p: 1 - p,
)


def test_formulas_are_asked_while_recording_alone():
    assert triangle.cdf(0.5) == stats.uniform.cdf(0.5) == 0.5
    assert float(diff(lambda: triangle.cdf(Param(0.5)))) == 0.25


def test_outside_of_the_support_nothing_moves():
    x = np.array([-1.0, 2.0, 0.5])
    assert grad(lambda x: np.sum(triangle.pdf(x)))(x).tolist() == [0, 0, 2]
    assert grad(lambda x: np.sum(triangle.cdf(x, 0, 2.0)))(x).tolist() == [0, 0, 0.25]


def test_probabilities_near_one_keep_their_digits():
    found = float(diff(lambda: triangle.logcdf(Param(1 - 1e-12))))
    assert np.isclose(found, -2e-12, rtol=1e-3)


def test_places_that_are_not_whole_have_no_mass():
    found = [float(diff(lambda k=k: coin.pmf(k, Param(0.25)))) for k in (0.5, 1, 2)]
    assert found == [0, 0.25, 0]


def test_signatures_name_the_shapes():
    assert str(inspect.signature(triangle.pdf)) == "(x, loc=0, scale=1)"
    assert str(inspect.signature(coin.pmf)) == "(k, p, loc=0)"
    with pytest.raises(TypeError, match="missing a required argument: 'p'"):
        diff(lambda: coin.pmf(Param(1.0)))


def test_a_distribution_shows_its_methods():
    assert repr(triangle) == "<uniform: cdf logcdf logpdf logsf pdf sf>"
    assert ">>> uniform" in triangle.__doc__ and Distribution.__doc__ != triangle.__doc__
