"""The matrix-product peak: the best of oneDNN and NumPy at 2048**3 in float32, in GFLOP/s."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from .process import SPINNING, environment

__all__ = ["measure_peak"]

SIZE, ROUNDS = 2048, 7


def measure_peak() -> float:
    """In a process of its own, whose environment slows nothing."""
    command = [sys.executable, "-m", "benchmarks.peak"]
    return float(subprocess.run(command, check=True, capture_output=True, env=environment()).stdout)


def main() -> None:
    import numpy as np

    from knetpy.kernels.onednn_matmul import matmul

    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, SIZE, SIZE), "float32")
    print(max(speed(product, a, b) for _ in range(ROUNDS) for product in (matmul, np.matmul)))


def speed(product: Callable[..., Any], a: Any, b: Any) -> float:
    time.sleep(SPINNING)
    start = time.perf_counter()
    product(a, b)
    return 2 * SIZE**3 / (time.perf_counter() - start) / 1e9


if __name__ == "__main__":
    main()
