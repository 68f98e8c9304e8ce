"""Conv1d to Conv3d pass on every option, start as they should, and show themselves."""

import numpy as np
import pytest

from knetpy import ops
from knetpy.autograd import params
from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import Conv1d, Conv2d, Conv3d, init
from tests import standin

rng = np.random.default_rng(0)
IMAGES = rng.standard_normal((2, 4, 9, 8))

CONVOLUTIONS = [
    {},
    {"stride": 2},
    {"stride": (2, 1), "padding": (0, 2)},
    {"dilation": 2, "padding": 1},
    {"dilation": (1, 2)},
    {"groups": 2},
    {"groups": 4, "bias": False, "stride": 3},
    {"padding": "same", "stride": 2},
    {"padding": ((1, 0), (0, 2)), "flip": True},
]


@pytest.mark.parametrize("options", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("size", [1, 3, (3, 2)])
def test_conv2d_is_the_op_with_its_arrays(options, size):
    layer = Conv2d(4, 8, size, np.tanh, **options)
    bias = rng.standard_normal(8) if layer.bias is not None else None
    if bias is not None:
        layer.bias[...] = bias
    of_op = {key: x for key, x in options.items() if key != "bias"}
    want = np.tanh(ops.conv2d(IMAGES, layer.weight.value, bias, **of_op))
    np.testing.assert_allclose(layer(IMAGES), want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("options", CONVOLUTIONS, ids=str)
def test_conv2d_has_gradients_to_second_order(options):
    layer = Conv2d(4, 8, 2, np.tanh, **options)
    assert gradcheck(layer, IMAGES[:1, :, :5, :4], order=2)


@pytest.mark.parametrize("cls, op", [(Conv1d, ops.conv1d), (Conv3d, ops.conv3d)])
def test_signals_and_volumes(cls, op):
    layer = cls(2, 4, 3, np.tanh, stride=2, padding="same", dilation=2, groups=2, flip=True)
    x = rng.standard_normal((2, 2, 7, 6, 5)[: 2 + layer.axes])
    options = {"stride": 2, "padding": "same", "dilation": 2, "groups": 2, "flip": True}
    want = np.tanh(op(x, layer.weight.value, layer.bias.value, **options))
    np.testing.assert_array_equal(layer(x), want)
    assert gradcheck(cls(2, 4, 2, np.tanh), x[:1, :, :3].copy(), order=2)
    with pytest.raises(ValueError, match="needs .*got shape"):
        layer(x[0])


@pytest.mark.parametrize("cls", [Conv1d, Conv2d, Conv3d])
def test_the_first_call_may_give_the_number_of_channels(cls):
    layer = cls(None, 6, 3, groups=2)
    assert repr(layer).startswith(f"{cls.__name__}(None => 6, 3")
    x = np.ones((1, 4, 5, 5, 5)[: 2 + layer.axes], "f4")
    for wrong in (x[0], x[:, :3], x[:, :, :2]):
        with pytest.raises(ValueError):
            layer(wrong)
        with pytest.raises(ValueError, match="call the model once first"):
            layer.params()
    assert layer(x).shape[:2] == (1, 6)
    assert layer.weight.shape[:2] == (6, 2) and layer.weight.dtype == np.dtype("f4")
    assert repr(layer).startswith(f"{cls.__name__}(4 => 6, 3")


def test_on_another_device():
    layer = Conv2d(None, 2, 3, bias=False)
    y = layer(standin.asarray(IMAGES.astype("f4")))
    assert type(layer.weight.value) is type(y) is standin.ndarray


def test_arrays_of_conv2d():
    layer = Conv2d(6, 4, (5, 3), groups=2)
    assert [p.shape for p in params(layer)] == [(4, 3, 5, 3), (4,)]
    assert {p.dtype for p in params(layer)} == {np.dtype("f4")}
    assert not layer.bias.value.any()
    assert Conv2d(6, 4, 3, bias=False).params()[1:] == []
    assert Conv2d(1, 2, 1, init=init.ones).weight.reshape(-1).tolist() == [1, 1]


def test_groups_differ_and_have_the_variance_of_small_layers():
    weight = Conv2d(128, 64, 3, groups=2).weight.value
    assert not np.array_equal(weight[:32], weight[32:])
    np.testing.assert_allclose(weight.var(), 2 / (9 * (64 + 32)), rtol=0.05)


@pytest.mark.parametrize(
    "layer, text",
    [
        (Conv2d(1, 20, 5, ops.relu), "Conv2d(1 => 20, 5×5, relu)"),
        (Conv2d(1, 20, (5, 3)), "Conv2d(1 => 20, 5×3)"),
        (
            Conv2d(16, 32, 3, ops.relu, padding=1, stride=2, groups=8, bias=False),
            "Conv2d(16 => 32, 3×3, relu, stride=2, padding=1, groups=8, bias=False)",
        ),
        (Conv2d(1, 1, 2, dilation=(2, 1)), "Conv2d(1 => 1, 2×2, dilation=(2, 1))"),
        (Conv2d(1, 1, 2, padding="same"), "Conv2d(1 => 1, 2×2, padding='same')"),
        (Conv1d(2, 3, 5, flip=True), "Conv1d(2 => 3, 5, flip=True)"),
        (Conv3d(2, 3, (1, 3, 3)), "Conv3d(2 => 3, 1×3×3)"),
    ],
)
def test_repr(layer, text):
    assert repr(layer) == text


@pytest.mark.parametrize("inputs, outputs, groups", [(4, 6, 4), (3, 4, 2), (4, 4, 0)])
def test_groups_that_do_not_divide_are_refused(inputs, outputs, groups):
    with pytest.raises(ValueError, match=f"groups={groups} for {inputs} => {outputs}"):
        Conv2d(inputs, outputs, 3, groups=groups)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"has 4 channels, but weight \(2, 3, 3, 3\)"):
        Conv2d(3, 2, 3)(IMAGES)
    with pytest.raises(TypeError, match="got 7"):
        Conv2d(3, 2, 3, 7)
    with pytest.raises(TypeError, match=r"Conv2d needs an int or 2 ints.*kernel_size=, got \(1,\)"):
        Conv2d(3, 2, (1,))
