"""Chain: order, the interface of a list, notes on errors, and what a call costs."""

import sys

import numpy as np
import pytest

from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import Chain, Flatten, Layer, Linear


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
