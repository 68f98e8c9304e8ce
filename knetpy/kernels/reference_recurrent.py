"""Reference kernel of recurrent layers: all the steps of a layer in place, in NumPy's words.

A forward pass gives the states h_0 ... h_T in one array (an LSTM's c_T behind them), and what the
way back wants to see again; a backward pass turns the gradient of those states into that of what
goes into the gates.  Where `ended` (time, batch, 1) is true, a sequence keeps its state; None
means that none ends early.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from knetpy.arrays import empty, full

from .onednn_matmul import matmul

__all__ = ["recurrent"]


class Deltas(NamedTuple):
    """Gradients of what the gates take from the input and from the state, and of the start."""

    z: Any
    a: Any
    start: tuple[Any, ...]


def recurrent(x: Any, kind: str, ended: Any, training: bool, *arrays: Any) -> tuple[Any, Any]:
    """The states of all times of a layer of this kind of cells, and its way back.

    Arrays of one dtype are x, w, r, the biases, and the first state.  The way back turns the
    gradient of the states into functions, one for each array, that compute its gradient into
    memory of its own.  Unless `training` it may be None.
    """
    forward, backward = KINDS[kind]
    states, kept = forward(ended, x, *arrays)

    def back(dstates: Any) -> list[Callable[[], Any]]:
        w, r, *rest = arrays
        deltas = backward(dstates, states, kept, r, ended)
        biases = len(rest) - len(deltas.start)
        return [partial(part, k, deltas, states, x, w, biases) for k in range(3 + len(rest))]

    return states, back


def part(k: int, deltas: Deltas, states: Any, x: Any, w: Any, biases: int) -> Any:
    dz, da = deltas.z.reshape(-1, w.shape[1]), deltas.a.reshape(-1, w.shape[1])
    if k == 0:
        return matmul(dz, w.T).reshape(x.shape)
    if k == 1:
        return matmul(x.reshape(len(dz), x.shape[2]).T, dz)
    if k == 2:
        return matmul(states[: len(x)].reshape(-1, states.shape[2]).T, da)
    if k < 3 + biases:
        return (da if k == 4 else dz).sum(axis=0)
    return deltas.start[k - 3 - biases]


def gate(x: Any, k: int, hidden: int) -> Any:
    return x[..., k * hidden : (k + 1) * hidden]


def halved(x: Any, hidden: int, sigmoids: tuple[int, ...]) -> Any:
    """Factors for the gates of `x`: 1/2 for a sigmoid, which is (1 + tanh(x / 2)) / 2, else 1."""
    factors = full(x.shape[-1:], 1, like=x)
    for k in sigmoids:
        gate(factors, k, hidden)[...] = 0.5
    return factors


def driven(x: Any, w: Any, b: Any) -> Any:
    """What all times of the input put into the gates, in one product."""
    time, batch, features = x.shape
    z = matmul(x.reshape(time * batch, features), w).reshape(time, batch, w.shape[1])
    z += b
    return z


def frozen(states: Any, t: int, ended: Any) -> None:
    """Carry the state over time `t` for the sequences that have ended."""
    states[t + 1] = np.where(ended[t], states[t], states[t + 1])


def lstm_forward(ended: Any, x: Any, w: Any, r: Any, b: Any, h: Any, c: Any) -> Any:
    time, hidden = len(x), len(r)
    factors = halved(b, hidden, (0, 1, 3))
    shift = 1 - factors
    gates, r = driven(x, w * factors, b * factors), r * factors
    cells, tanhs = empty((time + 1, *c.shape), like=c), empty((time, *c.shape), like=c)
    states = empty((time + 2, *h.shape), like=h)
    states[0], cells[0] = h, c
    i, f, g, o = (gate(gates, k, hidden) for k in range(4))
    a = empty(gates.shape[1:], like=gates)
    for t in range(time):
        z, h, c = gates[t], states[t + 1], cells[t + 1]
        z += matmul(states[t], r, out=a)
        np.tanh(z, out=z)
        z *= factors
        z += shift
        np.multiply(f[t], cells[t], out=c)
        c += np.multiply(i[t], g[t], out=h)
        np.multiply(o[t], np.tanh(c, out=tanhs[t]), out=h)
        if ended is not None:
            frozen(states, t, ended)
            frozen(cells, t, ended)
    states[time + 1] = cells[time]
    return states, (gates, cells, tanhs)


def lstm_backward(dstates: Any, states: Any, kept: Any, r: Any, ended: Any) -> Deltas:
    """The slopes of all times come first, where arrays are large; the loop scales them."""
    gates, cells, tanhs = kept
    time, batch, hidden = tanhs.shape
    i, f, g, o = (gate(gates, k, hidden) for k in range(4))
    dz = gates - gates * gates
    di, df, dg, do = (gate(dz, k, hidden) for k in range(4))
    di *= g
    df *= cells[:-1]
    dg[...] = (1 - g * g) * i
    do *= tanhs
    through = o * (1 - tanhs * tanhs)
    if ended is not None:
        dz *= ~ended
        through *= ~ended
        f = np.where(ended, 1, f)
    dh, dc = dstates[time].copy(), dstates[time + 1].copy()
    by_gate = dz.reshape(time, batch, 4, hidden)
    of_cell, of_output = by_gate[:, :, :3], by_gate[:, :, 3]
    rt, u = transposed(r, time), dh.copy()
    for t in range(time - 1, -1, -1):
        dc += np.multiply(dh, through[t], out=u)
        of_cell[t] *= dc[:, None]
        of_output[t] *= dh
        dc *= f[t]
        back(dz[t], rt, dstates[t], dh, u, None if ended is None else ended[t])
    return Deltas(dz, dz, (dh, dc))


def transposed(r: Any, times: int) -> Any:
    """In memory of its own if it is used often: products with it are then faster by a half."""
    return r.T.copy() if times > 4 else r.T


def back(da: Any, rt: Any, dstate: Any, dh: Any, u: Any, ended: Any) -> None:
    """Make `dh` the gradient of the state one time earlier."""
    matmul(da, rt, out=u)
    if ended is not None:
        u += dh * ended
    np.add(dstate, u, out=dh)


def gru_forward(ended: Any, x: Any, w: Any, r: Any, b: Any, rb: Any, h: Any) -> Any:
    time, hidden = len(x), len(r)
    factors = halved(b, hidden, (0, 1))
    gates, r, rb = driven(x, w * factors, b * factors), r * factors, rb * factors
    states, drafts = empty((time + 1, *h.shape), like=h), empty((time, *h.shape), like=h)
    states[0] = h
    both = gates[..., : 2 * hidden]
    reset, update, new = (gate(gates, k, hidden) for k in range(3))
    a = empty(gates.shape[1:], like=gates)
    to_both, to_new = a[:, : 2 * hidden], a[:, 2 * hidden :]
    for t in range(time):
        matmul(states[t], r, out=a)
        a += rb
        z, n, h, draft = both[t], new[t], states[t + 1], drafts[t]
        draft[...] = to_new
        z += to_both
        np.tanh(z, out=z)
        z *= 0.5
        z += 0.5
        n += np.multiply(reset[t], draft, out=h)
        np.tanh(n, out=n)
        np.subtract(states[t], n, out=h)
        h *= update[t]
        h += n
        if ended is not None:
            frozen(states, t, ended)
    return states, (gates, drafts)


def gru_backward(dstates: Any, states: Any, kept: Any, r: Any, ended: Any) -> Deltas:
    gates, drafts = kept
    time, batch, hidden = drafts.shape
    reset, update, new = (gate(gates, k, hidden) for k in range(3))
    to_new = (1 - update) * (1 - new * new)
    da = gates - gates * gates
    da_reset, da_update, da_new = (gate(da, k, hidden) for k in range(3))
    da_reset *= to_new * drafts
    da_update *= states[:-1] - new
    da_new[...] = to_new * reset
    if ended is not None:
        da *= ~ended
        to_new *= ~ended
        update = np.where(ended, 1, update)
    dh = dstates[time].copy()
    by_gate, rt, u = da.reshape(time, batch, 3, hidden), transposed(r, time), dh.copy()
    for t in range(time - 1, -1, -1):
        by_gate[t] *= dh[:, None]
        to_new[t] *= dh
        dh *= update[t]
        matmul(da[t], rt, out=u)
        u += dh
        np.add(dstates[t], u, out=dh)
    dz = da.copy()
    gate(dz, 2, hidden)[...] = to_new
    return Deltas(dz, da, (dh,))


def plain(activate: Any, slope: Callable[[Any], Any]) -> tuple[Any, Any]:
    """The plain cell: h = activate(x @ w + h @ r + b)."""

    def forward(ended: Any, x: Any, w: Any, r: Any, b: Any, h: Any) -> Any:
        z = driven(x, w, b)
        states = empty((len(x) + 1, *h.shape), like=h)
        states[0] = h
        for t in range(len(x)):
            a = z[t]
            a += matmul(states[t], r)
            states[t + 1] = activate(a)
            if ended is not None:
                frozen(states, t, ended)
        return states, None

    def backward(dstates: Any, states: Any, kept: Any, r: Any, ended: Any) -> Deltas:
        dz = slope(states[1:])
        if ended is not None:
            dz *= ~ended
        dh = dstates[-1].copy()
        rt, u = transposed(r, len(dz)), dh.copy()
        for t in range(len(dz) - 1, -1, -1):
            z = dz[t]
            z *= dh
            back(z, rt, dstates[t], dh, u, None if ended is None else ended[t])
        return Deltas(dz, dz, (dh,))

    return forward, backward


KINDS = {
    "lstm": (lstm_forward, lstm_backward),
    "gru": (gru_forward, gru_backward),
    "tanh": plain(np.tanh, lambda y: 1 - y * y),
    "relu": plain(lambda x: np.maximum(x, 0), lambda y: (y > 0).astype(y.dtype)),
}
