"""softmax and log_softmax: values, gradients over every kind of axis, far scores."""

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import log_softmax, softmax
from tests.ops.recorded import assert_agrees, assert_derivatives, cases

BOTH = pytest.mark.parametrize("f", [softmax, log_softmax], ids=["softmax", "log_softmax"])


@cases("softmax")
def test_softmax_is_pytorchs(case):
    assert_agrees(softmax, case)


@cases("log_softmax")
def test_log_softmax_is_pytorchs(case):
    assert_agrees(log_softmax, case)


@BOTH
@pytest.mark.parametrize("axis", [-1, 0, 1, (0, 2), (2, 1), None], ids=str)
def test_two_orders_of_derivatives_over_any_axes(f, axis):
    x = np.random.default_rng(1).standard_normal((2, 3, 2))
    assert gradcheck(lambda x: f(x, axis=axis), x, order=2)
    p = softmax(x, axis)
    np.testing.assert_allclose(p.sum(axis=axis), 1)
    np.testing.assert_allclose(log_softmax(x, axis), np.log(p))


@BOTH
@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (0, 3), (3, 0)], ids=str)
def test_awkward_shapes(f, shape):
    x = np.random.default_rng(1).standard_normal(shape)
    assert f(x).shape == shape
    assert_derivatives(f, x)


@BOTH
def test_any_memory(f):
    x = np.random.default_rng(1).standard_normal((4, 6))
    for same in (np.asfortranarray(x), np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1]):
        np.testing.assert_array_equal(f(same), f(x))


@BOTH
def test_float32_stays(f):
    x = np.ones((2, 3), "float32")
    assert f(x).dtype == grad(lambda x: np.sum(f(x) * f(x)))(x).dtype == "float32"


def test_scores_far_apart_neither_overflow_nor_lose_their_logarithm():
    x = np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, -np.inf]])
    np.testing.assert_allclose(softmax(x), [[1, 0, 0], [0.5, 0.5, 0]])
    np.testing.assert_allclose(log_softmax(x)[0], [0, -1e4, -2e4])
