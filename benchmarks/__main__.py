"""Measure workloads against their peers, in turns, and print medians, ratios and targets.

python -m benchmarks                     everything; writes benchmarks/results.md
python -m benchmarks mlp lenet           these workloads
python -m benchmarks growth              how the cost grows with sizes
python -m benchmarks --quick             three short rounds, to look at; writes nothing
"""

import argparse
from collections.abc import Sequence

from . import report
from .growth import sweeps
from .peak import measure_peak
from .process import two_cores
from .rounds import WORKLOADS, compare

ROUNDS, SECONDS = 7, 0.5
QUICK = 3, 0.1


def parse(args: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    choices = ", ".join((*WORKLOADS, "growth"))
    parser.add_argument("names", nargs="*", metavar="workload", help=f"{choices}; all by default")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each contender")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that a round lasts")
    parser.add_argument("--quick", action="store_true", help="three rounds of a tenth of a second")
    options = parser.parse_args(args)
    if unknown := set(options.names) - {*WORKLOADS, "growth"}:
        parser.error(f"no workload {', '.join(sorted(unknown))}; there are {choices}")
    if options.quick:
        options.rounds, options.seconds = QUICK
    full = options.rounds >= ROUNDS and options.seconds >= SECONDS
    options.write = full and not options.names
    options.names = options.names or [*WORKLOADS, "growth"]
    return options


def main() -> None:
    options = parse()
    turns = options.rounds, options.seconds
    two_cores()
    peak = measure_peak()
    print(f"matrix-product peak {peak:.0f} GFLOP/s\n")
    comparisons, growths = [], []
    for workload in (name for name in options.names if name != "growth"):
        comparisons.append(compare(workload, None, *turns))
        print(report.details(comparisons[-1:]), end="\n\n", flush=True)
    for sweep in sweeps() if "growth" in options.names else []:
        growths.append(sweep.measure(*turns))
        print(report.growths(growths[-1:]), end="\n\n", flush=True)
    if comparisons:
        print(report.summary(comparisons, peak))
    if options.write:
        report.RESULTS.write_text(report.page(comparisons, growths, peak))
        print(f"written to {report.RESULTS}")


if __name__ == "__main__":
    main()
