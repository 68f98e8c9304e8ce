"""Time every workload against its peers, in alternating rounds, and print medians and ratios.

    python -m benchmarks [workload ...] [--rounds 7] [--seconds 0.5]

Each contender lives in its own process, with its own threads, and is blocked while another is
timed.  A round runs steps (forward, backward, update) for at least the given time.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

FOLDER = Path(__file__).parent / "workloads"
WORKLOADS = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
CONTENDERS = ("knetpy", "torch", "autograd")
SLOWED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # they halve the speed of NumPy's products


class Contender:
    """One framework's process: it times a round whenever a line comes in."""

    def __init__(self, workload: str, name: str, seconds: float) -> None:
        command = [sys.executable, "-m", "benchmarks.contender", workload, name, str(seconds)]
        env = {key: text for key, text in os.environ.items() if key not in SLOWED}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=env)
        self.name, self.times = name, list[float]()
        self.answer()

    def answer(self) -> str:
        line = self.process.stdout.readline().strip()
        if not line:
            raise SystemExit(f"{self.name} failed; its message stands above")
        return line

    def round(self) -> None:
        time.sleep(0.1)  # the threads of the one before spin for a while after their last product
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        self.times.append(float(self.answer()))

    def stop(self) -> None:
        self.process.communicate("")


def compare(workload: str, rounds: int, seconds: float) -> None:
    contenders = [Contender(workload, name, seconds) for name in CONTENDERS]
    for _ in range(rounds):
        for contender in contenders:
            contender.round()
    ours = median(contenders[0].times)
    for contender in contenders:
        theirs = median(contender.times)
        spread = f"{min(contender.times) * 1e6:.1f} to {max(contender.times) * 1e6:.1f}"
        ratio = "" if contender is contenders[0] else f"{ours / theirs:12.2f} x"
        print(f"{workload:20}{contender.name:10}{theirs * 1e6:12.1f} µs{spread:>24}{ratio}")
        contender.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("workloads", nargs="*", metavar="workload", help=", ".join(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5)
    options = parser.parse_args()
    print(f"{'workload':20}{'contender':10}{'median':>15}{'range':>24}{'knetpy takes':>14}")
    for workload in options.workloads or WORKLOADS:
        compare(workload, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
