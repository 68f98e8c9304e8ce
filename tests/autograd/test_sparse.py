"""Gradients of lookups stay sparse, and are right wherever they are used."""

import tracemalloc
from time import perf_counter

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from knetpy.autograd import Param, Sparse, State, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.sparse import worth_sorting

DTYPES = ["f2", "f4", "f8", "g", "F", "D"]


def lookup(w, *ids):
    """The gradient of weighted lookups, sparse, and the same by a dense one-hot product."""
    sparse = grad(diff(lambda: sum(np.sum(np.real(w[i] * weights(w, i))) for i in ids)), w)
    dense = np.zeros(w.shape, w.dtype)
    for i in ids:
        for k, row in zip(
            np.ravel(i), weights(w, i).reshape(np.size(i), *w.shape[1:]), strict=True
        ):
            dense[k] += np.conj(row)
    return sparse, dense


def weights(w, i):
    shape = np.shape(i) + w.shape[1:]
    x = 1 + np.arange(np.prod(shape)).reshape(shape) % 7
    return (x * (1 - 2j) if w.dtype.kind == "c" else x).astype(w.dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "ids",
    [
        [np.array([1, 1, 0])],
        [np.array([-1, 3, -4])],
        [np.array([[0, 1], [1, 2]], np.uint8)],
        [np.array([], int)],
        [np.array([2]), np.array([[2, -2]]), np.array([0, 0], np.int8)],
    ],
)
@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 2, 3), (4, 0)])
def test_lookups_give_a_sparse_of_the_right_entries(dtype, ids, shape):
    g, dense = lookup(Param(np.ones(shape, dtype)), *ids)
    assert type(g) is Sparse and (g.shape, g.dtype) == (shape, np.dtype(dtype))
    assert (g.ndim, g.size) == (len(shape), np.prod(shape))
    np.testing.assert_array_equal(np.asarray(g), dense)
    np.testing.assert_allclose(g.norm(), np.sqrt(np.sum(np.abs(dense.astype("D")) ** 2)), 1e-3)
    assert np.asarray(g).dtype == dtype
    numbers, rows = g.rows()
    assert numbers.tolist() == sorted({k % 4 for i in ids for k in np.ravel(i).tolist()})
    np.testing.assert_array_equal(rows, dense[numbers])


def test_small_ints_as_row_numbers_of_a_large_table():
    w = Param(np.zeros((1000, 2)))
    g, dense = lookup(w, np.array([-1, 5], np.int8), np.array([200], np.uint8))
    numbers, _ = g.rows()
    assert numbers.tolist() == [5, 200, 999]
    np.testing.assert_array_equal(np.asarray(g), dense)


@pytest.mark.parametrize(
    "index",
    [
        1,
        slice(1, 3),
        (slice(None), np.array([0, 0])),
        (np.array([0, 0]), np.array([1, 1])),
        np.array([True, False, True, True]),
        [1, 1],
        ((0, 0, 1),),
        (np.array([0, 0]), slice(None), None),
        (Ellipsis, 1),
    ],
    ids=str,
)
def test_any_other_index_gives_a_dense_gradient(index):
    x = np.arange(12.0).reshape(4, 3)
    w = Param(x.copy())
    g = grad(diff(lambda: np.sum(w[index] ** 2) / 2), w)
    expected = np.zeros_like(x)
    np.add.at(expected, index, x[index])
    assert type(g) is np.ndarray
    np.testing.assert_array_equal(g, expected)


def test_a_dense_contribution_makes_all_of_it_dense():
    w, ids = Param(np.ones((4, 2))), np.array([1, 1])
    for f in (
        lambda: np.sum(w[ids]) + np.sum(w * 3),
        lambda: np.sum(w * 3) + np.sum(w[ids]),
        lambda: np.sum(w[ids]) + np.sum(w[0]) * 3 + np.sum(w[1:]) * 3,
    ):
        g = grad(diff(f), w)
        assert type(g) is np.ndarray and g[:, 0].tolist() == [3, 5, 3, 3]


def test_a_lookup_in_a_computed_table_is_dense_at_the_leaf():
    w = Param(np.ones((3, 2)))
    g = grad(diff(lambda: np.sum((w * 2)[np.array([1, 1])])), w)
    assert type(g) is np.ndarray and g[:, 0].tolist() == [0, 4, 0]


def test_slices_of_one_vector_as_several_layers():
    """AutoGrad.jl issue 121."""
    w, x = Param(np.linspace(-1, 1, 7)), np.array([[0.3, -0.2]])
    assert gradcheck(lambda: np.sum(w[4:6] @ np.tanh(w[:2, None] @ x + w[2:4, None])) + w[6])


def test_a_contribution_never_runs_into_another_gradient():
    """Two gradients may begin as one array (AutoGrad.jl shares it)."""
    w, v, ids = Param(np.ones((3, 2))), Param(np.ones((2, 2))), np.array([0, 0])
    J = diff(lambda: np.sum(w[ids] + v))
    gv, gw = grad(J, v), grad(J, w)
    gv *= 100
    assert np.asarray(gw)[0].tolist() == [2, 2]
    a, b = Param(np.ones(3)), Param(np.ones(3))
    J = diff(lambda: a[np.array([0])].sum() + np.sum((a + b) ** 2))
    assert grad(J, a).tolist() == [5, 4, 4] and grad(J, b).tolist() == [4, 4, 4]


def sparse(dtype="f8"):
    values = [np.array([[1, 2], [3, 4], [5, 6]], dtype), np.array([[[1, 1]]], dtype)]
    return Sparse((4, 2), np.dtype(dtype), [np.array([1, 1, -1]), np.array([[0]])], values)


DENSE = np.array([[1.0, 1], [4, 6], [0, 0], [5, 6]])


def test_arithmetic_stays_sparse_with_numbers_and_its_own_kind():
    g = sparse()
    for scaled, factor in [
        (g * 2, 2),
        (2 * g, 2),
        (np.float64(2) * g, 2),
        (g * np.float32(2), 2),
        (g * np.array(2.0), 2),
        (np.array(2.0) * g, 2),
        (g / 2, 0.5),
        (-g, -1),
        (g + g, 2),
        (g + g * 2, 3),
        (g - g * 3, -2),
        (np.multiply(g, 3), 3),
        (np.add(g, g), 2),
        (np.subtract(g, 2 * g), -1),
    ]:
        assert type(scaled) is Sparse
        np.testing.assert_array_equal(np.asarray(scaled), DENSE * factor)
    np.testing.assert_array_equal(np.asarray(g), DENSE)  # and it is the same as before


def test_arithmetic_with_arrays_is_dense():
    g, x = sparse(), np.full((4, 2), 10.0)
    for total, expected in [
        (g + x, DENSE + 10),
        (x + g, DENSE + 10),
        (g - x, DENSE - 10),
        (x - g, 10 - DENSE),
        (g + 1, DENSE + 1),
        (1 - g, 1 - DENSE),
        (np.add(g, x), DENSE + 10),
        (np.subtract(x, g), 10 - DENSE),
        (Param(x) + g, DENSE + 10),
        (Param(x) - g, 10 - DENSE),
    ]:
        assert type(total) is np.ndarray
        np.testing.assert_array_equal(total, expected)
    assert (x == 10).all()


@pytest.mark.parametrize("kind", [np.array, Param, State])
def test_adding_in_place_keeps_the_array(kind):
    x = same = kind(np.full((4, 2), 10.0))
    memory = x if kind is np.array else x.value
    x += sparse()
    x -= 3 * sparse()
    assert x is same and (memory is x or memory is x.value)
    np.testing.assert_array_equal(memory, 10 - 2 * DENSE)


def test_dtypes_follow_numpy():
    g = sparse("f4")
    assert (g * 2).dtype == (g / 2).dtype == (0.1 * g).dtype == np.float32
    assert (g * np.float64(2)).dtype == np.float64
    assert (g + sparse("f8")).dtype == np.float64
    assert (g * 1j).dtype == np.complex64 and (g * 1j).real.dtype == np.float32
    half = sparse("f8").astype("f4")
    assert half.dtype == (half * 2).dtype == np.asarray(half * 2).dtype == np.float32
    z = sparse("D") * 1j
    np.testing.assert_array_equal(np.asarray(z.conj()), DENSE * -1j)


def test_adding_into_a_float32_array_from_float64():
    x = np.zeros((4, 2), "f4")
    x += sparse("f8")
    np.testing.assert_array_equal(x, DENSE)


def test_norm_of_halves_does_not_overflow():
    g = Sparse((2,), np.dtype("f2"), [np.array([0, 1])], [np.array([300, 400], "f2")])
    assert g.norm() == 500


def test_norm_where_not_all_parts_are_rows():
    g = Sparse((3,), np.dtype(float), [np.array([0, 0]), slice(0, 2)], [np.ones(2), np.ones(2)])
    assert g.norm() == pytest.approx(np.sqrt(10)) and not g.is_rows()


def test_asarray_takes_a_dtype_and_refuses_to_share():
    assert np.asarray(sparse(), "f4").dtype == np.float32
    with pytest.raises(ValueError, match="only by a copy"):
        np.asarray(sparse(), copy=False)


@pytest.mark.parametrize(
    "operation, error, message",
    [
        (lambda g, x: g * x, TypeError, "scaled by numbers only; take g.dense"),
        (lambda g, x: x * g, TypeError, "scaled by numbers only"),
        (lambda g, x: g / x, TypeError, "numbers only"),
        (lambda g, x: x / g, TypeError, "supp|NotImpl"),
        (lambda g, x: g.add_to(x[:2]), ValueError, r"shape \(4, 2\) into shape \(2, 2\)"),
        (lambda g, x: g.add_to(x.astype(int)), TypeError, "of float64 into an array of int64"),
        (lambda g, x: (g * 1j).add_to(x), TypeError, "complex128 into an array of float64"),
        (lambda g, x: g + Sparse((2,), g.dtype, [], []), ValueError, r"\(4, 2\), \(2,\)"),
        (lambda g, x: np.sin(g), TypeError, "supp|NotImpl"),
        (lambda g, x: np.add.reduce(g), TypeError, "supp|NotImpl"),
    ],
)
def test_what_is_refused_changes_nothing(operation, error, message):
    g, x = sparse(), np.full((4, 2), 10.0)
    with pytest.raises(error, match=message):
        operation(g, x)
    assert (x == 10).all()
    np.testing.assert_array_equal(np.asarray(g), DENSE)


def test_it_shows_its_parts():
    assert repr(sparse()) == "Sparse((4, 2), float64, parts of (3, 2), (1, 1, 2))"


def test_lookups_are_twice_differentiable():
    ids = np.array([[0, 2], [2, -1]])
    assert gradcheck(lambda w: np.tanh(w[ids]) * w[np.array([1, 1])][0], np.ones((3, 2)), order=2)
    w = Param(np.array([1.0, 2.0, 3.0]))
    J = diff(lambda: np.sum(grad(diff(lambda: np.sum(w[ids] ** 3)), w) ** 2))
    counts = np.array([1, 0, 3])
    np.testing.assert_allclose(grad(J, w), 2 * (3 * w.value**2 * counts) * 6 * w.value * counts)


def test_an_inner_sparse_gradient_meets_what_the_outer_diff_records():
    w, v, ids = Param(np.ones((3, 2))), Param(2.0), np.array([0, 0])

    def loss():
        g = grad(diff(lambda: np.sum(w[ids]) + np.sum(w * v)), w)
        return np.sum(g * g)

    assert grad(diff(loss), v) == pytest.approx(2 * 2 * (2 + 2) + 4 * 2 * 2)


@given(st.data())
def test_any_parts_add_up_as_their_dense_arrays(data):
    rows, width = data.draw(st.integers(1, 6)), data.draw(st.sampled_from([0, 1, 3, 700]))
    number = st.integers(-rows, rows - 1)
    ids = data.draw(st.lists(st.lists(number, max_size=9).map(np.intp), min_size=1, max_size=3))
    g, dense = lookup(Param(np.zeros((rows, width))), *ids)
    np.testing.assert_allclose(np.asarray(g), dense)
    np.testing.assert_allclose(g.norm(), np.linalg.norm(dense))
    x = np.asfortranarray(np.ones((rows, width)))[::-1]
    x -= 0.5 * g
    np.testing.assert_allclose(x, 1 - 0.5 * dense)


def test_wide_rows_are_sorted_and_narrow_ones_are_not():
    assert worth_sorting(np.ones((64, 64)), np.ones((9, 64)))
    assert not worth_sorting(np.ones((5000, 1)), np.ones((9, 1)))
    assert not worth_sorting(np.ones(5000), np.ones(9))
    assert not worth_sorting(np.ones((4, 64)), np.ones((9, 64)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(300, 40), (300, 4, 10), (5000,)], ids=str)
def test_sums_of_many_wide_rows(dtype, shape):
    rng = np.random.default_rng(3)
    ids = rng.integers(-9, 9, shape[0])
    values = rng.integers(-8, 9, shape).astype(dtype)  # whose sums are exact in every dtype
    expected = np.zeros((9, *shape[1:]), dtype)
    np.add.at(expected, ids, values)
    rows, total = Sparse(expected.shape, values.dtype, [ids], [values]).rows()
    assert rows.tolist() == list(range(9)) and total.dtype == values.dtype
    np.testing.assert_array_equal(total, expected)


@pytest.mark.slow  # a timing
def test_sorting_is_faster_than_adding_one_by_one():
    ids, values = np.random.default_rng(0).integers(0, 256, 2048), np.ones((2048, 128), "f4")
    g, x = Sparse((256, 128), values.dtype, [ids], [values]), np.zeros((256, 128), "f4")

    def fastest(f):
        times = []
        for _ in range(5):
            start = perf_counter()
            f()
            times.append(perf_counter() - start)
        return min(times)

    assert fastest(lambda: g.add_to(x)) < fastest(lambda: np.add.at(x, ids, values))


def test_a_step_needs_no_memory_of_the_table_size():
    w = Param(np.zeros((100_000, 16), "f4"))
    ids = np.arange(0, 1000) % 500
    tracemalloc.start()
    try:
        J = diff(lambda: np.sum(w[ids] * 2))
        g = grad(J, w)
        w -= 0.1 * g * min(1, 1 / g.norm())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < w.value.nbytes / 8
    assert w.value[0, 0] < 0 and w.value[500, 0] == 0
