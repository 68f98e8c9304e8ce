"""MultiHeadAttention against PyTorch's, its masks, options, errors and devices."""

import numpy as np
import pytest

from knetpy.autograd import diff, grad, params
from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import Chain, MultiHeadAttention
from tests import standin
from tests.nn.recorded import LENGTHS, MASK, assert_as_recorded, attention, cases, double

rng = np.random.default_rng(0)
X, MEMORY = rng.standard_normal((4, 3, 6)), rng.standard_normal((5, 3, 6))

LAYERS = {
    "plain": ({"key_features": 5, "value_features": 7}, {}),
    "mask": ({"key_features": 5, "value_features": 7}, {"mask": MASK}),
    "lengths": ({"key_features": 5, "value_features": 7}, {"lengths": LENGTHS}),
    "self": ({"bias": False}, {}),
    "causal": ({}, {"causal": True}),
}


@cases("attention")
def test_as_in_pytorch(name, case):
    options, call = LAYERS[name]
    layer = MultiHeadAttention(6, 3, **options)
    assert_as_recorded(layer, case, attention, lambda f, *inputs: [f(*inputs, **call)])


@pytest.mark.parametrize("options", [{}, {"causal": True}, {"lengths": [4, 1, 2]}], ids=str)
def test_gradients_to_second_order(options):
    layer = double(MultiHeadAttention(4, 2))
    assert gradcheck(lambda x: layer(x, **options), X[:3, :, :4].copy(), order=2)


def test_missing_values_are_keys_and_missing_keys_are_queries():
    layer = MultiHeadAttention(6, 2)
    np.testing.assert_array_equal(layer(X), layer(X, X, X))
    np.testing.assert_array_equal(layer(X, MEMORY), layer(X, MEMORY, MEMORY))


def test_masks_of_every_shape_and_lengths_together():
    layer = double(MultiHeadAttention(6, 2))
    mask = rng.random((3, 4, 5)) > 0.3
    mask[..., 0] = True
    whole = np.broadcast_to(mask[:, None], (3, 2, 4, 5))
    np.testing.assert_array_equal(layer(X, MEMORY, mask=mask), layer(X, MEMORY, mask=whole))
    short = mask & (np.arange(5) < LENGTHS[:, None, None])
    both = layer(X, MEMORY, mask=mask, lengths=LENGTHS)
    np.testing.assert_array_equal(both, layer(X, MEMORY, mask=short))
    one_by_one = [layer(X[:, [k]], MEMORY[:n, [k]]) for k, n in enumerate(LENGTHS)]
    together = layer(X, MEMORY, lengths=LENGTHS.tolist())
    np.testing.assert_allclose(together, np.concatenate(one_by_one, axis=1), rtol=1e-12)


def test_dropout_acts_in_training():
    layer = double(MultiHeadAttention(6, 2, dropout=0.5))
    assert np.array_equal(layer(X), layer(X))
    layer.training = True
    assert not np.array_equal(layer(X), layer(X))


@pytest.mark.parametrize("time, keys, batch", [(1, 1, 1), (1, 5, 2), (3, 1, 0)])
def test_awkward_sizes(time, keys, batch):
    x, memory = np.ones((time, batch, 6), "f4"), np.ones((keys, batch, 6), "f4")
    y = MultiHeadAttention(6, 6)(x, memory)
    assert (y.shape, y.dtype) == ((time, batch, 6), np.dtype("f4"))


def test_arrays_and_repr():
    layer = MultiHeadAttention(6, 3, key_features=5, dropout=0.1, bias=False)
    assert [p.shape for p in params(layer)] == [(6, 6), (5, 6), (6, 6), (6, 6)]
    assert repr(layer) == (
        "MultiHeadAttention(6, heads=3, key_features=5, dropout=0.1, bias=False)"
    )


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="heads must divide features, got heads=4 for 6"):
        MultiHeadAttention(6, 4)
    with pytest.raises(ValueError, match="p is the share"):
        MultiHeadAttention(6, 3, dropout=2)
    layer = MultiHeadAttention(6, 3)
    with pytest.raises(ValueError, match=r"needs x \(time, batch, features\), got shape \(3, 6\)"):
        layer(X[0])
    with pytest.raises(ValueError, match=r"lengths \(3,\), an int for each .* got int64 .*\(2,\)"):
        layer(X, lengths=[1, 2])
    with pytest.raises(TypeError, match="mask of bools"):
        layer(X, mask=np.ones((4, 4)))


def test_an_error_names_the_part():
    for model, path in (
        (MultiHeadAttention(6, 3), "MultiHeadAttention/key"),
        (Chain(Chain(MultiHeadAttention(6, 3).__call__)), "Chain/0/0"),
    ):
        with pytest.raises(ValueError) as caught:
            model(X[..., :5]) if isinstance(model, Chain) else model(X, X[..., :5])
        assert caught.value.__notes__[-1].startswith(f"in {path} ")
    with pytest.raises(ValueError) as caught:
        Chain(np.tanh, MultiHeadAttention(6, 3))(X[..., :5])
    assert caught.value.__notes__ == ["in Chain/1/query Linear(6 => 6)"]


def test_on_another_device():
    layer = double(MultiHeadAttention(6, 3))

    def slopes(x, mask, lengths):
        tape = diff(lambda: np.sum(layer(x, mask=mask, lengths=lengths, causal=True) ** 2))
        return [grad(tape, p) for p in params(layer)]

    arrays = X, np.ones((4, 4), bool), np.array([4, 2, 1])
    want = slopes(*arrays)
    for p in params(layer):
        p.value = standin.asarray(p.value)
    before = dict(standin.counts)
    there = [standin.asarray(x) for x in arrays]
    found = slopes(*there)
    assert standin.counts["to_host"] == before["to_host"]
    for g, w in zip(found, want, strict=True):
        np.testing.assert_allclose(g.get(), w, rtol=1e-10, atol=1e-12)
