"""The update rules, each from its paper; `g` is the gradient, and lr the step size."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from knetpy.autograd import Param, value
from knetpy.autograd.gradients import dense
from knetpy.kernels import native

from .optimizer import Optimizer

__all__ = ["SGD", "Adam", "Momentum"]


@dataclass
class SGD(Optimizer):
    """Stochastic gradient descent.  A Sparse gradient stays sparse: only its rows are updated.

        w -= lr * g

    Source:  Robbins and Monro 1951; Knet.jl train20/update.jl

    >>> w = Param([1.0, 2.0])
    >>> SGD(lr=0.1).step([w], [np.array([10.0, 0.0])])
    >>> w
    P([0. 2.])
    """

    lr: float = 0.1

    def apply(self, w: Param, g: Any, state: Any) -> None:
        w -= self.lr * g

    def row(self, w: Any, g: Any, state: Any) -> Any:
        return w, g

    def at_once(self, rows: Any, states: Any) -> Any:
        native.sgd(rows, self.lr)
        return states


@dataclass
class Momentum(Optimizer):
    """Gradient descent with a velocity, which starts at 0; a Sparse gradient is made dense.

        v = momentum * v - lr * g
        w += v

    Source:  Qian 1999; Knet.jl train20/update.jl (there momentum is called gamma)

    >>> w, momentum = Param([1.0, 2.0]), Momentum(lr=0.1, momentum=0.5)
    >>> for _ in range(2):
    ...     momentum.step([w], [np.array([1.0, 0.0])])
    >>> w
    P([0.75 2.  ])
    """

    lr: float = 0.05
    momentum: float = 0.95

    def init(self, w: Param) -> Any:
        return np.zeros_like(w)

    def apply(self, w: Param, g: Any, state: Any) -> Any:
        v = state
        v *= self.momentum
        v -= self.lr * dense(g)
        w += v
        return v

    def row(self, w: Any, g: Any, state: Any) -> Any:
        return w, dense(g), state

    def at_once(self, rows: Any, states: Any) -> Any:
        native.momentum(rows, self.lr, self.momentum)
        return states


@dataclass
class Adam(Optimizer):
    """Steps by the mean of the gradients over their root mean square, both moving and unbiased.

        m = beta1 * m + (1 - beta1) * g,       mhat = m / (1 - beta1**t)
        v = beta2 * v + (1 - beta2) * |g|**2,  vhat = v / (1 - beta2**t)
        w -= lr * mhat / (sqrt(vhat) + eps)

    `t` counts the steps of each Param from 1.  A Sparse gradient is made dense, for the means of
    every row move.
    Source:  Kingma and Ba 2015, algorithm 1, with the rearrangement at the end of section 2

    >>> w = Param([1.0, 2.0])
    >>> Adam(lr=0.1).step([w], [np.array([5.0, -0.01])])
    >>> w
    P([0.9       2.0999999])
    """

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def init(self, w: Param) -> Any:
        return np.zeros_like(w), np.zeros_like(np.real(value(w))), 0

    def apply(self, w: Param, g: Any, state: Any) -> Any:
        m, v, t = state
        g, t = dense(g), t + 1
        step = np.empty_like(m)  # the one temporary array; every line below works in place
        np.multiply(g, 1 - self.beta1, out=step)
        m *= self.beta1
        m += step
        root = step.real  # the same memory, unless g is complex
        np.absolute(g, out=root)
        root *= root
        root *= 1 - self.beta2
        v *= self.beta2
        v += root
        rate, floor = self.rates(t)
        np.sqrt(v, out=root)
        root += floor
        np.divide(m, root, out=step)
        step *= rate
        w -= step
        return m, v, t

    def row(self, w: Any, g: Any, state: Any) -> Any:
        return w, dense(g), *state[:2]

    def at_once(self, rows: Any, states: Any) -> Any:
        states = [(m, v, t + 1) for m, v, t in states]
        known = {t: self.rates(t) for t in {t for _, _, t in states}}
        rates = [known[t] for _, _, t in states]
        native.adam(rows, self.beta1, self.beta2, *zip(*rates, strict=True))
        return states

    def rates(self, t: int) -> tuple[float, float]:
        """`lr` and `eps` of step `t` with the biases of both means taken out."""
        unbias = math.sqrt(1 - self.beta2**t)
        return self.lr * unbias / (1 - self.beta1**t), self.eps * unbias
