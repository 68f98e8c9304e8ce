"""Transformer layers against PyTorch's, with the norm before and after; options and errors."""

import numpy as np
import pytest

from knetpy import ops
from knetpy.autograd import params
from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import Chain, TransformerDecoderLayer, TransformerEncoderLayer
from tests.nn.recorded import (
    LENGTHS,
    MASK,
    assert_as_recorded,
    attention,
    cases,
    double,
    linear,
)

rng = np.random.default_rng(0)
X, MEMORY = rng.standard_normal((4, 3, 6)), rng.standard_normal((5, 3, 6))

OPTIONS = {
    "postnorm": {},
    "masked": {},
    "prenorm": {"prenorm": True},
    "gelu": {"activation": ops.gelu, "bias": False, "eps": 1e-3},
}
CALLS = {
    TransformerEncoderLayer: {"causal": True, "lengths": LENGTHS},
    TransformerDecoderLayer: {
        "memory_mask": MASK,
        "memory_lengths": LENGTHS,
        "causal": False,
        "lengths": [4, 1, 3],
    },
}


def translated(parts, norms):
    """Arrays by our paths, of PyTorch's names for the attentions and the norms."""

    def translate(case, kind):
        arrays = {
            f"{ours}/{path}": x
            for ours, theirs in parts.items()
            for path, x in attention(case, f"{theirs}.", kind=kind).items()
        }
        for ours, theirs in (
            ("feedforward/layers/0", "linear1."),
            ("feedforward/layers/2", "linear2."),
        ):
            arrays |= {f"{ours}/{k}": x for k, x in linear(case, theirs, kind=kind).items()}
        for ours, theirs in zip(norms, ("norm1", "norm2", "norm3"), strict=False):
            for name in ("weight", "bias"):
                if f"{kind}/{theirs}.{name}" in case:
                    arrays[f"{ours}/{name}"] = case[f"{kind}/{theirs}.{name}"]
        return arrays

    return translate


encoded = translated({"attention": "self_attn"}, ["attention_norm", "feedforward_norm"])
decoded = translated(
    {"attention": "self_attn", "memory_attention": "multihead_attn"},
    ["attention_norm", "memory_norm", "feedforward_norm"],
)


def assert_layer(cls, name, case, translate):
    layer = cls(6, 3, 10, dropout=0.0, **OPTIONS[name])
    call = CALLS[cls] if name == "masked" else {}
    assert_as_recorded(layer, case, translate, lambda f, *inputs: [f(*inputs, **call)], 1e-10)


@cases("encoder")
def test_the_encoder_is_that_of_pytorch(name, case):
    assert_layer(TransformerEncoderLayer, name, case, encoded)


@cases("decoder")
def test_the_decoder_is_that_of_pytorch(name, case):
    assert_layer(TransformerDecoderLayer, name, case, decoded)


@pytest.mark.parametrize("prenorm", [True, False])
def test_gradients_to_second_order(prenorm):
    x = X[:2, :2, :2].copy()
    options = {"dropout": 0.0, "prenorm": prenorm}
    encoder = double(TransformerEncoderLayer(2, 1, 3, np.tanh, **options))
    assert gradcheck(encoder, x, order=2)
    decoder = double(TransformerDecoderLayer(2, 2, 3, np.tanh, **options))
    assert gradcheck(decoder, x, MEMORY[:3, :2, :2].copy(), order=2)


def test_the_decoder_does_not_look_ahead_unless_it_is_told_to():
    layer = double(TransformerDecoderLayer(6, 2))
    changed = X.copy()
    changed[2:] += rng.standard_normal((2, 3, 6))
    np.testing.assert_array_equal(layer(X, MEMORY)[:2], layer(changed, MEMORY)[:2])
    ahead = [layer(x, MEMORY, causal=False)[:2] for x in (X, changed)]
    assert not np.allclose(*ahead)


def test_dropout_in_all_places_and_only_in_training():
    layer = double(TransformerEncoderLayer(6, 2, dropout=0.3))
    assert np.array_equal(layer(X), layer(X))
    assert [layer.dropout.p, layer.attention.dropout] == [0.3, 0.3]
    assert layer.feedforward[1] is layer.dropout
    layer = double(TransformerEncoderLayer(6, 2, dropout=1.0, training=True))
    np.testing.assert_array_equal(layer(X), ops.layer_norm(ops.layer_norm(X)))


def test_arrays_and_repr():
    layer = TransformerEncoderLayer(6, 2)
    assert layer.feedforward[0].weight.shape == (6, 24)
    assert {p.dtype for p in params(layer)} == {np.dtype("f4")}
    assert repr(layer) == "TransformerEncoderLayer(6, heads=2)"
    layer = TransformerDecoderLayer(6, 2, 7, ops.gelu, prenorm=True, dropout=0.0, bias=False)
    assert repr(layer) == (
        "TransformerDecoderLayer(6, heads=2, hidden_features=7, activation=gelu, dropout=0.0, "
        "prenorm=True, bias=False)"
    )


def test_errors_name_the_part():
    with pytest.raises(ValueError) as caught:
        TransformerEncoderLayer(6, 2)(X[..., :5])
    assert caught.value.__notes__ == ["in TransformerEncoderLayer/attention/query Linear(6 => 6)"]
    model = Chain(np.tanh, TransformerEncoderLayer(6, 2))
    model[1].feedforward[2].bias = None
    model[1].feedforward[2].weight = model[1].feedforward[0].weight
    with pytest.raises(ValueError) as caught:
        model(X)
    assert caught.value.__notes__ == ["in Chain/1/feedforward/2 Linear(6 => 24, bias=False)"]
    with pytest.raises(ValueError, match="heads must divide"):
        TransformerEncoderLayer(6, 4)
