"""linear: values, gradients over every rank, one node, what a wrong shape is told."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.ops import linear
from tests.ops.recorded import assert_agrees, assert_derivatives, cases

RNG = np.random.default_rng(3)


@cases("linear")
def test_it_is_pytorchs(case):
    assert_agrees(linear, case)


@cases("linear")
def test_any_memory(case):
    assert_agrees(linear, case, np.asfortranarray)
    assert_agrees(linear, case, lambda x: x[::-1].copy()[::-1])


@pytest.mark.parametrize("shape", [(2,), (0, 2), (1, 2), (3, 2), (2, 1, 2), (2, 0, 2)], ids=str)
@pytest.mark.parametrize("outputs", [1, 3])
def test_two_orders_of_derivatives(shape, outputs):
    x, weight, bias = (
        RNG.standard_normal(shape),
        RNG.standard_normal((2, outputs)),
        np.ones(outputs),
    )
    assert_derivatives(linear, x, weight, bias)
    assert_derivatives(linear, x, weight)
    assert linear(x, weight, bias).shape == (*shape[:-1], outputs)


def test_it_is_one_node():
    weight, bias = Param(np.ones((2, 3))), Param(np.ones(3))
    tape = diff(lambda: np.sum(linear(np.ones((4, 2)), weight, bias)), keep=True)
    assert [node[4].name for node in tape.nodes if node[4]] == ["linear", "numpy.sum"]


def test_float32_stays_and_a_wider_bias_is_not_narrowed():
    x, weight, bias = np.ones((2, 3), "f4"), Param(np.ones((3, 4), "f4")), Param(np.ones(4, "f4"))
    tape = diff(lambda: np.sum(linear(x, weight, bias)))
    assert (
        linear(x, weight, bias).dtype == grad(tape, weight).dtype == grad(tape, bias).dtype == "f4"
    )
    fine = np.full(4, 1e-12)
    assert (linear(0 * x, np.ones((3, 4), "f4"), fine) == fine).all()


def test_the_arguments_are_left_as_they_are():
    x, weight, bias = np.ones((2, 3)), np.ones((3, 4)), np.ones(4)
    linear(x, weight, bias)
    assert (x == 1).all() and (weight == 1).all() and (bias == 1).all()


@pytest.mark.parametrize(
    "x, weight, bias",
    [
        ((5, 3), (4, 3), None),
        ((5, 3), (3,), None),
        ((), (3, 4), None),
        ((5, 3), (3, 4), (1,)),
        ((5, 3), (3, 4), (5, 4)),
        ((2, 1, 28, 28), (784, 10), (10,)),
    ],
    ids=str,
)
def test_a_wrong_shape_is_told_all_shapes_and_the_remedy(x, weight, bias):
    arrays = [np.ones(shape) for shape in (x, weight, bias) if shape is not None]
    with pytest.raises(ValueError, match=r"x \(\.\.\., in\), weight \(in, out\).*reshape") as error:
        linear(*arrays)
    assert all(str(shape) in str(error.value) for shape in (x, weight, bias) if shape is not None)
