from types import SimpleNamespace

import pytest

from benchmarks import process, rounds
from benchmarks.rounds import Comparison, compare, names, require_equal_work


def test_the_names_are_frameworks_with_their_settings():
    module = SimpleNamespace(knetpy=1, torch=1, jax=1, autograd=1, TORCH=("", "compile fused"))
    assert names(module) == ["knetpy", "torch", "torch compile fused", "jax", "autograd"]


def test_the_peer_is_the_fastest_that_was_measured_and_so_are_we():
    contenders = [
        SimpleNamespace(name="knetpy", rounds=[1], median=3.0),
        SimpleNamespace(name="knetpy compile", rounds=[1], median=2.0),
        SimpleNamespace(name="torch", rounds=[1], median=5.0),
        SimpleNamespace(name="jax", rounds=[1], median=4.0),
        SimpleNamespace(name="torch compile", rounds=[], reason="no compiler"),
    ]
    compared = Comparison("w", SimpleNamespace(TARGET=0.5), contenders)
    assert compared.ours.name == "knetpy compile"
    assert compared.peer.name == "jax" and compared.ratio == 0.5 and compared.met
    compared.module.TARGET = 0.499
    assert not compared.met


def test_contenders_are_measured_in_turns(monkeypatch):
    order = []

    class Fake:
        def __init__(self, workload, name, seconds, **sizes):
            self.name, self.rounds, self.reason, self.outcomes = name, [], "", [1.0]
            order.append(("start", name, sizes))

        def measure(self):
            order.append(self.name)
            self.rounds.append(1.0)

        def stop(self):
            order.append(("stop", self.name))

    monkeypatch.setattr(rounds, "Contender", Fake)
    compare("chain", ["knetpy", "torch"], 2, 0.0, length=3)
    assert order == [
        *(("start", name, {"length": 3}) for name in ("knetpy", "torch")),
        *["knetpy", "torch"] * 2,
        *(("stop", name) for name in ("knetpy", "torch")),
    ]


def contender(name, *outcomes, reason=""):
    return SimpleNamespace(name=name, outcomes=list(outcomes), reason=reason)


def test_equal_work_agrees_to_rounding():
    fine = [contender("knetpy", 2.0, 1.0), contender("torch", 2.0001, 1.0005)]
    require_equal_work("w", [*fine, contender("jax", reason="it is not there")])


def test_other_work_is_refused_by_name():
    others = contender("torch", 2.0, 1.0), contender("jax", 2.0, 1.01)
    with pytest.raises(SystemExit, match=r"w: knetpy and jax do not compute the same.*1\.01"):
        require_equal_work("w", [contender("knetpy", 2.0, 1.0), *others])


def test_without_a_peer_every_reason_is_told(monkeypatch):
    monkeypatch.setattr(process, "SPINNING", 0)
    with pytest.raises(SystemExit, match="chain: nonsense: AttributeError"):
        compare("chain", ["knetpy", "nonsense"], 1, 1e-6)


def test_where_ours_fails_the_others_are_not_waited_for():
    with pytest.raises(SystemExit, match="chain: nonsense: AttributeError"):
        compare("chain", ["nonsense", "knetpy"], 1, 1e-6)
