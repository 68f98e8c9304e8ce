"""Training loops: `minimize` yields the losses one by one, `train` runs whole epochs with a bar."""

import math
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean
from typing import Any

from knetpy.autograd import diff
from knetpy.optim import Optimizer
from knetpy.program.compiled import Compiled
from knetpy.tracing import whole

__all__ = ["History", "minimize", "train"]

Loss = Callable[..., Any]


class minimize:
    """An iterator over the losses of one pass; each `next` trains on one more batch.

    It runs `loss(*batch)` under `diff`, updates the Params that took part, and yields the loss
    from before that update.  A batch is a tuple or list; anything else is the one argument.
    `optimizer` has `step(params, grads)`, or `init(w)` and `apply(w, g, state)`.  A loss of NaN
    is yielded like any other: what shall happen then is for the loop to say.  With `compile` the
    whole step becomes a program (see knetpy.compile), which is faster where arrays are small.

    Source:  Knet.jl train20/train.jl, minimize

    >>> import numpy as np
    >>> from knetpy.autograd import Param
    >>> from knetpy.optim import SGD
    >>> w = Param(0.0)
    >>> [float(loss) for loss in minimize(lambda x: (w - x) ** 2, [(1.0,), (1.0,)], SGD(lr=0.25))]
    [1.0, 0.25]
    """

    def __init__(
        self, loss: Loss, batches: Iterable[Any], optimizer: Any, *, compile: bool = False
    ) -> None:
        self.loss, self.batches, self.step = loss, batches, stepper(optimizer)
        self.waiting = iter(batches)
        self.program: Any = None
        if compile:
            self.program = Compiled(lambda *batch: next(minimize(loss, [batch], optimizer)))

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        batch = next(self.waiting)
        args = batch if isinstance(batch, (tuple, list)) else (batch,)
        if self.program:
            return self.program(*args)
        tape = diff(self.loss, *args)
        params = tape.params()
        self.step(params, map(tape.gradients.get, params))
        return tape.value

    def __len__(self) -> int:
        """The number of batches in the whole pass, for progress bars."""
        return len(self.batches)  # type: ignore[arg-type]


@dataclass
class History:
    """What `train` saw: the loss of each step, and the mean over the steps of each epoch.

    >>> History([0.5, 0.25, 0.125, 0.125], [0.375, 0.125])
    History of 2 epochs, 4 steps; mean loss 0.375 in the first epoch, 0.125 in the last
    """

    losses: list[float] = field(default_factory=list)
    means: list[float] = field(default_factory=list)

    def __repr__(self) -> str:
        text = f"History of {len(self.means)} epochs, {len(self.losses)} steps"
        if not self.means:
            return text
        return (
            f"{text}; mean loss {self.means[0]:.4g} in the first epoch, "
            f"{self.means[-1]:.4g} in the last"
        )


def train(
    loss: Loss,
    batches: Iterable[Any],
    optimizer: Any,
    epochs: int = 1,
    *,
    progress: bool = True,
    compile: bool = False,
) -> History:
    """The History of `epochs` passes of `minimize` over the batches, each with a progress bar.

    `progress=False` shows no bar, `compile=True` makes programs of the steps.  When a loss is NaN
    or infinite, training goes on, with one warning that tells the step.

    Raises:  ValueError for batches that are empty, or that cannot be looped over once more

    >>> from knetpy.autograd import Param
    >>> from knetpy.optim import SGD
    >>> w = Param(0.0)
    >>> train(lambda x: (w - x) ** 2, [(1.0,)], SGD(lr=0.25), epochs=3, progress=False).means
    [1.0, 0.25, 0.0625]
    """
    if epochs > 1 and isinstance(batches, Iterator):
        raise ValueError(
            f"{epochs} epochs need batches that can be looped over again, got an iterator; "
            "pass a minibatch or a list"
        )
    history = History()
    losses = minimize(loss, batches, optimizer, compile=compile)
    for epoch in range(1, epochs + 1):
        losses.waiting = iter(batches)
        with bar(batches, f"epoch {epoch}/{epochs}", progress) as shown:
            run_epoch(losses, history, shown)
    return history


def run_epoch(losses: minimize, history: History, shown: Any) -> None:
    start = len(history.losses)
    finite = all(map(math.isfinite, history.means))
    for loss in losses:
        history.losses.append(number := float(loss))
        if finite and not (finite := math.isfinite(number)):
            warn(number, len(history.losses))
        shown.set_postfix_str(f"loss {number:.4g}", refresh=False)
        shown.update()
    if len(history.losses) == start:
        raise ValueError("train found no batches to loop over")
    history.means.append(fmean(history.losses[start:]))
    shown.set_postfix_str(f"mean loss {history.means[-1]:.4g}")


def bar(batches: Iterable[Any], name: str, progress: bool) -> Any:
    """A tqdm bar; leaving its `with` block closes it, whatever happened."""
    from tqdm.auto import tqdm

    return tqdm(
        desc=name,
        total=len(batches) if isinstance(batches, Sized) else None,
        unit="step",
        mininterval=0.1 if sys.stderr.isatty() or "ipykernel" in sys.modules else 10,  # or a log
        dynamic_ncols=True,
        disable=not progress,
    )


def warn(loss: float, step: int) -> None:
    warnings.warn(
        f"the loss is {loss} at step {step}, and training goes on; a smaller lr may help",
        RuntimeWarning,
        stacklevel=4,
    )


def stepper(optimizer: Any) -> Callable[..., None]:
    """The optimizer's own `step`, or the usual one made of its `init` and `apply`."""
    if hasattr(optimizer, "step"):
        ours = isinstance(optimizer, Optimizer)  # which is a whole step of programs by itself
        return optimizer.step if ours else whole(optimizer.step, changes=True)  # type: ignore
    if hasattr(optimizer, "init") and hasattr(optimizer, "apply"):
        return partial(Optimizer.step, optimizer)
    raise TypeError(
        f"an optimizer has step(params, grads), or init(w) and apply(w, g, state), "
        f"got {optimizer!r}; write SGD(lr=0.1), for instance"
    )
