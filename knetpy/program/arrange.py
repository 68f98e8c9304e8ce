"""The steps of a run in the order and number in which a program needs them."""

from typing import Any

import numpy as np

from knetpy.kernels.program import Code

from .parts import is_ref, mapped, memory, refs
from .steps import Condition, Step
from .traced import CannotCompile

__all__ = ["arranged", "used"]

OF_SHAPE = {np.ones_like, np.zeros_like}  # whatever stands in their array


def arranged(steps: list[Step], results: Any, values: list[Any]) -> list[Step]:
    """The steps without what is constant or wanted by nobody, with conditions first."""
    steps = conditions_first(folded(steps, results, values), values)
    changed = False
    for step in steps:
        if isinstance(step.f, Condition) and changed:
            raise CannotCompile(
                "a branch depends on a value that is known only after something has been changed, "
                "and could not go the other way then (a result whose shape depends on values, as "
                "x[mask], counts as a branch); branch before, or use np.where"
            )
        changed = changed or step.changes
    return needed(steps, results)


def folded(steps: list[Step], results: Any, values: list[Any]) -> list[Step]:
    """The steps without those whose outcome is always the same, where it stays in the program."""
    leaving = {memory(values[at]) for at in refs(results)}
    written = leaving.union(*(step.writes for step in steps))
    constants: dict[int, Any] = {}
    left = []
    for step in steps:
        args, options = mapped(
            (step.args, step.options), lambda ref: constants.get(ref.at, ref), is_ref
        )
        at = step.out.at if is_ref(step.out) and step.pure else None
        same = step.f in OF_SHAPE or not refs((args, options))
        if at is not None and same and memory(values[at]) not in written:
            constants[at] = values[at]
        else:
            left.append(step._replace(args=args, options=options))
    return left


def conditions_first(steps: list[Step], values: list[Any]) -> list[Step]:
    """The steps with those that conditions depend on as early as they can be taken."""
    makers = {at: k for k, step in enumerate(steps) for at in refs(step.out)}
    written: set[int] = set()
    firm = set()  # what cannot be taken earlier: it is not pure, or sees what has been written
    for k, step in enumerate(steps):
        sees = any(memory(values[at]) in written for at in used(step))
        after = any(makers.get(at) in firm for at in used(step))
        if not (step.pure or isinstance(step.f, Condition)) or sees or after:
            firm.add(k)
        written |= step.writes
    early: set[int] = set()
    for k, step in reversed([*enumerate(steps)]):
        if k not in firm and (isinstance(step.f, Condition) or k in early):
            early.add(k)
            early.update(makers[at] for at in used(step) if at in makers)
    return [steps[k] for k in sorted(range(len(steps)), key=lambda k: k not in early)]


def needed(steps: list[Step], results: Any) -> list[Step]:
    """The steps without those that are pure and compute what nobody wants."""
    wanted = set(refs(results))
    kept = []
    for step in reversed(steps):
        if not step.pure or not wanted.isdisjoint(refs(step.out)):
            wanted.update(used(step))
            kept.append(step)
    return kept[::-1]


def used(step: Step) -> list[int]:
    """The places that a step looks at."""
    given = [at for _, at in step.f.given] if isinstance(step.f, Code) else []
    return given + refs((step.args, step.options))
