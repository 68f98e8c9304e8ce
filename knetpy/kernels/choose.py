"""The one place where a kernel is chosen.

A family of kernels is a module with functions of these names, and `takes(name, x)`, which says
from the type, dtype and shape of its first array whether it is good at that call.
"""

from collections.abc import Callable
from typing import Any

import knetpy.tracing as tracing

from . import native, onednn, reference

__all__ = ["chosen", "families"]

WRITERS = {"bias_relu"}  # into their first array
families: list[Any] = [native, onednn, reference]  # the best first; the last takes everything


def chosen(name: str) -> Callable[..., Any]:
    """The operation `name`, computed by the first family that takes its first array."""

    def run(x: Any, *args: Any) -> Any:
        if tracing.active and (trace := tracing.tracer.get()) is not None:
            return trace.kernel(run, (x, *args), writes=name in WRITERS)
        for family in families:
            if family.takes(name, x):
                return getattr(family, name)(x, *args)
        raise AssertionError("the last family takes everything")

    run.__name__ = run.__qualname__ = name
    run.__doc__ = getattr(reference, name).__doc__
    return run
