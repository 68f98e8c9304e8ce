"""Every example runs on a small budget, and in full, among the slow tests where that takes long.

The bounds are those of the claims in examples/README.md; what was measured lies beyond them.
"""

import math
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from knetpy import datasets
from knetpy.datasets import SHIPPED

FOLDER = Path(__file__).parent.parent / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
README = (FOLDER / "README.md").read_text()
DIGITS = datasets.mnist(SHIPPED)

TINY = {
    "autoencoder": {"epochs": 1, "numbers": 4},
    "cartpole": {"updates": 2, "carts": 3},
    "char_lm": {"characters": 20_000, "hidden": 8, "length": 5},
    "fashion_cnn": {"epochs": 1},
    "gan": {"epochs": 1},
    "linear_regression": {"steps": 10},
    "mnist_lenet": {"epochs": 1},
    "mnist_lenet_augmented": {"epochs": 1, "seeds": 1},
    "mnist_mlp": {"epochs": 1},
    "synthetic_regression": {"epochs": 1, "examples": 200},
    "word_reversal": {"count": 100, "hidden": 8, "epochs": 1},
}


@pytest.fixture
def few_pictures(monkeypatch):
    (xtrn, ytrn), (xtst, ytst) = DIGITS
    few = (xtrn[:200], ytrn[:200]), (xtst[:50], ytst[:50])
    for name in ("mnist", "fashion_mnist"):
        monkeypatch.setattr(datasets, name, lambda root=None: few)


@pytest.fixture
def example(monkeypatch, tmp_path):
    """The names of an example by its stem; what it writes goes to a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda stem: runpy.run_path(str(FOLDER / f"{stem}.py"), run_name=stem)


def test_every_example_has_a_small_budget():
    assert {path.stem for path in EXAMPLES} == set(TINY)


@pytest.mark.parametrize("stem", TINY)
def test_an_example_runs_and_says_what_it_reached(stem, few_pictures, example, capsys):
    names = example(stem)
    assert capsys.readouterr().out == "" and not list(Path().iterdir()), "an import does nothing"
    assert np.isfinite(names["main"](**TINY[stem])).all()
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_listed_and_says_how_to_run_it(path):
    assert f"]({path.name})" in README
    assert re.search(rf"Run: (python examples/{path.name}|make run)", path.read_text())


def test_linear_regression_finds_the_closed_solution(example, capsys):
    assert example("linear_regression")["main"]() < 1e-12
    assert "relative distance from the closed solution" in capsys.readouterr().out


def test_synthetic_regression_is_as_good_as_the_noise_allows(example):
    error, off = example("synthetic_regression")["main"]()
    assert error < 1.03 * 0.1**2  # 1 % comes of 100 weights learned from 10,000 rows
    assert off < 0.01


def test_cartpole_is_solved(example):
    assert example("cartpole")["main"]() >= 195


def test_a_cart_moves_as_in_gym(example):
    """The equations of gym/envs/classic_control/cartpole.py, with its names and Euler's steps."""
    push, cart = example("cartpole")["push"], (0.01, -0.02, 0.03, 0.04)
    gravity, length, polemass, mass, tau = 9.8, 0.5, 0.1, 1.1, 0.02
    carts = np.array([cart, cart])
    for action in (1, 0, 1, 1, 0, 0, 0, 1):
        x, x_dot, theta, theta_dot = cart
        sin, cos, force = math.sin(theta), math.cos(theta), 10 if action else -10
        temp = (force + polemass * length * theta_dot**2 * sin) / mass
        acc = (gravity * sin - cos * temp) / (length * (4 / 3 - polemass * cos**2 / mass))
        x_acc = temp - polemass * length * acc * cos / mass
        cart = x + tau * x_dot, x_dot + tau * x_acc, theta + tau * theta_dot, theta_dot + tau * acc
        carts = push(carts, np.array([action == 1, action == 0]))
        np.testing.assert_allclose(carts[0], cart, rtol=1e-12)
        carts[1] = carts[0]


def test_shifted_digits_are_whole_digits_elsewhere(example):
    x = np.zeros((500, 1, 28, 28), "f4")
    x[:, 0, 10:12, 20] = 3, 5
    y = example("mnist_lenet_augmented")["shifted"](x)
    assert y.shape == x.shape and y.dtype == x.dtype
    _, _, rows, columns = np.nonzero(y == 3)
    assert (y[np.arange(500), 0, rows + 1, columns] == 5).all() and y.sum() == 500 * 8
    assert {*rows} == {*range(8, 13)} and {*columns} == {*range(18, 23)}


@pytest.mark.slow  # half a minute
def test_autoencoder_beats_principal_components(example):
    error, linear = example("autoencoder")["main"]()
    assert error < 0.0085 and error < linear / 2


@pytest.mark.slow  # two minutes
def test_char_lm_leaves_at_most_2_bits_of_a_character(example):
    assert example("char_lm")["main"]() < 2


@pytest.mark.slow  # three minutes
def test_fashion_cnn_tells_9_of_10_clothes(example):
    try:
        datasets.fashion_mnist()
    except FileNotFoundError as absent:
        pytest.skip(f"needs Debian's package dataset-fashion-mnist: {absent}")
    assert example("fashion_cnn")["main"]() >= 0.9


@pytest.mark.slow  # two minutes
def test_gan_draws_different_digits_that_look_like_some(example):
    drawn, real = example("gan")["main"]()
    assert drawn > 5.5 and real > 8


@pytest.mark.slow  # half a minute
def test_lenet_learns_the_digits_and_comes_back_from_its_file(example, capsys):
    assert example("mnist_lenet")["main"]() >= 0.98
    assert Path("lenet.h5").stat().st_size > 431_080 * 4
    said = capsys.readouterr().out
    first, second = (line for line in said.splitlines() if line.startswith("test accuracy"))
    assert first.split()[2] == second.split()[2]


@pytest.mark.slow  # four minutes
def test_lenet_with_shifted_digits_reaches_98_8_of_100(example):
    assert example("mnist_lenet_augmented")["main"]() >= 0.988


@pytest.mark.slow
def test_perceptron_learns_the_digits(example):
    assert example("mnist_mlp")["main"]() >= 0.945


@pytest.mark.slow  # a minute
def test_word_reversal_puts_99_of_100_letters_in_place(example):
    assert example("word_reversal")["main"]() >= 0.99
