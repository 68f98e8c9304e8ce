import os

import pytest

from benchmarks import process
from benchmarks.process import Contender, environment, last_error


def test_what_slows_is_left_out_of_the_environment(monkeypatch):
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("KEPT", "yes")
    left = environment()
    assert left["KEPT"] == "yes"
    assert not {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE"} & set(left)
    assert "OPENBLAS_CORETYPE" in os.environ


# fmt: off
@pytest.mark.parametrize("text, last", [
    ("Traceback\n  File x\nValueError: bad\nin Chain/0 Linear\n", "ValueError: bad"),
    ("torch.cuda.SomeError: worse\n\n",                           "torch.cuda.SomeError: worse"),
    ("Killed\n",                                                  "Killed"),
    ("",                                                          "it ended without a word"),
])
# fmt: on
def test_the_reason_is_the_line_that_names_the_exception(text, last):
    assert last_error(text) == last


def test_a_contender_says_what_its_steps_gave_and_answers_rounds(monkeypatch):
    monkeypatch.setattr(process, "SPINNING", 0)
    contender = Contender("linear_regression", "knetpy", 1e-6)
    try:
        contender.measure()
        contender.measure()
    finally:
        contender.stop()
    assert contender.reason == ""
    assert len(contender.outcomes) == 5 and sorted(contender.outcomes)[::-1] == contender.outcomes
    assert len(contender.rounds) == 2 and contender.median > 0
    assert contender.process.returncode == 0


def test_a_contender_that_fails_tells_why_and_is_left_out():
    contender = Contender("linear_regression", "nonsense", 0.0)
    contender.measure()
    contender.stop()
    assert contender.rounds == [] and contender.outcomes is None
    assert contender.reason.startswith("AttributeError") and "nonsense" in contender.reason
