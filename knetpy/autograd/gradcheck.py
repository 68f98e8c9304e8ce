"""Finite differences against `grad`, to any order."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .containers import rebuild
from .core import Tape, diff
from .dispatch import live
from .gradients import grad
from .sparse import Sparse
from .values import Array, Param, keep_states, recording, value

__all__ = ["GradientError", "gradcheck"]

EVERY, DIRECTIONS = 64, 8  # every entry of small arrays, so many directions through larger ones


class GradientError(AssertionError):
    """A gradient that differs from the finite differences; the message shows the worst entry.

    >>> try:
    ...     gradcheck(lambda x: x * value(x), 3.0)
    ... except GradientError as error:
    ...     print(str(error).splitlines()[0])
    gradcheck: the gradient of order 1 is wrong in 1 of 1 entries
    """


def gradcheck(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    rtol: float | None = None,
    atol: float | None = None,
    step: float = 1e-3,
) -> bool:
    """True, if the gradients of `f(*args)` up to `order` agree with finite differences.

    Checked are all floats in `args` (arrays, numbers, containers of them) and all Params that
    `f` uses: every entry up to 64, and 8 directions through larger arrays.  What `f` returns is
    summed with fixed weights; a gradient of None counts as zero.  The differences are of five
    points and in float64; `rtol` is 1e-6, from the second order on 1e-4, and wider for float32.

    Raises:  GradientError that shows the worst entry; ValueError if there is nothing to check
    Source:  AutoGrad.jl src/gradcheck.jl, gradcheck and @gcheck

    >>> gradcheck(lambda x, w: np.tanh(x @ w), np.eye(2), {"w": 1.0}["w"] * np.ones(2), order=2)
    True
    """
    if recording():
        raise RuntimeError("gradcheck runs diff many times; call it outside of diff")
    leaves: dict[Param, str] = {}
    inputs = [track(x, f"argument {k}", leaves) for k, x in enumerate(args)]

    def terms() -> list[Any]:
        return weighted(f(*inputs))

    with keep_states():
        leaves |= params_used(terms, leaves)
        for n in range(1, order + 1):
            compare(terms, leaves, n, rtol, atol, step)
            terms = slopes(terms, leaves)
    return True


def track(x: Any, name: str, leaves: dict[Param, str]) -> Any:
    """`x` with a Param for every float in it, which is entered into `leaves` with its name."""

    def param(part: Any) -> Param:
        p = part if type(part) is Param else Param(part)
        leaves[p] = name if x is part else f"{name}, float {len(leaves) - before}"
        return p

    before = len(leaves)
    return rebuild(x, param, leaf=is_float)


def is_float(x: Any) -> bool:
    return isinstance(x, (float, complex)) or getattr(getattr(x, "dtype", 0), "kind", "") in "fc"


def params_used(terms: Callable[[], list[Any]], leaves: dict[Param, str]) -> dict[Param, str]:
    """The Params on the tape beside the known `leaves`, each with a name."""
    recorded = False

    def run() -> Any:
        nonlocal recorded
        found = terms()
        recorded = any(map(live, found))
        return total(found)

    used = diff(run).params()
    found = {x: f"Param {k} on the tape" for k, x in enumerate(used) if x not in leaves}
    if not (leaves or found):
        raise ValueError(
            "gradcheck found nothing to check: pass float arrays or numbers, or use a Param in f"
        )
    if not recorded:
        raise ValueError(
            "gradcheck: the result of f depends on nothing that diff recorded, so it has no gradient"
        )
    return found


def weighted(y: Any) -> list[Any]:
    """Every float in `y` times fixed weights between 1/2 and 3/2, so that no entry can hide."""
    parts: list[Any] = []
    rebuild(y, parts.append, leaf=is_float)
    return [part * wave(value(part), k) for k, part in enumerate(parts)]


def wave(x: Any, k: int) -> Any:
    """Irregular numbers between 1/2 and 3/2 of the shape, dtype and device of `x`."""
    n = np.cumsum(np.ones_like(x, dtype=np.float64)).reshape(np.shape(x))
    w = 1 + np.sin(n * n + k) / 2
    return w.astype(x.dtype) * (1 - 0.5j) if x.dtype.kind == "c" else w.astype(x.dtype)


def total(terms: list[Any]) -> Any:
    return sum(np.sum(np.real(t) if t.dtype.kind == "c" else t) for t in terms)


def slopes(terms: Callable[[], list[Any]], leaves: dict[Param, str]) -> Callable[[], list[Any]]:
    """The gradient of `terms`, weighted: what the next order is the gradient of."""

    def run() -> list[Any]:
        tape = diff(lambda: total(terms()))
        return weighted([g for x in leaves if (g := dense(grad(tape, x))) is not None])

    return run
