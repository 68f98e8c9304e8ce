"""Flatten: rows of features, whatever the shape."""

import numpy as np
import pytest

from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import Flatten


@pytest.mark.parametrize(
    "shape, rows",
    [
        ((2, 3, 4, 5), (2, 60)),
        ((2, 3), (2, 3)),
        ((4,), (4, 1)),
        ((0, 3, 2), (0, 6)),
        ((2, 0), (2, 0)),
    ],
)
def test_shapes(shape, rows):
    assert Flatten()(np.ones(shape)).shape == rows


def test_row_major_whatever_the_memory():
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(Flatten()(np.asfortranarray(x)), x.reshape(2, 12))


def test_gradient_and_repr():
    assert gradcheck(Flatten(), np.ones((2, 3, 1, 2)), order=2)
    assert repr(Flatten()) == "Flatten()"


def test_more_axes_may_stay_rows():
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(Flatten(2)(x), x.reshape(6, 4))
    assert repr(Flatten(2)) == "Flatten(dims=2)"
    with pytest.raises(ValueError, match="dims=4"):
        Flatten(4)(x)
