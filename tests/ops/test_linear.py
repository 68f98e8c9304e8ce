"""linear: values, gradients over every rank, one node, what a wrong shape is told."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.derivatives import vjp
from knetpy.ops import linear, relu
from knetpy.ops.linear import linear_relu as fused
from knetpy.ops.shared import Shared
from tests.ops.recorded import assert_agrees, assert_derivatives, cases

RNG = np.random.default_rng(3)


def linear_relu(x, weight, bias):
    return fused(x, weight, bias, of=Shared())


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


@pytest.mark.parametrize("shape", [(2,), (0, 2), (1, 2), (3, 2), (2, 1, 2), (2, 0, 2)], ids=str)
@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_with_relu_it_is_the_composition(shape, dtype):
    x, weight, bias = (RNG.standard_normal(s).astype(dtype) for s in (shape, (2, 3), (3,)))
    ps = [Param(a) for a in (x, weight, bias)]
    fused = diff(lambda: np.sum(linear_relu(*ps) ** 2), keep=True)
    apart = diff(lambda: np.sum(relu(linear(*ps)) ** 2))
    assert [node[4].name for node in fused.nodes if node[4]][:1] == ["linear_relu"]
    np.testing.assert_allclose(float(fused), float(apart), rtol=1e-5)
    for p in ps:
        assert grad(fused, p).dtype == dtype
        np.testing.assert_allclose(grad(fused, p), grad(apart, p), rtol=1e-4, atol=1e-5)
    if dtype == "f8":
        assert_derivatives(linear_relu, x, weight, bias)


def test_gradients_of_several_pulls_are_their_own():
    x, weight, bias = (RNG.standard_normal(s).astype("f4") for s in ((4, 2), (2, 3), (3,)))
    y, pull = vjp(linear_relu, x, weight, bias)
    first, second, third = pull(np.ones_like(y)), pull(2 * np.ones_like(y)), pull(np.ones_like(y))
    for a, b, c in zip(first, second, third, strict=True):
        np.testing.assert_allclose(2 * a, b, rtol=1e-6)
        np.testing.assert_array_equal(a, c)


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
    message = r"x \(\.\.\., in\), weight \(in, out\).*reshape"
    if bias is not None:
        with pytest.raises(ValueError, match=message):
            linear_relu(*arrays)
    with pytest.raises(ValueError, match=message) as error:
        linear(*arrays)
    assert all(str(shape) in str(error.value) for shape in (x, weight, bias) if shape is not None)
