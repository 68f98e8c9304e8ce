"""The cells: all steps in place give what single steps give, whatever has ended."""

import numpy as np
import pytest

from knetpy.ops.recurrent_cells import GRU, LSTM, RELU, TANH, transposed
from tests import standin

RNG = np.random.default_rng(8)
CELLS = pytest.mark.parametrize(
    "cell", [LSTM, GRU, TANH, RELU], ids=["lstm", "gru", "tanh", "relu"]
)


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


@CELLS
@pytest.mark.parametrize("lengths", [None, [4, 1, 3]])
@pytest.mark.parametrize("time", [0, 1, 4])
def test_forward_is_its_steps(cell, lengths, time):
    arrays = arrays_of(cell, time)
    ended = None if lengths is None else (np.arange(time)[:, None] >= lengths)[:, :, None]
    before = [x.copy() for x in arrays]
    states, _ = cell.forward(ended, *arrays)
    np.testing.assert_allclose(states, by_steps(cell, ended, *arrays), atol=1e-14)
    for x, start in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(x, start)


@CELLS
def test_a_sequence_that_has_ended_keeps_its_state_exactly(cell):
    arrays = arrays_of(cell)
    ended = np.ones((4, 3, 1), bool)
    ended[0] = False
    states, _ = cell.forward(ended, *arrays)
    np.testing.assert_array_equal(states[2:5], states[[1, 1, 1]])
    deltas = cell.backward(np.ones_like(states), states, _, arrays[2], ended)
    assert (deltas.z[1:] == 0).all() and (deltas.z[0] != 0).any()


@CELLS
def test_far_gates_saturate_without_a_warning(cell):
    arrays = arrays_of(cell)
    arrays[0] *= 1e3
    states, kept = cell.forward(None, *arrays)
    deltas = cell.backward(np.ones_like(states), states, kept, arrays[2], None)
    assert np.isfinite(states).all() and np.isfinite(deltas.z).all()


@CELLS
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_dtypes_stay(cell, dtype):
    arrays = [x.astype(dtype) for x in arrays_of(cell)]
    states, kept = cell.forward(None, *arrays)
    deltas = cell.backward(np.ones_like(states), states, kept, arrays[2], None)
    assert {x.dtype for x in (states, deltas.z, deltas.a, *deltas.start)} == {np.dtype(dtype)}


def test_weights_that_are_used_often_are_turned_in_memory():
    r = RNG.standard_normal((2, 3))
    assert transposed(r, 9).flags.c_contiguous and not transposed(r, 1).flags.c_contiguous
    np.testing.assert_array_equal(transposed(standin.asarray(r), 9)._held, r.T)
