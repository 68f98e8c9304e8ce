import pytest

from benchmarks.__main__ import parse
from benchmarks.rounds import WORKLOADS


def test_everything_by_default_in_seven_rounds_of_half_a_second():
    options = parse([])
    assert options.names == [*WORKLOADS, "growth"] and options.write
    assert (options.rounds, options.seconds) == (7, 0.5)


def test_chosen_workloads_write_nothing():
    options = parse(["mlp", "lenet"])
    assert options.names == ["mlp", "lenet"] and not options.write


def test_quick_rounds_write_nothing():
    options = parse(["--quick"])
    assert (options.rounds, options.seconds) == (3, 0.1) and not options.write


def test_fewer_rounds_than_seven_write_nothing():
    assert not parse(["--rounds", "3"]).write and not parse(["--seconds", "0.1"]).write


def test_a_name_that_is_no_workload_is_told_with_those_there_are(capsys):
    with pytest.raises(SystemExit):
        parse(["mlp", "alexnet"])
    message = capsys.readouterr().err
    assert "no workload alexnet" in message and "linear_regression" in message
