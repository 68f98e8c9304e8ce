"""The recurrent cells: one step, in words that can be differentiated."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .activations import relu, sigmoid

__all__ = ["GRU", "LSTM", "RELU", "TANH", "Cell"]


class Cell(NamedTuple):
    """A kind of cell.  `step(z, state, r)` gives the next state; a GRU's takes a bias more."""

    kind: str
    gates: int
    biases: int
    states: int
    step: Callable[..., tuple[Any, ...]]


def gate(x: Any, k: int, hidden: int) -> Any:
    return x[..., k * hidden : (k + 1) * hidden]


def lstm_step(z: Any, state: Any, r: Any) -> tuple[Any, Any]:
    h, c = state
    hidden = len(r)
    z = z + h @ r
    i, f, g, o = (gate(z, k, hidden) for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(z: Any, state: Any, r: Any, rb: Any) -> tuple[Any]:
    (h,) = state
    hidden = len(r)
    a = h @ r + rb
    reset, update = (sigmoid(gate(z, k, hidden) + gate(a, k, hidden)) for k in (0, 1))
    new = np.tanh(gate(z, 2, hidden) + reset * gate(a, 2, hidden))
    return (new + update * (h - new),)


def tanh_step(z: Any, state: Any, r: Any) -> tuple[Any]:
    return (np.tanh(z + state[0] @ r),)


def relu_step(z: Any, state: Any, r: Any) -> tuple[Any]:
    return (relu(z + state[0] @ r),)


LSTM = Cell("lstm", 4, 1, 2, lstm_step)
GRU = Cell("gru", 3, 2, 1, gru_step)
TANH = Cell("tanh", 1, 1, 1, tanh_step)
RELU = Cell("relu", 1, 1, 1, relu_step)
