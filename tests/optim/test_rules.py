"""Update rules: PyTorch's recorded steps, the papers' numbers, Knet's acceptance test."""

from pathlib import Path

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.optim import SGD, Adam, Momentum

RECORDED = np.load(Path(__file__).parent.parent / "golden" / "optim.npz")


def rosenbrock(x):
    a, b = x[:-1], x[1:]
    return np.sum(100 * (b - a * a) ** 2 + (1 - a) ** 2)


def descend(w, optimizer):
    tape = diff(rosenbrock, w)
    optimizer.step([w], [grad(tape, w)])
    return float(tape)


def three_steps(optimizer, *gradients):
    w = Param(np.zeros(2))
    for g in gradients:
        optimizer.step([w], [np.array(g)])
    return w.value


@pytest.mark.parametrize(
    "name, optimizer",
    [
        ("sgd", SGD(lr=0.0002)),
        ("momentum", Momentum(lr=0.0001, momentum=0.9)),
        ("adam", Adam(lr=0.05, beta1=0.8, beta2=0.95, eps=1e-3)),
        ("adam_defaults", Adam()),
    ],
)
@pytest.mark.parametrize("dtype, tolerance", [("f8", 1e-12), ("f4", 1e-3)])
def test_the_path_is_pytorchs(name, optimizer, dtype, tolerance):
    w, lr = Param(RECORDED["start"].astype(dtype)), optimizer.lr
    for step, place in enumerate(RECORDED[name]):
        optimizer.lr = lr / 10 if step >= 12 and name != "momentum" else lr
        descend(w, optimizer)
        np.testing.assert_allclose(w.value, place, rtol=tolerance)
    optimizer.lr = lr
    assert w.dtype == dtype


def test_sgd_by_hand():
    assert three_steps(SGD(lr=0.5), [1.0, -2.0], [3.0, 0.0]).tolist() == [-2.0, 1.0]


def test_momentum_by_hand():
    got = three_steps(Momentum(lr=0.5, momentum=0.5), [4.0, 0.0], [2.0, 0.0], [0.0, 8.0])
    assert got.tolist() == [-2 - 2 - 1, -4.0]


def test_momentum_keeps_the_rate_at_which_its_velocity_was_gained():
    w, optimizer = Param([0.0]), Momentum(lr=1.0, momentum=0.5)
    optimizer.step([w], [np.array([1.0])])
    optimizer.lr = 0.0
    optimizer.step([w], [np.array([1.0])])
    assert w.tolist() == [-1.5]


@pytest.mark.parametrize("g", [1e-12, 1e-3, 1.0, -7.0, 1e12])
def test_the_first_step_of_adam_is_lr_whatever_the_gradients_size(g):
    w = Param([0.0])
    Adam(lr=0.1, eps=1e-20).step([w], [np.array([g])])
    np.testing.assert_allclose(w.value, -0.1 * np.sign(g), rtol=1e-7)


def test_adam_is_algorithm_1():
    rng = np.random.default_rng(0)
    w, theta = Param(np.ones((3, 2))), np.ones((3, 2))
    m = v = np.zeros((3, 2))
    optimizer = Adam(lr=0.01, beta1=0.7, beta2=0.9, eps=1e-4)
    for t in range(1, 31):
        g = rng.standard_normal((3, 2))
        optimizer.step([w], [g])
        m, v = 0.7 * m + 0.3 * g, 0.9 * v + 0.1 * g**2
        theta = theta - 0.01 * (m / (1 - 0.7**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-4)
        np.testing.assert_allclose(w.value, theta, rtol=1e-12)
    np.testing.assert_allclose(optimizer.slots[w][0], m, rtol=1e-12)
    np.testing.assert_allclose(optimizer.slots[w][1], v, rtol=1e-12)
    assert optimizer.slots[w][2] == 30


def test_adam_turns_a_complex_gradient_by_nothing():
    w, turned = Param([0j, 0j]), Param([0j, 0j])
    plain, other = Adam(lr=0.1), Adam(lr=0.1)
    for g in ([3.0, -1.0], [1.0, 2.0]):
        plain.step([w], [np.array(g) + 0j])
        other.step([turned], [np.array(g) * np.exp(0.7j)])
    np.testing.assert_allclose(turned.value, w.value * np.exp(0.7j), rtol=1e-12)
    assert plain.slots[w][1].dtype == "f8"


def test_a_param_that_joins_later_starts_its_own_count():
    optimizer, old, new = Adam(lr=0.1, eps=1e-20), Param([0.0]), Param([0.0])
    for _ in range(5):
        optimizer.step([old], [np.array([1.0])])
    optimizer.step([old, new], [np.array([1.0]), np.array([4.0])])
    np.testing.assert_allclose(new.value, [-0.1], rtol=1e-12)


@pytest.mark.parametrize(
    "optimizer",
    [SGD(0.001), Momentum(0.00025, 0.95), Adam(0.005, 0.9, 0.95)],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_rosenbrock_in_six_dimensions_as_knet_tests_it(optimizer):
    w = Param(np.random.default_rng(0).standard_normal(6))
    assert any(descend(w, optimizer) <= 0.1 for _ in range(10_000))


def test_defaults_are_knets():
    assert (SGD().lr, Momentum().lr, Momentum().momentum) == (0.1, 0.05, 0.95)
    assert repr(Adam()) == "Adam(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08)"
