"""Add, Mul, Lambda and Identity: values, gradients, repr, errors and their paths."""

import numpy as np
import pytest

from knetpy import ops
from knetpy.autograd import params
from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import Add, Chain, Identity, Lambda, Linear, MeanPool2d, Mul
from tests.nn.recorded import double

X = np.random.default_rng(0).standard_normal((3, 4))


def test_sums_and_products():
    np.testing.assert_array_equal(Add(Identity(), np.sin, np.cos)(X), X + np.sin(X) + np.cos(X))
    np.testing.assert_array_equal(Mul(Identity(), np.sin, np.cos)(X), X * np.sin(X) * np.cos(X))
    np.testing.assert_array_equal(Add(np.sin, activation=np.tanh)(X), np.tanh(np.sin(X)))
    np.testing.assert_array_equal(
        Mul(np.sin, np.cos, activation=abs)(X), abs(np.sin(X) * np.cos(X))
    )


@pytest.mark.parametrize("cls", [Add, Mul])
def test_gradients_to_second_order(cls):
    model = double(cls(Identity(), Chain(Linear(4, 4, np.tanh)), activation=ops.sigmoid))
    assert len(params(model)) == 2
    assert gradcheck(model, X, order=2)


def test_a_gate_of_channels():
    gate = Chain(MeanPool2d(None), ops.sigmoid)
    x = np.random.default_rng(1).standard_normal((2, 3, 4, 5))
    want = x * ops.sigmoid(x.mean(axis=(2, 3), keepdims=True))
    np.testing.assert_allclose(Mul(Identity(), gate)(x), want, rtol=1e-12)


def test_lambda_binds_arguments():
    np.testing.assert_array_equal(Lambda(np.swapaxes, 0, 1)(X), X.T)
    np.testing.assert_array_equal(Lambda(np.sum, axis=1)(X), X.sum(axis=1))
    assert gradcheck(Lambda(np.clip, -9, 9), X, order=2)
    assert Identity()(X) is X


def test_repr():
    model = Add(Identity(), Chain(Linear(4, 4), np.tanh), activation=ops.relu)
    assert repr(Chain(model)).splitlines() == [
        "Chain(",
        "  Add(",
        "    Identity()",
        "    Chain(",
        "      Linear(4 => 4)",
        "      tanh",
        "    )",
        "    activation=relu",
        "  )",
        ")",
    ]
    assert repr(Lambda(np.sum, axis=1)) == "Lambda(sum, axis=1)"
    assert repr(Lambda(np.swapaxes, 0, 1)) == "Lambda(swapaxes, 0, 1)"


def test_errors_name_the_layer():
    model = Add(Identity(), Chain(np.tanh, Mul(np.sin, Linear(5, 4))))
    with pytest.raises(ValueError) as caught:
        model(X)
    assert caught.value.__notes__ == ["in Add/1/1/1 Linear(5 => 4)"]
    with pytest.raises(TypeError, match="Add needs at least one layer"):
        Add()
    with pytest.raises(TypeError, match="Mul calls its layers, but number 1 is a int; of a list"):
        Mul(np.sin, 3)
    with pytest.raises(TypeError, match="Lambda calls a function, got 3"):
        Lambda(3)
    with pytest.raises(ValueError) as caught:
        Add(np.sin, lambda x: x[:2])(X)
    assert not hasattr(caught.value, "__notes__")
