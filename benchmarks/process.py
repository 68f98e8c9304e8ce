"""A contender as the runner sees it: a process of its own, blocked unless it is its turn."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import Any

# What halves the speed of NumPy's products, and what makes every process compile its modules anew.
SLOWED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")
SPINNING = 0.1  # seconds for which the threads of a library may go on after their last product


def environment() -> dict[str, str]:
    return {key: text for key, text in os.environ.items() if key not in SLOWED}


def two_cores() -> None:
    """Two threads for every library, by its own default: it finds as many cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])


class Contender:
    """A framework with its settings, "torch fused" say; it measures a round when it is asked to.

    `reason` tells why it is not available, `outcomes` what its first steps gave.
    """

    def __init__(self, workload: str, name: str, seconds: float, **sizes: Any) -> None:
        self.name, self.rounds, self.reason = name, list[float](), ""
        self.errors = tempfile.TemporaryFile("w+")
        args = [workload, name, str(seconds), json.dumps(sizes)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.contender", *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment(),
            text=True,
        )
        self.outcomes = self.answer()

    def answer(self) -> Any:
        for line in self.process.stdout:
            if line.startswith("answer "):
                return json.loads(line.removeprefix("answer "))
        self.errors.seek(0)
        self.reason = last_error(self.errors.read())
        return None

    def measure(self) -> None:
        if self.reason:
            return
        time.sleep(SPINNING)
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        if (measured := self.answer()) is not None:
            self.rounds.append(measured)

    @property
    def median(self) -> float:
        return median(self.rounds)

    def stop(self) -> None:
        self.process.communicate()
        self.errors.close()


def last_error(text: str) -> str:
    """The last line of a traceback that names an exception, or else the last line."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Exit|Interrupt)\b", line)]
    return (named or lines or ["it ended without a word"])[-1]
