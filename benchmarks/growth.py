"""How the cost of a step grows with batch, width, depth, time and the number of operations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import log
from statistics import linear_regression
from typing import Any

from .rounds import compare


@dataclass
class Growth:
    """What grows: a workload whose sizes are `at(n)`, measured at each n, by KnetPy and PyTorch."""

    axis: str
    workload: str
    peer: str
    at: Callable[[int], dict[str, Any]]
    ns: Sequence[int]
    costs: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, rounds: int, seconds: float) -> "Growth":
        names = ["knetpy", self.peer]
        self.costs = {name: [] for name in names}
        for n in self.ns:
            compared = compare(self.workload, names, rounds, seconds, **self.at(n))
            for contender in compared.contenders:
                self.costs[contender.name].append(contender.median)
        return self

    def exponents(self) -> dict[str, float]:
        return {name: exponent(self.ns, costs) for name, costs in self.costs.items()}


# fmt: off
def sweeps() -> list[Growth]:
    fused = "torch fused"
    return [
        Growth("batch", "mlp", fused, lambda n: {"batch": n}, (25, 100, 400, 1600)),
        Growth("width", "mlp", fused, lambda n: {"sizes": (n, n, n, 10)}, (32, 128, 512, 2048)),
        Growth("depth", "mlp", fused, lambda n: {"sizes": [64] * n + [10]}, (4, 16, 64, 256)),
        Growth("time", "lstm", fused, lambda n: {"time": n}, (16, 32, 64, 128)),
        Growth("operations", "chain", "torch", lambda n: {"length": n // 3}, (300, 900, 2700)),
    ]
# fmt: on


def exponent(ns: Sequence[float], costs: Sequence[float]) -> float:
    """The k of cost = c * n**k, by least squares of the logarithms."""
    return linear_regression([log(n) for n in ns], [log(cost) for cost in costs]).slope
