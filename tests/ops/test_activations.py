"""relu, sigmoid, tanh: values, slopes of any order, far tails, dtypes."""

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.ops import relu, sigmoid, tanh
from tests.ops.recorded import assert_agrees, assert_derivatives, cases

AWKWARD = [
    np.array(0.7),
    np.zeros((0, 3)),
    np.array([[0.5], [-2.0]]),
    np.asfortranarray([[0.5, -1.0, 2.0], [-0.1, 3.0, -4.0]]),
    np.array([1.5, -0.5, 2.5, -3.0])[::-2],
]
ALL = pytest.mark.parametrize("f", [relu, sigmoid, tanh], ids=["relu", "sigmoid", "tanh"])


@cases("relu")
def test_relu_is_pytorchs(case):
    assert_agrees(relu, case)


@cases("sigmoid")
def test_sigmoid_is_pytorchs(case):
    assert_agrees(sigmoid, case)


@cases("tanh")
def test_tanh_is_pytorchs(case):
    assert_agrees(tanh, case)


@ALL
@pytest.mark.parametrize("x", AWKWARD, ids=lambda x: str(x.shape))
def test_two_orders_of_derivatives(f, x):
    assert_derivatives(f, x)
    assert f(x).shape == x.shape


@ALL
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_stays(f, dtype):
    x = np.array([-1.0, 2.0], dtype)
    assert f(x).dtype == grad(lambda x: np.sum(f(x)))(x).dtype == dtype


def test_relu_has_no_slope_at_zero():
    assert grad(relu)(0.0) == 0


def test_sigmoid_is_right_in_both_tails_without_a_warning():
    x = np.array([-1e4, -700.0, -40.0, 40.0, 1e4])
    expected = [0.0, np.exp(-700), np.exp(-40), 1 - np.exp(-40), 1.0]
    np.testing.assert_allclose(sigmoid(x), expected, rtol=1e-14)
    assert np.isnan(sigmoid(np.nan))
