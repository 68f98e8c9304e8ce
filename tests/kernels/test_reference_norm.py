"""The reference of normalisation: its definition, its statistics in float32, its memory."""

import numpy as np
import pytest

from knetpy.kernels import reference
from tests.kernels.test_reference import peak, to_last

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("affine", [(None, None), (2.0, None), (None, 3.0), (2.0, 3.0)], ids=str)
def test_norm_is_its_definition(affine, centred):
    x = RNG.standard_normal((3, 4, 5)) + 2
    weight, bias = (None if a is None else np.full((1, 4, 1), a) for a in affine)
    y, mean, var = reference.norm(x, weight, bias, (0, 2), 0.1, centred)
    off = x - x.mean((0, 2), keepdims=True) if centred else x
    expected = off / np.sqrt((off * off).mean((0, 2), keepdims=True) + 0.1)
    np.testing.assert_allclose(y, expected * (affine[0] or 1) + (affine[1] or 0), atol=1e-13)
    np.testing.assert_allclose(var, (off * off).mean((0, 2), keepdims=True))
    assert mean is None or np.allclose(mean, x.mean((0, 2), keepdims=True))
    assert (mean is None) is not centred


# In the second the squares are summed one after the other, 30,000 of them.
@pytest.mark.parametrize("shape, near", [((64, 4, 30, 30), 1e-5), ((30_000, 4), 1e-4)], ids=str)
def test_statistics_of_large_means_in_float32_are_those_of_float64(shape, near):
    x = (0.01 * RNG.standard_normal(shape) + 1e4).astype("f4")
    axes = (0, *range(2, x.ndim))
    for same in (x, to_last(x)):
        _, mean, var = reference.norm(same, None, None, axes, 1e-5, True)
        exact = same.astype(float)
        np.testing.assert_allclose(mean, exact.mean(axes, keepdims=True), rtol=6e-8)
        np.testing.assert_allclose(var, exact.var(axes, keepdims=True), rtol=near)


def test_norm_holds_its_result_and_a_square_and_no_more():
    x = np.ones((64, 64, 512), "f4")
    assert peak(reference.norm, x, None, None, (0, 2), 1e-5, True) < 2.1 * x.nbytes
