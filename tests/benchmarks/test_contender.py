import numpy as np
import pytest

from benchmarks import contender
from benchmarks.contender import number, timed


def test_a_round_lasts_at_least_its_seconds_and_gives_those_of_a_step(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(contender, "perf_counter", lambda: clock.now)
    assert timed(clock.step, 1.0) == pytest.approx(0.01)
    assert 1.0 <= clock.now < 1.2


class Clock:
    now = 0.0

    def step(self):
        self.now += 0.01
        return 1.0


def test_a_result_becomes_one_number():
    assert number(np.float32(-2)) == 2.0
    assert number([np.array([1.0, -2.0]), (np.array(3.0),)]) == 6.0
    assert number(Detached(4.0)) == 4.0


class Detached:
    """As PyTorch's tensors: they are no arrays until their gradient is left behind."""

    def __init__(self, x):
        self.x = x

    def detach(self):
        return self.x
