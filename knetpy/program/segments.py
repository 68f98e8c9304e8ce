"""Runs of steps that become one call of C, with memory of their own for what lies in between."""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from knetpy.kernels.program import KINDS, LINE, OWN, Code, Operand, Place, available

from .arrange import used
from .lower import Lowered, lowered
from .parts import Ref, is_ref, refs
from .steps import Step
from .views import BOOL, FLOAT32, INT64, Matrix, Values, View, view_of

__all__ = ["in_segments"]

LEAST = 2  # operations that are worth a call of C
MOST = 2**22  # bytes that a segment may hold between its calls
ITEM = 4


def in_segments(steps: list[Step], results: Any, values: Values) -> list[Step]:
    """The steps, with a call of C in place of every run of them that it takes."""
    if not available():
        return steps
    in_c = [lowered(step, values) for step in steps]
    last, owners = last_uses(steps, results), owners_of(steps, values)
    while True:
        segments = [Segment(steps[i:k], in_c[i:k], k, last, owners, values) for i, k in runs(in_c)]
        wrong = [k for segment in segments for k in segment.wrong]
        if not wrong:
            break
        for k in wrong:
            in_c[k] = None
    new, at = [], 0
    for segment in segments:
        new += [*steps[at : segment.start], *segment.compiled()]
        at = segment.end
    return new + steps[at:]


def runs(in_c: list[Any]) -> Iterator[tuple[int, int]]:
    """From where to where C takes every step, where there are enough operations."""
    start = 0
    for k, operations in enumerate([*in_c, None]):
        if operations is None:
            if sum(map(len, in_c[start:k])) >= LEAST:
                yield start, k
            start = k + 1


def last_uses(steps: list[Step], results: Any) -> dict[int, int]:
    """By which step what stands in a place is wanted last; the results come after all steps."""
    uses = [*map(used, steps), refs(results)]
    return {at: k for k, places in enumerate(uses) for at in places}


def owners_of(steps: list[Step], values: Values) -> dict[Any, Any]:
    """Of each memory an array that begins there before any step looks at it in another way: a Ref
    to what the program is given or a step makes, or what is always the same.
    """
    outs = {at for step in steps for at in refs(step.out)}
    given = {at for step in steps for at in used(step)} - outs
    same = [x for step in steps for x in step.args if not is_ref(x)]
    fixed = {view.memory: x for x in same if (view := view_of(x, values))}
    owners: dict[Any, Any] = {}
    for at in [*sorted(given), *sorted(outs)]:
        view = view_of(Ref(at), values)
        if view and (at in given or view.memory not in fixed):
            owners.setdefault(view.memory, Ref(at))
    for key, x in fixed.items():
        owners.setdefault(key, x if isinstance(x, np.ndarray) else np.array(x, FLOAT32))
    return owners


class Segment:
    """A run of steps up to number `end` as one call: what it is given, makes, holds in between.

    `wrong` are numbers of steps that C cannot take after all.
    """

    def __init__(
        self, steps: list[Step], in_c: Any, end: int, last: Any, owners: Any, values: Values
    ) -> None:
        self.steps, self.start, self.end = steps, end - len(steps), end
        self.owners, self.values = owners, values
        self.operations = [o for operations in in_c for o in operations]
        self.wrong: list[int] = []
        self.own: dict[Any, int] = {}  # the places of arrays that are made here, by their memory
        made = [step for step, ops in zip(steps, in_c, strict=True) if ops]
        outs = {at for step in made for at in refs(step.out)}
        for at in sorted(outs):
            view = self.view(at)
            if is_ref(owner := owners[view.memory]) and owner.at in outs:
                self.own[view.memory] = owner.at
        self.after: list[Step] = []  # views that are wanted later
        self.made: list[int] = []
        wanted = {at for step in steps for at in of(step) if last.get(at, -1) >= end}
        for k in range(len(steps) - 1, -1, -1):
            if wanted.isdisjoint(of(steps[k])):
                continue
            if in_c[k]:
                self.give(k, wanted)
            else:
                self.after.insert(0, steps[k])
                wanted.update(refs((steps[k].args, steps[k].options)))
        for k, operations in enumerate(in_c):
            if any(self.is_wrong(o) for o in operations):
                self.wrong.append(self.start + k)
        if not self.wrong:
            self.join()

    def join(self) -> None:
        """Let products add the bias that comes next, if nobody else wants them without."""
        k = 0
        while k < len(self.operations) - 1:
            one, two = self.operations[k : k + 2]
            if is_bias(one, two) and (two.y == one.y or self.is_wanted_once(one.y)):
                joined = one._replace(kind=KINDS["affine"], y=two.y, z=two.b.view)
                self.operations[k : k + 2] = [joined]
            k += 1

    def is_wanted_once(self, y: View) -> bool:
        """Whether what an operation writes is read by one other, and by nobody else."""
        seen = [v for o in self.operations for v in views(o) if v.memory == y.memory]
        return len(seen) == 2 and self.own.get(y.memory) not in self.made

    def view(self, at: int) -> View:
        found = view_of(Ref(at), self.values)
        assert found
        return found

    def shape(self, at: int) -> Any:
        x = self.values.held[at]
        return None if isinstance(x, np.generic) else x.shape

    def give(self, k: int, wanted: set[int]) -> None:
        """Make what is wanted of the outcome of a step a new array for whoever wants it."""
        for at in wanted.intersection(of(self.steps[k])):
            view = self.view(at)
            if self.own.get(view.memory) != at or view.dtype != FLOAT32:
                self.wrong.append(self.start + k)
            self.made.append(at)

    def is_wrong(self, operation: Lowered) -> bool:
        """Whether it reads bools of NumPy's, which are no floats, or writes a part of an array."""
        for view in views(operation):
            outside = view.memory not in self.own
            if outside and view.dtype not in (FLOAT32, INT64):
                return True
            if not outside and not self.is_whole(self.view(self.own[view.memory])):
                return True
        return False

    def is_whole(self, view: View) -> bool:
        """Whether an array that is made here is all of its memory."""
        x = self.values.held[self.own[view.memory]]
        return isinstance(x, np.generic) or (x.base is None or x.base.nbytes == x.nbytes)

    def compiled(self) -> list[Step]:
        """The call of C; the steps as they were, if it would hold on to too much memory."""
        table = Table(self)
        if table.room > MOST:
            return self.steps
        operations = [table.operation(o) for o in self.operations]
        made = [(table.number[self.view(at).memory], at, self.shape(at)) for at in self.made]
        strides = {k: np.asarray(self.values.held[at]).strides for k, at in table.given.items()}
        code = Code(
            operations, table.places, table.room, table.given, table.constants, made, strides
        )
        return [Step(code, (), {}, [Ref(at) for at in self.made], False), *self.after]


class Table:
    """The numbers of arrays in a segment's code, and where in its memory they lie."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.places: list[Place] = []
        self.numbers: dict[Place, int] = {}
        keys = dict.fromkeys(v.memory for o in segment.operations for v in views(o))
        outside = [key for key in keys if key not in segment.own]
        outside += [segment.view(at).memory for at in segment.made]
        self.number = {key: k for k, key in enumerate(outside)}
        owners = [
            (k, segment.owners[key]) for key, k in self.number.items() if key not in segment.own
        ]
        self.given = {k: x.at for k, x in owners if is_ref(x)}
        self.constants = {k: x for k, x in owners if not is_ref(x)}
        self.room = 0
        self.begin: dict[Any, int] = {}
        self.share_out([key for key in keys if key not in self.number])

    def share_out(self, keys: list[Any]) -> None:
        """Give arrays that are not wanted at the same time the same memory."""
        lives: dict[Any, list[int]] = {}
        for k, operation in enumerate(self.segment.operations):
            for view in views(operation):
                lives.setdefault(view.memory, [k, k])[1] = k
        taken: list[tuple[int, int, Any]] = []
        for key in sorted(keys, key=lambda key: lives[key][0]):
            size = -(-prod(self.segment.view(self.segment.own[key]).shape) * ITEM // LINE) * LINE
            begin = 0
            for other, end, (first, last) in sorted(taken):
                if first <= lives[key][1] and last >= lives[key][0] and other < begin + size:
                    begin = max(begin, end)
            taken.append((begin, begin + size, lives[key]))
            self.begin[key] = begin
            self.room = max(self.room, begin + size)

    def array(self, view: View) -> int:
        """The number of what begins where a view does."""
        segment, key = self.segment, view.memory
        if key in segment.own:
            start = segment.view(segment.own[key]).offset
        else:
            owner = view_of(segment.owners[key], segment.values)
            assert owner
            start = view.offset if isinstance(key, str) else owner.offset
        offset = (view.offset - start) * (ITEM if view.dtype == BOOL else view.dtype.itemsize)
        place = Place(self.number.get(key, OWN), offset + self.begin.get(key, 0))
        if place not in self.numbers:
            self.numbers[place] = len(self.places)
            self.places.append(place)
        return self.numbers[place]

    def operand(self, matrix: Matrix | None) -> Operand:
        return Operand(self.array(matrix.view), *matrix[1:]) if matrix else Operand()

    def operation(self, o: Lowered) -> Any:
        a, b = self.operand(o.a), self.operand(o.b)
        y, z = self.array(o.y), self.array(o.z) if o.z else 0
        return o.kind, o.rows, o.columns, o.k, a, b, y, z, o.scale


def is_bias(one: Lowered, two: Lowered) -> bool:
    """Whether the second operation adds a row to the outcome of the first, a small product."""
    if (one.kind, two.kind) != (KINDS["product"], KINDS["add"]) or two.b is None:
        return False
    fit = two.a.view == one.y and two.b[1:] == (0, 1) and two.columns == one.columns
    return fit and two.b.view.memory != two.y.memory


def of(step: Step) -> set[int]:
    return set(refs(step.out))


def views(o: Lowered) -> list[View]:
    found = (o.a.view, o.b and o.b.view, o.y, o.z)
    return [view for view in found if view is not None]
