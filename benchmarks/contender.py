"""One contender's process: makes its step, says what the first ones give, then answers rounds."""

import importlib
import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

CHECKED = 5  # steps whose outcomes must agree with the other contenders'


def main(workload: str, name: str, seconds: str, sizes: str) -> None:
    module = importlib.import_module(f"benchmarks.workloads.{workload}")
    framework, *settings = name.split()
    waits = "waiting" in settings
    options = [setting for setting in settings if setting != "waiting"]
    step = getattr(module, framework)(*options, **json.loads(sizes))
    step = waiting(step) if waits else step
    measure = getattr(module, "measure", timed)
    say([number(step()) for _ in range(getattr(module, "CHECKED", CHECKED))])
    for _ in sys.stdin:
        say(measure(step, float(seconds)))


def waiting(step: Callable[[], Any]) -> Callable[[], Any]:
    """A step of JAX's that is over when it returns, as everybody else's, and not soon after."""
    from jax import block_until_ready

    return lambda: block_until_ready(step())


def say(answer: Any) -> None:
    print(f"answer {json.dumps(answer)}", flush=True)


def timed(step: Callable[[], Any], seconds: float) -> float:
    """The seconds that a step takes, over at least so many seconds of steps."""
    steps, start = 0, perf_counter()
    while (elapsed := perf_counter() - start) < seconds:
        some = 1 + steps // 8
        for _ in range(some):
            result = step()
        number(result)  # waits for a framework that runs behind its caller's back
        steps += some
    return elapsed / steps


def number(result: Any) -> float:
    """One number that tells of all arrays in a step's result."""
    if isinstance(result, list | tuple):
        return sum(map(number, result))
    plain = result.detach() if hasattr(result, "detach") else result
    return float(np.abs(np.asarray(plain)).sum())


if __name__ == "__main__":
    main(*sys.argv[1:])
