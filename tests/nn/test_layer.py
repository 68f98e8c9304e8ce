"""Layer: what a class of one's own inherits."""

import numpy as np

from knetpy.autograd import Param, State
from knetpy.nn import Chain, Flatten, Layer, Linear


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
