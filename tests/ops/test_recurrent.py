"""lstm, gru, rnn: PyTorch's values, lengths, directions, layers, states, what is refused."""

from functools import partial

import numpy as np
import pytest

from knetpy.arrays import seed
from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import dropout, gru, lstm, rnn
from tests import standin
from tests.ops.recorded import assert_agrees, cases

RNG = np.random.default_rng(9)
GATES = {lstm: 4, gru: 3, rnn: 1}
ALL = pytest.mark.parametrize("op", GATES, ids=lambda op: op.__name__)
LENGTHS = [3, 5, 1, 4]


def weights_of(op, features, hidden, layers=1, directions=1):
    """A list of layers, each a list of directions."""
    wide, biases = GATES[op] * hidden, 2 if op is gru else 1
    return [
        [
            tuple(
                RNG.standard_normal(shape)
                for shape in [
                    (features if k == 0 else directions * hidden, wide),
                    (hidden, wide),
                    *[(wide,)] * biases,
                ]
            )
            for _ in range(directions)
        ]
        for k in range(layers)
    ]


def state_of(op, count, batch, hidden):
    h, c = RNG.standard_normal((2, count, batch, hidden))
    return (h, c) if op is lstm else h


def parts(state):
    return state if isinstance(state, tuple) else (state,)


def flat(op, x, *arrays, layers=1, directions=1, state=False, **options):
    """As tests/golden/record_sequences.py has it: all arrays in a row, all results in a vector."""
    per, count = (4 if op is gru else 3), layers * directions
    own = [arrays[per * n : per * n + per] for n in range(count)]
    weights = [own[k * directions : (k + 1) * directions] for k in range(layers)]
    start = arrays[per * count :]
    start = None if not state else tuple(start) if op is lstm else start[0]
    y, last = op(x, weights, start, **options)
    return np.concatenate([part.reshape(-1) for part in (y, *parts(last))])


@cases("lstm")
def test_lstm_is_pytorchs(case):
    assert_agrees(partial(flat, lstm), case)
    assert_agrees(partial(flat, lstm), case, np.asfortranarray)


@cases("gru")
def test_gru_is_pytorchs(case):
    assert_agrees(partial(flat, gru), case)
    assert_agrees(partial(flat, gru), case, np.asfortranarray)


@cases("rnn")
def test_rnn_is_pytorchs(case):
    assert_agrees(partial(flat, rnn), case)
    assert_agrees(partial(flat, rnn), case, lambda x: x[::-1].copy()[::-1])


@ALL
@pytest.mark.parametrize("lengths", [None, [2, 1]], ids=["full", "ragged"])
def test_two_orders_of_derivatives_of_layers_in_both_directions(op, lengths):
    x, weights = RNG.standard_normal((2, 2, 1)), weights_of(op, 1, 1, 2, 2)
    state = state_of(op, 4, 2, 1)
    assert gradcheck(lambda *a: op(*a, lengths=lengths), x, weights, state, order=2)


@ALL
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_layers_and_directions_are_a_loop_over_single_ones(op, lengths):
    x, weights = RNG.standard_normal((5, 4, 3)), weights_of(op, 3, 2, 3, 2)
    state = state_of(op, 6, 4, 2)
    y, last = op(x, weights, state, lengths=lengths)
    length = np.array(lengths or [5] * 4)
    turned = np.clip(length - 1 - np.arange(5)[:, None], 0, None), np.arange(4)
    inside = (np.arange(5)[:, None] < length)[:, :, None]
    finals = []
    for k, (forward, backward) in enumerate(weights):
        starts = [tuple(s[n : n + 1] for s in parts(state)) for n in (2 * k, 2 * k + 1)]
        starts = [s if op is lstm else s[0] for s in starts]
        a, s = op(x, forward, starts[0], lengths=lengths)
        b, t = op(x[turned], backward, starts[1], lengths=lengths)
        x = np.concatenate([a, b[turned] * inside], axis=2)
        finals += [parts(s), parts(t)]
    np.testing.assert_allclose(y, x, atol=1e-14)
    for ours, theirs in zip(parts(last), zip(*finals, strict=True), strict=True):
        np.testing.assert_allclose(ours, np.concatenate(theirs), atol=1e-14)


@ALL
@pytest.mark.parametrize("layers", [1, 2])
def test_one_call_is_two_calls_over_halves(op, layers):
    x, weights = RNG.standard_normal((6, 3, 2)), weights_of(op, 2, 3, layers)
    y, last = op(x, weights)
    first, state = op(x[:4], weights)
    second, state = op(x[4:], weights, state)
    np.testing.assert_allclose(np.concatenate([first, second]), y, atol=1e-14)
    for ours, theirs in zip(parts(state), parts(last), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-14)


@ALL
def test_gradients_flow_through_a_state_that_is_handed_on(op):
    x, weights = RNG.standard_normal((4, 2, 2)), weights_of(op, 2, 2)
    leaves = [Param(w) for w in weights[0][0]]

    def whole():
        return np.sum(op(x, leaves)[0] ** 2)

    def halves():
        first, state = op(x[:1], leaves)
        return np.sum(first**2) + np.sum(op(x[1:], leaves, state)[0] ** 2)

    for ours, theirs in zip(*(grad(diff(f), leaves) for f in (halves, whole)), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


@ALL
def test_a_state_to_be_learned_gets_its_gradient(op):
    x, weights = RNG.standard_normal((2, 3, 2)), weights_of(op, 2, 2)
    state = tuple(Param(s) for s in parts(state_of(op, 1, 3, 2)))
    tape = diff(lambda: np.sum(op(x, weights, state if op is lstm else state[0])[0]))
    assert all((grad(tape, s) != 0).all() for s in state)


@ALL
@pytest.mark.parametrize("directions", [1, 2])
def test_what_lies_beyond_a_length_does_nothing_gives_zero_and_takes_no_gradient(op, directions):
    x, weights = RNG.standard_normal((5, 4, 3)), weights_of(op, 3, 2, 2, directions)
    other = x.copy()
    beyond = np.arange(5)[:, None] >= LENGTHS
    other[beyond] = np.nan
    y, last = op(x, weights, lengths=np.array(LENGTHS))
    again, same = op(other, weights, lengths=LENGTHS)
    np.testing.assert_array_equal(y, again)
    assert (y[beyond] == 0).all() and (y[~beyond] != 0).all()
    p = Param(other)
    leaves = [tuple(map(Param, own)) for own in weights[0]]
    tape = diff(lambda: np.sum(op(p, [leaves, weights[1]], lengths=LENGTHS)[0]))
    g = grad(tape, p)
    assert (g[beyond] == 0).all() and (g[~beyond] != 0).all()
    assert all(np.isfinite(grad(tape, w)).all() for own in leaves for w in own)
    for n, length in enumerate(LENGTHS):
        alone, state = op(x[:length, n : n + 1], weights)
        np.testing.assert_allclose(y[:length, n : n + 1], alone, atol=1e-14)
        for a, b in zip(parts(last), parts(state), strict=True):
            np.testing.assert_allclose(a[:, n : n + 1], b, atol=1e-14)


@ALL
def test_full_lengths_are_no_lengths(op):
    x, weights = RNG.standard_normal((3, 2, 2)), weights_of(op, 2, 2)
    np.testing.assert_array_equal(op(x, weights, lengths=[3, 3])[0], op(x, weights)[0])
    p = Param(x)
    tapes = [
        diff(lambda k=k: np.sum(op(p, weights, lengths=k)[0]), keep=True) for k in (None, [3, 3])
    ]
    assert len({len(tape.nodes) for tape in tapes}) == 1


@ALL
@pytest.mark.parametrize("shape", [(0, 2, 3), (2, 0, 3), (1, 1, 1)], ids=str)
def test_empty_and_single_sequences(op, shape):
    x, weights = np.ones(shape), weights_of(op, shape[2], 2, 2, 2)
    y, last = op(x, weights)
    assert y.shape == (*shape[:2], 4) and {s.shape for s in parts(last)} == {(4, shape[1], 2)}
    p = Param(x)
    tape = diff(lambda: np.sum(op(p, weights)[0]))
    assert grad(tape, p).shape == shape


@ALL
def test_a_missing_bias_is_zero_and_one_layer_needs_no_list(op):
    x, weights = RNG.standard_normal((3, 2, 2)), weights_of(op, 2, 3)
    w, r, *biases = weights[0][0]
    zeros = (w, r, *(0 * b for b in biases))
    missing = (w, r, *(None for _ in biases))
    for form in (missing, [missing], [[missing]]):
        np.testing.assert_array_equal(op(x, form)[0], op(x, zeros)[0])


@ALL
def test_dropout_acts_between_layers_while_training_alone(op):
    x, weights = RNG.standard_normal((3, 2, 2)), weights_of(op, 2, 8, 2)
    np.testing.assert_array_equal(op(x, weights, dropout=0.5)[0], op(x, weights)[0])
    seed(3)
    y = op(x, weights, dropout=0.5, training=True)[0]
    seed(3)
    between = dropout(op(x, weights[0])[0], 0.5, training=True)
    np.testing.assert_array_equal(y, op(between, weights[1])[0])
    alone = op(x, weights[0], dropout=0.9, training=True)[0]
    np.testing.assert_array_equal(alone, op(x, weights[0])[0])


@ALL
def test_float32_stays(op):
    x = RNG.standard_normal((3, 2, 2)).astype("f4")
    weights = [tuple(Param(a.astype("f4")) for a in w[0]) for w in weights_of(op, 2, 3, 2)]
    for lengths in (None, [1, 3]):
        y, last = op(x, weights, lengths=lengths)
        assert {y.dtype, *(s.dtype for s in parts(last))} == {np.dtype("f4")}
        tape = diff(lambda k=lengths: np.sum(op(x, weights, lengths=k)[0]), keep=True)
        assert {g.dtype for g in tape.intermediate if g is not None} == {np.dtype("f4")}


@ALL
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_it_runs_on_any_device(op, lengths):
    x, weights = RNG.standard_normal((5, 4, 3)), weights_of(op, 3, 2, 2, 2)

    def slopes(x, weights, lengths):
        first = grad(lambda x: np.sum(op(x, weights, lengths=lengths)[0] ** 2))
        return first(x), grad(lambda x: np.sum(first(x) ** 2))(x)

    there = [[tuple(map(standin.asarray, own)) for own in layer] for layer in weights]
    device_lengths = None if lengths is None else standin.asarray(lengths)
    here = standin.asarray(x)
    before = dict(standin.counts)
    found = slopes(here, there, device_lengths)
    assert standin.counts == before, "data moved between host and device"
    for ours, theirs in zip(found, slopes(x, weights, lengths), strict=True):
        np.testing.assert_allclose(ours._held, theirs, rtol=1e-10, atol=1e-10)


def test_the_numbers_of_weights_are_those_of_knet():
    ((w, r, b),) = weights_of(lstm, 5, 3)[0]
    assert w.size + r.size + b.size == 4 * (5 * 3 + 3 * 3 + 3)
    assert lstm(np.ones((2, 1, 5)), (w, r, b))[0].shape == (2, 1, 3)


@ALL
@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 3, 4)], ids=str)
def test_x_of_another_rank_is_told_what_is_right(op, shape):
    with pytest.raises(ValueError, match=rf"{op.__name__} needs x \(time, batch, .*x\[:, None\]"):
        op(np.ones(shape), weights_of(op, 3, 2))
    with pytest.raises(TypeError, match=f"{op.__name__} needs real floats, got int64"):
        op(np.ones((2, 1, 3), int), weights_of(op, 3, 2))


@ALL
@pytest.mark.parametrize(
    "lengths, words",
    [
        ([1, 6, 1, 1], r"needs lengths in 1\.\.5 for x \(5, 4, 3\), got 1\.\.6"),
        ([1, 0, 1, 1], r"got 0\.\.1; leave out sequences of length 0"),
        ([1, 2], r"needs lengths \(4,\), an int for each sequence .* got int64 of shape \(2,\)"),
        ([1.0, 2.0, 3.0, 4.0], r"got float64 of shape \(4,\)"),
    ],
)
def test_lengths_that_do_not_fit_are_told_what_is_right(op, lengths, words):
    with pytest.raises(ValueError, match=f"{op.__name__} .*{words}"):
        op(np.ones((5, 4, 3)), weights_of(op, 3, 2), lengths=lengths)


@ALL
def test_states_that_do_not_fit_are_told_what_is_right(op):
    x, weights = np.ones((5, 4, 3)), weights_of(op, 3, 2, 2)
    wanted = rf"{op.__name__} needs a state .*\(2, 4, 2\): \(layers \* directions, batch, hidden\)"
    for shape in ((1, 4, 2), (2, 4, 3), (4, 2)):
        state = np.zeros(shape)
        with pytest.raises(ValueError, match=wanted) as error:
            op(x, weights, (state, state) if op is lstm else state)
        assert f"got [{shape}" in str(error.value)
    with pytest.raises(ValueError, match=wanted):
        op(x, weights, np.zeros((2, 4, 2)) if op is lstm else [np.zeros((2, 4, 2))] * 2)


@ALL
def test_weights_that_do_not_fit_are_told_what_is_right(op):
    name, x, ((own,), (second,)) = op.__name__, np.ones((5, 4, 3)), weights_of(op, 3, 2, 2)
    wide = 2 * GATES[op]
    w, r, *biases = own
    for bad in (
        (w.T, r.T, *biases),
        (w, r, *(b[:1] for b in biases)),
        (w[:2], r, *biases),
    ):
        with pytest.raises(ValueError, match=f"{name}: layer 0 needs weights of shapes") as error:
            op(x, bad)
        assert f"(3, {wide}), (2, {wide}), ({wide},)" in str(error.value)
        assert "PyTorch's are transposed" in str(error.value)
    for bad in ((w,), (w, r), (*own, w)):
        words = rf"{name}: layer 0 needs arrays \(w, r, b.*, got {len(bad)}"
        with pytest.raises(ValueError, match=words):
            op(x, bad)
    with pytest.raises(ValueError, match=f"{name}: layer 1 needs .* for 2 features and hidden"):
        op(x, [own, own])
    with pytest.raises(ValueError, match=f"{name}: layer 1 has 1 directions, layer 0 has 2"):
        op(x, [[own, own], second])
    with pytest.raises(ValueError, match=f"{name}: layer 0 has 3 directions, at most 2"):
        op(x, [[own, own, own]])
