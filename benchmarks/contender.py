"""One contender's process: build its step, then time a round for each line that comes in."""

import importlib
import sys
from time import perf_counter


def main(workload: str, name: str, seconds: float) -> None:
    step = getattr(importlib.import_module(f"benchmarks.workloads.{workload}"), name)()
    count, elapsed = 1, 0.0
    while elapsed < seconds / 2:  # warms up, too
        count *= 2
        elapsed = timed(step, count)
    count = max(1, round(count * seconds / elapsed))
    print("ready", flush=True)
    for _ in sys.stdin:
        print(timed(step, count) / count, flush=True)


def timed(step, count: int) -> float:
    start = perf_counter()
    for _ in range(count):
        step()
    return perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
