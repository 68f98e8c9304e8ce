"""Dropout: only while training, of the right share, told by the layer or by `diff`."""

import numpy as np
import pytest

from knetpy.arrays import seed
from knetpy.autograd import Param, diff, grad
from knetpy.nn import Dropout

X = np.ones(10_000)


def test_outside_of_diff_it_passes_its_input_through():
    assert Dropout(0.5)(X) is X
    assert Dropout(0.5, training=False)(X) is X


def test_while_recording_the_kept_are_scaled_and_only_they_learn():
    w = Param(X)
    tape = diff(lambda: np.sum(Dropout(0.25)(w)))
    g = grad(tape, w)
    assert set(g.tolist()) == {0.0, 1 / 0.75}
    assert abs(np.mean(g == 0) - 0.25) < 0.02
    assert abs(float(tape) / X.size - 1) < 0.02


def test_training_overrules_recording():
    assert (Dropout(0.5, training=True)(X) == 0).any()
    assert float(diff(lambda: np.sum(Dropout(0.5, training=False)(Param(X))))) == X.size


def test_the_seed_repeats_the_mask():
    seed(1)
    first = Dropout(0.5, training=True)(X)
    seed(1)
    np.testing.assert_array_equal(first, Dropout(0.5, training=True)(X))


def test_whole_channels_fall_together():
    y = Dropout(0.5, axes=(0, 1), training=True)(np.ones((20, 10, 3, 4)))
    assert set(y.reshape(200, 12).sum(axis=1).tolist()) == {0.0, 24.0}


def test_repr():
    assert repr(Dropout(0.1, axes=(0, 1))) == "Dropout(0.1, axes=(0, 1))"
    assert repr(Dropout(0.1)) == "Dropout(0.1)"
    assert repr(Dropout(0.1, training=True)) == "Dropout(0.1, training=True)"


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
def test_shares_out_of_range(p):
    with pytest.raises(ValueError, match=f"share of entries to drop, 0 <= p <= 1, got {p}"):
        Dropout(p)
