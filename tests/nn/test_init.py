"""Initialisers: variance and bounds from the right fans, the dtype, the seed."""

import math
from functools import partial

import numpy as np
import pytest

from knetpy import ops
from knetpy.arrays import default_dtype, seed
from knetpy.nn import Conv2d, ConvTranspose2d, Linear, init

# A weight's shape, and the inputs and outputs that its layer joins.
WEIGHTS = {
    "linear": ((300, 200), 300, 200),
    "convolution": ((64, 32, 5, 3), 32 * 15, 64 * 15),
    "convolution of signals": ((64, 32, 9), 32 * 9, 64 * 9),
    "vector": ((40_000,), 40_000, 1),
}
# The variance that the paper wants, and whether no number may lie beyond a bound.
RULES = {
    "xavier_uniform": (init.xavier_uniform, lambda i, o: 2 / (i + o), True),
    "xavier_normal": (init.xavier_normal, lambda i, o: 2 / (i + o), False),
    "he_uniform": (init.he_uniform, lambda i, o: 2 / i, True),
    "he_normal": (init.he_normal, lambda i, o: 2 / i, False),
    "gain": (partial(init.xavier_uniform, gain=3.0), lambda i, o: 18 / (i + o), True),
    "normal gain": (partial(init.xavier_normal, gain=3.0), lambda i, o: 18 / (i + o), False),
    "slope": (partial(init.he_uniform, slope=0.5), lambda i, o: 2 / 1.25 / i, True),
    "normal slope": (partial(init.he_normal, slope=0.5), lambda i, o: 2 / 1.25 / i, False),
    "uniform": (init.uniform, lambda i, o: 0.2**2 / 12, True),
    "normal": (init.normal, lambda i, o: 0.01**2, False),
    "hardly truncated": (partial(init.truncated_normal, cut=9.0), lambda i, o: 0.01**2, False),
}


@pytest.mark.parametrize("shape, fan_in, fan_out", WEIGHTS.values(), ids=WEIGHTS)
@pytest.mark.parametrize("draw, variance, bounded", RULES.values(), ids=RULES)
def test_variance_and_shape_of_the_distribution(shape, fan_in, fan_out, draw, variance, bounded):
    x = draw(shape)
    assert (x.shape, x.dtype) == (shape, default_dtype)
    std = math.sqrt(variance(fan_in, fan_out))
    error = 5 / math.sqrt(x.size)
    assert abs(x.mean()) < error * std
    assert abs(x.var() / std**2 - 1) < 2 * error
    assert (np.abs(x).max() <= math.sqrt(3) * std * 1.000001) == bounded
    kurtosis = np.mean((x.astype("f8") / std) ** 4)
    assert abs(kurtosis - (1.8 if bounded else 3.0)) < 20 * error


def test_uniform_and_normal_take_their_settings():
    x = init.uniform((10_000,), 2.0, 4.0)
    assert 2 <= x.min() < 2.01 and 3.99 < x.max() <= 4
    x = init.normal((10_000,), mean=5.0, std=2.0)
    assert abs(x.mean() - 5) < 0.1 and abs(x.std() - 2) < 0.1


def test_constants():
    for x, fill in [(init.zeros((2, 1)), 0), (init.ones((2, 1)), 1), (init.constant((2, 1), 7), 7)]:
        assert x.tolist() == [[fill], [fill]] and x.dtype == default_dtype


@pytest.mark.parametrize("draw, variance, bounded", RULES.values(), ids=RULES)
def test_the_seed_repeats_the_bits(draw, variance, bounded):
    seed(3)
    first, second = draw((4, 5)), draw((4, 5))
    seed(3)
    assert first.tobytes() == draw((4, 5)).tobytes() != second.tobytes()


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 3, 2, 2)])
def test_empty_weights(shape):
    assert init.xavier_uniform(shape).shape == shape


@pytest.mark.parametrize("cut", [0.5, 2.0, 4.0])
def test_truncated_normal(cut):
    x = init.truncated_normal((50_000,), mean=3.0, std=0.1, cut=cut)
    z = (x.astype("f8") - 3) / 0.1
    assert x.dtype == default_dtype and np.abs(z).max() <= cut + 1e-5
    density = math.exp(-(cut**2) / 2) / math.sqrt(2 * math.pi)
    variance = 1 - 2 * cut * density / math.erf(cut / math.sqrt(2))
    assert abs(z.mean()) < 0.03 and abs(z.var() / variance - 1) < 0.03
    assert cut > 3 or np.abs(z).max() > 0.99 * cut
    with pytest.raises(ValueError, match="cut is a positive number .* got 0"):
        init.truncated_normal((3,), cut=0)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (1, 3), (4, 3, 2, 2), (30, 3, 2, 2)])
@pytest.mark.parametrize("gain", [1.0, 2**0.5])
def test_orthogonal(shape, gain):
    x = init.orthogonal(shape, gain)
    assert (x.shape, x.dtype) == (shape, default_dtype)
    rows = x.reshape(shape[0], -1).astype("f8")
    rows = rows if rows.shape[0] <= rows.shape[1] else rows.T
    np.testing.assert_allclose(rows @ rows.T, gain**2 * np.eye(len(rows)), atol=1e-6)


def test_every_rotation_is_equally_likely():
    trace = [np.trace(init.orthogonal((3, 3))) for _ in range(2000)]
    # Over the Haar measure the trace has mean 0 and mean square 1.
    assert abs(np.mean(trace)) < 0.1 and abs(np.mean(np.square(trace)) - 1) < 0.15
    with pytest.raises(ValueError, match=r"matrices and convolutions, got shape \(3,\)"):
        init.orthogonal((3,))


def test_bilinear_has_the_profiles_of_knet():
    assert init.bilinear((1, 1, 4)).ravel().tolist() == [0.25, 0.75, 0.75, 0.25]
    third = [1 / 3, 2 / 3, 1, 2 / 3, 1 / 3]
    np.testing.assert_allclose(init.bilinear((1, 1, 5)).ravel(), third, rtol=1e-6)
    x = init.bilinear((2, 2, 4, 5))
    np.testing.assert_allclose(x[1, 1], np.outer([0.25, 0.75, 0.75, 0.25], third), rtol=1e-6)
    assert not x[0, 1].any() and not x[1, 0].any() and x.dtype == default_dtype


@pytest.mark.parametrize("stride", [2, 3])
@pytest.mark.parametrize("groups", [1, 3])
def test_bilinear_interpolates_as_interpolate_does(stride, groups):
    size = 2 * stride - stride % 2
    layer = ConvTranspose2d(
        3, 3, size, stride=stride, padding=stride // 2, groups=groups, init=init.bilinear
    )
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 6))
    inside = (..., slice(stride, -stride), slice(stride, -stride))
    want = ops.interpolate(x, scale=stride, mode="linear")
    np.testing.assert_allclose(layer(x)[inside], want[inside], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4, 4), (3,)])
def test_bilinear_wants_as_many_channels_out_as_in(shape):
    with pytest.raises(ValueError, match=r"weights .channels, channels, \*window.*, got"):
        init.bilinear(shape)


def test_a_scalar_has_no_fans():
    with pytest.raises(ValueError, match=r"shape \(\) has no fans; .*constant or normal"):
        init.xavier_normal(())


def test_layers_give_their_fans():
    seen = []

    def spy(shape):
        seen.append(init.fans(shape))
        return init.zeros(shape)

    Linear(6, 4, init=spy)
    Conv2d(6, 4, (5, 3), init=spy)
    Conv2d(6, 4, (5, 3), groups=2, init=spy)
    ConvTranspose2d(6, 4, (5, 3), groups=2, init=spy)
    assert seen == [(6, 4), (90, 60), (45, 30), (45, 30), (45, 30), (45, 30)]
