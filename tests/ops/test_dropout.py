"""dropout: the share that falls, the mean that stays, the mask that its gradient shares."""

import numpy as np
import pytest

from knetpy.arrays import seed
from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import dropout


def test_outside_of_diff_it_is_x_itself():
    x = np.ones(3)
    assert dropout(x, 0.9) is x
    assert dropout(x, 0.0, training=True) is x


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_share_that_falls_and_what_the_others_become(p):
    y = dropout(np.ones(100_000), p, training=True)
    assert abs((y == 0).mean() - p) < 0.01
    np.testing.assert_allclose(y[y != 0], 1 / (1 - p))


def test_all_fall_at_one():
    assert (dropout(np.ones(9), 1, training=True) == 0).all()


def test_training_follows_recording_unless_told():
    x = Param(np.ones(1000))
    assert 300 < value(diff(lambda: np.sum(dropout(x, 0.5) == 0) + 0 * np.sum(x))) < 700
    assert value(diff(lambda: np.sum(dropout(x, 0.5, training=False)))) == 1000


def test_the_gradient_takes_the_mask_of_the_result_even_where_x_is_zero():
    x, seen = Param(np.zeros(50)), []

    def loss():
        seed(5)
        seen.append(dropout(x + 1, 0.5))
        seed(5)
        return np.sum(dropout(x, 0.5))

    np.testing.assert_array_equal(grad(diff(loss), x), value(seen[0]))


def test_two_orders_of_derivatives():
    def f(x):
        seed(2)
        return dropout(x, 0.4, training=True) ** 2

    assert gradcheck(
        f, np.asfortranarray(np.random.default_rng(0).standard_normal((3, 4))), order=2
    )


def test_the_seed_repeats_it_and_calls_differ():
    seed(1)
    first, second = (dropout(np.ones(99), 0.5, training=True) for _ in range(2))
    seed(1)
    np.testing.assert_array_equal(dropout(np.ones(99), 0.5, training=True), first)
    assert (first != second).any()


def test_float32_stays():
    x = np.ones((2, 3), "f4")
    assert dropout(x, 0.3, training=True).dtype == "f4"
    assert grad(lambda x: np.sum(dropout(x, 0.3)))(x).dtype == "f4"


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
def test_a_share_outside_of_0_to_1_is_refused_even_when_not_training(p):
    with pytest.raises(ValueError, match=rf"0 <= p <= 1, got {p}"):
        dropout(np.ones(3), p)


def test_whole_channels_fall_together():
    x = np.arange(1.0, 1 + 50 * 40 * 6).reshape(50, 40, 2, 3)
    y = dropout(x, 0.3, training=True, axes=(0, 1))
    falls = (y == 0).all((2, 3))
    assert (falls == (y == 0).any((2, 3))).all() and abs(falls.mean() - 0.3) < 0.05
    np.testing.assert_allclose(y[~falls], x[~falls] / 0.7)
    seed(3)
    first = dropout(x, 0.3, training=True, axes=(0, 1))
    seed(3)
    np.testing.assert_array_equal(dropout(x, 0.3, training=True, axes=(-3, 0)), first)


def test_two_orders_of_derivatives_of_whole_channels():
    def f(x):
        seed(2)
        return dropout(x, 0.4, training=True, axes=1) ** 2

    assert gradcheck(f, np.random.default_rng(0).standard_normal((2, 4, 3)), order=2)


def test_axes_that_are_not_there_are_refused_even_when_not_training():
    with pytest.raises(ValueError, match="axes: axis 2 is out of bounds"):
        dropout(np.ones((3, 4)), 0.5, axes=(0, 2))
