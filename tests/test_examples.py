"""Every example runs as it stands, on fewer digits; LeNet in full, as `make run` does, is slow."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from knetpy import datasets

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))
README = (Path(__file__).parent.parent / "README.md").read_text()


@pytest.fixture
def few_digits(monkeypatch):
    (xtrn, ytrn), (xtst, ytst) = datasets.mnist(datasets.SHIPPED)
    few = (xtrn[:200], ytrn[:200]), (xtst[:50], ytst[:50])
    monkeypatch.setattr(datasets, "mnist", lambda root=None: few)


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)

    def run(path):
        names = runpy.run_path(str(path), run_name="__main__")
        return names, capsys.readouterr().out

    return run


def test_the_examples_are_found():
    assert {"linear_regression", "mnist_lenet", "mnist_mlp"} <= {path.stem for path in EXAMPLES}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_says_something(path, few_digits, run):
    assert run(path)[1].strip()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_named_in_the_readme(path):
    assert f"examples/{path.name}" in README


def test_linear_regression_finds_the_closed_solution(run):
    names, said = run(EXAMPLES[0].with_name("linear_regression.py"))
    assert names["distance"] < 1e-12
    assert "relative distance from the closed solution" in said


@pytest.mark.slow  # trains for half a minute
def test_lenet_learns_the_digits_and_comes_back_from_its_file(run):
    names, said = run(EXAMPLES[0].with_name("mnist_lenet.py"))
    assert Path("lenet.h5").stat().st_size > 431_080 * 4
    assert names["again"] == names["accuracy"] >= 0.973
    first, second = (line for line in said.splitlines() if line.startswith("test accuracy"))
    assert first.split()[2] == second.split()[2]
    assert all(np.isfinite(p.value).all() for p in names["model"].layers[0].__dict__.values())
