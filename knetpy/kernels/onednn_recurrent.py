"""Recurrent layers by oneDNN: one call for all times, forward and back.

What it has seen on the way forward lies in a workspace, which the way back holds on to.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .onednn_library import Handle, Refused
from .onednn_primitives import (
    Ints,
    Primitive,
    Weights,
    described,
    free,
    kernel,
    layout,
    plan,
    require,
)
from .pool import alone

__all__ = ["recurrent"]

INFERENCE, TRAINING, BACKWARD, LEFT_TO_RIGHT, OVERWRITE = 96, 64, 128, 1, 1
TANH, RELU = 0x21, 0x20
SRC, DST, WEIGHTS, BIAS, WORKSPACE = 1, 17, (33, 34), 41, 64
DIFF_SRC, DIFF_DST, DIFF_WEIGHTS = 129, 145, (161, 162, 169)
LEAST = {"lstm": 1, "gru": 8, "tanh": 32, "relu": 32}  # times, from where on it beats NumPy
NUMPYS = ("tanh", "relu")  # where sequences end early
FIRM = 1e6  # what makes a gate exactly 0 or 1
SHORT = 8  # times, from where on packing the weights pays: 25 % lost at two, 18 % won at twenty

SMALL = 2**16  # multiplications by r at each time: below one thread needs 0.7 of the time of two


class Kind(NamedTuple):
    """A kind of cells in oneDNN's words."""

    operation: str
    gates: int
    biases: int
    states: int
    absent: tuple[None, ...] = ()  # weights that only oneDNN knows
    activation: Ints = ()
    scales: tuple[float, ...] = ()

    def slots(self, source: int, result: int) -> tuple[Ints, Ints]:
        """The numbers of the arguments of a kind: x and the first state, y and an LSTM's last."""
        ends = self.states + 1
        return tuple(range(source, source + ends)), tuple(range(result, result + 2 * ends - 3))


KINDS = {
    "lstm": Kind("lstm", 4, 4, 2, (None, None)),
    "gru": Kind("lbr_gru", 3, 4, 1),
    "tanh": Kind("vanilla_rnn", 1, 1, 1, (), (TANH,), (0.0, 0.0)),
    "relu": Kind("vanilla_rnn", 1, 1, 1, (), (RELU,), (0.0, 0.0)),
}


class Way(NamedTuple):
    """A primitive, and how its weights come into the layouts that it chose."""

    run: Primitive
    w: Weights
    r: Weights


@kernel
def recurrent(
    x: Any, kind: str, ended: Any, training: bool, w: Any, r: Any, *rest: Any
) -> tuple[Any, Any]:
    if len(x) < LEAST[kind]:
        raise Refused("so few times are NumPy's")
    require(x, w, r, *rest)
    if ended is None:
        return even(x, kind, training, w, r, *rest)
    if kind in NUMPYS:
        raise Refused("cells so plain are sooner done than moved")
    return ragged(x, kind, ended[..., 0], training, w, r, *rest)


def even(x: Any, kind: str, training: bool, w: Any, r: Any, *rest: Any) -> tuple[Any, Any]:
    """Sequences that all last the whole time."""
    crew = alone if x.shape[1] * r.size < SMALL else nullcontext
    with crew():
        forward, backward = ways(kind, training, *x.shape, len(r))
    x, w, r, bias, h, *c = map(np.ascontiguousarray, (x, *inside(kind, w, r, *rest)))
    states = np.empty((len(x) + 1 + len(c), *h.shape), np.float32)
    states[0] = h
    seen = [forward.run.room(WORKSPACE)] if training else []
    weights = forward.w.inside(w), forward.r.inside(r)
    with crew():
        forward.run(x, h, *c, *weights, bias, *after(states, *map(np.empty_like, c)), *seen)
    if kind == "relu" and not all(np.isfinite(a).all() for a in (x, w, r, bias, states)):
        raise Refused("NaN would become 0")

    def back(dstates: Any) -> list[Callable[[], Any]]:
        dstates = np.ascontiguousarray(dstates, np.float32)
        weights = backward.w.inside(w), backward.r.inside(r)
        arrays = x, h, *c, *weights, bias, *after(states, *(states[-2] for _ in c)), *seen
        slopes = after(dstates, *map(np.zeros_like, c))
        dx, dh, *dc, dw, dr, db = grads = [np.empty_like(a) for a in (x, h, *c, w, r, bias)]
        with crew():
            backward.run(*arrays, *slopes, *grads)
        dh += dstates[0]
        return [partial(np.asarray, g) for g in (dx, *outside(kind, dw, dr, db), dh, *dc)]

    return states, back if training else None


def ragged(
    x: Any, kind: str, ended: Any, training: bool, w: Any, r: Any, *rest: Any
) -> tuple[Any, Any]:
    """Sequences of any lengths, moved to the first time, run on beyond their ends, and cut there.

    What comes after an end has no influence on what is kept, forward or back.  Only of the cell of
    an LSTM oneDNN tells nothing but the last: one more feature, 1 after the end, holds it.
    """
    (time, _, features), row, t = x.shape, np.arange(x.shape[1]), np.arange(len(x) + 1)[:, None]
    first, lengths = ended.argmin(axis=0), time - ended.sum(axis=0)
    last = first + lengths
    if (ended != ((t < first) | (t >= last))[:-1]).any():
        raise Refused("it knows one beginning and one end of a sequence")
    over, moved = (t >= lengths)[:-1], x[np.minimum(t[:-1] + first, time - 1), row]
    moved[over] = 0
    if kind == "lstm":
        moved = np.concatenate([moved, over[:, :, None].astype(np.float32)], axis=2)
        w = np.concatenate([w, hold(len(r))])
    states, back = even(moved, kind, training, w, r, *rest)
    found = states[np.clip(t - first, 0, lengths), row]

    def back_ragged(dstates: Any) -> list[Callable[[], Any]]:
        dh, dc = dstates[: time + 1], dstates[time + 1 :]
        dmoved = dh[np.minimum(t + first, time), row]
        dmoved[t > lengths] = 0
        dmoved[0] += total(dh, t < first)
        dmoved[lengths, row] += total(dh, t > last)
        of_x, of_w, *others = back(np.concatenate([dmoved, dc]))
        return [lambda: came_from(of_x()), lambda: of_w()[:features], *others]

    def came_from(dmoved: Any) -> Any:
        dx = dmoved[np.maximum(t[:-1] - first, 0), row, :features]
        dx[ended] = 0
        return dx

    return np.concatenate([found, states[time + 1 :]]), back_ragged if training else None


def total(dh: Any, mask: Any) -> Any:
    """The sum over the times that a mask picks."""
    return np.add.reduce(dh, axis=0, where=mask[:, :, None]) if mask.any() else 0


def hold(hidden: int) -> Any:
    """Weights that shut an LSTM's input gate and open its forget gate, whatever else comes in."""
    return np.repeat(np.array([[-FIRM, FIRM, 0, 0]], np.float32), hidden, axis=1)


def after(states: Any, *last: Any) -> list[Any]:
    """Of the states of all times those after the first, and an LSTM's `last` h and its c."""
    return [states[1:-1], *last, states[-1]] if last else [states[1:]]


def inside(kind: str, w: Any, r: Any, b: Any, *rest: Any) -> list[Any]:
    """The weights, the bias and the first state, with the gates as oneDNN wants them."""
    if kind != "gru":
        return [w, r, b, *rest]
    rb, h = rest
    (b, bn), (rb, rbn) = (np.split(swapped(a), [-len(r)]) for a in (b, rb))
    return [swapped(w), swapped(r), np.concatenate([b + rb, bn, rbn]), h]


def outside(kind: str, dw: Any, dr: Any, db: Any) -> list[Any]:
    """The gradients of the weights and biases, with the gates as we want them."""
    if kind != "gru":
        return [dw, dr, db]
    both, dbn, drbn = np.split(db, [-2 * len(dr), -len(dr)])
    return [*map(swapped, (dw, dr, np.append(both, dbn), np.append(both, drbn)))]


def swapped(x: Any) -> Any:
    """A GRU's gates: our reset, update, new are oneDNN's update, reset, new."""
    reset, update, new = np.split(x, 3, axis=-1)
    return np.concatenate([update, reset, new], axis=-1)


@plan
def ways(
    name: str, training: bool, time: int, batch: int, features: int, hidden: int
) -> tuple[Way, Way | None]:
    """Forward and, in training, back."""
    kind = KINDS[name]
    shapes = [(1, 1, n, kind.gates, hidden) for n in (features, hidden)]
    plain, packed = (list(map(f, shapes)) for f in (layout, free))
    x, y = (layout((time, batch, n)) for n in (features, hidden))
    state, bias = layout((1, 1, batch, hidden)), layout((1, 1, kind.biases, hidden))
    last = state if kind.states > 1 else None

    def arrays(weights: list[Handle]) -> list[Any]:
        ends = [last] * kind.states
        return [x, *[state] * kind.states, *weights, *kind.absent, bias, y, *ends]

    def way(direction: str, aim: int, *args: Any, slots: Ints) -> tuple[Handle, Way]:
        operation, how = f"{kind.operation}_{direction}", (*kind.activation, LEFT_TO_RIGHT)
        description = described(operation, aim, *how, *args)
        run = Primitive(description, *slots)
        return description, Way(run, *map(Weights, (run, run), WEIGHTS, plain))

    sources, results = kind.slots(SRC, DST)
    slots = *sources, *WEIGHTS, BIAS, *results, *[WORKSPACE] * training
    own = *arrays(plain if time < SHORT else packed), 0, *kind.scales
    hint, forward = way("forward", TRAINING if training else INFERENCE, *own, slots=slots)
    if not training:
        return forward, None
    sources, results = kind.slots(DIFF_SRC, DIFF_DST)
    slots = *slots, *results, *sources, *DIFF_WEIGHTS
    own = *arrays(packed), *arrays(plain), OVERWRITE, *kind.scales, hint
    return forward, way("backward", BACKWARD, *own, slots=slots)[1]
