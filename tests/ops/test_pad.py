"""zero_pad: uneven ends, any number of axes, two orders, what does not fit."""

import numpy as np
import pytest

from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import conv2d, zero_pad
from tests import standin
from tests.ops.test_conv import MEMORIES

RNG = np.random.default_rng(3)


@pytest.mark.parametrize(
    "shape, padding, pairs",
    [
        ((2, 3, 4), 1, ((1, 1),)),
        ((2, 3, 4), ((2, 0),), ((2, 0),)),
        ((2, 3, 4, 1), (1, 2), ((1, 1), (2, 2))),
        ((2, 3, 4, 1), ((0, 2), 1), ((0, 2), (1, 1))),
        ((0, 3, 2, 2, 2), [[0, 1], [2, 0], 0], ((0, 1), (2, 0), (0, 0))),
    ],
    ids=str,
)
def test_zeros_stand_around(shape, padding, pairs):
    x = RNG.standard_normal(shape)
    y = zero_pad(x, padding)
    assert y.shape[2:] == tuple(n + a + b for n, (a, b) in zip(shape[2:], pairs, strict=True))
    inside = tuple(slice(a, a + n) for n, (a, _) in zip(shape[2:], pairs, strict=True))
    np.testing.assert_array_equal(y[(..., *inside)], x)
    assert np.count_nonzero(y) == x.size


@pytest.mark.parametrize("arrange", MEMORIES.values(), ids=MEMORIES)
def test_two_orders_of_derivatives(arrange):
    x = arrange(RNG.standard_normal((1, 2, 2, 3)))
    assert gradcheck(lambda x: zero_pad(x, ((0, 1), 2)) ** 2, x, order=2)


def test_a_convolution_pads_as_it_does():
    x, weight = RNG.standard_normal((2, 3, 4, 5)), RNG.standard_normal((2, 3, 3, 3))
    padding = ((1, 0), (0, 2))
    expected = conv2d(zero_pad(x, padding), weight)
    np.testing.assert_allclose(conv2d(x, weight, padding=padding), expected, atol=1e-13)


def test_dtypes_stay_and_devices_too():
    for dtype in ("f4", "i2", "c8"):
        assert zero_pad(np.ones((1, 1, 2), dtype), 1).dtype == dtype
    assert type(zero_pad(standin.ones((1, 1, 2)), 1)) is standin.ndarray


def test_what_does_not_fit_is_told_why():
    with pytest.raises(
        ValueError, match=r"zero_pad needs x \(batch, channels, \*image\), .*\(2,\)"
    ):
        zero_pad(np.ones(2), 1)
    with pytest.raises(ValueError, match=r"zero_pad needs padding= to be at least 0, got -1"):
        zero_pad(np.ones((1, 1, 2)), -1)
    with pytest.raises(TypeError, match=r"zero_pad needs .* of 2 axes .* as padding=, got \(1,\)"):
        zero_pad(np.ones((1, 1, 2, 2)), (1,))
