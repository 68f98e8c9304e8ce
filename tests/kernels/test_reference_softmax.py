"""Softmax by its definition, over any axes, with its gradients."""

import numpy as np
import pytest

from knetpy import ops
from knetpy.autograd.gradcheck import gradcheck
from knetpy.kernels import reference

X = np.random.default_rng(19).standard_normal((3, 4, 5))


@pytest.mark.parametrize("axis", [0, -1, 1, (0, 2), None])
def test_exponentials_over_their_sum(axis):
    y = np.exp(X) / np.exp(X).sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(reference.softmax(X, axis), y, rtol=1e-14)
    np.testing.assert_allclose(reference.log_softmax(X, axis), np.log(y), rtol=1e-13)
    for f in (ops.softmax, ops.log_softmax):
        assert gradcheck(lambda x, f=f: f(x, axis=axis), X, order=2)


def test_no_exponential_overflows():
    x = np.array([0.0, 1e4, -1e4])
    np.testing.assert_array_equal(reference.softmax(x, -1), [0, 1, 0])
    np.testing.assert_array_equal(reference.log_softmax(x, -1), [-1e4, 0, -2e4])


def test_nothing_in_nothing_out():
    for f in (reference.softmax, reference.log_softmax):
        assert f(np.zeros((2, 0)), -1).shape == (2, 0)
