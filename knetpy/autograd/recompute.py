"""Forget what a function computed inside, and compute it again on the way back."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import wraps
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np

from .containers import rebuild
from .core import Recording
from .derivatives import Recorded
from .gradients import is_leaf, track
from .primitive import primitive
from .values import Param, Result, current, keep_states, recorder, value

__all__ = ["random_sources", "recompute"]

# Each gives a function whose contexts repeat the random numbers that are drawn from now on.
random_sources: list[Callable[[], Callable[[], AbstractContextManager[None]]]] = []

SLOT = object()  # stands where an argument is recorded


def recompute(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function `f` with a tape that holds its arguments and result, and nothing in between.

    On the way back `f` runs again with the same random numbers: memory is bought with time.
    States are not updated then.  Arguments and results may be nested lists, tuples and dicts;
    Params that `f` uses get their gradients as ever.

    Raises:  RuntimeError if `f` uses a Result that it was not passed
    Source:  Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost

    >>> from knetpy.autograd import grad
    >>> grad(recompute(lambda x: np.sin(np.exp(x))))(0.0).round(4)
    np.float64(0.5403)
    """

    @wraps(f)
    def remembered(*args: Any, **kwargs: Any) -> Any:
        active = recorder()
        if active is None:
            return f(*args, **kwargs)
        inputs: list[Any] = []

        def slot(x: Any) -> Any:
            inputs.append(x)
            return SLOT

        run = Run(f, rebuild((args, kwargs), slot, leaf=is_leaf))
        y, mine = run.forgetting(inputs, active)
        if not run.shapes:
            return y
        outputs = iter(run.parts(computed_again(*inputs, *run.used, run=run)))
        return rebuild(y, lambda _: next(outputs), leaf=mine)

    return remembered


class Run:
    """One call of `f`: what it takes to make it again."""

    def __init__(self, f: Callable[..., Any], call: Any) -> None:
        self.f, self.call = f, call
        self.replays = [source() for source in random_sources]
        self.dy: Any = None

    def again(self, *arrays: Any) -> Any:
        found = iter(arrays)
        args, kwargs = rebuild(self.call, lambda _: next(found), leaf=lambda x: x is SLOT)
        return self.f(*args, **kwargs)

    def forgetting(self, inputs: list[Any], active: Recording) -> tuple[Any, Any]:
        """The result of `f` on plain values, and what tells which parts of it depend on them."""
        forgetful = Forgetful(active)
        token = current.set(forgetful)
        try:
            y = self.again(*(track(value(x), []) for x in inputs))
        finally:
            current.reset(token)
            self.used = [x for x in forgetful.leaves if type(x) is Param]
            forgetful.close()

        def mine(r: Any) -> bool:
            return type(r) is Result and r.recording is forgetful

        ys: list[Any] = []
        rebuild(y, ys.append, leaf=mine)
        self.shapes = [(r.value.shape, r.value.dtype) for r in ys]
        flat = [r.value if len(ys) == 1 else r.value.reshape(-1) for r in ys]
        self.value = np.concatenate(flat) if len(ys) > 1 else flat[0] if flat else None
        return y, mine

    def parts(self, flat: Any) -> list[Any]:
        """The outputs, or the gradients of them, out of the one array that the tape knows."""
        if len(self.shapes) == 1:
            return [flat]
        ends = accumulate(prod(shape) for shape, _ in self.shapes)
        return [
            part(flat[end - prod(shape) : end] if shape else flat[end - 1], shape, dtype)
            for end, (shape, dtype) in zip(ends, self.shapes, strict=True)
        ]

    def gradients(self, dy: Any, arrays: Any) -> list[Any]:
        """Of the arguments and the Params used; remembered, for each is asked for by itself."""
        if self.dy is not dy:
            with ExitStack() as stack:
                for context in (keep_states, *self.replays):
                    stack.enter_context(context())
                run = Recorded(self.again, arrays[: len(arrays) - len(self.used)])
            parts = iter(self.parts(dy))
            grads = run.walk_back([next(parts) if run.mine(r) else None for r in run.outputs])
            leaves = map(run.leaves.get, [*run.keys, *self.used])
            self.dy, self.found = dy, [None if x is None else grads[x.index] for x in leaves]
        return self.found


class Forgetful(Recording):
    """A recording of plain values that counts its nodes but keeps none."""

    __slots__ = ()

    def __init__(self, active: Recording) -> None:
        super().__init__(None, check=False)
        nodes = self.nodes
        self.append = self.quick = lambda node: nodes.append(None)
        self.updated = active.outermost().updated


def part(x: Any, shape: Any, dtype: Any) -> Any:
    x = x.reshape(shape) if shape else x
    x = x.real if x.dtype.kind == "c" != dtype.kind else x
    return x if x.dtype == dtype else x.astype(dtype)


@primitive(
    rules=[lambda i, dy, y, *arrays, run: run.gradients(dy, arrays)[i]],
    spread=lambda *arrays, run: (arrays, {"run": run}),
    broadcast=False,
)
def computed_again(*arrays: Any, run: Run) -> Any:
    """What `f` gave on its first run; the rule makes the second one."""
    return run.value
