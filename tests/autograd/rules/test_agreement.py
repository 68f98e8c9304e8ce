"""Our gradients against PyTorch's recorded ones, real and complex: an opinion from outside."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradients import dense
from tests.golden.record_agreement import CASES, FILE, inputs, kinds, weights

RECORD = np.load(FILE)


@pytest.mark.parametrize(
    "name, kind", [(name, kind) for name in CASES for kind in kinds(name)], ids=str
)
def test_gradient(name, kind):
    params = [Param(x) for x in inputs(name, kind)]

    def loss():
        y = CASES[name][0](*params)
        y = np.real(y) + 2 * np.imag(y) if y.dtype.kind == "c" else y
        return np.sum(y * weights(y.shape))

    J = diff(loss)
    for k, p in enumerate(params):
        g = dense(grad(J, p))
        expected = RECORD[f"{name} {kind} {k}"]
        found = np.zeros_like(expected) if g is None else g
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10, strict=True)


def test_at_least_150_functions_agree():
    """Beside those of np.linalg and np.fft, which have a record of their own."""
    assert len(CASES) >= 180
