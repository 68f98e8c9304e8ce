"""A recurrent layer in one direction: one node on the tape, whatever the number of times."""

from typing import Any

import numpy as np

from knetpy.autograd import primitive
from knetpy.autograd.derivatives import vjp
from knetpy.autograd.values import Array
from knetpy.kernels.onednn_matmul import matmul

from .linear import linear
from .recurrent_cells import Cell, Deltas

__all__ = ["Pass", "layer"]


class Pass:
    """One pass through a layer, and what it keeps for the way back.

    Arrays are x, w, r, the biases, then the first state.  The rule of the layer asks for one
    gradient after the other; what they share is computed with the first.
    """

    def __init__(self, cell: Cell, ended: Any) -> None:
        self.cell, self.ended = cell, ended
        self.dy: Any = None
        self.recorded_dy: Any = None

    def forward(self, *arrays: Any) -> Any:
        states, self.kept = self.cell.forward(self.ended, *of_one_dtype(arrays))
        return states

    def gradient(self, k: int, dy: Any, states: Any, arrays: tuple[Any, ...]) -> Any:
        if any(isinstance(x, Array) for x in (dy, *arrays)):
            if self.recorded_dy is not dy:
                self.recorded_dy, self.parts = dy, vjp(self.step_by_step, *arrays)[1](dy)
            return self.parts[k]
        x, w, r, *_ = of_one_dtype(arrays)
        if self.dy is not dy:
            self.dy, self.deltas = dy, self.cell.backward(dy, states, self.kept, r, self.ended)
        return self.part(k, self.deltas, states, x, w)

    def part(self, k: int, deltas: Deltas, states: Any, x: Any, w: Any) -> Any:
        dz, da = deltas.z.reshape(-1, w.shape[1]), deltas.a.reshape(-1, w.shape[1])
        if k == 0:
            return matmul(dz, w.T).reshape(x.shape)
        if k == 1:
            return matmul(x.reshape(-1, x.shape[2]).T, dz)
        if k == 2:
            return matmul(states[: len(x)].reshape(-1, states.shape[2]).T, da)
        if k < 3 + self.cell.biases:
            return (da if k == 4 else dz).sum(axis=0)
        return deltas.start[k - 3 - self.cell.biases].copy()

    def step_by_step(self, x: Any, w: Any, r: Any, *rest: Any) -> Any:
        """The same states by recorded operations, for gradients of gradients."""
        biases, state = rest[: self.cell.biases], rest[self.cell.biases :]
        z = linear(x, w, biases[0])
        states = [state[0]]
        for t in range(len(x)):
            new = self.cell.step(z[t], state, r, *biases[1:])
            if self.ended is not None:
                new = tuple(np.where(self.ended[t], *pair) for pair in zip(state, new, strict=True))
            state = new
            states.append(state[0])
        return np.stack([*states, *state[1:]])


@primitive(
    rules=[lambda k, dy, y, *arrays, run: run.gradient(k, dy, y, arrays)],
    spread=lambda *arrays, run: (arrays, {"run": run}),
    broadcast=False,
)
def layer(*arrays: Any, run: Pass) -> Any:
    """The states of all times: h_0 ... h_T, then c_T of an LSTM."""
    return run.forward(*arrays)


def of_one_dtype(arrays: tuple[Any, ...]) -> list[Any]:
    dtype = np.result_type(*(x.dtype for x in arrays))
    return [x.astype(dtype, copy=False) for x in arrays]
