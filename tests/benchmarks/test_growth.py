import numpy as np
import pytest

from benchmarks import growth
from benchmarks.growth import Growth, exponent, sweeps
from benchmarks.rounds import WORKLOADS


@pytest.mark.parametrize("k", [-1.0, 0.0, 0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_is_found(k):
    ns = (3, 10, 200)
    assert exponent(ns, [7e-6 * n**k for n in ns]) == pytest.approx(k, abs=1e-12)


def test_the_exponent_is_the_least_squares_slope_of_the_logarithms():
    ns, costs = [1, 2, 4, 8], [1, 3, 4, 9]
    slope = np.polyfit(np.log(ns), np.log(costs), 1)[0]
    assert exponent(ns, costs) == pytest.approx(slope, abs=1e-12)


def test_a_sweep_measures_both_contenders_at_every_size(monkeypatch):
    def compare(workload, only, rounds, seconds, **sizes):
        contenders = [Measured(only[0], sizes["batch"] * 2.0), Measured(only[1], 1e-3)]
        return Compared(contenders)

    monkeypatch.setattr(growth, "compare", compare)
    sweep = Growth("batch", "mlp", "torch fused", lambda n: {"batch": n}, (1, 10)).measure(1, 0)
    assert sweep.costs == {"knetpy": [2.0, 20.0], "torch fused": [1e-3, 1e-3]}
    assert sweep.exponents() == pytest.approx({"knetpy": 1, "torch fused": 0}, abs=1e-12)


class Measured:
    def __init__(self, name, median):
        self.name, self.median = name, median


class Compared:
    def __init__(self, contenders):
        self.contenders = contenders


def test_batch_width_depth_time_and_operations_grow():
    axes = [sweep.axis for sweep in sweeps()]
    assert axes == ["batch", "width", "depth", "time", "operations"]
    assert all(s.workload in WORKLOADS and len(s.ns) > 2 for s in sweeps())


@pytest.mark.parametrize("sweep", sweeps(), ids=lambda s: s.axis)
def test_workloads_take_the_sizes_of_their_sweeps(sweep):
    from benchmarks.contender import number
    from benchmarks.rounds import load

    assert number(load(sweep.workload).knetpy(**sweep.at(sweep.ns[0]))()) > 0
