"""Contenders of one workload, measured in turns."""

import importlib
import math
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .process import Contender

WORKLOADS = sorted(p.stem for p in (Path(__file__).parent / "workloads").glob("[a-z]*.py"))
FRAMEWORKS = ("knetpy", "torch", "jax", "autograd")
TOLERANCE = 1e-3  # relative, of what the first steps give; all compute in float32


@dataclass
class Comparison:
    """What was measured of a workload: we in our best setting, and the fastest of the others."""

    workload: str
    module: ModuleType
    contenders: list[Contender]

    @property
    def ours(self) -> Contender:
        return self.fastest(ours=True)

    @property
    def peer(self) -> Contender:
        return self.fastest(ours=False)

    def fastest(self, ours: bool) -> Contender:
        found = (c for c in self.contenders if c.rounds and is_ours(c) is ours)
        return min(found, key=lambda c: c.median)

    @property
    def ratio(self) -> float:
        return self.ours.median / self.peer.median

    @property
    def met(self) -> bool:
        return self.ratio <= self.module.TARGET


def is_ours(contender: Contender) -> bool:
    return contender.name.startswith("knetpy")


def load(workload: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.workloads.{workload}")


def names(module: ModuleType) -> list[str]:
    """Every framework that the workload has, under each of the settings in TORCH or in JAX."""
    found = [name for name in FRAMEWORKS if hasattr(module, name)]
    settings = {name: getattr(module, name.upper(), ("",)) for name in found}
    return [f"{name} {setting}".strip() for name in found for setting in settings[name]]


def compare(
    workload: str, only: list[str] | None, rounds: int, seconds: float, **sizes: Any
) -> Comparison:
    """The contenders (`only` these, if given) after so many rounds, each in its turn."""
    module = load(workload)
    contenders: list[Contender] = []
    try:
        for name in only or names(module):
            contenders.append(Contender(workload, name, seconds, **sizes))
            if contenders[-1].reason and (len(contenders) == 1 or is_ours(contenders[-1])):
                raise SystemExit(f"{workload}: {name}: {contenders[-1].reason}")
        require_equal_work(workload, contenders)
        for _ in range(rounds):
            for contender in contenders:
                contender.measure()
    finally:
        for contender in contenders:
            contender.stop()
    if not any(c.rounds for c in contenders if not is_ours(c)):
        raise SystemExit("\n".join(f"{workload}: {c.name}: {c.reason}" for c in contenders))
    return Comparison(workload, module, contenders)


def require_equal_work(workload: str, contenders: list[Contender]) -> None:
    """Exit unless the first steps of all give the same, to rounding."""
    ours, *others = [c for c in contenders if not c.reason]
    for other in others:
        pairs = zip(ours.outcomes, other.outcomes, strict=True)
        if not all(math.isclose(a, b, rel_tol=TOLERANCE) for a, b in pairs):
            raise SystemExit(
                f"{workload}: {ours.name} and {other.name} do not compute the same: "
                f"{ours.outcomes}, {other.outcomes}"
            )
