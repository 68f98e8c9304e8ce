"""Linear: its numbers, gradients, repr, and what it refuses."""

import numpy as np
import pytest

from knetpy import ops
from knetpy.arrays import seed
from knetpy.autograd import Param, diff, grad, params
from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import Linear, init

rng = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (0, 3), (3,), (2, 4, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_it_is_an_affine_map_of_the_last_axis(shape, bias):
    layer, x = Linear(3, 2, bias=bias), rng.standard_normal(shape)
    if bias:
        layer.bias[...] = [1.0, -2.0]
    want = x @ layer.weight.value + (layer.bias.value if bias else 0)
    np.testing.assert_allclose(layer(x), want, rtol=1e-6)
    assert layer(x.astype("f4")).dtype == "f4"


def test_the_activation_comes_last():
    layer, x = Linear(3, 2, np.tanh), rng.standard_normal((4, 3))
    np.testing.assert_allclose(layer(x), np.tanh(x @ layer.weight.value), rtol=1e-6)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", [None, np.tanh, ops.sigmoid])
def test_gradients_to_second_order(bias, activation):
    layer = Linear(3, 2, activation, bias=bias)
    assert gradcheck(layer, rng.standard_normal((4, 3)), order=2)


def test_it_starts_float32_from_the_seed_with_a_bias_of_zero():
    seed(5)
    layer = Linear(30, 20)
    seed(5)
    assert layer.weight.value.tobytes() == init.xavier_uniform((30, 20)).tobytes()
    assert not layer.bias.value.any()
    assert {p.dtype for p in layer.params()} == {np.dtype("f4")}


def test_another_start():
    assert Linear(2, 3, init=init.ones).weight.tolist() == [[1, 1, 1], [1, 1, 1]]


def test_params_are_weight_then_bias():
    layer = Linear(3, 2)
    assert layer.params() == params(layer) == [layer.weight, layer.bias]
    assert params(Linear(3, 2, bias=False)) and layer.states() == []


def test_every_param_gets_its_gradient():
    layer = Linear(3, 2)
    tape = diff(lambda: np.sum(layer(np.ones((4, 3), "f4"))))
    assert [grad(tape, p).dtype for p in layer.params()] == ["f4", "f4"]
    assert grad(tape, layer.bias).tolist() == [4, 4]


@pytest.mark.parametrize(
    "layer, text",
    [
        (Linear(784, 64), "Linear(784 => 64)"),
        (Linear(784, 64, ops.relu), "Linear(784 => 64, relu)"),
        (Linear(784, 64, np.tanh, bias=False), "Linear(784 => 64, tanh, bias=False)"),
        (Linear(1, 1, lambda x: x), "Linear(1 => 1, <lambda>)"),
    ],
)
def test_repr(layer, text):
    assert repr(layer) == text


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"got x \(4, 5\), weight \(3, 2\), bias \(2,\)"):
        Linear(3, 2)(np.ones((4, 5)))
    with pytest.raises(TypeError, match="activation is a function .* such as .*relu, got 'relu'"):
        Linear(3, 2, "relu")
    with pytest.raises(TypeError):
        Linear(3.0, 2)


def test_the_first_call_may_give_the_number_of_features():
    seed(5)
    layer, x = Linear(None, 20), np.ones((2, 3, 30), "f4")
    assert repr(layer) == "Linear(None => 20)"
    cut = Linear(None, 20, lambda y: y[:, :, 30])
    for refused, of in ((layer, np.float32(1)), (cut, x)):
        with pytest.raises((ValueError, IndexError)):
            refused(of)
        with pytest.raises(ValueError, match="Param at weight has no shape yet; call the model"):
            params(refused)
    seed(5)
    tape = diff(lambda: np.sum(layer(x)))
    seed(5)
    np.testing.assert_array_equal(layer.weight, init.xavier_uniform((30, 20)))
    assert grad(tape, layer.weight).tolist() == [[6.0] * 20] * 30
    assert repr(layer) == "Linear(30 => 20)" and len(params(layer)) == 2
    with pytest.raises(ValueError, match=r"got x \(4, 5\)"):
        layer(np.ones((4, 5)))


def test_a_weight_may_be_shared():
    one, other = Linear(3, 3), Linear(3, 3)
    other.weight = one.weight
    assert params([one, other]) == [one.weight, one.bias, other.bias]
    assert isinstance(other.weight, Param)
