"""Normalisation by oneDNN is the reference's to rounding, over channels and over rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knetpy.kernels import onednn, reference
from tests.kernels.onednn_help import ORDERS, counts, needs_onednn  # noqa: F401

pytestmark = needs_onednn
RNG = np.random.default_rng(17)
EPS = 1e-5


def numbers(*shape):
    return RNG.standard_normal(shape, dtype="f4") + np.float32(0.5)


def near(y, exact):
    assert y.dtype == np.float32 and y.shape == exact.shape
    return bool((np.abs(y - exact) <= 32 * np.finfo("f4").eps * (1 + np.abs(exact).max())).all())


def wide(*args):
    return [x.astype(float) if isinstance(x, np.ndarray) else x for x in args]


def spread(x, axes, inside):
    return tuple(n if (axis in axes) is inside else 1 for axis, n in enumerate(x.shape))


def agree(x, dy, axes, weight, bias):
    args = weight, bias, axes, EPS, True
    ours, exact = onednn.norm(x, *args), reference.norm(*wide(x, *args))
    assert all(map(near, ours, exact))
    _, mean, var = ours
    args = dy, x, weight, bias, mean, var, axes, EPS
    for d, exact in zip(onednn.norm_back(*args), reference.norm_back(*wide(*args)), strict=True):
        assert d is exact is None or near(d, exact)


@settings(max_examples=100)
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=2),
    st.tuples(st.integers(3, 5), st.integers(1, 20)),
    st.sampled_from(sorted(ORDERS)),
    st.tuples(st.booleans(), st.booleans()),
    st.booleans(),
)
def test_channels_and_rows(image, sizes, order, affine, rows):
    x, dy = (ORDERS[order](numbers(*sizes, *image, 3)) for _ in range(2))
    axes = tuple(range(2, x.ndim)) if rows else (0, *range(2, x.ndim))
    shape = spread(x, axes, rows)
    agree(x, dy, axes, *(numbers(*shape) if asked else None for asked in affine))


@settings(max_examples=50)
@given(
    st.lists(st.integers(1, 5), min_size=0, max_size=2),
    st.tuples(st.integers(3, 5), st.integers(1, 20)),
    st.sampled_from(sorted(ORDERS)),
    st.tuples(st.booleans(), st.booleans()),
)
def test_channels_and_their_positive_part(image, sizes, order, affine):
    x, dy = (ORDERS[order](numbers(*sizes, *image, 3)) for _ in range(2))
    axes = (0, *range(2, x.ndim))
    shape = spread(x, axes, False)
    weight, bias = (numbers(*shape) if asked else None for asked in affine)
    y, mean, var, kept = onednn.norm_relu(x, weight, bias, axes, EPS)
    exact = reference.norm_relu(*wide(x, weight, bias), axes, EPS)[:3]
    assert (kept is None) is (order == "unaligned") and all(map(near, (y, mean, var), exact))
    args = dy, x, weight, bias, mean, var, axes, EPS, y
    exact = reference.norm_back(*wide(*args))
    for ours in (onednn.norm_back(*args, kept), onednn.norm_back(*args, None)):
        assert all(d is e is None or near(d, e) for d, e in zip(ours, exact, strict=True))
    ours = onednn.norm_back(dy.astype("f8"), *args[1:], kept)  # which is the reference's
    theirs = reference.norm_back(dy.astype("f8"), *args[1:])
    assert all(d is e is None or np.array_equal(d, e) for d, e in zip(ours, theirs, strict=True))


def test_the_positive_part_of_channels_is_a_primitive_each_way(counts):  # noqa: F811
    x, weight = numbers(4, 3, 5, 5), numbers(1, 3, 1, 1)
    y, mean, var, kept = onednn.norm_relu(x, weight, weight, (0, 2, 3), EPS)
    onednn.norm_back(y, x, weight, weight, mean, var, (0, 2, 3), EPS, y, kept)
    assert counts.executed == 2


@pytest.mark.parametrize("strange", [np.nan, np.inf, 1e6])
def test_a_positive_part_that_onednn_would_spoil_is_the_references(strange):
    x = numbers(4, 3, 5)
    x[:, 1] = x[:, 1] + np.float32(strange)
    with np.errstate(invalid="ignore"):
        *ours, kept = onednn.norm_relu(x, None, None, (0, 2), EPS)
        *theirs, _ = reference.norm_relu(x, None, None, (0, 2), EPS)
    assert kept is None
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_rows_have_no_positive_part_by_onednn():
    assert onednn.norm_relu(x := numbers(6, 5), None, None, (1,), EPS)[3] is None
    np.testing.assert_array_equal(
        onednn.norm_relu(x, None, None, (1,), EPS)[0],
        reference.norm_relu(x, None, None, (1,), EPS)[0],
    )


def test_two_axes():
    x, dy = numbers(50, 7), numbers(50, 7)
    agree(x, dy, (0,), numbers(1, 7), numbers(1, 7))
    agree(x, dy, (1,), numbers(1, 7), numbers(1, 7))


@pytest.mark.parametrize("order", sorted(ORDERS))
@pytest.mark.parametrize("affine", [(True, True), (True, False), (False, True)], ids=str)
def test_groups_of_channels(order, affine):
    x, dy = (ORDERS[order](numbers(3, 2, 4, 5, 6)) for _ in range(2))
    agree(x, dy, (2, 3, 4), *(numbers(1, 2, 4, 1, 1) if asked else None for asked in affine))
    agree(x, dy, (3, 4), *(numbers(1, 2, 4, 1, 1) if asked else None for asked in affine))


def test_groups_are_normalised_by_a_primitive_a_call(counts):  # noqa: F811
    x, weight = numbers(3, 2, 4, 5), numbers(1, 2, 4, 1)
    y, mean, var = onednn.norm(x, weight, weight, (2, 3), EPS, True)
    onednn.norm_back(y, x, weight, weight, mean, var, (2, 3), EPS)
    assert counts.executed == 3


@pytest.mark.parametrize("order", ["first", "last"])
def test_the_memory_order_stays_and_each_call_is_one_primitive(order, counts):  # noqa: F811
    x, weight = ORDERS[order](numbers(4, 6, 5, 7)), numbers(1, 6, 1, 1)
    y, mean, var = onednn.norm(x, weight, weight, (0, 2, 3), EPS, True)
    dx, _, _ = onednn.norm_back(y, x, weight, weight, mean, var, (0, 2, 3), EPS)
    assert counts.executed == 2
    for z in (y, dx):
        assert (z if order == "first" else z.transpose(0, 2, 3, 1)).flags.c_contiguous


@pytest.mark.parametrize("weight, bias", [(True, True), (True, False), (False, True)])
def test_rows_are_one_primitive_a_call_too(weight, bias, counts):  # noqa: F811
    x, affine = numbers(40, 6, 7), [numbers(1, 1, 7) if w else None for w in (weight, bias)]
    y, mean, var = onednn.norm(x, *affine, (2,), EPS, True)
    onednn.norm_back(y, x, *affine, mean, var, (2,), EPS)
    assert counts.executed == 2


X = numbers(4, 6, 5)


@pytest.mark.parametrize(
    "x, weight, axes, centred",
    [
        (numbers(2, 3, 2, 2, 2, 2), None, (0, 2, 3, 4, 5), True),
        (X, None, (1, 2), False),
        (X, None, (0,), True),
        (X, None, (0, 1, 2), True),
        (X, None, (1,), True),
        (X, numbers(1, 1, 5), (0, 2), True),
        (X * 1e-2 + 100, None, (0, 2), True),
        (np.where(X > 1, np.nan, X).astype("f4"), None, (0, 2), True),
        (np.full_like(X, 3), None, (0, 2), True),
        (X, numbers(1, 6, 1).astype(float), (0, 2), True),
    ],
    ids="six rms columns all middle spread far nan constant wide".split(),
)
def test_everything_else_is_the_references(x, weight, axes, centred):
    ours = onednn.norm(x, weight, None, axes, EPS, centred)
    theirs = reference.norm(x, weight, None, axes, EPS, centred)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)
    args = x, x, weight, weight, *theirs[1:], axes, EPS
    for a, b in zip(onednn.norm_back(*args), reference.norm_back(*args), strict=True):
        np.testing.assert_array_equal(a, b)


def test_dead_channels_are_normalised():
    x = X.copy()
    x[:, 2] = 0
    agree(x, X, (0, 2), numbers(1, 6, 1), numbers(1, 6, 1))
