"""ConvTranspose1d to 3d pass on every option, start as convolutions do, and show themselves."""

import numpy as np
import pytest

from knetpy import ops
from knetpy.autograd import params
from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, init

rng = np.random.default_rng(0)
OPS = {
    ConvTranspose1d: ops.conv_transpose1d,
    ConvTranspose2d: ops.conv_transpose2d,
    ConvTranspose3d: ops.conv_transpose3d,
}
OPTIONS = [
    {},
    {"stride": 3, "padding": 1, "output_padding": 2},
    {"dilation": 2, "flip": True},
    {"groups": 2, "bias": False},
]


def images(cls):
    return rng.standard_normal((2, 4, 3, 4, 3)[: 2 + cls.axes])


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("cls", OPS)
def test_it_is_the_op_with_its_arrays(cls, options):
    layer, x = cls(4, 6, 3, np.tanh, **options), images(cls)
    bias = rng.standard_normal(6) if layer.bias is not None else None
    if bias is not None:
        layer.bias[...] = bias
    of_op = {key: option for key, option in options.items() if key != "bias"}
    want = np.tanh(OPS[cls](x, layer.weight.value, bias, **of_op))
    np.testing.assert_allclose(layer(x), want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_gradients_to_second_order(options):
    layer = ConvTranspose2d(2, 2, 3, np.tanh, **options)
    assert gradcheck(layer, images(ConvTranspose2d)[:1, :2, :2, :2].copy(), order=2)


def test_arrays():
    layer = ConvTranspose2d(6, 4, (5, 3), groups=2)
    assert [p.shape for p in params(layer)] == [(6, 2, 5, 3), (4,)]
    assert {p.dtype for p in params(layer)} == {np.dtype("f4")}
    assert layer.weight.value.flags.c_contiguous
    ordered = ConvTranspose1d(3, 2, 4, init=lambda shape: np.arange(24.0).reshape(shape))
    assert ordered.weight.tolist() == np.arange(24.0).reshape(2, 3, 4).swapaxes(0, 1).tolist()
    weight = ConvTranspose2d(64, 256, 3, init=init.he_normal).weight.value
    np.testing.assert_allclose(weight.var(), 2 / (9 * 64), rtol=0.05)


@pytest.mark.parametrize("cls", OPS)
def test_the_first_call_may_give_the_number_of_channels(cls):
    layer, x = cls(None, 6, 2, groups=2), images(cls)
    assert repr(layer).startswith(f"{cls.__name__}(None => 6, 2")
    for wrong in (x[0], x[:, :3]):
        with pytest.raises(ValueError):
            layer(wrong)
        with pytest.raises(ValueError, match="call the model once first"):
            params(layer)
    assert layer(x).shape[:2] == (2, 6) and layer.weight.shape[:2] == (4, 3)
    assert repr(layer).startswith(f"{cls.__name__}(4 => 6, 2")


def test_repr():
    layer = ConvTranspose2d(8, 3, 4, ops.relu, stride=2, padding=1, output_padding=1, groups=1)
    text = "ConvTranspose2d(8 => 3, 4×4, relu, stride=2, padding=1, output_padding=1)"
    assert repr(layer) == text


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="groups=4 for 4 => 6"):
        ConvTranspose1d(4, 6, 3, groups=4)
    with pytest.raises(ValueError, match="takes 5"):
        ConvTranspose1d(5, 6, 3)(images(ConvTranspose1d))
