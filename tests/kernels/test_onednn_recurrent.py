"""Recurrent layers by oneDNN are the reference's to rounding; all else is the reference's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knetpy.kernels import onednn, onednn_recurrent, reference
from knetpy.kernels.onednn_primitives import Primitive
from knetpy.kernels.pool import pool_size
from knetpy.kernels.threads import threads
from tests.kernels.onednn_help import ORDERS, counts, needs_onednn, unaligned  # noqa: F401
from tests.ops.test_recurrent_cells import CELLS, GRU, LSTM, RELU, TANH

pytestmark = needs_onednn
RNG = np.random.default_rng(31)
SIZES = st.tuples(st.integers(1, 40), st.integers(1, 5), st.integers(1, 20), st.integers(1, 20))


@pytest.fixture(autouse=True)
def one_thread():
    """Two meet at every time, and where a machine is busy each meeting waits for the scheduler."""
    with threads(1):
        yield


@pytest.fixture
def any_time(monkeypatch):
    """However few the times are."""
    monkeypatch.setattr(onednn_recurrent, "LEAST", dict.fromkeys(onednn_recurrent.KINDS, 1))


def arrays_of(cell, time, batch, features, hidden):
    wide = cell.gates * hidden
    shapes = [(time, batch, features), (features, wide), (hidden, wide)]
    shapes += [(wide,)] * cell.biases + [(batch, hidden)] * cell.states
    scale = np.float32(hidden**-0.5)
    return [scale * RNG.standard_normal(shape, dtype="f4") for shape in shapes]


def run(family, cell, arrays, dy, ended=None):
    """The states, and the gradient of every array."""
    x, *rest = arrays
    states, back = family.recurrent(x, cell.kind, ended, True, *rest)
    return [states, *(gradient() for gradient in back(dy(states)))]


def agree(cell, arrays, dy, ended=None):
    wide = [a.astype(float) for a in arrays]
    ours, exact = run(onednn, cell, arrays, dy, ended), run(reference, cell, wide, dy, ended)
    for a, b in zip(ours, exact, strict=True):
        assert a.dtype == np.float32 and a.shape == b.shape
        assert np.abs(a - b).max() <= 64 * np.finfo("f4").eps * (1 + np.abs(b).max())


def waves(states):
    return np.cos(np.arange(states.size, dtype=states.dtype)).reshape(states.shape)


def same(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


@CELLS
@settings(max_examples=40)
@given(SIZES)
def test_states_and_gradients(cell, sizes):
    agree(cell, arrays_of(cell, *sizes), waves)


@CELLS
@pytest.mark.parametrize("time", [1, 7, 8])
def test_few_times(cell, time, any_time):
    agree(cell, arrays_of(cell, time, 3, 5, 4), waves)


@CELLS
@pytest.mark.parametrize("order", sorted(set(ORDERS) - {"unaligned"}))
def test_every_memory_order(cell, order):
    arrays = arrays_of(cell, 33, 3, 4, 6)
    agree(cell, [ORDERS[order](a) if a.ndim > 1 else a for a in arrays], waves)
    agree(cell, arrays, lambda states: ORDERS[order](waves(states)))


@CELLS
@pytest.mark.parametrize("training", [True, False])
def test_one_primitive_a_way_and_at_most_two_reorders(cell, training, counts):  # noqa: F811
    x, *rest = arrays_of(cell, 37, 2, 16, 16)
    for repeated in (False, True):
        created, executed = counts.created, counts.executed
        states, back = onednn.recurrent(x, cell.kind, None, training, *rest)
        assert 1 <= counts.executed - executed <= 3
        if training:
            executed = counts.executed
            assert len(back(waves(states))) == 1 + len(rest)
            assert 1 <= counts.executed - executed <= 3
        assert not repeated or counts.created == created
    assert training or back is None


@CELLS
def test_the_way_back_may_be_gone_twice_and_its_gradients_are_their_owners(cell):
    arrays = arrays_of(cell, 33, 2, 3, 4)
    states, back = onednn.recurrent(arrays[0], cell.kind, None, True, *arrays[1:])
    kept = states.copy()
    first = [gradient() for gradient in back(waves(states))]
    copies = [g.copy() for g in first]
    for g in first:
        g[...] = 7
    same([gradient() for gradient in back(waves(states))], copies)
    np.testing.assert_array_equal(states, kept)


@CELLS
def test_two_threads_agree(cell):
    with threads(2):
        agree(cell, arrays_of(cell, 40, 16, 24, 32), waves)


@CELLS
@pytest.mark.parametrize("hidden, alone", [(4, True), (256, False)], ids=["small", "large"])
def test_small_layers_are_computed_by_one_thread(cell, hidden, alone, monkeypatch):
    seen, call = [], Primitive.__call__
    spy = lambda self, *args: seen.append(pool_size()) or call(self, *args)  # noqa: E731
    with threads(2):
        monkeypatch.setattr(Primitive, "__call__", spy)
        run(onednn, cell, arrays_of(cell, 32, 3, 4, hidden), waves)
        assert pool_size() == 2
    assert (1 in seen) is alone


@CELLS
def test_gradients_of_float64_are_taken(cell):
    arrays = arrays_of(cell, 33, 2, 3, 4)
    slopes = lambda states: waves(states.astype("f4")).astype(float)  # noqa: E731
    same(run(onednn, cell, arrays, slopes), run(onednn, cell, arrays, waves))


def broken(arrays, k, change):
    return [change(a) if i == k else a for i, a in enumerate(arrays)]


def ends(time, lengths):
    return (np.arange(time)[:, None] >= lengths)[:, :, None]


GATED = pytest.mark.parametrize("cell", [LSTM, GRU], ids=lambda cell: cell.kind)


@GATED
@pytest.mark.parametrize("turned", [False, True], ids=["forth", "back"])
@settings(max_examples=40)
@given(SIZES, st.data())
def test_sequences_of_any_lengths(cell, turned, sizes, data):
    time, batch, *_ = sizes
    lengths = data.draw(st.lists(st.integers(0, time), min_size=batch, max_size=batch))
    ended = ends(time, lengths)[:: -1 if turned else 1]
    agree(cell, arrays_of(cell, *sizes), waves, ended)


@GATED
def test_sequences_of_any_lengths_are_no_more_primitives(cell, counts):  # noqa: F811
    arrays = arrays_of(cell, 33, 3, 4, 5)
    run(onednn, cell, arrays, waves)
    even = counts.executed
    run(onednn, cell, arrays, waves, ends(33, [33, 2, 5]))
    assert 0 < counts.executed == 2 * even


@GATED
def test_what_stands_beyond_an_end_does_nothing(cell):
    arrays, ended = arrays_of(cell, 33, 3, 4, 5), ends(33, [33, 2, 5])
    clean = run(onednn, cell, arrays, waves, ended)
    arrays[0][ended[..., 0]] = np.nan
    same(run(onednn, cell, arrays, waves, ended), clean)


@GATED
def test_a_sequence_that_has_ended_keeps_its_state_exactly(cell):
    arrays = arrays_of(cell, 33, 3, 4, 5)
    y, _ = onednn.recurrent(arrays[0], cell.kind, ends(33, [33, 2, 0]), False, *arrays[1:])
    np.testing.assert_array_equal(y[3:34, 1], np.broadcast_to(y[2, 1], (31, 5)))
    np.testing.assert_array_equal(y[:34, 2], np.broadcast_to(y[0, 2], (34, 5)))
    if cell is LSTM:
        np.testing.assert_array_equal(y[34, 2], arrays[-1][2])


@CELLS
def test_everything_else_is_the_references(cell, counts):  # noqa: F811
    arrays = arrays_of(cell, 33, 3, 4, 5)
    ended = ends(33, [33, 2, 5])
    ended[1] = True  # what goes on after an end
    ended[30] = False
    same(run(onednn, cell, arrays, waves, ended), run(reference, cell, arrays, waves, ended))
    if cell in (TANH, RELU):
        ended = ends(33, [33, 2, 5])
        same(run(onednn, cell, arrays, waves, ended), run(reference, cell, arrays, waves, ended))
    for k in range(len(arrays)):
        for change in (unaligned, lambda a: a.astype(float)):
            other = broken(arrays, k, change)
            same(run(onednn, cell, other, waves), run(reference, cell, other, waves))
    for sizes in ((0, 2, 3, 4), (33, 0, 3, 4), (33, 2, 0, 4)):
        empty = arrays_of(cell, *sizes)
        same(run(onednn, cell, empty, waves), run(reference, cell, empty, waves))
    least = onednn_recurrent.LEAST[cell.kind]
    if least > 1:
        few = arrays_of(cell, least - 1, 2, 3, 4)
        same(run(onednn, cell, few, waves), run(reference, cell, few, waves))
    assert counts.executed == 0


@CELLS
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf, 1e4, -1e4], ids=str)
def test_nan_and_infinities_go_where_the_reference_lets_them_go(cell, special):
    arrays = arrays_of(cell, 33, 3, 4, 5)
    arrays[0][3, 1, 2] = special
    with np.errstate(invalid="ignore"):
        ours, theirs = (run(family, cell, arrays, waves) for family in (onednn, reference))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-3)
