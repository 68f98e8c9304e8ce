"""The cells: one step of each is its formula, and what all tests of recurrent layers share."""

import numpy as np
import pytest

from knetpy.ops.recurrent_cells import GRU, LSTM, RELU, TANH

RNG = np.random.default_rng(8)
CELLS = pytest.mark.parametrize("cell", [LSTM, GRU, TANH, RELU], ids=lambda cell: cell.kind)


def arrays_of(cell, time=4, batch=3, features=2, hidden=5):
    wide = cell.gates * hidden
    shapes = [(time, batch, features), (features, wide), (hidden, wide)]
    shapes += [(wide,)] * cell.biases + [(batch, hidden)] * cell.states
    return [RNG.standard_normal(shape) for shape in shapes]


def by_steps(cell, ended, x, w, r, *rest):
    biases, state = rest[: cell.biases], rest[cell.biases :]
    found = [state[0]]
    for t in range(len(x)):
        new = cell.step(x[t] @ w + biases[0], state, r, *biases[1:])
        if ended is not None:
            new = [np.where(ended[t], *pair) for pair in zip(state, new, strict=True)]
        state = new
        found.append(state[0])
    return np.stack([*found, *state[1:]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def formula(cell, z, h, r, c, rb):
    """The next h, gate by gate."""
    if cell is LSTM:
        i, f, g, o = np.split(z + h @ r, 4, axis=1)
        return sigmoid(o) * np.tanh(sigmoid(f) * c + sigmoid(i) * np.tanh(g))
    if cell is GRU:
        (xr, xz, xn), (hr, hz, hn) = np.split(z, 3, axis=1), np.split(h @ r + rb, 3, axis=1)
        new, update = np.tanh(xn + sigmoid(xr + hr) * hn), sigmoid(xz + hz)
        return (1 - update) * new + update * h
    return np.tanh(z + h @ r) if cell is TANH else np.maximum(z + h @ r, 0)


@CELLS
def test_a_step_is_its_formula(cell):
    x, w, r, b, *rest = arrays_of(cell)
    z, h, rb, c = x[0] @ w + b, rest[-cell.states], rest[0], rest[-1]
    extra = (rb,) if cell is GRU else ()
    state = (h, c)[: cell.states]
    y, *memory = cell.step(z, state, r, *extra)
    np.testing.assert_allclose(y, formula(cell, z, h, r, c, rb), rtol=1e-13)
    assert [s.shape for s in memory] == [h.shape] * (cell.states - 1)
