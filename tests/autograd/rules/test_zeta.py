"""The zeta functions' derivatives against mpmath, on both sides of the line and off it."""

import mpmath
import numpy as np
import pytest

from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules.zeta import hurwitz, polygamma, reflected_ds

REAL = [(2, 1), (1.5, 0.1), (3, 20), (30, 0.7), (1.0001, 2), (40, 50), (0.5, 1), (0, 1), (5, 1e4)]
COMPLEX = [(2 + 3j, 1), (0.5 + 30j, 1), (3, 2 + 50j), (2, 0.01 + 0.3j), (4, -3.3 + 0.1j)]


def close(found, expected, rtol=1e-13):
    return abs(complex(found) - complex(expected)) <= rtol * abs(complex(expected))


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("s, q", REAL + COMPLEX)
def test_hurwitz(s, q, n):
    with mpmath.workdps(30):
        expected = mpmath.diff(lambda s: mpmath.zeta(s, q), s, n)
    assert close(hurwitz(np.asarray(s), np.asarray(q), n=n), expected)


@pytest.mark.parametrize("s", [-0.5, -1, -2, -4, -10.3, -25.7, -2 + 3j])
def test_the_left_half_is_reflected(s):
    assert close(reflected_ds(np.asarray(s)), mpmath.zeta(s, 1, 1))


@pytest.mark.parametrize("n", [0, 1, 2, 5])
@pytest.mark.parametrize("x", [0.3, 7.5, -2.5, 0.3 + 2j, -4.2 - 0.5j])
def test_polygamma(n, x):
    with mpmath.workdps(30):
        expected = mpmath.psi(n, x)
    assert close(polygamma(n, np.asarray(x)), expected)


def test_gradients():
    s, q = np.array([[1.5], [3.0]]), np.array([0.5, 2.0, 30.0])
    assert gradcheck(lambda s, q: hurwitz(s, q, n=1), s, q, order=2)
    assert gradcheck(reflected_ds, np.array([-0.5, -3.3]), order=2)
    assert gradcheck(lambda x: polygamma(1, x), np.array([0.5 + 1j, -2.5 + 0.3j]))
