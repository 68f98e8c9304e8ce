"""Params and States whose arrays are read, set and counted under the eyes of a trace."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import knetpy.tracing as tracing
from knetpy.autograd import Param, State
from knetpy.autograd.values import Valued
from knetpy.tracing import tracer

from .trace import Trace
from .traced import CannotCompile

__all__ = ["watched"]

VALUE: Any = vars(Valued)["value"]
VERSIONS: dict[type, Any] = {kind: vars(kind)["version"] for kind in (Param, State)}
counting = threading.Lock()


@contextmanager
def watched(trace: Trace) -> Iterator[None]:
    """Inside, whoever reads or sets the array of a Param or State in this context meets `trace`."""
    token = tracer.set(trace)
    watch(1)
    try:
        yield
    finally:
        watch(-1)
        tracer.reset(token)


def watch(by: int) -> None:
    """Put properties before the slots while any thread traces: so nothing is slower without."""
    with counting:
        tracing.active += by
        for kind, version in VERSIONS.items():
            if tracing.active:
                kind.value = property(read, write)  # type: ignore[attr-defined]
                counted = property(version.__get__, counter(version))
                kind.version = counted  # type: ignore[attr-defined]
            elif "value" in vars(kind):
                del kind.value  # type: ignore[attr-defined]
                kind.version = version  # type: ignore[attr-defined]


def read(x: Any) -> Any:
    held, trace = VALUE.__get__(x), tracer.get()
    return held if trace is None or held is None else trace.param(x, held)


def write(x: Any, new: Any) -> None:
    trace = tracer.get()
    if trace is None:
        VALUE.__set__(x, new)
    elif id(x) in trace.born or is_new(x):
        VALUE.__set__(x, trace.bear(x, new))
    elif VALUE.__get__(x) is not None:
        trace.assign(x, new)
    else:
        raise CannotCompile(
            f"a {type(x).__name__} is shaped inside a compiled function; call the model once before"
        )


def is_new(x: Any) -> bool:
    """Whether a Param or State is just being made."""
    try:
        VALUE.__get__(x)
    except AttributeError:
        return True
    return False


def counter(version: Any) -> Any:
    """Sets a version, and lets the program raise it as much."""

    def count(x: Any, new: int) -> None:
        trace = tracer.get()
        if trace is not None and x in trace.now and id(x) not in trace.born:
            trace.raised[x] = trace.raised.get(x, 0) + new - version.__get__(x)
        version.__set__(x, new)

    return count
