"""ZeroPad, Interpolate and the pixel shuffles are their ops, and show themselves."""

import numpy as np
import pytest

from knetpy import ops
from knetpy.autograd.gradcheck import gradcheck
from knetpy.nn import Interpolate, PixelShuffle, PixelUnshuffle, ZeroPad

X = np.random.default_rng(0).standard_normal((2, 4, 4, 6))

CASES = [
    (ZeroPad(((0, 1), (2, 0))), ops.zero_pad(X, ((0, 1), (2, 0))), "ZeroPad(((0, 1), (2, 0)))"),
    (Interpolate(5), ops.interpolate(X, 5), "Interpolate(size=5)"),
    (
        Interpolate((3, 9), mode="linear", align_corners=True),
        ops.interpolate(X, (3, 9), mode="linear", align_corners=True),
        "Interpolate(size=(3, 9), mode='linear', align_corners=True)",
    ),
    (
        Interpolate(scale=(1.5, 2), mode="linear"),
        ops.interpolate(X, scale=(1.5, 2), mode="linear"),
        "Interpolate(scale=(1.5, 2), mode='linear')",
    ),
    (PixelShuffle(2), ops.pixel_shuffle(X, 2), "PixelShuffle(2)"),
    (PixelUnshuffle(2), ops.pixel_unshuffle(X, 2), "PixelUnshuffle(2)"),
]


@pytest.mark.parametrize("layer, want, text", CASES, ids=[text for *_, text in CASES])
def test_it_is_the_op(layer, want, text):
    np.testing.assert_array_equal(layer(X), want)
    assert repr(layer) == text
    assert gradcheck(layer, X[:1], order=2)


def test_shuffles_are_inverse():
    np.testing.assert_array_equal(PixelUnshuffle(2)(PixelShuffle(2)(X)), X)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="one of size= and scale=, got 3, 2"):
        Interpolate(3, scale=2)
    with pytest.raises(ValueError, match="one of size= and scale=, got None, None"):
        Interpolate()
    with pytest.raises(ValueError, match="modes"):
        Interpolate(3, mode="cubic")(X)
