"""What was measured, as tables of Markdown that read well in a terminal, too."""

import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .growth import Growth
from .process import Contender
from .rounds import Comparison

RESULTS = Path(__file__).parent / "results.md"
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))

PAGE = """\
# What a step costs

Written by `make bench`. Each contender is a process of its own with two threads and its defaults,
blocked while another is measured; costs are medians over rounds taken in turns. Every framework
counts in its best setting; ours are two, as it is and with `compile`. The peer is the fastest of
the others, and the ratio is KnetPy's cost over the peer's. All contenders
start from the same weights, and their first losses agree. The share is that of the matrix-product
peak, {peak:.0f} GFLOP/s here (the best of oneDNN and NumPy at 2048³ in float32), which the products
and convolutions of a step reach.

{machine}.

{summary}

## Every contender

{details}

## Growth

The exponent k of cost = c * n^k, by least squares of the logarithms.

{growths}
"""


def summary(comparisons: Iterable[Comparison], peak: float) -> str:
    """A row for each workload: KnetPy beside the fastest peer, the target, the share of peak."""
    head = (
        "workload",
        "best of ours",
        "takes",
        "fastest peer",
        "takes",
        "ratio",
        "target",
        "met",
        "of peak",
    )
    return table(head, [row(c, peak) for c in comparisons], left=(0, 1, 3, 7))


def row(c: Comparison, peak: float) -> tuple[str, ...]:
    unit, flop = unit_of(c), c.module.FLOP
    share = f"{flop / c.ours.median / peak / 1e9:.0%}" if flop else ""
    costs = [part for x in (c.ours, c.peer) for part in (x.name, quantity(x.median, unit))]
    met = "yes" if c.met else "no"
    return c.workload, *costs, f"{c.ratio:.2f}", f"{c.module.TARGET:.2f}", met, share


def details(comparisons: Iterable[Comparison]) -> str:
    """A row for each contender: median, range, and what KnetPy takes of it."""
    head = ("workload", "contender", "median", "least", "most", "knetpy takes")
    rows = [detail(c, x) for c in comparisons for x in c.contenders]
    return table(head, rows, left=(0, 1))


def detail(c: Comparison, x: Contender) -> tuple[str, ...]:
    if not x.rounds:
        return c.workload, x.name, "not available", "", "", x.reason.replace("|", "\\|")
    costs = [quantity(cost, unit_of(c)) for cost in (x.median, min(x.rounds), max(x.rounds))]
    ratio = "" if x is c.ours else f"{c.ours.median / x.median:.2f}"
    return c.workload, x.name, *costs, ratio


def growths(measured: Iterable[Growth]) -> str:
    """A row for each sweep and framework: the costs, and the exponent that fits them."""
    head = ("grows", "workload", "contender", "from", "to", "costs", "exponent")
    rows = [
        (
            *(g.axis, g.workload, name, str(g.ns[0]), str(g.ns[-1])),
            *(", ".join(quantity(cost, "s") for cost in g.costs[name]), f"{k:.2f}"),
        )
        for g in measured
        for name, k in g.exponents().items()
    ]
    return table(head, rows, left=(0, 1, 2, 5))


def unit_of(c: Comparison) -> str:
    return getattr(c.module, "UNIT", "s")


def quantity(x: float, unit: str) -> str:
    """A number with its unit, three digits that tell; seconds become ms or µs."""
    if unit == "s":
        factor, unit = next((u for u in UNITS if x >= u[0]), UNITS[-1])
        x /= factor
    digits = next((k for k, limit in ((2, 9.995), (1, 99.95)) if x < limit), 0)
    return f"{x:.{digits}f} {unit}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int]) -> str:
    """A table of Markdown; the columns `left` begin at the left, the others end at the right."""
    wide = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = [f"{'-' * (n - 1)}{'-' if k in left else ':'}" for k, n in enumerate(wide)]
    return "\n".join(
        "| " + " | ".join(f"{x:{'<' if k in left else '>'}{wide[k]}}" for k, x in cells) + " |"
        for cells in map(enumerate, (head, rule, *rows))
    )


def machine() -> str:
    """What computed: processor and versions."""
    versions = ", ".join(f"{name} {found(name)}" for name in ("numpy", "torch", "jax", "autograd"))
    return f"{processor()}; Python {platform.python_version()}, {versions}"


def found(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "missing"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "")


def page(comparisons: Sequence[Comparison], measured: Sequence[Growth], peak: float) -> str:
    return PAGE.format(
        peak=peak,
        machine=machine(),
        summary=summary(comparisons, peak),
        details=details(comparisons),
        growths=growths(measured),
    )
