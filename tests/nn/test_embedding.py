"""Embedding: rows, Sparse gradients, an id for padding, and what it refuses."""

import numpy as np
import pytest

from knetpy.autograd import Sparse, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import Embedding, init
from tests import standin

IDS = np.array([[3, 1, 1], [0, 2, 3]])


def test_rows_and_their_gradient():
    layer = Embedding(5, 2)
    np.testing.assert_array_equal(layer(IDS), layer.weight.value[IDS])
    np.testing.assert_array_equal(layer(IDS.tolist()), layer(IDS))
    g = grad(diff(lambda: np.sum(layer(IDS))), layer.weight)
    assert type(g) is Sparse
    assert np.asarray(g)[:, 0].tolist() == [1, 2, 1, 2, 0]
    assert gradcheck(lambda: layer(IDS) ** 2, order=2)


def test_the_start():
    weight = Embedding(1000, 50).weight
    assert weight.dtype == np.dtype("f4") and abs(weight.value.var() - 1) < 0.03
    assert Embedding(2, 1, init=init.ones).weight.tolist() == [[1], [1]]


@pytest.mark.parametrize("ids", [IDS, IDS.tolist(), np.int64(1), np.zeros((0, 2), int)])
def test_padding_gives_zeros_and_learns_nothing(ids):
    layer = Embedding(5, 2, padding=1)
    assert layer.weight.value[1].tolist() == [0, 0] and layer.weight.value[0].all()
    layer.weight[1] = 7
    y = layer(ids)
    assert y.shape == (*np.shape(ids), 2) and y.dtype == np.dtype("f4")
    assert not y[np.asarray(ids) == 1].any() and y[np.asarray(ids) != 1].all()
    g = np.asarray(grad(diff(lambda: np.sum(layer(ids) ** 2)), layer.weight))
    assert not g[1].any() and g[0].any() == (np.asarray(ids) == 0).any()


def test_on_another_device():
    layer = Embedding(5, 2, padding=1)
    layer.weight.value = standin.asarray(layer.weight.value)
    y = layer(standin.asarray(IDS))
    assert type(y) is standin.ndarray and not y.get()[IDS == 1].any()


def test_repr_and_what_is_refused():
    assert repr(Embedding(5, 2)) == "Embedding(5 => 2)"
    assert repr(Embedding(5, 2, padding=0)) == "Embedding(5 => 2, padding=0)"
    with pytest.raises(ValueError, match=r"ids in 0\.\.4"):
        Embedding(5, 2)(IDS + 2)
    with pytest.raises(ValueError, match=r"padding is an id in 0\.\.4, got 5"):
        Embedding(5, 2, padding=5)
