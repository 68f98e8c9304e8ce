"""Recurrent layers over sequences: one or several, in one direction or both, of any lengths."""

from typing import Any

import numpy as np

from knetpy.arrays import zeros
from knetpy.autograd import value

from .checks import require_floats
from .dropout import dropout as drop
from .recurrent_cells import GRU, LSTM, RELU, TANH, Cell
from .recurrent_layer import Pass, layer
from .targets import constant

__all__ = ["gru", "lstm", "rnn"]


def lstm(
    x: Any,
    weights: Any,
    state: Any = None,
    *,
    lengths: Any = None,
    dropout: float = 0.0,
    training: bool | None = None,
) -> Any:
    """The pair (y, (h, c)): outputs of all times, and the last state, of one or several layers.

        i, f, g, o = split(x[t] @ w + h @ r + b)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g);  h = sigmoid(o) * tanh(c)

    `weights` is (w, r, b), or a list of layers; otherwise as `rnn`.

    Shapes:  w (in, 4 * hidden), r (hidden, 4 * hidden), b (4 * hidden,)
    Source:  Hochreiter & Schmidhuber 1997; Knet.jl ops20/rnn.jl, where b is the sum of two

    >>> x, w, r, b = np.ones((5, 1, 3)), np.ones((3, 8)), np.ones((2, 8)), np.zeros(8)
    >>> y, (h, c) = lstm(x, (w, r, b))
    >>> y.shape, h.shape, bool((y[-1] == h[0]).all())
    ((5, 1, 2), (1, 1, 2), True)
    """
    return stack("lstm", LSTM, x, weights, state, lengths, dropout, training)


def gru(
    x: Any,
    weights: Any,
    state: Any = None,
    *,
    lengths: Any = None,
    dropout: float = 0.0,
    training: bool | None = None,
) -> Any:
    """The pair (y, h): outputs of all times, and the last state, of one or several layers.

        (xr, xz, xn), (hr, hz, hn) = split(x[t] @ w + b), split(h @ r + rb)
        n, z = tanh(xn + sigmoid(xr + hr) * hn), sigmoid(xz + hz);  h = (1 - z) * n + z * h

    The gates are reset, update, new.  `weights` is (w, r, b, rb), or a list of layers;
    otherwise as `rnn`.

    Shapes:  w (in, 3 * hidden), r (hidden, 3 * hidden), b and rb (3 * hidden,)
    Source:  Cho et al. 2014, reset after the product as in cuDNN; Knet.jl ops20/rnn.jl

    >>> w, r, b = np.ones((3, 6)), np.ones((2, 6)), np.zeros(6)
    >>> y, h = gru(np.ones((5, 1, 3)), (w, r, b, b))
    >>> y.shape, h.shape
    ((5, 1, 2), (1, 1, 2))
    """
    return stack("gru", GRU, x, weights, state, lengths, dropout, training)


def rnn(
    x: Any,
    weights: Any,
    state: Any = None,
    *,
    relu: bool = False,
    lengths: Any = None,
    dropout: float = 0.0,
    training: bool | None = None,
) -> Any:
    """The pair (y, h): outputs of all times, h = tanh(x[t] @ w + h @ r + b), and the last state.

    `weights` is (w, r, b), where None is no bias, or a list of layers: each such a tuple, or a
    pair of them for both directions.  Beyond its length a sequence gives zeros, and the last
    state is the one there.  `dropout` acts between layers, with `training` as in `ops.dropout`.

    Shapes:  x (time, batch, in); w (in, hidden), r (hidden, hidden), b (hidden,)
             state (layers * directions, batch, hidden), zeros unless given; lengths (batch,)
             returns y (time, batch, directions * hidden) and a state
    Raises:  ValueError for shapes that do not fit, for lengths that are not in 1..time
    Source:  Elman 1990; Knet.jl ops20/rnn.jl

    >>> rnn(np.ones((2, 1, 1)), (np.ones((1, 1)), np.ones((1, 1)), None), relu=True)[0][:, 0, 0]
    array([1., 2.])
    """
    return stack("rnn", RELU if relu else TANH, x, weights, state, lengths, dropout, training)


def stack(
    op: str, cell: Cell, x: Any, weights: Any, state: Any, lengths: Any, p: float, training: Any
) -> Any:
    require_sequences(op, x)
    layers = layers_of(op, cell, weights, x.shape[2])
    count, hidden = len(layers) * len(layers[0]), len(layers[0][0][1])
    states = states_of(op, cell, state, (count, x.shape[1], hidden), layers[0][0][1])
    ended = None if lengths is None else ended_of(op, lengths, x)
    if ended is not None:
        x = np.where(ended, 0, x)  # what stands there may be anything, and is to do nothing
    finals: list[list[Any]] = []
    for k, directions in enumerate(layers):
        x = drop(x, p, training=training) if k else x
        ys = []
        for reverse, own in enumerate(directions):
            start = [s[len(finals)] for s in states]
            y, final = one_way(cell, x, own, start, ended, bool(reverse))
            ys.append(y)
            finals.append(final)
        x = ys[0] if len(ys) == 1 else np.concatenate(ys, axis=2)
    last = tuple(map(np.stack, zip(*finals, strict=True)))
    return x, last if cell.states > 1 else last[0]


def one_way(cell: Cell, x: Any, weights: Any, start: Any, ended: Any, reverse: bool) -> Any:
    """The outputs of a layer in one direction, and its last state."""
    if reverse:
        x, ended = x[::-1], None if ended is None else ended[::-1]
    states = layer(x, *weights, *start, run=Pass(cell, ended))
    time = x.shape[0]
    y = states[1 : time + 1]
    if ended is not None:
        y = np.where(ended, 0, y)
    return y[::-1] if reverse else y, [states[k] for k in range(time, time + cell.states)]


def require_sequences(op: str, x: Any) -> None:
    if len(x.shape) != 3:
        raise ValueError(
            f"{op} needs x (time, batch, features), got shape {x.shape}; "
            "a sequence alone is x[:, None], one time of a batch x[None]"
        )
    require_floats(op, x)


def layers_of(op: str, cell: Cell, weights: Any, features: int) -> list[list[tuple[Any, ...]]]:
    """For each layer, for each direction, its arrays; their shapes are checked."""
    layers: list[list[tuple[Any, ...]]] = []
    for k, own in enumerate([weights] if is_array(weights[0]) else weights):
        directions = [own] if is_array(own[0]) else own
        if len(directions) > 2:
            raise ValueError(f"{op}: layer {k} has {len(directions)} directions, at most 2 fit")
        if layers and len(directions) != len(layers[0]):
            raise ValueError(
                f"{op}: layer {k} has {len(directions)} directions, layer 0 has {len(layers[0])}"
            )
        hidden = len(layers[0][0][1]) if layers else None
        layers.append([arrays_of(op, cell, k, arrays, features, hidden) for arrays in directions])
        features = sum(len(arrays[1]) for arrays in layers[k])
    return layers


def is_array(x: Any) -> bool:
    return hasattr(x, "shape")


def arrays_of(
    op: str, cell: Cell, k: int, arrays: Any, features: int, hidden: int | None
) -> tuple[Any, ...]:
    """The arrays of a layer in one direction, with zeros for a missing bias."""
    if len(arrays) != 2 + cell.biases:
        raise ValueError(
            f"{op}: layer {k} needs arrays (w, r, b{', rb' * (cell.biases - 1)}), where None is no "
            f"bias, got {len(arrays)} of them"
        )
    w, r, *biases = arrays
    hidden = min(r.shape) if hidden is None else hidden  # also of one that is transposed
    width = cell.gates * hidden
    expected = [(features, width), (hidden, width), *[(width,)] * cell.biases]
    biases = [zeros(r.shape[-1], like=value(r)) if b is None else b for b in biases]
    got = [x.shape for x in (w, r, *biases)]
    if got != expected:
        raise ValueError(
            f"{op}: layer {k} needs weights of shapes {expected} for {features} features and "
            f"hidden size {hidden} ({cell.gates} gates), got {got}; PyTorch's are transposed"
        )
    return w, r, *biases


def states_of(op: str, cell: Cell, state: Any, shape: tuple[int, ...], r: Any) -> list[Any]:
    if state is None:
        return [zeros(shape, like=value(r))] * cell.states
    states = [state] if is_array(state) else list(state)
    got = [s.shape for s in states]
    if got != [shape] * cell.states:
        wanted = f"(h, c), both {shape}" if cell.states > 1 else f"h {shape}"
        raise ValueError(
            f"{op} needs a state {wanted}: (layers * directions, batch, hidden), got {got}"
        )
    return states


def ended_of(op: str, lengths: Any, x: Any) -> Any:
    """Where (time, batch, 1) a sequence is over, or None if all are of full length."""
    lengths = constant(op, "lengths", lengths, x)
    time, batch = x.shape[:2]
    if lengths.shape != (batch,) or lengths.dtype.kind not in "iu":
        raise ValueError(
            f"{op} needs lengths ({batch},), an int for each sequence of the batch, "
            f"got {lengths.dtype} of shape {lengths.shape}"
        )
    if batch and not (lengths.min() >= 1 and lengths.max() <= time):
        raise ValueError(
            f"{op} needs lengths in 1..{time} for x {x.shape}, got {lengths.min()}.."
            f"{lengths.max()}; leave out sequences of length 0"
        )
    ended = np.arange(time, like=lengths)[:, None] >= lengths
    return ended[:, :, None] if ended.any() else None
