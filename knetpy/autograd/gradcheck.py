"""Finite differences against `grad`, to any order."""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from .containers import rebuild
from .core import diff
from .gradients import dense, grad
from .values import Param, keep_states, recording, value

__all__ = ["GradientError", "gradcheck"]

ENTRIES, DIRECTIONS = 64, 8  # all entries of a small array, some directions through a larger one
FINER = 1, 10, 100  # f may bend, or have a kink, within the first step: then a finer one is tried
SAME = 1e-6  # times the size of a gradient: how far two ways to it may be apart
DOUBLE = np.finfo(np.float64).eps

Terms = Callable[[], list[Any]]
Weights = dict[tuple[Any, ...], Any]


class GradientError(AssertionError):
    """A gradient that finite differences contradict; the message shows the worst entry.

    >>> try:
    ...     gradcheck(lambda x: x * value(x), 3.0)
    ... except GradientError as error:
    ...     print(error)
    the derivative of order 1 is wrong in 1 of 1 places; the worst is
    argument 0: numeric 6, analytic 3 (rtol=1e-06)
    """


def gradcheck(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    rtol: float | None = None,
    atol: float | None = None,
    step: float = 1e-3,
) -> bool:
    """True if the derivatives of `f(*args)` up to `order` agree with finite differences.

    Checked are the floats in `args` (arrays, numbers, containers of them) and every Param that
    `f` uses: each entry of up to 64, and 8 directions through larger arrays.  The results of `f`
    are summed with fixed weights, and a gradient of None counts as zero.  The differences are of
    five points in float64, `step` apart, and again a tenth and a hundredth of it where they
    disagree; `rtol` is 1e-6, beyond order 1 1e-4, and as wide as float32 needs.  Below the last
    order, gradients have to be the same where they are recorded themselves.

    Raises:  GradientError with the worst entry; ValueError if there is nothing to check
    Source:  AutoGrad.jl src/gradcheck.jl, gradcheck and @gcheck

    >>> gradcheck(lambda x, w: np.tanh(x @ w), np.eye(2), np.ones(2), order=2)
    True
    """
    if recording():
        raise RuntimeError("gradcheck makes tapes of its own; call it outside of diff")
    if order < 1:
        raise ValueError(f"gradcheck checks from order 1 on, got order={order}")
    leaves: dict[Any, str] = {}
    inputs = [track(x, f"argument {k}", leaves) for k, x in enumerate(args)]

    known: Weights = {}

    def terms() -> list[Any]:
        return weighted(f(*inputs), known)

    with keep_states():
        leaves |= params_used(terms, leaves)
        for n in range(1, order + 1):
            judge(compare(terms, leaves, step, n, rtol, atol), n)
            terms = slopes(terms, leaves, {})
            if n < order:
                require_same_recorded(terms, leaves, n)
    return True


def track(x: Any, name: str, leaves: dict[Any, str]) -> Any:
    """`x` with a Param for each float in it, entered into `leaves` with a name."""
    before = len(leaves)

    def param(part: Any) -> Param:
        p = part if type(part) is Param else Param(part)
        leaves[p] = name if part is x else f"{name}, float {len(leaves) - before}"
        return p

    return rebuild(x, param, leaf=is_float)


def is_float(x: Any) -> bool:
    return getattr(dtype_of(x), "kind", "") in ("f", "c")


def dtype_of(x: Any) -> Any:
    return np.dtype(type(x)) if isinstance(x, (float, complex)) else getattr(x, "dtype", None)


def params_used(terms: Terms, leaves: dict[Any, str]) -> dict[Any, str]:
    """The Params that `terms` uses beside the known `leaves`, each with a name."""
    sizes: list[int] = []

    def run() -> Any:
        results = terms()
        sizes.extend(x.size for x in results)
        return total(results)

    tape = diff(run, keep=True)
    found = {x: f"Param {k} on the tape" for k, x in enumerate(tape.params()) if x not in leaves}
    if not any(x.size for x in (*leaves, *found)):
        raise ValueError(
            "gradcheck found nothing to check: pass floats, not empty, or use a Param in f"
        )
    if not (tape.nodes and any(sizes)):
        raise ValueError(
            "gradcheck found no gradient: no float in the result of f depends on what was recorded"
        )
    return found


def weighted(y: Any, known: Weights) -> list[Any]:
    """Every float in `y` times fixed weights, so that no entry can hide behind another."""
    parts: list[Any] = []
    rebuild(y, parts.append, leaf=is_float)
    for k, part in enumerate(parts):
        key = k, getattr(part, "shape", ()), dtype_of(part)
        if key not in known:
            known[key] = wave(part, k)
        parts[k] = part * known[key]
    return parts


def wave(x: Any, k: int) -> Any:
    """Irregular numbers between 1/2 and 3/2, of the shape, dtype and device of `x`."""
    n = np.cumsum(np.ones_like(value(x), dtype=np.float64)).reshape(np.shape(value(x)))
    w = (1 + np.sin(n * n - 1 + k) / 2).astype(dtype_of(x))
    return w * (1 - 0.5j) if w.dtype.kind == "c" else w


def total(terms: list[Any]) -> Any:
    return sum(np.sum(np.real(t) if t.dtype.kind == "c" else t) for t in terms)


def slopes(terms: Terms, leaves: dict[Any, str], known: Weights) -> Terms:
    """The gradient of `terms`, weighted: what the next order differentiates."""

    def run() -> list[Any]:
        tape = diff(lambda: total(terms()))
        return weighted([dense(grad(tape, x)) for x in leaves], known)

    return run


class Place(NamedTuple):
    """An entry or a direction: both derivatives there, and how far they may be apart."""

    name: str
    numeric: float
    analytic: float
    rtol: float
    atol: float

    @property
    def excess(self) -> float:
        """The error in units of the tolerance; infinite where either side is not finite."""
        error = abs(self.numeric - self.analytic)
        allowed = self.rtol * max(abs(self.numeric), abs(self.analytic)) + self.atol
        return 0.0 if error == 0 else error / allowed if error < math.inf and allowed else math.inf


def compare(
    terms: Terms, leaves: dict[Any, str], step: float, order: int, rtol: Any, atol: Any
) -> list[Place]:
    """Both derivatives of `terms` at every place that is checked."""
    tape = diff(lambda: total(terms()), check=True)
    found = {x: gradient(tape, x, name) for x, name in leaves.items()}
    places = []
    with lifted(leaves):
        rounding = DOUBLE * magnitude(terms) / step
        for x, g in found.items():
            eps, largest = float(np.finfo(g.dtype).eps), float(np.max(np.abs(g), initial=0))
            wide = rtol or max(1e-6 if order == 1 else 1e-4, eps**0.45)
            for where, d, h in probes(x.value, step):
                along = np.real(np.conj(g) * d)
                noise = eps * max(largest, float(np.sum(np.abs(along))))
                name, slope = leaves[x] + where, float(np.sum(along))
                near = {k: 100 * (rounding * k + noise) if atol is None else atol for k in FINER}
                tries = (
                    Place(name, difference(terms, x, d, h / k), slope, wide, near[k]) for k in FINER
                )
                places.append(first_that_agrees(tries))
    return places


def first_that_agrees(tries: Iterator[Place]) -> Place:
    first = next(tries)
    return next((p for p in chain([first], tries) if p.excess <= 1), first)


def require_same_recorded(terms: Terms, leaves: dict[Any, str], order: int) -> None:
    """Raise unless the gradients are the same where they are recorded themselves.

    The next order sees only those, and a rule may have a way of its own for plain arrays.
    """
    with lifted(leaves):
        size, recorded, alone = magnitude(terms), measure(terms), float(value(total(terms())))
    if not abs(recorded - alone) <= SAME * (1 + size):
        raise GradientError(
            f"the derivative of order {order} is another one where it is recorded itself: "
            f"its weighted sum is then {recorded:.10g}, otherwise {alone:.10g}"
        )


def gradient(tape: Any, x: Any, name: str) -> Any:
    """The gradient as an array; zeros where there is none."""
    g = dense(grad(tape, x))
    if g is None:
        return np.zeros_like(x.value)
    if (g.shape, g.dtype) != (x.shape, x.dtype):
        raise GradientError(
            f"the gradient of {name} has shape {g.shape} and dtype {g.dtype}, "
            f"but {name} has shape {x.shape} and dtype {x.dtype}"
        )
    return g


@contextmanager
def lifted(leaves: Iterable[Any]) -> Iterator[None]:
    """The leaves in float64 (complex128) while inside, and their own arrays again afterwards."""
    before = {x: x.value for x in leaves}
    try:
        for x, start in before.items():
            x.value = start.astype(np.result_type(start.dtype, np.float64))
        yield
    finally:
        for x, start in before.items():
            x.value = start


def measure(terms: Terms) -> float:
    """The sum of the terms, under `diff` although nothing is differentiated: f may ask."""
    return float(value(diff(lambda: value(total(terms())))))


def magnitude(terms: Terms) -> float:
    """The size of what cancels in a difference; makes sure that there is nothing random in it."""
    sizes = []

    def run() -> Any:
        found = terms()
        sizes.append(sum(float(np.sum(np.abs(value(t)))) for t in found))
        return value(total(found))

    if (first := float(value(diff(run)))) != measure(terms) and first == first:
        raise ValueError("gradcheck: f gives another value every time; fix its random numbers")
    return sizes[0]


def probes(x: Any, step: float) -> Iterator[tuple[str, Any, float]]:
    """Where to look: (its name, a direction, a step along it)."""
    if x.size > ENTRIES:
        for k in range(DIRECTIONS):
            yield f" along direction {k}", wave(x, k) * np.maximum(1, np.abs(x)), step
        return
    for index in np.ndindex(x.shape):
        h = step * max(1.0, abs(x[index].item()))
        for unit in (1, 1j) if x.dtype.kind == "c" else (1,):
            d = np.zeros_like(x, order="C")
            d[index] = unit
            yield f"{list(index)}" * bool(index) + " imaginary" * (unit == 1j), d, h


def difference(terms: Terms, x: Any, d: Any, h: float) -> float:
    """The slope along `d`: five points, whose error falls with the fourth power of `h`."""
    start, at = x.value, {}
    for k in (-2, -1, 1, 2):
        x.value = start.copy(order="K")
        x.value += k * h * d
        at[k] = measure(terms)
    x.value = start
    return (8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * h)


def judge(places: list[Place], order: int) -> None:
    """Raise GradientError, with the worst place, if any is beyond its tolerance."""
    wrong = [p for p in places if p.excess > 1]
    if wrong:
        worst = max(wrong, key=lambda p: p.excess)
        raise GradientError(
            f"the derivative of order {order} is wrong in {len(wrong)} of {len(places)} places; "
            f"the worst is\n{worst.name}: numeric {worst.numeric:.10g}, "
            f"analytic {worst.analytic:.10g} (rtol={worst.rtol:.2g})"
        )
