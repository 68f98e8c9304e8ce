"""What is fused is the composition of its parts."""

import numpy as np
import pytest

from knetpy import ops
from knetpy.kernels import reference

RNG = np.random.default_rng(37)


@pytest.mark.parametrize("shape", [(3,), (1, 1), (4, 3), (2, 0), (2, 5, 3)], ids=str)
def test_bias_and_relu(shape):
    z, bias, dy = RNG.standard_normal(shape), RNG.standard_normal(shape[-1]), np.ones(shape)
    y = reference.bias_relu(z.copy(), bias)
    np.testing.assert_array_equal(y, ops.relu(z + bias))
    np.testing.assert_array_equal(reference.relu(z), ops.relu(z))
    np.testing.assert_array_equal(reference.relu_dx(dy, z), z > 0)
    dz, total = reference.bias_relu_dx(dy, y)
    np.testing.assert_array_equal(dz, z + bias > 0)
    np.testing.assert_array_equal(total, dz.sum(tuple(range(len(shape) - 1))))


def test_a_wider_bias_is_not_narrowed():
    assert reference.bias_relu(np.ones((2, 3), "f4"), np.ones(3)).dtype == "f8"


@pytest.mark.parametrize("scale", [0.5, np.array([[1.0], [2.0], [0.0]])], ids=["number", "column"])
def test_nll(scale):
    x, ids = RNG.standard_normal((3, 4)), np.array([3, 0, 1])
    loss, likely = reference.nll(x, ids, scale)
    logs = ops.log_softmax(x)
    np.testing.assert_allclose(loss, -(logs[np.arange(3), ids][:, None] * scale).sum())
    np.testing.assert_allclose(likely, np.exp(logs))
    wanted = np.exp(logs)
    wanted[np.arange(3), ids] -= 1
    dx = reference.nll_dx(likely, ids, np.asarray(scale))
    np.testing.assert_allclose(dx, wanted * scale)
