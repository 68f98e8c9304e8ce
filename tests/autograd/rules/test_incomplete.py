"""Derivatives in shape parameters against mpmath: recorded by tests/golden/record_incomplete.py."""

from pathlib import Path

import mpmath
import numpy as np
import pytest
import scipy.special as sp

from knetpy.autograd import grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules.incomplete import betainc_dab, gammainc_da

RECORDED = np.load(Path(__file__).parents[2] / "golden" / "incomplete.npz")
BETA = [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2)]


def worst(found, expected):
    return np.max(np.abs(found / expected - 1))


@pytest.mark.parametrize("n", [1, 2])
def test_gamma(n):
    """Shapes from 1e-3 to 1e4; x in both tails, near the mean and at 1e-12."""
    a, x, expected = RECORDED[f"gamma_{n}"].T
    assert len(a) >= 200
    assert worst(gammainc_da(a, x, n=n), expected) < 1e-10


@pytest.mark.parametrize("m, n", BETA)
def test_beta(m, n):
    """Both shapes from 1e-3 to 1e4; x in both tails, near the mean, at 1e-12 and at 1 - 1e-9."""
    a, b, x, expected = RECORDED[f"beta_{m}{n}"].T
    assert len(a) >= 200
    assert worst(betainc_dab(a, b, x, m=m, n=n), expected) < 2e-9


def test_third_order():
    a, x = np.array([0.02, 0.7, 5.0, 60.0]), np.array([0.3, 2.0, 4.0, 70.0])
    with mpmath.workdps(50):
        expected = [
            float(mpmath.diff(lambda s, x=x: mpmath.gammainc(s, 0, x, regularized=True), a, 3))
            for a, x in zip(a, x, strict=True)
        ]
    assert worst(gammainc_da(a, x, n=3), expected) < 1e-10


@pytest.mark.parametrize("x", [0.3, 1.0, 30.0])
def test_gamma_of_shape_zero_is_an_exponential_integral(x):
    assert gammainc_da(0.0, x) == pytest.approx(-sp.exp1(x), rel=1e-12)


def test_beta_is_its_own_mirror_image():
    a, b, x = np.array([0.01, 3.0, 500.0]), np.array([2.0, 0.3, 90.0]), np.array([0.25, 0.5, 0.875])
    assert worst(betainc_dab(a, b, x, m=1, n=0), -betainc_dab(b, a, 1 - x, m=0, n=1)) < 1e-12
    assert worst(betainc_dab(a, b, x, m=2, n=0), -betainc_dab(b, a, 1 - x, m=0, n=2)) < 1e-12


def test_ends_do_not_move_and_outside_is_nan():
    assert np.array_equal(gammainc_da(2.0, np.array([0.0, np.inf])), [0, 0])
    assert np.array_equal(betainc_dab(2.0, 3.0, np.array([0.0, 1.0]), m=1, n=0), [0, 0])
    assert np.isnan(gammainc_da(np.array([-1.0, 2.0, np.nan]), np.array([1.0, -1.0, 1.0]))).all()
    outside = betainc_dab(
        np.array([-1.0, 2.0, 2.0, 2.0]), 2.0, np.array([0.5, -0.1, 1.1, np.nan]), m=1, n=0
    )
    assert np.isnan(outside).all()
    assert grad(lambda x: np.sum(grad(lambda a: np.sum(sp.gammainc(a, x)))(2.0)))(0.0) == 0.0


def betainc_da(a, b, x):
    return betainc_dab(a, b, x, m=1, n=0)


@pytest.mark.parametrize("f, args", [(gammainc_da, (2.0, 3.0)), (betainc_da, (2.0, 3.0, 0.5))])
def test_shapes_and_dtypes(f, args):
    expected = f(*args)
    assert np.ndim(expected) == 0
    first, *others = (np.float32(x) for x in args)
    single = f(np.full((2, 1), first), *(np.full(3, x) for x in others))
    assert (single.shape, single.dtype) == ((2, 3), np.float32)
    assert np.all(single == np.float32(expected))
    assert f(np.zeros((0, 3)), *others).shape == (0, 3)
    many = f(np.full(3000, args[0]), *args[1:])
    assert worst(many, expected) < 1e-13


def test_gradients_of_the_primitives():
    a, x = np.array([0.4, 3.0]), np.array([[0.5], [2.5]])
    assert gradcheck(lambda a, x: gammainc_da(a, x), a, x, order=2)
    b, p = np.array([0.6, 2.0]), np.array([[0.2], [0.7]])
    assert gradcheck(betainc_da, a, b, p, order=2)
