"""What all optimizers share: the step over many Params, and a state for each of them."""

import math
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import knetpy.tracing as tracing
from knetpy.arrays import device
from knetpy.autograd import Param, Sparse, recording
from knetpy.kernels.native import fits
from knetpy.kernels.native_library import library

__all__ = ["Optimizer"]

limits = {"lr": math.inf, "eps": math.inf, "momentum": 1.0, "beta1": 1.0, "beta2": 1.0}


class Optimizer:
    """A base for update rules; a rule is a dataclass with two methods that know one Param.

    `init(w)` makes the state of `w` before its first step.  `apply(w, g, state)` updates `w` in
    place and returns its next state.  States are kept on the optimizer, in the dict `slots`.
    The fields may be changed between steps, as a schedule does with `lr`.

    >>> import numpy as np
    >>> class SignDescent(Optimizer):
    ...     def apply(self, w, g, state):
    ...         w -= 0.5 * np.sign(g)
    >>> w = Param([3.0, -4.0])
    >>> SignDescent().step([w], [np.array([0.1, -8.0])])
    >>> w
    P([ 2.5 -3.5])
    """

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]
            name, x, limit = field.name, getattr(self, field.name), limits.get(field.name)
            if limit is not None and not 0 <= x < limit:
                raise ValueError(
                    f"{type(self).__name__} needs 0 <= {name} < {limit}, got {name}={x}"
                )

    def init(self, w: Param) -> Any:
        return None

    def apply(self, w: Param, g: Any, state: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method apply(w, g, state)")

    def step(self, params: Iterable[Param], grads: Iterable[Any]) -> None:
        """Update each Param in place by its gradient; one whose gradient is None stays.

        Raises:  TypeError or ValueError, before anything is changed, if a gradient does not fit

        >>> import numpy as np
        >>> from knetpy.optim import SGD
        >>> w = Param([1.0, 2.0])
        >>> SGD(lr=0.5).step([w], [np.array([1.0, 1.0])])
        >>> w
        P([0.5 1.5])
        """
        if tracing.active and (trace := tracing.tracer.get()) is not None:
            trace.call(Optimizer.step, (self, params, grads), {}, pure=False, changes=True)
            return
        pairs = [(w, g) for w, g in zip(params, grads, strict=True) if g is not None]
        for w, g in pairs:
            require_fit(w, g)
        if recording():
            raise TypeError("Params cannot be updated while diff records; take the step after it")
        slots = self.__dict__.setdefault("slots", {})
        for w, _ in pairs:
            if w not in slots:
                slots[w] = self.init(w)
        for w, g in compiled(self, pairs, slots):
            slots[w] = self.apply(w, g, slots[w])


def compiled(rule: Any, pairs: Any, slots: dict[Param, Any]) -> Any:
    """Update what native code can, all at once; the pairs that are left to `apply`."""
    if "at_once" not in vars(type(rule)) or not library():  # a subclass has its own formula
        return pairs
    rows, ours, left = [], [], []
    for w, g in pairs:
        row = rule.row(w.value, g, slots[w])
        if all(map(fits, row)):
            rows.append(row)
            ours.append(w)
        else:
            left.append((w, g))
    states = rule.at_once(rows, [slots[w] for w in ours]) if ours else ()
    for w, state in zip(ours, states, strict=True):
        slots[w] = state
        w.version += 1
    return left


def require_fit(w: Any, g: Any) -> None:
    if type(w) is not Param:
        raise TypeError(f"an optimizer updates Params, got a {type(w).__name__}")
    if getattr(g, "shape", None) != w.value.shape:
        raise ValueError(
            f"expected a gradient of the Param's shape {w.value.shape}, got "
            f"{getattr(g, 'shape', type(g).__name__)}; take it from grad(tape, w)"
        )
    if not getattr(w.value.flags, "writeable", True):
        raise ValueError(
            f"the Param of shape {w.value.shape} is read-only and cannot be updated in place; "
            "make it of a copy: Param(np.array(x))"
        )
    if type(g) is not type(w.value) and type(g) is not Sparse and device(g) != device(w.value):
        raise TypeError(
            f"the Param is on {device(w.value)}, its gradient on {device(g)}; "
            "move the model before diff with to_cpu or to_gpu"
        )
