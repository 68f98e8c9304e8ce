"""Chain: order, the interface of a list, notes on errors, and what a call costs."""

import sys

import numpy as np
import pytest

from knetpy.autograd import params
from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import (
    GRU,
    LSTM,
    BatchNorm,
    Chain,
    Conv2d,
    Embedding,
    Flatten,
    GroupNorm,
    Lambda,
    Layer,
    LayerNorm,
    Linear,
    MaxPool2d,
    MeanPool2d,
    MultiHeadAttention,
    PixelShuffle,
)


class Fails:
    def __call__(self, x):
        raise ZeroDivisionError("on purpose")

    def __repr__(self):
        return "Fails()"


def notes(model, x, error):
    with pytest.raises(error) as caught:
        model(x)
    return caught.value.__notes__


def test_layers_are_called_in_order():
    assert Chain(lambda x: x + 1, lambda x: x * 10)(2) == 30
    assert Chain()(5) == 5
    assert gradcheck(
        Chain(Flatten(), Linear(4, 3, np.tanh), np.square), np.ones((2, 2, 2)), order=2
    )


def test_indices_and_slices():
    layers = [Flatten(), np.tanh, Linear(4, 3)]
    model = Chain(*layers)
    assert list(model) == layers and len(model) == 3
    assert model[0] is layers[0] and model[-1] is layers[2]
    tail = model[1:]
    assert type(tail) is Chain and list(tail) == layers[1:]
    assert tail.params() == model.params()
    model.layers.append(np.square)
    assert len(model) == 4


def test_it_is_a_list_of_its_layers():
    model = Chain(np.tanh)
    model.append(np.square)
    model.insert(0, np.sin)
    model.extend([np.exp, np.cos])
    model[-1] = np.abs
    assert list(model) == [np.sin, np.tanh, np.square, np.exp, np.abs]
    assert model.pop(0) is np.sin and np.exp in model and model.index(np.square) == 1
    del model[1:]
    model[:0] = [np.cos, np.exp]
    model += [np.sin]
    assert list(model) == [np.cos, np.exp, np.tanh, np.sin]
    assert model(0.5) == np.sin(np.tanh(np.exp(np.cos(0.5))))
    for change in (
        lambda: model.append(3),
        lambda: model.insert(0, "tanh"),
        lambda: model.__setitem__(1, None),
        lambda: model.__setitem__(slice(0, 1), [np.sin, None]),
    ):
        with pytest.raises(TypeError, match="Chain calls its layers, but number"):
            change()
    assert list(model) == [np.cos, np.exp, np.tanh, np.sin]


def test_repr():
    model = Chain(Flatten(), Chain(Linear(4, 3), Chain()), np.tanh, Fails())
    assert repr(model).splitlines() == [
        "Chain(",
        "  Flatten()",
        "  Chain(",
        "    Linear(4 => 3)",
        "    Chain()",
        "  )",
        "  tanh",
        "  Fails()",
        ")",
    ]


def test_an_error_names_the_layer():
    model = Chain(Flatten(), np.tanh, Linear(800, 500))
    assert notes(model, np.ones((2, 3)), ValueError) == ["in Chain/2 Linear(800 => 500)"]


def test_the_same_layer_twice_is_told_apart():
    layer = Linear(4, 3)
    assert notes(Chain(layer, layer), np.ones((2, 4)), ValueError) == ["in Chain/1 Linear(4 => 3)"]


def test_chains_within_chains_give_one_path():
    model = Chain(np.tanh, Chain(Flatten(), Chain(Fails())))
    assert notes(model, np.ones((2, 3)), ZeroDivisionError) == ["in Chain/1/1/0 Fails()"]


def test_a_subclass_goes_by_its_name():
    class Block(Chain):
        pass

    model = Block(Block(Fails()), np.tanh)
    assert notes(model, np.ones(2), ZeroDivisionError) == ["in Block/0/0 Fails()"]


def test_the_path_leads_through_objects_of_every_class():
    class Plain:
        def __init__(self):
            self.parts = {"body": [np.tanh, Chain(np.tanh, Linear(4, 3, Fails()))]}

        def __call__(self, x):
            return self.parts["body"][1](x)

    class Net(Layer):
        def __init__(self):
            self.plain = Plain()

        def __call__(self, x):
            return self.run(x)

        def run(self, x):
            return self.plain(x)

    class Held:
        def __init__(self):
            self.layers = [Linear(4, 3)]

        def __call__(self, x):
            return self.layers[0](x)

    assert notes(Chain(Held()), np.ones((2, 3)), ValueError) == ["in Chain/0/0 Linear(4 => 3)"]
    net = Net()
    net.plain.layer = net.plain.parts["body"][1]
    assert notes(Chain(np.tanh, net), np.ones((2, 4)), ZeroDivisionError) == [
        "in Chain/1/plain/layer/1/activation Fails()"
    ]


def test_notes_of_others_stay():
    class Noted(Fails):
        def __call__(self, x):
            error = ZeroDivisionError()
            error.add_note("first")
            raise error

    assert notes(Chain(Noted()), 1, ZeroDivisionError) == ["first", "in Chain/0 Fails()"]


ZEROS = np.zeros((1, 2, 5))
CONV, NORM, LONG = Conv2d(2, 4, 3), BatchNorm(3, training=True), [1, 9]


@pytest.mark.parametrize(
    "layer, shape, expected, given",
    [
        (Linear(4, 2), (2, 3), r"weight \(in, out\)", r"x \(2, 3\), weight \(4, 2\)"),
        (CONV, (2, 5, 5), r"images \(batch, channels, height, width\)", r"\(2, 5, 5\)"),
        (MeanPool2d(2), (5, 5), r"images \(batch, channels, height, width\)", r"\(5, 5\)"),
        (LSTM(3, 2), (4, 3), r"x \(time, batch, features\)", r"shape \(4, 3\)"),
        (NORM, (3,), r"x \(batch, channels, ...\)", r"shape \(3,\)"),
        (CONV, (1, 3, 5, 5), r"x \(1, 3, 5, 5\) has 3 channels", r"weight .* takes 2"),
        (LSTM(3, 2), (4, 2, 5), r"\[\(5, 8\), .* for 5 features", r"got \[\(3, 8\)"),
        (LayerNorm(4), (3, 5), r"weight \(5,\)", r"x \(3, 5\), got \(4,\)"),
        (GroupNorm(2, 6), (1, 5, 3), "5 channels cannot be divided", "into groups=2"),
        (Conv2d(None, 4, 3, groups=2), (1, 3, 5, 5), "groups=2 must divide", r"\(1, 3, 5, 5\)"),
        (PixelShuffle(2), (1, 3, 2, 2), "channels that .* 4 divides", r"got 3 in x \(1, 3, 2, 2\)"),
        (Conv2d(1, 1, 7, padding=1), (1, 1, 4, 4), r"reaches over \(7, 7\)", r"of \(6, 6\)"),
        (MaxPool2d(5), (1, 1, 4, 4), r"reaches over \(5, 5\)", r"of \(4, 4\)"),
        (NORM, (0, 3), "more than one number a channel", r"x \(0, 3\); take a larger batch"),
        (NORM, (1, 3), "more than one number a channel", r"x \(1, 3\); take a larger batch"),
        (Embedding(1, 2), (2,), r"ids in 0\.\.0 for 1 entries", r"got 1\.\.1"),
        (Lambda(LSTM(3, 2), lengths=LONG), (4, 2, 3), r"lengths in 1\.\.4", r"got 1\.\.9"),
        (Lambda(GRU(3, 2), lengths=[0, 4]), (4, 2, 3), r"lengths in 1\.\.4", r"got 0\.\.4"),
        (Lambda(GRU(3, 2), lengths=[4]), (4, 2, 3), r"lengths \(2,\)", r"shape \(1,\)"),
        (Lambda(GRU(3, 2), state=ZEROS), (4, 2, 3), r"\(1, 2, 2\)", r"got \[\(1, 2, 5\)\]"),
        (Lambda(LSTM(3, 2), state=(ZEROS, ZEROS)), (4, 2, 3), r"both \(1, 2, 2\)", r"\(1, 2, 5\)"),
        (
            MultiHeadAttention(4, 2),
            (3, 2, 5),
            r"x \(\.\.\., in\)",
            r"x \(3, 2, 5\), weight \(4, 4\)",
        ),
    ],
    ids=lambda part: type(part).__name__ if isinstance(part, Layer) else None,
)
def test_bad_input_is_told_where_what_was_expected_and_what_came(layer, shape, expected, given):
    x = np.ones(shape, int if isinstance(layer, Embedding) else float)
    with pytest.raises(ValueError, match=f"{expected}.*{given}") as caught:
        Chain(np.abs, layer)(x)
    (note,) = caught.value.__notes__
    inside = {"Lambda": "/f", "MultiHeadAttention": "/query"}.get(type(layer).__name__, "")
    assert note.startswith(f"in Chain/1{inside} ")


def test_counts_of_knets_tutorials():
    lenet = Chain(Conv2d(1, 20, 5), Conv2d(20, 50, 5), Linear(800, 500), Linear(500, 10))
    assert sum(p.size for p in params(lenet)) == 431_080
    assert sum(p.size for p in params(Chain(Linear(784, 256), Linear(256, 10)))) == 203_530


def test_interrupts_carry_no_note():
    def stop(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        Chain(stop)(1)
    assert not hasattr(caught.value, "__notes__")


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match=r"number 1 is a int; of a list write Chain\(\*layers\)"):
        Chain(np.tanh, 3)
    with pytest.raises(TypeError, match="number 0 is a list"):
        Chain([np.tanh])


def test_a_call_makes_no_python_call_beside_those_of_its_layers():
    model, calls = Chain(*[np.tanh] * 50), []
    sys.setprofile(lambda frame, event, arg: event == "call" and calls.append(frame.f_code.co_name))
    try:
        model(0.5)
    finally:
        sys.setprofile(None)
    assert calls == ["__call__"]
