"""Layer: what a class of one's own inherits; and what holds for every layer there is."""

import inspect
import sys

import numpy as np
import pytest

from knetpy import load, nn, ops, save
from knetpy.autograd import Param, State, diff, grad, params
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.params import walk
from knetpy.nn import Chain, Flatten, Layer, Linear
from tests import standin
from tests.nn.recorded import double

rng = np.random.default_rng(0)
IMAGES, SEQUENCES = rng.standard_normal((2, 4, 4, 4)), rng.standard_normal((3, 2, 4))
SIGNALS, VOLUMES = IMAGES[..., 0].copy(), IMAGES[..., None].copy()

# Of every layer one that can be called, and on what.
EVERY = [
    (nn.Add(nn.Identity(), np.tanh), IMAGES),
    (nn.BatchNorm(4, training=True), IMAGES),
    (nn.BatchNorm(4, ops.relu, training=True), IMAGES),
    (nn.Chain(nn.Linear(4, 3, np.tanh)), SEQUENCES),
    (nn.Conv1d(4, 2, 3), SIGNALS),
    (nn.Conv2d(4, 2, 3), IMAGES),
    (nn.Conv3d(4, 2, (2, 2, 1)), VOLUMES),
    (nn.ConvTranspose1d(4, 2, 3), SIGNALS),
    (nn.ConvTranspose2d(4, 2, 3), IMAGES),
    (nn.ConvTranspose3d(4, 2, (2, 2, 1)), VOLUMES),
    (nn.Dropout(0.5, training=False), IMAGES),
    (nn.Embedding(5, 2), np.array([[0, 4, 4]])),
    (nn.Flatten(), IMAGES),
    (nn.GRU(4, 2), SEQUENCES),
    (nn.GroupNorm(2, 4), IMAGES),
    (nn.Identity(), IMAGES),
    (nn.InstanceNorm(4), IMAGES),
    (nn.Interpolate(scale=2), IMAGES),
    (nn.LSTM(4, 2), SEQUENCES),
    (nn.Lambda(np.tanh), IMAGES),
    (nn.LayerNorm(4), IMAGES),
    (nn.Linear(4, 2), IMAGES),
    (nn.MaxPool1d(), SIGNALS),
    (nn.MaxPool2d(), IMAGES),
    (nn.MaxPool3d((2, 2, 1)), VOLUMES),
    (nn.MeanPool1d(), SIGNALS),
    (nn.MeanPool2d(), IMAGES),
    (nn.MeanPool3d((2, 2, 1)), VOLUMES),
    (nn.Mul(nn.Identity(), np.tanh), IMAGES),
    (nn.MultiHeadAttention(4, 2), SEQUENCES),
    (nn.PixelShuffle(2), IMAGES),
    (nn.PixelUnshuffle(2), IMAGES),
    (nn.PositionalEmbedding(5, 4), SEQUENCES),
    (nn.PositionalEncoding(), SEQUENCES),
    (nn.RMSNorm(4), IMAGES),
    (nn.RNN(4, 2), SEQUENCES),
    (nn.TransformerDecoderLayer(4, 2, 3, np.tanh, dropout=0.0), SEQUENCES),
    (nn.TransformerEncoderLayer(4, 2, 3, np.tanh, dropout=0.0), SEQUENCES),
    (nn.Unpool(), IMAGES),
    (nn.ZeroPad(1), IMAGES),
]
every = pytest.mark.parametrize("layer, x", EVERY, ids=[type(layer).__name__ for layer, _ in EVERY])


def called(layer, x):
    """The decoder looks at what it is given as its memory, too."""
    return layer(x, x) if isinstance(layer, nn.TransformerDecoderLayer) else layer(x)


def test_no_layer_is_forgotten():
    exported = {cls for cls in vars(nn).values() if inspect.isclass(cls)} - {nn.Layer}
    assert {type(layer) for layer, _ in EVERY} == exported
    assert all(issubclass(cls, Layer) for cls in exported)


@every
def test_every_layer_keeps_float32_and_gives_all_params_gradients(layer, x):
    x = x.astype("f4") if x.dtype.kind == "f" else x
    tape = diff(lambda: np.sum(called(layer, x) ** 2))
    assert called(layer, x).dtype == np.dtype("f4")
    for p in params(layer):
        g = grad(tape, p)
        assert (g.shape, g.dtype) == (p.shape, np.dtype("f4"))


@every
def test_every_layer_has_the_gradients_of_finite_differences(layer, x):
    layer = double(layer)
    try:
        assert gradcheck(lambda x: called(layer, x) ** 2, x)
    finally:
        for _, leaf in walk(layer):
            leaf.value = leaf.value.astype("f4")


@every
def test_every_layer_goes_through_a_file(layer, x, tmp_path):
    arrays = dict(walk(layer))
    if not arrays:
        return
    before = called(layer, x)
    save(tmp_path / "layer.h5", layer)
    held = {path: leaf.value.copy() for path, leaf in arrays.items()}
    for leaf in arrays.values():
        leaf.value = leaf.value + 1
    load(tmp_path / "layer.h5", layer)
    assert all(np.array_equal(leaf.value, held[path]) for path, leaf in arrays.items())
    np.testing.assert_array_equal(called(layer, x), before)


@every
def test_every_layer_shows_itself_and_what_it_is_given(layer, x):
    text = repr(layer)
    assert text.startswith(f"{type(layer).__name__}(") and " at 0x" not in text
    if "\n" not in text and "=>" not in text and "×" not in text and "tanh" not in text:
        again = eval(text, vars(nn) | {"relu": ops.relu})
        assert repr(again) == text


@every
def test_every_layer_works_on_another_device(layer, x):
    x = x.astype("f4") if x.dtype.kind == "f" else x
    want = called(layer, x)
    held = [(leaf, leaf.value) for _, leaf in walk(layer)]
    before = standin.counts["to_host"]
    try:
        for leaf, array in held:
            leaf.value = standin.asarray(array)
        y = called(layer, standin.asarray(x))
    finally:
        for leaf, array in held:
            leaf.value = array
    assert type(y) is standin.ndarray and standin.counts["to_host"] == before
    np.testing.assert_allclose(y.get(), want, rtol=1e-4, atol=1e-5)


class Scale(Layer):
    def __init__(self, features):
        self.weight = Param(np.ones(features))
        self.mean = State(np.zeros((features, 1)))
        self.rate, self.act, self.nothing = 0.5, np.tanh, None


class Net(Layer):
    def __init__(self):
        self.flat = Flatten()
        self.body = Chain(Linear(3, 2), np.tanh)
        self.rate = 0.5

    def __call__(self, x):
        return self.body(self.flat(x))


class Slotted(Layer):
    __slots__ = ("weight",)

    def __init__(self):
        self.weight = Param([1.0])


def test_params_and_states():
    scale = Scale(3)
    assert scale.params() == [scale.weight]
    assert scale.states() == [scale.mean]
    assert len(Net().params()) == 2 and len(Slotted().params()) == 1


def test_repr_of_a_class_of_ones_own():
    assert repr(Scale(3)) == "Scale(weight=(3,), mean=(3, 1), rate=0.5, act=tanh)"
    assert repr(Slotted()) == "Slotted(weight=(1,))"


def test_repr_of_layers_within():
    assert repr(Net()).splitlines() == [
        "Net(",
        "  flat=Flatten()",
        "  body=Chain(",
        "    Linear(3 => 2)",
        "    tanh",
        "  )",
        "  rate=0.5",
        ")",
    ]


def test_repr_of_a_param_without_shape_and_of_a_circle():
    net = Net()
    net.weight, net.body = Param(None), net
    assert "  weight=to be shaped\n" in repr(net) and "  body=...\n" in repr(net)


def test_a_layer_of_layers_names_the_one_at_fault():
    class Pair(Layer):
        def __init__(self):
            self.parts, self.named = [Linear(4, 3), Linear(4, 2)], {"last": Linear(4, 1)}

        def __call__(self, x, which):
            return self.named["last"](x) if which == "last" else self.parts[which](x)

    for which, path in ((1, "parts/1 Linear(4 => 2)"), ("last", "named/last Linear(4 => 1)")):
        with pytest.raises(ValueError) as caught:
            Pair()(np.ones((2, 3)), which)
        assert caught.value.__notes__ == [f"in Pair/{path}"]
    with pytest.raises(IndexError) as caught:
        Pair()(np.ones((2, 4)), 2)
    assert not hasattr(caught.value, "__notes__")

    class Twice(Pair):
        def __call__(self, x):
            return super().__call__(x, 0)

    model = Net()
    model.body[1] = Twice()
    with pytest.raises(ValueError) as caught:
        model(np.ones((2, 3)))
    assert caught.value.__notes__ == ["in Net/body/1/parts/0 Linear(4 => 3)"]
    assert Twice.__call__.__name__ == "__call__" and list(
        inspect.signature(Pair.__call__).parameters
    ) == ["self", "x", "which"]


def test_a_chain_adds_no_call_for_a_layer():
    calls, model = [], Chain(*[nn.Identity()] * 100)
    sys.setprofile(lambda frame, event, arg: calls.append(frame.f_code) if event == "call" else 0)
    try:
        model(1.0)
    finally:
        sys.setprofile(None)
    assert calls == [Chain.__call__.__code__, *[nn.Identity.__call__.__code__] * 100]
