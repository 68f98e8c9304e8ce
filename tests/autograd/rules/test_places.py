"""Index arrays, on host and stand-in."""

import numpy as np
import pytest

from knetpy.autograd.rules.places import along, beside, cut, numbers, within
from tests import standin

HOST, DEVICE = np.zeros((2, 3)), standin.zeros((2, 3))


@pytest.mark.parametrize(
    "x, kind", [(HOST, np.ndarray), (np.float64(1), np.ndarray), (DEVICE, standin.ndarray)]
)
def test_they_lie_where_the_array_does(x, kind):
    before = dict(standin.counts)
    made = [
        numbers(3, x),
        beside([2, 0], x),
        beside(np.array([2, 0]), x),
        within([4, -9], 3, "wrap", x),
    ]
    assert all(type(y) is kind for y in made)
    assert [y.tolist() for y in made] == [[0, 1, 2], [2, 0], [2, 0], [1, 0]]
    assert standin.counts == before


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_along_is_what_numpy_takes_along_an_axis(axis):
    x = np.arange(6.0).reshape(2, 3)
    order = np.argsort(-x, axis=axis)
    assert np.array_equal(x[along(x, order, axis)], np.take_along_axis(x, order, axis))


def test_a_cut_is_a_view():
    x = np.arange(6).reshape(2, 3)
    assert np.shares_memory(cut(x, -1, 1), x) and cut(x, -1, 1, 3).tolist() == [[1, 2], [4, 5]]
