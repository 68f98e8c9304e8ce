"""summary: the table, its numbers against those counted by hand, and that nothing changes."""

import sys

import numpy as np
import pytest

from knetpy import ops
from knetpy.arrays import generator, seed
from knetpy.autograd import diff, params
from knetpy.nn import (
    LSTM,
    Add,
    BatchNorm,
    Chain,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    Identity,
    Linear,
    MaxPool2d,
    TransformerDecoderLayer,
    summary,
)

IMAGES = np.ones((2, 1, 8, 8), "f4")


def lenet():
    return Chain(
        Conv2d(1, 4, 3, ops.relu, padding=1),
        MaxPool2d(2),
        Add(Identity(), BatchNorm(4)),
        Flatten(),
        Linear(64, 10, bias=False),
    )


def test_the_table():
    assert repr(summary(lenet(), IMAGES)).splitlines()[:-1] == [
        "layer                                     output        parameters",
        "Chain                                     (2, 10)",
        "  0 Conv2d(1 => 4, 3×3, relu, padding=1)  (2, 4, 8, 8)          40",
        "  1 MaxPool2d(2)                          (2, 4, 4, 4)",
        "  2 Add                                   (2, 4, 4, 4)",
        "    0 Identity()                          (2, 4, 4, 4)",
        "    1 BatchNorm(4)                        (2, 4, 4, 4)           8",
        "  3 Flatten()                             (2, 64)",
        "  4 Linear(64 => 10, bias=False)          (2, 10)              640",
    ]


def test_totals():
    found = summary(Chain(Linear(3, 4, np.tanh), Linear(4, 2)), np.ones((5, 3), "f4"))
    assert (found.params, found.param_bytes, found.gradient_bytes) == (26, 104, 104)
    # Two results of (5, 4), of which linear makes one and tanh the other, and one of (5, 2).
    assert found.tape_bytes == 4 * (20 + 20 + 10)
    found = summary(Embedding(1000, 4), np.array([1, 2, 1]))
    assert found.param_bytes == 16_000 and found.gradient_bytes == 4 * 4 * 3


def test_the_tape_counts_memory_once():
    x = np.ones((4, 100))
    keeps = Chain(Linear(100, 50), lambda y: y.reshape(-1)[::2], lambda y: y * 2)
    assert summary(keeps, x).tape_bytes == 8 * (200 + 100)
    assert summary(Chain(Linear(100, 50)), x).tape_bytes == 8 * 200


def test_shared_layers_are_counted_once_and_what_is_held_beside_counts():
    layer, other = Linear(3, 3), Linear(3, 3)
    found = summary(Chain(layer, Chain(layer), layer), np.ones((1, 3)))
    assert found.params == 12 and [row.params for row in found.rows] == [0, 12, 0, 0, 0]
    found = summary(lambda x: other(layer(x)), np.ones((1, 3)))
    assert found.params == 24 and [row.depth for row in found.rows] == [0, 0]


def test_models_of_any_class_several_inputs_and_outputs():
    class Net:
        def __init__(self):
            self.table, self.lstm = Embedding(7, 3), LSTM(3, 2)

        def __call__(self, ids, state=None):
            return self.lstm(self.table(ids), state=state)

    found = summary(Net(), np.ones((5, 1), int), state=None)
    assert [(row.text, row.output) for row in found.rows] == [
        ("Net", "(5, 1, 2), (1, 1, 2), (1, 1, 2)"),
        ("table Embedding(7 => 3)", "(5, 1, 3)"),
        ("lstm LSTM(3 => 2)", "(5, 1, 2), (1, 1, 2), (1, 1, 2)"),
    ]
    layer = TransformerDecoderLayer(4, 2)
    found = summary(layer, np.ones((3, 1, 4)), np.ones((2, 1, 4)))
    assert sum(row.params for row in found.rows) == found.params
    assert found.params == sum(p.size for p in params(layer))
    texts = [row.text for row in found.rows]
    assert "memory_attention MultiHeadAttention(4, heads=2, dropout=0.1)" in texts


def test_nothing_changes():
    model = Chain(Linear(None, 4), BatchNorm(4), Dropout(0.5), LSTM(None, 2))
    seed(3)
    before = generator().bit_generator.state
    x = np.arange(24.0, dtype="f4").reshape(2, 12)
    with pytest.raises(ValueError, match="LSTM needs x"):
        summary(model, x)
    table = repr(summary(model[:3], x))
    assert "0 Linear(12 => 4)" in table and "\n60 parameters of 240 B" in table
    assert generator().bit_generator.state == before and sys.getprofile() is None
    assert repr(model[0]) == "Linear(None => 4)" and repr(model[3]) == "LSTM(None => 2)"
    assert [s.tolist() for s in model.states()] == [[0] * 4, [1] * 4]


def test_inside_of_diff_it_is_refused():
    with pytest.raises(RuntimeError, match="outside of diff"):
        diff(lambda: summary(Linear(3, 4), np.ones((1, 3))))


def test_sizes_have_units():
    big = summary(Linear(1000, 500), np.ones((1, 1000), "f4"))
    assert repr(big).endswith("500,500 parameters of 2.002 MB, gradients 2.002 MB, tape 2 kB")
