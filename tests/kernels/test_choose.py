"""Which family of kernels computes a call: the first that takes it."""

from types import SimpleNamespace

import numpy as np
import pytest

from knetpy import kernels
from knetpy.kernels import choose, reference
from knetpy.kernels.window import Window

X, WINDOW = np.ones((1, 1, 4, 4)), Window((2, 2), (2, 2))


def family(**kernels):
    takes = lambda name, x: name in kernels and x.dtype == "f4"  # noqa: E731
    return SimpleNamespace(takes=takes, **kernels)


def test_the_last_family_takes_everything():
    assert choose.families[-1] is reference
    assert reference.takes("anything", object())


def test_a_family_in_front_gets_what_it_takes_and_nothing_else(monkeypatch):
    fast = family(mean_pool=lambda x, window, count_padding: "fast")
    monkeypatch.setattr(choose, "families", [fast, reference])
    assert kernels.mean_pool(X.astype("f4"), WINDOW, True) == "fast"
    assert (kernels.mean_pool(X, WINDOW, True) == 1).all()
    assert kernels.max_pool(X.astype("f4"), WINDOW)[0].shape == (1, 1, 2, 2)


@pytest.mark.parametrize("name", sorted(set(kernels.__all__) - {"Sampling", "Window"}))
def test_every_kernel_is_chosen_and_says_what_it_computes(name):
    kernel = getattr(kernels, name)
    assert kernel.__name__ == name in reference.__all__
    assert kernel.__doc__ == getattr(reference, name).__doc__


def test_the_reference_has_no_kernel_that_cannot_be_reached():
    assert set(reference.__all__) == set(kernels.__all__) - {"Sampling", "Window"} | {"takes"}
