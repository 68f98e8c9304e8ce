"""Positions: waves against their formula, learned ones against the rows of a table."""

import math

import numpy as np
import pytest

from knetpy.autograd import diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import PositionalEmbedding, PositionalEncoding
from tests import standin

X = np.random.default_rng(0).standard_normal((7, 2, 5))


def wave(t, column, features, period):
    angle = t / period ** (column // 2 * 2 / features)
    return (math.cos if column % 2 else math.sin)(angle)


@pytest.mark.parametrize("features", [1, 4, 5])
@pytest.mark.parametrize("start, period", [(0, 10_000.0), (3, 100.0)])
def test_waves(features, start, period):
    x = X[..., :features]
    want = [[wave(start + t, k, features, period) for k in range(features)] for t in range(7)]
    y = PositionalEncoding(period=period)(x, start)
    np.testing.assert_allclose(y - x, np.broadcast_to(np.array(want)[:, None], x.shape), atol=1e-12)


def test_waves_leave_dtype_and_device():
    assert PositionalEncoding()(X.astype("f4")).dtype == np.dtype("f4")
    y = PositionalEncoding()(standin.asarray(X))
    np.testing.assert_allclose(y.get(), PositionalEncoding()(X), rtol=1e-12)
    assert gradcheck(PositionalEncoding(), X, order=2)


def test_learned_positions():
    layer = PositionalEmbedding(9, 5)
    np.testing.assert_array_equal(layer(X), X + layer.weight.value[:7, None])
    np.testing.assert_array_equal(layer(X, 2), X + layer.weight.value[2:, None])
    g = np.asarray(grad(diff(lambda: np.sum(layer(X, 1))), layer.weight))
    assert g[:, 0].tolist() == [0, 2, 2, 2, 2, 2, 2, 2, 0]
    assert gradcheck(lambda x: layer(x) ** 2, X, order=2)


def test_repr_and_what_is_refused():
    assert repr(PositionalEncoding()) == "PositionalEncoding()"
    assert repr(PositionalEmbedding(9, 5)) == "PositionalEmbedding(9 => 5)"
    with pytest.raises(ValueError, match=r"9 entries of 5 features, got x \(7, 2, 5\) from time 3"):
        PositionalEmbedding(9, 5)(X, 3)
    with pytest.raises(ValueError, match="9 entries of 4 features"):
        PositionalEmbedding(9, 4)(X)
    for layer in (PositionalEncoding(), PositionalEmbedding(9, 5)):
        with pytest.raises(ValueError, match=r"needs x \(time, batch, features\), got shape"):
            layer(X[0])
