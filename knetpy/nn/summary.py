"""What a model does with an input: layers, shapes, and the memory that it takes."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from knetpy.arrays import replay
from knetpy.autograd import Param, Sparse, keep_states, recording, value
from knetpy.autograd.containers import attributes
from knetpy.autograd.derivatives import Recorded
from knetpy.autograd.params import walk

from .layer import Layer, names_between

__all__ = ["Summary", "summary"]


@dataclass
class Row:
    """A layer that was called: how deep, as what, what came out, its own Params."""

    layer: Any
    depth: int
    text: str
    output: str = ""
    params: int = 0


@dataclass(repr=False)
class Summary:
    """A table of what was called, one Row each, and totals in numbers and in bytes; prints as text.

    >>> Summary([], 10, 40, 40, 128)
    10 parameters of 40 B, gradients 40 B, tape 128 B
    """

    rows: list[Row]
    params: int
    param_bytes: int
    gradient_bytes: int
    tape_bytes: int

    def __repr__(self) -> str:
        cells = [("layer", "output", "parameters")] if self.rows else []
        for row in self.rows:
            text = "  " * row.depth + row.text
            cells.append((text, row.output, f"{row.params:,}" if row.params else ""))
        wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [f"{a:{wide[0]}}  {b:{wide[1]}}  {c:>{wide[2]}}".rstrip() for a, b, c in cells]
        return "\n".join(
            [
                *lines,
                f"{self.params:,} parameters of {size(self.param_bytes)}, "
                f"gradients {size(self.gradient_bytes)}, tape {size(self.tape_bytes)}",
            ]
        )


def summary(model: Callable[..., Any], *args: Any, **options: Any) -> Summary:
    """A table of the layers that `model(*args, **options)` calls in training, and of its memory.

    The tape is what recording keeps alive beside Params and arguments.  Nothing changes: States
    and random numbers stay as they are, and Params that wait for a shape wait on.

    Raises:  RuntimeError inside of diff

    >>> from knetpy.nn import Chain, Linear
    >>> summary(Chain(Linear(3, 4, np.tanh), Linear(4, 2)), np.ones((5, 3), "float32"))
    layer                     output  parameters
    Chain                     (5, 2)
      0 Linear(3 => 4, tanh)  (5, 4)          16
      1 Linear(4 => 2)        (5, 2)          10
    26 parameters of 104 B, gradients 104 B, tape 200 B
    """
    if recording():
        raise RuntimeError("summary makes a tape of its own; call it outside of diff")
    seen = Watch(model)
    with keep_states(), replay()(), shapes_undone(model):
        with watching(seen):
            run = Recorded(lambda: model(*args, **options), ())
        credit(seen.rows)
        found = {id(leaf): leaf.value for _, leaf in walk([model, list(run.leaves)])}
        weights = [leaf.value for leaf in run_params(model, run)]
        tape = kept(run.nodes, [*found.values(), args, options])
        return Summary(
            seen.rows,
            sum(x.size for x in weights),
            sum(x.nbytes for x in weights),
            gradient_bytes(run),
            tape,
        )


def run_params(model: Any, run: Recorded) -> list[Param]:
    """The Params of the model, and those that it used without holding them."""
    held = [leaf for _, leaf in walk(model) if type(leaf) is Param and leaf.value is not None]
    known = set(held)
    return held + [x for x in run.leaves if type(x) is Param and x not in known]


@contextmanager
def shapes_undone(model: Any) -> Iterator[None]:
    waiting = [leaf for _, leaf in walk(model) if leaf.value is None]
    try:
        yield
    finally:
        for leaf in waiting:
            leaf.value = None


class Watch:
    """Sees calls of layers begin and end, by Python's profiler: nothing is put into the model."""

    def __init__(self, model: Any) -> None:
        self.model, self.rows = model, list[Row]()
        self.open: list[tuple[FrameType, Row]] = []

    def __call__(self, frame: FrameType, event: str, result: Any) -> None:
        if frame.f_code.co_name != "__call__" or event not in ("call", "return"):
            return
        if event == "call":
            layer = frame.f_locals.get("self")
            if layer is not self and is_layer(layer):
                above = self.open[-1][1].layer if self.open else None
                row = Row(layer, len(self.open), "/".join(names_between(above, layer)))
                self.rows.append(row)
                self.open.append((frame, row))
        elif self.open and self.open[-1][0] is frame:
            row = self.open.pop()[1]
            row.text = f"{row.text} {on_one_line(row.layer)}".strip()
            row.output = shapes(result)


@contextmanager
def watching(seen: Watch) -> Iterator[None]:
    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        yield
    finally:
        sys.setprofile(before)


def is_layer(x: Any) -> bool:
    return isinstance(x, Layer) or next(walk(x), None) is not None


def on_one_line(layer: Any) -> str:
    text = repr(layer)
    plain = text.startswith("<") or "\n" in text
    return type(layer).__name__ if plain else text


def shapes(x: Any) -> str:
    if isinstance(x, (tuple, list)):
        return ", ".join(map(shapes, x))
    return str(tuple(np.shape(value(x)))) if hasattr(x, "shape") else type(x).__name__


def credit(rows: list[Row]) -> None:
    """Count every Param once: at the first layer that holds it in no layer below."""
    counted: set[Any] = set()
    for i, row in enumerate(rows):
        own = set(held(row.layer)) - counted
        for below in rows[i + 1 :]:
            if below.depth <= row.depth:
                break
            own -= set(held(below.layer))
        counted |= own
        row.params = sum(x.value.size for x in own)


def held(layer: Any) -> list[Param]:
    return [leaf for _, leaf in walk(layer) if type(leaf) is Param and leaf.value is not None]


def gradient_bytes(run: Recorded) -> int:
    dys = [np.ones_like(value(r)) if run.mine(r) else None for r in run.outputs]
    grads = run.walk_back(dys)
    found = [grads[leaf.index] for leaf in run.leaves.values()]
    parts = [part for g in found for part in (g.values if type(g) is Sparse else [g])]
    return sum(part.nbytes for part in parts if part is not None)


def kept(nodes: Iterable[Any], known: Any) -> int:
    """The bytes of the arrays that nodes hold, each memory once, without what is known."""
    outside = {id(owner(x)) for x in arrays_in(known)}
    inside = {id(x): x.nbytes for x in map(owner, arrays_in([node[1:4] for node in nodes]))}
    return sum(nbytes for key, nbytes in inside.items() if key not in outside)


def owner(x: Any) -> Any:
    while isinstance(x.base, type(x)):
        x = x.base
    return x


def arrays_in(x: Any) -> Iterator[Any]:
    """Every array in nested containers and in the attributes of objects."""
    waiting, seen = [x], {}
    while waiting:
        x = value(waiting.pop())
        if id(x) in seen:
            continue
        seen[id(x)] = x
        if hasattr(x, "nbytes") and hasattr(x, "base"):
            yield x
        elif isinstance(x, dict):
            waiting += x.values()
        elif isinstance(x, (list, tuple)):
            waiting += x
        else:
            waiting += attributes(x).values()


def size(nbytes: float) -> str:
    units = iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while nbytes >= 1000:
        nbytes, unit = nbytes / 1000, next(units)
    return f"{nbytes:.4g} {unit}"
