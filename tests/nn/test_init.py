"""Initialisers: variance and bounds from the right fans, the dtype, the seed."""

import math
from functools import partial

import numpy as np
import pytest

from knetpy.arrays import default_dtype, seed
from knetpy.nn import Conv2d, Linear, init

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
    assert seen == [(6, 4), (90, 60), (45, 30), (45, 30)]
