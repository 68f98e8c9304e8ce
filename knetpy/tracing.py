"""Whether a function is being compiled here, and what its program takes as one step.

It lies below everything else.  Random numbers, kernels and optimizers ask `tracer` (while `active`
says that somebody traces), and hand themselves over to the trace that they find there.
"""

from contextvars import ContextVar
from functools import partial, wraps
from typing import Any

__all__ = ["tracer", "whole"]

tracer: ContextVar[Any] = ContextVar("tracer", default=None)
active = 0  # traces in all threads: while there are none, nobody has to look for his own


def whole(f: Any = None, *, changes: bool = False) -> Any:
    """`f` as one step of a program, which calls it anew each time, whatever it does inside.

    `changes` says that it writes into what it is given.

    >>> @whole
    ... def draw(): return 4
    >>> draw()
    4
    """
    if f is None:
        return partial(whole, changes=changes)

    @wraps(f)
    def run(*args: Any, **options: Any) -> Any:
        if active and (trace := tracer.get()) is not None:
            return trace.call(run, args, options, pure=False, changes=changes)
        return f(*args, **options)

    return run
