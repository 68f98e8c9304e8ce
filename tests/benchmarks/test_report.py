from types import SimpleNamespace

import pytest

from benchmarks import report
from benchmarks.growth import Growth
from benchmarks.process import Contender
from benchmarks.rounds import Comparison


def contender(name, *rounds, reason=""):
    made = Contender.__new__(Contender)
    made.name, made.rounds, made.reason = name, list(rounds), reason
    return made


def comparison(target=0.5, flop=0, **options):
    contenders = [
        contender("knetpy", 1.2e-5, 1.0e-5, 1.1e-5),
        contender("torch", 3.0e-5, 2.0e-5, 2.2e-5),
        contender("torch compile", reason="RuntimeError: no a|b"),
        contender("jax", 4.4e-5),
    ]
    return Comparison("linear", SimpleNamespace(TARGET=target, FLOP=flop, **options), contenders)


def test_the_summary_names_the_fastest_peer_the_target_and_whether_it_is_met():
    met, missed = comparison(0.5, flop=1_100_000), comparison(0.49)
    head, _, *rows = report.summary([met, missed], peak=400.0).splitlines()
    assert cells(head) == (
        "workload, best of ours, takes, fastest peer, takes, ratio, target, met, of peak".split(
            ", "
        )
    )
    ours = ["linear", "knetpy", "11.0 µs", "torch", "22.0 µs", "0.50"]
    assert list(map(cells, rows)) == [[*ours, "0.50", "yes", "25%"], [*ours, "0.49", "no", ""]]


def cells(row):
    return [cell.strip() for cell in row.split("|")[1:-1]]


def test_the_details_have_every_contender_or_why_it_is_not_available():
    assert report.details([comparison()]).splitlines()[2:] == [
        "| linear   | knetpy        |       11.0 µs | 10.0 µs | 12.0 µs |                       |",
        "| linear   | torch         |       22.0 µs | 20.0 µs | 30.0 µs |                  0.50 |",
        "| linear   | torch compile | not available |         |         | RuntimeError: no a\\|b |",
        "| linear   | jax           |       44.0 µs | 44.0 µs | 44.0 µs |                  0.25 |",
    ]


def test_growth_has_the_costs_and_the_exponent():
    sweep = Growth("batch", "mlp", "torch", lambda n: {}, (1, 10, 100))
    sweep.costs = {"knetpy": [1e-5, 1e-4, 1e-3], "torch": [2.0, 2.0, 2.0]}
    assert report.growths([sweep]).splitlines() == [
        "| grows | workload | contender | from |  to | costs                    | exponent |",
        "| ----- | -------- | --------- | ---: | --: | ------------------------ | -------: |",
        "| batch | mlp      | knetpy    |    1 | 100 | 10.0 µs, 100 µs, 1.00 ms |     1.00 |",
        "| batch | mlp      | torch     |    1 | 100 | 2.00 s, 2.00 s, 2.00 s   |     0.00 |",
    ]


# fmt: off
@pytest.mark.parametrize("x, unit, text", [
    (0.0,       "s",  "0.00 µs"),
    (9.876e-6,  "s",  "9.88 µs"),
    (9.996e-6,  "s",  "10.0 µs"),
    (98.76e-6,  "s",  "98.8 µs"),
    (987.6e-6,  "s",  "988 µs"),
    (9.876e-3,  "s",  "9.88 ms"),
    (98.76,     "s",  "98.8 s"),
    (9876.0,    "s",  "9876 s"),
    (104.6,     "MB", "105 MB"),
])
# fmt: on
def test_quantities_have_three_digits_and_a_unit(x, unit, text):
    assert report.quantity(x, unit) == text


def test_other_units_than_seconds():
    assert "MB" in report.summary([comparison(UNIT="MB")], peak=1.0)


def test_the_page_holds_every_table_and_the_machine(monkeypatch):
    monkeypatch.setattr(report, "machine", lambda: "A computer")
    sweep = Growth("batch", "mlp", "torch", lambda n: {}, (1, 2))
    sweep.costs = {"knetpy": [1.0, 2.0]}
    page = report.page([comparison()], [sweep], peak=449.6)
    assert "450 GFLOP/s" in page and "A computer." in page
    parts = [report.summary([comparison()], 449.6), report.details([comparison()])]
    assert all(part in page for part in [*parts, report.growths([sweep])])


def test_the_machine_is_named_with_its_versions():
    import numpy as np

    assert f"numpy {np.__version__}" in report.machine()
    assert report.found("no-such-distribution") == "missing"
