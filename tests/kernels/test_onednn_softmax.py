"""Softmax of large arrays by oneDNN is the reference's to rounding; all else is the reference's."""

import numpy as np
import pytest

from knetpy.kernels import onednn, reference
from tests.kernels.onednn_help import ORDERS, counts, needs_onednn  # noqa: F401

pytestmark = needs_onednn
RNG = np.random.default_rng(23)
KERNELS = ("softmax", "softmax_dx", "log_softmax_dx")


def arguments(name, x, order):
    y = getattr(reference, name.removesuffix("_dx"))(x, -1)
    arrays = [RNG.standard_normal(x.shape, dtype="f4"), y] if name.endswith("dx") else [x]
    return [ORDERS[order](a) for a in arrays]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("shape", [(40, 7), (3, 4, 5, 6), (2, 3000), (5, 1), (6, 2, 1, 3)])
def test_every_memory_order(name, order, shape, counts):  # noqa: F811
    args = arguments(name, 5 * RNG.standard_normal(shape, dtype="f4"), order)
    y = getattr(onednn, name)(*args, len(shape) - 1)
    exact = getattr(reference, name)(*(a.astype(float) for a in args), -1)
    assert y.dtype == np.float32 and y.shape == shape
    room = 16 * np.finfo("f4").eps * (1 + np.abs(exact).max())
    assert np.abs(y - exact).max() <= room
    assert counts.executed == (order != "unaligned")


@pytest.mark.parametrize("order", sorted(ORDERS))
@pytest.mark.parametrize("shape", [(40, 7), (3, 4, 5, 6), (5, 1), (6, 2, 1, 3)], ids=str)
def test_the_logistic_function_of_every_memory_order(order, shape, counts):  # noqa: F811
    x = ORDERS[order](5 * RNG.standard_normal(shape, dtype="f4"))
    y, exact = onednn.sigmoid(x), reference.sigmoid(x.astype(float))
    assert y.dtype == np.float32 and y.shape == shape
    np.testing.assert_allclose(y, exact, rtol=8 * np.finfo("f4").eps)
    assert counts.executed == (order != "unaligned")
    assert order != "last" or np.moveaxis(y, 1, -1).flags.c_contiguous


def test_the_logistic_function_is_right_in_both_tails_and_keeps_nan():
    x = np.array([np.nan, np.inf, -np.inf, 0, 1e30, -1e30, -80, 80], "f4")
    with np.errstate(under="ignore"):
        np.testing.assert_allclose(onednn.sigmoid(x), reference.sigmoid(x), rtol=1e-6)


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_nan_and_infinities_are_the_references(special):
    x = RNG.standard_normal((4, 5), dtype="f4")
    x[1, 2] = special
    x[3] = special
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(onednn.softmax(x, -1), reference.softmax(x, -1))


@pytest.mark.parametrize("axis", [0, (0, 1), None])
def test_other_axes_are_the_references(axis, counts):  # noqa: F811
    x = RNG.standard_normal((4, 5), dtype="f4")
    np.testing.assert_array_equal(onednn.softmax(x, axis), reference.softmax(x, axis))
    y = reference.softmax(x, axis)
    np.testing.assert_array_equal(onednn.softmax_dx(x, y, axis), reference.softmax_dx(x, y, axis))
    assert counts.executed == 0


@pytest.mark.parametrize("name", ["sigmoid", *KERNELS])
def test_small_arrays_are_left_to_numpy(name):
    assert not onednn.takes(name, np.ones((100, 10), "f4"))
    assert onednn.takes(name, np.ones((100, 1000), "f4"))


def test_the_logarithm_is_numpys():
    assert not onednn.takes("log_softmax", np.ones((100, 1000), "f4"))
