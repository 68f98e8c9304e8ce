"""RNN, LSTM and GRU against PyTorch's modules: layers, directions, lengths, states, starts."""

from functools import partial

import numpy as np
import pytest

from knetpy import load, save
from knetpy.autograd import diff, grad, params
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.params import walk
from knetpy.nn import GRU, LSTM, RNN, init
from tests import standin
from tests.nn.recorded import LENGTHS, assert_as_recorded, cases, double

rng = np.random.default_rng(0)
X = rng.standard_normal((5, 3, 4))
ALL = [RNN, LSTM, GRU]

OPTIONS = {
    "plain": {},
    "bare": {"bias": False},
    "deep": {"layers": 2, "bidirectional": True},
    "relu": {"relu": True, "layers": 2},
}


def translated(layer):
    """The arrays of PyTorch by our paths; where we have one bias it is the sum of their two."""

    def translate(case, kind):
        arrays = {}
        for path, _ in walk(layer):
            _, k, *way, name = path.split("/")
            theirs = "ih" if name in ("weight", "bias") else "hh"
            end = f"_l{k}" + "_reverse" * (way == ["backward"])
            x = case[f"{kind}/{name.split('_')[-1]}_{theirs}{end}"]
            if name == "bias" and kind == "weight" and not isinstance(layer, GRU):
                x = x + case[f"{kind}/bias_hh{end}"]
            arrays[path] = x.T
        return arrays

    return translate


def assert_layer(cls, name, case):
    layer = cls(4, 2, **OPTIONS[name])
    lengths = LENGTHS if name == "deep" else None

    def call(layer, x, *start):
        state = (start if len(start) > 1 else start[0]) if start else None
        y, last = layer(x, state=state, lengths=lengths)
        return [y, *(last if isinstance(last, tuple) else [last])]

    assert_as_recorded(layer, case, translated(layer), call)


@cases("RNN")
def test_rnn_is_that_of_pytorch(name, case):
    assert_layer(RNN, name, case)


@cases("LSTM")
def test_lstm_is_that_of_pytorch(name, case):
    assert_layer(LSTM, name, case)


@cases("GRU")
def test_gru_is_that_of_pytorch(name, case):
    assert_layer(GRU, name, case)


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize("options", [{}, {"layers": 2, "bidirectional": True}], ids=str)
def test_gradients_to_second_order(cls, options):
    layer = double(cls(2, 1, **options))
    assert gradcheck(layer, X[:3, :2, :2].copy(), order=2)


@pytest.mark.parametrize("cls", ALL)
def test_a_state_goes_in_and_out(cls):
    layer = double(cls(4, 2, layers=2))
    whole, last = layer(X, state=None)
    np.testing.assert_array_equal(layer(X), whole)
    first, state = layer(X[:2], state=None)
    rest, state = layer(X[2:], state=state)
    np.testing.assert_allclose(np.concatenate([first, rest]), whole, rtol=1e-12)
    np.testing.assert_allclose(state, last, rtol=1e-12)


def test_dropout_acts_between_layers_in_training():
    layer = double(LSTM(4, 2, layers=2, dropout=0.5))
    assert np.array_equal(layer(X), layer(X))
    layer.training = True
    assert not np.array_equal(layer(X), layer(X))


@pytest.mark.parametrize("cls, gates", [(RNN, 1), (LSTM, 4), (GRU, 3)])
def test_every_gate_starts_as_a_matrix_of_its_own(cls, gates):
    layer = cls(80, 40, recurrent_init=partial(init.orthogonal, gain=2.0))
    weight, recurrent, *biases = (p.value for p in params(layer))
    assert weight.shape == (80, gates * 40) and weight.dtype == np.dtype("f4")
    np.testing.assert_allclose(weight.var(), 2 / 120, rtol=0.1)
    for part in np.split(recurrent, gates, axis=1):
        np.testing.assert_allclose(part.T @ part, 4 * np.eye(40), atol=1e-5)
    wanted = [0] * gates * 40
    if cls is LSTM:
        wanted[40:80] = [1] * 40
    assert [b.tolist() for b in biases] == [wanted] * (2 if cls is GRU else 1)
    assert np.std(params(cls(80, 40))[1].value) == pytest.approx((2 / 80) ** 0.5, rel=0.1)


def test_paths_and_a_file(tmp_path):
    layer, other = GRU(3, 2, bidirectional=True), GRU(3, 2, bidirectional=True)
    assert [path for path, _ in walk(layer)][:5] == [
        "weights/0/forward/weight",
        "weights/0/forward/recurrent_weight",
        "weights/0/forward/bias",
        "weights/0/forward/recurrent_bias",
        "weights/0/backward/weight",
    ]
    save(tmp_path / "gru.h5", layer)
    load(tmp_path / "gru.h5", other)
    np.testing.assert_array_equal(other(X[..., :3]), layer(X[..., :3]))


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize("bidirectional", [True, False])
def test_the_first_call_may_give_the_number_of_features(cls, bidirectional):
    layer = cls(None, 2, layers=2, bidirectional=bidirectional)
    assert repr(layer).startswith(f"{cls.__name__}(None => 2, layers=2")
    with pytest.raises(ValueError, match="call the model once first"):
        params(layer)
    for wrong, options in ((X[0], {}), (X, {"lengths": [9, 9, 9]})):
        with pytest.raises(ValueError):
            layer(wrong, **options)
        assert layer.weights[1] and layer.waiting()
    y, _ = layer(X, state=None)
    assert y.shape == (5, 3, 4 if bidirectional else 2)
    assert repr(layer).startswith(f"{cls.__name__}(4 => 2, layers=2")
    with pytest.raises(ValueError):
        layer(X[..., :3])


def test_repr():
    assert repr(LSTM(3, 2)) == "LSTM(3 => 2)"
    assert repr(RNN(3, 2, relu=True, bias=False)) == "RNN(3 => 2, relu=True, bias=False)"
    assert repr(GRU(3, 2, bidirectional=True, layers=2, dropout=0.1)) == (
        "GRU(3 => 2, layers=2, bidirectional=True, dropout=0.1)"
    )


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="LSTM needs layers of at least 1, got 0"):
        LSTM(3, 2, layers=0)
    with pytest.raises(ValueError, match="p is the share"):
        GRU(3, 2, dropout=1.5)
    with pytest.raises(TypeError, match="unexpected keyword argument 'relu'"):
        LSTM(3, 2, relu=True)
    with pytest.raises(ValueError, match="lengths in 1..5"):
        LSTM(4, 2)(X, lengths=[0, 1, 2])


def test_on_another_device():
    layer = LSTM(None, 2, bidirectional=True)
    x = standin.asarray(X.astype("f4"))
    for _, leaf in walk(layer):
        leaf.value = leaf.value if leaf.value is None else standin.asarray(leaf.value)
    tape = diff(lambda: np.sum(layer(x, lengths=standin.asarray([5, 2, 1])) ** 2))
    assert {type(grad(tape, p)) for p in params(layer)} == {standin.ndarray}
