"""Pools are their ops with every option, and show themselves."""

import numpy as np
import pytest

from knetpy import nn, ops
from knetpy.autograd.gradcheck import gradcheck

rng = np.random.default_rng(0)

OPTIONS = [
    {},
    {"stride": 1},
    {"stride": 3, "padding": 1},
    {"dilation": 2},
    {"ceil": True, "stride": 3},
    {"padding": "same"},
]
OPS = {
    nn.MaxPool1d: ops.max_pool1d,
    nn.MaxPool2d: ops.max_pool2d,
    nn.MaxPool3d: ops.max_pool3d,
    nn.MeanPool1d: ops.mean_pool1d,
    nn.MeanPool2d: ops.mean_pool2d,
    nn.MeanPool3d: ops.mean_pool3d,
}
MEANS = [cls for cls in OPS if cls.__name__.startswith("Mean")]


def images(cls):
    return rng.standard_normal((2, 3, 8, 6, 7)[: 2 + int(cls.__name__[-2])])


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("window", [2, None])
@pytest.mark.parametrize("cls", OPS)
def test_it_is_the_op(cls, window, options):
    x = images(cls)
    if window is None and "dilation" in options:
        options = {}
    np.testing.assert_array_equal(cls(window, **options)(x), OPS[cls](x, window, **options))


@pytest.mark.parametrize("cls", MEANS)
def test_padding_may_not_count(cls):
    x, options = images(cls), {"padding": 1, "count_padding": False}
    y = cls(3, **options)(x)
    np.testing.assert_array_equal(y, OPS[cls](x, 3, **options))
    assert not np.allclose(y, cls(3, padding=1)(x))


@pytest.mark.parametrize("cls", MEANS)
def test_no_window_is_the_whole_image(cls):
    x = images(cls)
    y = cls(None)(x)
    np.testing.assert_allclose(y.reshape(2, 3), x.reshape(2, 3, -1).mean(axis=2), rtol=1e-12)


@pytest.mark.parametrize(
    "options", [{}, {"stride": 3}, {"padding": 1}, {"padding": 1, "window": 4}]
)
def test_unpool_is_the_op_and_pooling_takes_it_back(options):
    x = rng.standard_normal((2, 3, 4, 3))
    y = nn.Unpool(**options)(x)
    np.testing.assert_array_equal(y, ops.unpool(x, **options))
    back = nn.MeanPool2d(options.pop("window", 2), **options, count_padding=False)(y)
    np.testing.assert_allclose(back, x, rtol=1e-12)
    counted = nn.Unpool(2, padding=1, count_padding=True)(x)
    np.testing.assert_allclose(nn.MeanPool2d(2, padding=1)(counted), x, rtol=1e-12)


@pytest.mark.parametrize("layer", [nn.MaxPool2d(2, stride=1), nn.MeanPool2d(3), nn.Unpool(2)])
def test_gradients_to_second_order(layer):
    assert gradcheck(lambda x: layer(x) ** 2, rng.standard_normal((1, 2, 4, 3)), order=2)


@pytest.mark.parametrize(
    "layer, text",
    [
        (nn.MaxPool2d(), "MaxPool2d(2)"),
        (nn.MaxPool2d((2, 3), stride=1, ceil=True), "MaxPool2d(2×3, stride=1, ceil=True)"),
        (nn.MeanPool2d(None), "MeanPool2d(None)"),
        (nn.MeanPool1d(3, padding=1, count_padding=False), None),
        (nn.Unpool(2, stride=3), "Unpool(2, stride=3)"),
    ],
)
def test_repr(layer, text):
    assert repr(layer) == (text or "MeanPool1d(3, padding=1, count_padding=False)")


@pytest.mark.parametrize("cls", OPS)
def test_what_does_not_fit_is_refused(cls):
    with pytest.raises(ValueError, match=OPS[cls].__name__):
        cls(10)(images(cls))
