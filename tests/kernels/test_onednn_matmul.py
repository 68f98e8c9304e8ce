"""The product of matrices: NumPy's numbers to rounding, large ones by oneDNN, small by NumPy."""

import sys

import numpy as np
import pytest

from knetpy import ops
from knetpy.autograd import Param, diff, grad
from knetpy.autograd.primitive import table
from knetpy.kernels.onednn_library import library
from knetpy.kernels.onednn_matmul import CROSSING, VECTOR, matmul
from tests.kernels.onednn_help import close, counts, needs_onednn, unaligned  # noqa: F401

RNG = np.random.default_rng(13)


@pytest.fixture
def calls(monkeypatch):
    seen, sgemm = [], library().sgemm

    def counted(*args):
        seen.append(args)
        sgemm(*args)

    monkeypatch.setattr(library(), "sgemm", counted)
    return seen


def numbers(*shape):
    return RNG.standard_normal(shape, dtype="f4")


def product(a, b):
    a, b = a.astype(float), b.astype(float)
    return a @ b, np.abs(a) @ np.abs(b)


def holes(x):
    y = np.full((2 * x.shape[0], 3 * x.shape[1]), np.nan, "f4")[: x.shape[0], : x.shape[1]]
    y[...] = x
    return y


TAKEN = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "rows apart": holes,
    "columns apart": lambda x: holes(x.T).T,
}
COPIED = {"every second": lambda x: np.repeat(x, 2, axis=1)[:, ::2], "back": lambda x: x[::-1]}


@needs_onednn
@pytest.mark.parametrize("left", TAKEN | COPIED)
@pytest.mark.parametrize("right", TAKEN | COPIED)
def test_any_memory_order(left, right, calls):
    a, b = (TAKEN | COPIED)[left](numbers(70, 80)), (TAKEN | COPIED)[right](numbers(80, 90))
    assert close(matmul(a, b), *product(a, b))
    assert len(calls) == (left in TAKEN and right in TAKEN)


@needs_onednn
@pytest.mark.parametrize(
    "m, k, n", [(1, 600, 700), (600, 700, 1), (600, 1, 700), (600, 500, 2), (2, 500, 600)]
)
def test_vectors_as_matrices(m, k, n, calls):
    for a in (numbers(m, k), numbers(k, m).T):
        for b in (numbers(k, n), numbers(n, k).T):
            assert close(matmul(a, b), *product(a, b))
    assert len(calls) == 4


TURNED = {(16, 300, 250): 1, (3, 20, 300, 250): 1, (15, 300, 250): 0, (300, 250, 15): 0}


@needs_onednn
@pytest.mark.parametrize("sizes, primitive", [*TURNED.items(), ((70, 80, 90), 0)], ids=str)
def test_a_large_one_with_a_transposed_matrix_is_a_primitive(
    sizes,
    primitive,
    calls,
    counts,  # noqa: F811
):
    *rows, k, n = sizes
    a, b = numbers(*rows, k), numbers(n, k).T
    y = matmul(a, b)
    assert close(y, *product(a, b)) and y.flags.c_contiguous
    assert (counts.executed, len(calls)) == (primitive, 1 - primitive)
    out = np.empty_like(y)
    assert matmul(a, b, out=out) is out and np.array_equal(out, y)
    if len(rows) == 1:
        assert close(matmul(holes(a), b), *product(a, b)) and len(calls) == 3 - 2 * primitive


@needs_onednn
def test_a_stack_of_rows_is_one_product(calls):
    a, b = numbers(5, 20, 60), numbers(60, 70)
    y = matmul(a, b)
    assert close(y, *product(a, b)) and len(calls) == 1
    assert close(matmul(a.swapaxes(0, 1), b), *product(a.swapaxes(0, 1), b))


@needs_onednn
def test_a_result_goes_into_out_unless_it_is_still_being_read(calls):
    a, b = numbers(80, 80), numbers(80, 80)
    exact, size = product(a, b)
    for out in (np.empty((80, 80), "f4"), holes(exact), np.asfortranarray(exact, "f4"), exact + 1):
        assert matmul(a, b, out=out) is out
        assert close(out.astype("f4"), exact, size)
    assert len(calls) == 1
    assert close(matmul(a, b, out=a), exact, size)
    with pytest.raises(ValueError):
        matmul(b, b, out=np.empty((80, 81), "f4"))
    assert len(calls) == 1


@pytest.mark.parametrize("m", [3, 100], ids=["small", "large"])
def test_matrices_that_do_not_fit_are_refused_as_by_numpy(m):
    with pytest.raises(ValueError, match="matmul: Input operand 1 has a mismatch in its core"):
        matmul(numbers(m, m), numbers(m + 1, m))


@needs_onednn
def test_gradients_reach_it(calls):
    w, v = Param(numbers(100, 100)), Param(numbers(100, 90))
    bias, x = Param(numbers(90)), numbers(70, 100)
    tape = diff(lambda: np.sum(ops.linear(x @ w, v, bias) * 2))
    assert len(calls) == 2 + 1 + 2
    exact, size = product(x.T, 2 * np.ones((70, 90)) @ v.value.astype(float).T)
    assert close(grad(tape, w), exact, 100 * size)


def turned(x):
    return x.swapaxes(-1, -2).copy().swapaxes(-1, -2)


@needs_onednn
@pytest.mark.parametrize("left", [np.ascontiguousarray, turned, np.asfortranarray])
@pytest.mark.parametrize("right", [np.ascontiguousarray, turned, lambda x: x[::-1], unaligned])
@pytest.mark.parametrize("sizes", [(4, 90, 80, 170), (2, 3, 128, 64, 128), (5, 1, 1000, 1000)])
def test_stacks_of_products_are_one(left, right, sizes, counts):  # noqa: F811
    *stack, m, k, n = sizes
    a, b = left(numbers(*stack, m, k)), right(numbers(*stack, k, n))
    assert close(matmul(a, b), *product(a, b))
    assert counts.executed == 1


@needs_onednn
def test_stacks_that_are_broadcast_or_unlike_are_numpys(counts):  # noqa: F811
    a, b = numbers(4, 200, 200), numbers(4, 200, 200)
    for x, y in ((a, b[:1]), (a[None], b[None].repeat(2, 0)), (a, b.astype(float))):
        np.testing.assert_array_equal(matmul(x, y), np.matmul(x, y))
    assert matmul(a, b, out=np.empty_like(a)).shape == a.shape and counts.executed == 0
    with pytest.raises(ValueError, match="mismatch in its core dimension"):
        matmul(a, numbers(4, 201, 200))


@needs_onednn
def test_a_product_of_a_matrix_with_its_own_transpose(calls):
    a = numbers(100, 100)
    np.testing.assert_allclose(matmul(a, a.T), a.astype(float) @ a.T, rtol=0, atol=1e-4)
    assert len(calls) == 1


@needs_onednn
def test_small_and_other_products_are_numpys(calls):
    n = round(CROSSING ** (1 / 3))
    pairs = [
        (numbers(n, n), numbers(n, n)),
        (numbers(100, 100).astype(float), numbers(100, 100)),
        (numbers(100_000), numbers(100_000)),
        (numbers(3, n, n), numbers(3, n, n)),
        (numbers(0, 1000), numbers(1000, 1000)),
        (numbers(1000, 0), numbers(0, 1000)),
        (np.ones((1000, 1000), "f2"), np.ones((1000, 2), "f2")),
    ]
    for a, b in pairs:
        np.testing.assert_array_equal(matmul(a, b), np.matmul(a, b))
    assert matmul(numbers(100, 100), numbers(100, 100), dtype="f8").dtype == float
    long = numbers(VECTOR // 9, 9)
    np.testing.assert_array_equal(matmul(long.T, long[:, :1]), long.T @ long[:, :1])
    assert calls == []
    matmul(numbers(n + 1, n), numbers(n, n))
    matmul(numbers(1, VECTOR // 9 + 1), numbers(VECTOR // 9 + 1, 9))
    assert len(calls) == 2


def test_what_numpy_refuses_is_refused_in_its_words():
    with pytest.raises(ValueError, match="mismatch in its core dimension"):
        matmul(numbers(100, 100), numbers(101, 100))


@needs_onednn
def test_an_operator_reaches_it(calls):
    w = Param(numbers(100, 100))
    x = numbers(100, 100)
    assert table[np.matmul].call is matmul
    for y in (x @ w, w @ x, np.matmul(x, w)):
        assert type(y) is np.ndarray
    assert len(calls) == 3


@needs_onednn
def test_no_memory_is_an_error_with_the_shapes(monkeypatch):
    def full(*args):
        raise MemoryError("oneDNN found no memory")

    monkeypatch.setattr(library(), "sgemm", full)
    with pytest.raises(MemoryError, match=r"matmul of arrays \(99, 98\), \(98, 97\): oneDNN"):
        matmul(numbers(99, 98), numbers(98, 97))


def test_without_the_library_it_is_numpys(monkeypatch):
    monkeypatch.setattr(sys.modules["knetpy.kernels.onednn_library"], "state", None)
    a, b = numbers(100, 100), numbers(100, 100)
    np.testing.assert_array_equal(matmul(a, b), a @ b)
