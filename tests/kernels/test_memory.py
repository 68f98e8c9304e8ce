"""The memory of one step is found again by the next: counted in pages that the kernel hands out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from knetpy.kernels.memory import keep_memory

ROOT = Path(__file__).parents[2]
STEPS = """
import resource
import numpy as np
import knetpy

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

w = knetpy.Param(np.ones((500, 500)))
def step():
    knetpy.grad(knetpy.diff(lambda: np.sum(np.tanh(w * 0.5))), w)

for _ in range(20):
    step()
before = faults()
for _ in range(100):
    step()
print((faults() - before) / 100)
"""

glibc = pytest.mark.skipif(not keep_memory(), reason="only glibc's allocator can be told")


def pages_per_step(switch):
    env = {**os.environ, "KNETPY_MALLOC": switch}
    shown = subprocess.run(
        [sys.executable, "-c", STEPS], cwd=ROOT, env=env, check=True, capture_output=True, text=True
    )
    return float(shown.stdout)


@glibc
def test_a_step_asks_the_kernel_for_no_memory_unless_it_is_switched_off():
    assert pages_per_step("on") < 5
    assert pages_per_step("off") > 400  # one array of 2 MB has 488 pages


@glibc
def test_it_can_be_taken_back():
    assert keep_memory(False)
    assert keep_memory(True)
