"""flatten: Knet's mat, its axes counted from the batch."""

import numpy as np
import pytest

from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import flatten


@pytest.mark.parametrize(
    "knets_dims, shape", [(4, (1, 384)), (3, (3, 128)), (2, (6, 64)), (1, (48, 8)), (0, (384, 1))]
)
def test_knets_sizes(knets_dims, shape):
    """Knet's (8, 8, 2, 3) is (3, 2, 8, 8) here, and its matrices are transposed."""
    x = np.arange(384.0).reshape(3, 2, 8, 8)
    y = flatten(x, x.ndim - knets_dims)
    assert y.shape == shape
    np.testing.assert_array_equal(y.ravel(), x.ravel())


def test_one_row_for_each_example_unless_told():
    assert flatten(np.ones((3, 2, 4))).shape == (3, 8)
    assert flatten(np.ones((0, 2, 4))).shape == (0, 8)
    assert flatten(np.ones(5)).shape == (5, 1)
    assert flatten(np.float64(5), 0).shape == (1, 1)


def test_two_orders_of_derivatives_of_any_memory():
    x = np.asfortranarray(np.arange(12.0).reshape(2, 3, 2))[::-1]
    assert gradcheck(lambda x: flatten(x, 2) ** 2, x, order=2)


@pytest.mark.parametrize("dims", [-1, 4])
def test_axes_that_are_not_there_are_refused(dims):
    with pytest.raises(
        ValueError, match=f"flatten needs 0 <= dims <= 3, the axes of x, got .*{dims}"
    ):
        flatten(np.ones((2, 3, 4)), dims)
    with pytest.raises(TypeError, match="integer"):
        flatten(np.ones((2, 3, 4)), 1.5)
