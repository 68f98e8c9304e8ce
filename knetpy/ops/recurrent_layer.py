"""A recurrent layer in one direction: one node on the tape, whatever the number of times."""

from typing import Any

import numpy as np

import knetpy.kernels as kernels
from knetpy.autograd import primitive, recording
from knetpy.autograd.derivatives import vjp
from knetpy.autograd.values import Array

from .linear import linear
from .recurrent_cells import Cell

__all__ = ["Pass", "layer"]


class Pass:
    """One pass through a layer, and its way back.

    Arrays are x, w, r, the biases, then the first state.  The rule of the layer asks for one
    gradient after the other; what they share is computed with the first.
    """

    def __init__(self, cell: Cell, ended: Any) -> None:
        self.cell, self.ended, self.training = cell, ended, recording()
        self.dy: Any = None
        self.parts: dict[int, Any] = {}
        self.recorded_dy: Any = None

    def forward(self, *arrays: Any) -> Any:
        x, *rest = of_one_dtype(arrays)
        kind = self.cell.kind
        states, self.back = kernels.recurrent(x, kind, self.ended, self.training, *rest)
        return states

    def gradient(self, k: int, dy: Any, arrays: tuple[Any, ...]) -> Any:
        if any(isinstance(x, Array) for x in (dy, *arrays)):
            if self.recorded_dy is not dy:
                self.recorded_dy, self.recorded = dy, vjp(self.step_by_step, *arrays)[1](dy)
            return self.recorded[k]
        if self.dy is not dy or k not in self.parts:  # each is handed out once
            self.dy, self.parts = dy, dict(enumerate(self.back(dy)))
        return self.parts.pop(k)()

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
    rules=[lambda k, dy, y, *arrays, run: run.gradient(k, dy, arrays)],
    spread=lambda *arrays, run: (arrays, {"run": run}),
    broadcast=False,
)
def layer(*arrays: Any, run: Pass) -> Any:
    """The states of all times: h_0 ... h_T, then c_T of an LSTM."""
    return run.forward(*arrays)


def of_one_dtype(arrays: tuple[Any, ...]) -> list[Any]:
    dtype = np.result_type(*(x.dtype for x in arrays))
    return [x.astype(dtype, copy=False) for x in arrays]
