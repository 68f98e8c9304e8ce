"""Every operation in C gives NumPy's numbers, wherever its arrays lie, and touches nothing else."""

import ctypes
import math
import mmap
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from ctypes import c_char, c_float, c_int, c_int64, c_void_p
from itertools import product
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knetpy.kernels import native_library, onednn_library
from knetpy.kernels.program import KINDS, LINE, OWN, Code, Operand, Place, available
from knetpy.kernels.reference import (
    bias_relu,
    bias_relu_dx,
    nll,
    nll_dx,
    relu,
    relu_dx,
    softmax,
    softmax_dx,
    sum_rows,
)
from knetpy.kernels.threads import threads
from tests.kernels.native_help import needs_native
from tests.kernels.onednn_help import close, needs_onednn, read_only

pytestmark = needs_native
ROOT = Path(__file__).parents[2]
RNG = np.random.default_rng(47)
EPS = float(np.finfo("f4").eps)
C = {name: (ROOT / "knetpy/kernels" / name).read_text() for name in ("program.c", "native.h")}


def constant(name):
    """A number as the C code has it, so that sizes here stay on both sides of it."""
    (found,) = re.findall(rf"\b{name} = (\d+)(?: << (\d+))?", "".join(C.values()))
    return int(found[0]) << int(found[1] or 0)


SHARED, SHORT, DEPTH = map(constant, ("SHARED", "PART", "DEPTH"))
SIZES = [1, 7, 8, 15, 16, 17, 33]  # around one vector and two
SHAPES = [(1, 1), (3, 1), (1, 17), (100, 10), (5, 64), (300, 257)]  # the last one is shared
LARGE = [(1, SHARED), (1, SHARED + 1), (3, SHARED // 2), (SHARED + 5, 1), (257, 300)]
ENTRYWISE = list(KINDS)[: KINDS["total"]]
BINARY, UNARY = ENTRYWISE[: KINDS["copy"]], ENTRYWISE[KINDS["copy"] :]
GUARD = np.float32(-77.25)  # lies where nothing may be written
PAD = 17  # numbers around an array: more than a vector, and odd, so that none begins on a line

sizes = pytest.mark.parametrize("shape", SHAPES, ids=str)
several = pytest.mark.parametrize("n", [1, 2, 3])


def normal(*shape):
    return RNG.standard_normal(shape, dtype="f4")


def special(*shape):
    """Numbers of which some are not finite or zeros with a sign."""
    x, rare = normal(*shape), np.array([np.nan, np.inf, -np.inf, 0, -0.0], "f4")
    return np.where(RNG.random(shape) < 0.4, RNG.choice(rare, shape), x).astype("f4")


def bordered(x, border=np.nan):
    """A copy with a border in memory: a sum that reads too far becomes NaN."""
    memory = np.full(x.size + 2 * PAD, border, x.dtype)
    y = memory[PAD:-PAD].reshape(x.shape)
    y[...] = x
    return y


def holey(x):
    """The same with holes between rows and columns, but none before or behind."""
    wide = np.full((2 * len(x) - 1, 3 * x.shape[1] - 2), np.nan, "f4")
    wide[::2, ::3] = x
    return wide


def of_wider(x, lay=bordered):
    """The left part of a matrix with a few more columns, but none of them behind the last row."""
    wide = np.pad(x, ((0, 0), (0, 3)), constant_values=np.nan)
    return np.lib.stride_tricks.as_strided(lay(wide.ravel()[:-3]), x.shape, (4 * wide.shape[1], 4))


# How a matrix lies in memory that `lay` gives.
LAYOUTS = {
    "dense": lambda x, lay=bordered: lay(x),
    "transposed": lambda x, lay=bordered: lay(x.T).T,
    "upside down": lambda x, lay=bordered: lay(x)[::-1],
    "mirrored": lambda x, lay=bordered: lay(x)[:, ::-1],
    "holey": lambda x, lay=bordered: lay(holey(x))[::2, ::3],
    "of wider": of_wider,
    "row": lambda x, lay=bordered: np.broadcast_to(lay(x[:1]), x.shape),
    "column": lambda x, lay=bordered: np.broadcast_to(lay(x[:, :1]), x.shape),
    "number": lambda x, lay=bordered: np.broadcast_to(lay(x[:1, :1]), x.shape),
}


def operand(place, x):
    """An array at its place, with its steps where it is a matrix."""
    return Operand(place, *(s // x.itemsize for s in x.strides)) if x.ndim == 2 else Operand(place)


def perform(kind, shape, a, b, y, z=None, k=0, scale=1.0):
    """One operation on arrays as they lie in memory."""
    b, z = a if b is None else b, y if z is None else z
    one = (KINDS[kind], *shape, k, operand(0, a), operand(1, b), 2, 3, scale)
    same = {number: number for number in range(4)}
    Code([one], [Place(number, 0) for number in range(4)], 0, same, {}, [])([a, b, y, z])


def blank(*shape):
    """Where a result goes, dense, with guards around."""
    return bordered(np.full(shape, GUARD), GUARD)


def guarded(y):
    """The result, if nothing was written around it."""
    around = np.r_[y.base[:PAD], y.base[-PAD:]]
    assert len(around) == 2 * PAD and (around == GUARD).all()
    return y


def result(kind, shape, a, b=None, size=None, **rest):
    y = blank(*(shape if size is None else size))
    perform(kind, shape, a, b, y, **rest)
    return guarded(y)


def numpys(kind, *operands):
    with np.errstate(all="ignore"):
        return getattr(np, kind)(*operands).astype("f4")


def same_bits(got, exact, where=""):
    """Equal numbers with equal signs, of zeros too; any NaN is like any other."""
    np.testing.assert_array_equal(got, exact, where)
    known = ~np.isnan(exact)
    np.testing.assert_array_equal(np.signbit(got)[known], np.signbit(exact)[known], where)


def agree(got, exact, room=4 * EPS, floor=None):
    assert got.dtype == np.float32 and got.shape == exact.shape
    np.testing.assert_allclose(got, exact, rtol=room, atol=room if floor is None else floor)


# The table of kinds.


def test_kinds_have_the_order_of_the_enum_in_c():
    (names,) = re.findall(r"enum \{\s*(ADD\b[^}]*)\}", C["program.c"])
    assert [name.strip().lower() for name in names.split(",")] == list(KINDS)
    assert list(KINDS.values()) == list(range(len(KINDS)))


def test_every_kind_of_one_entry_is_a_function_of_numpys():
    assert len(BINARY) == 10 and len(UNARY) == 6
    assert [getattr(np, name).nin for name in BINARY] == [2] * 10
    assert [getattr(np, name).nin for name in UNARY if name != "copy"] == [1] * 5


def test_it_is_available_where_there_is_compiled_code(monkeypatch):
    assert available() is True
    monkeypatch.setattr(native_library, "state", None)
    assert available() is False


# Entry by entry.


@pytest.mark.parametrize("kind", BINARY)
@pytest.mark.parametrize("columns", SIZES)
def test_two_operands_give_numpys_numbers_however_they_lie(kind, columns):
    for rows, left, right in product((1, 3), LAYOUTS, LAYOUTS):
        a, b = LAYOUTS[left](normal(rows, columns)), LAYOUTS[right](normal(rows, columns))
        got = result(kind, (rows, columns), a, b)
        same_bits(got, numpys(kind, a, b), f"{rows} rows, {left} by {right}")


@pytest.mark.parametrize("kind", UNARY)
@pytest.mark.parametrize("columns", SIZES)
def test_one_operand_gives_numpys_numbers_however_it_lies(kind, columns):
    for rows, layout in product((1, 3), LAYOUTS):
        a = LAYOUTS[layout](normal(rows, columns))
        same_bits(result(kind, (rows, columns), a), numpys(kind, a), f"{rows} rows, {layout}")


@given(data=st.data())
@settings(max_examples=150)
def test_any_operation_on_any_matrices_is_numpys(data):
    kind, rows, columns = (data.draw(st.sampled_from(ENTRYWISE)), *sides(data, 2))
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng, rare = np.random.default_rng(seed), np.array([np.nan, np.inf, -np.inf, 0, 1e-42], "f4")
    operands = []
    for _ in range(1 + (kind in BINARY)):
        x = rng.standard_normal((rows, columns), dtype="f4")
        x[rng.random(x.shape) < 0.2] = data.draw(st.sampled_from(rare))
        operands.append(LAYOUTS[data.draw(st.sampled_from(list(LAYOUTS)))](x))
    got, exact = result(kind, (rows, columns), *operands), numpys(kind, *operands)
    np.testing.assert_array_equal(got, exact)  # which of two zeros is larger NumPy leaves open


def sides(data, count):
    return [data.draw(st.integers(1, 40)) for _ in range(count)]


@pytest.mark.parametrize("kind", ENTRYWISE)
@several
def test_threads_that_share_give_the_same_bits_as_numpy(kind, n):
    for shape, other in product(LARGE, ("dense", "number", "row")):
        operands = [normal(*shape), LAYOUTS[other](normal(*shape))][: 1 + (kind in BINARY)]
        with threads(n):
            got = result(kind, shape, *operands)
        same_bits(got, numpys(kind, *operands), f"{shape}, {other}")


@pytest.mark.parametrize("kind", BINARY)
@pytest.mark.parametrize("shape", [(1, 1), (1, 33), (3, 17), (3, 16), (257, 300)], ids=str)
def test_a_result_may_lie_where_an_operand_does(kind, shape):
    for layout in LAYOUTS:
        x, other = normal(*shape), LAYOUTS[layout](normal(*shape))
        for left, right in ((True, False), (False, True), (True, True)):
            y = bordered(x, GUARD)
            operands = [y if left else other, y if right else other]
            exact = numpys(kind, *operands)
            perform(kind, shape, *operands, y)
            same_bits(guarded(y), exact, f"{layout}, {left}, {right}")


@pytest.mark.parametrize("kind", UNARY)
@pytest.mark.parametrize("shape", [(1, 1), (1, 33), (3, 17), (257, 300)], ids=str)
def test_a_result_may_lie_where_its_only_operand_does(kind, shape):
    y = bordered(normal(*shape), GUARD)
    exact = numpys(kind, y)
    perform(kind, shape, y, None, y)
    same_bits(guarded(y), exact)


@pytest.mark.parametrize("kind", ["maximum", "minimum"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_nan_wins_in_maxima_and_minima(kind, layout):
    specials = np.array([np.nan, np.inf, -np.inf, 1, -2], "f4")
    every = np.repeat(specials, 5)[None], np.tile(specials, 5)[None]
    same_bits(result(kind, (1, 25), *every), numpys(kind, *every))
    for rows in (1, 5):
        a, b = special(rows, 35), LAYOUTS[layout](special(rows, 35))
        for pair in ((a, b), (b, a)):
            np.testing.assert_array_equal(result(kind, (rows, 35), *pair), numpys(kind, *pair))


@pytest.mark.parametrize("kind", ["greater", "greater_equal", "less", "less_equal"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_comparisons_give_one_and_zero_and_nan_is_never_so(kind, layout):
    specials = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1, -2], "f4")
    every = np.repeat(specials, 7)[None], np.tile(specials, 7)[None]
    got = result(kind, (1, 49), *every)
    same_bits(got, numpys(kind, *every))
    assert set(got[0].tolist()) == {0.0, 1.0}
    assert (got[np.isnan(every[0]) | np.isnan(every[1])] == 0).all()
    a, b = special(4, 35), LAYOUTS[layout](special(4, 35))
    same_bits(result(kind, (4, 35), a, b), numpys(kind, a, b))


@pytest.mark.parametrize("kind", [*UNARY, "add", "subtract", "multiply", "divide"])
def test_what_is_not_finite_and_the_signs_of_zeros_are_numpys(kind):
    operands = [special(6, 35) for _ in range(1 + (kind in BINARY))]
    same_bits(result(kind, (6, 35), *operands), numpys(kind, *operands))


# Sums and maxima.


@pytest.mark.parametrize("columns", [*SIZES, SHORT - 1, SHORT, SHORT + 1, 3 * SHORT + 5])
@pytest.mark.parametrize("scale", [1.0, 1 / 3])
def test_sums_are_numpys(columns, scale):
    x = bordered(normal(3, columns))
    exact, size = x.astype(float) * scale, np.abs(x.astype(float)) * scale
    got = result("total", (1, 3 * columns), x, size=(), scale=scale)
    assert close(got, exact.sum(), size.sum())
    got = result("row_sums", (3, columns), x, size=(3,), scale=scale)
    assert close(got, exact.sum(1), size.sum(1))


@pytest.mark.parametrize("kind, shape", [("total", (1, 10**6)), ("row_sums", (2, 10**6))])
@pytest.mark.parametrize("number", [0.1, 1 / 3, 0.7, 1.0])
def test_a_million_equal_numbers_add_up(kind, shape, number):
    """Equal numbers are rounded alike within a part, at worst in lanes of four numbers, and this
    is all that they lose; sums in float alone would lose a hundred times as much."""
    x, room = np.full(shape, number, "f4"), 0 if number == 1 else 16 * EPS
    got = result(kind, shape, x, size=shape[: len(shape) * (kind == "row_sums") // 2])
    np.testing.assert_allclose(got, x[0, 0].astype(float) * 10**6, rtol=room)
    mean = result(kind, shape, x, size=got.shape, scale=1e-6)
    np.testing.assert_allclose(mean, x[0, 0], rtol=room + EPS)


def test_where_ids_are_the_same():
    ids, classes = RNG.integers(0, 5, (2, 9)), np.arange(5)
    y, turned = blank(9, 5), ids[::-1, ::2]
    places = [Place(0, 0), Place(1, 0), Place(2, 0)]
    for x in (ids[0], turned[1]):
        step = x.strides[0] // 8
        one = (KINDS["same_ids"], len(x), 5, 0, Operand(0, step, 0), Operand(1, 0, 1), 2, 2, 1.0)
        given_ = {number: number for number in range(3)}
        Code([one], places, 0, given_, {}, [])([x, classes, y])
        np.testing.assert_array_equal(guarded(y)[: len(x)], (x[:, None] == classes) * 1.0)


def test_the_parts_of_a_sum_are_added_in_double():
    """In float the first part would swallow all others."""
    x = np.zeros((1, 1001 * SHORT), "f4")
    x[0, 0], x[0, SHORT::SHORT] = 2**26, 1
    assert result("total", x.shape, x, size=()) == np.float32(2**26 + 1000)


@pytest.mark.parametrize("shape", [*product((1, 3, 100), SIZES), (257, 300)], ids=str)
@several
def test_column_sums_are_numpys_and_no_matter_how_many_threads(shape, n):
    x = bordered(normal(*shape))
    with threads(n):
        got = result("column_sums", shape, x, size=shape[1:])
    assert close(got, sum_rows(x.astype(float)), np.abs(x).sum(0))
    with threads(1):
        same_bits(got, result("column_sums", shape, x, size=shape[1:]))


# Products.


def is_product(y, a, b):
    exact = [x.astype(float) for x in (a, b)]
    return close(y, exact[0] @ exact[1], np.abs(exact[0]) @ np.abs(exact[1]))


@pytest.mark.parametrize("rows", [1, 2, 5, 7, 8, 9, 15, 16, 17, 33])
@pytest.mark.parametrize("left", ["dense", "transposed"])
@pytest.mark.parametrize("right", ["dense", "transposed"])
def test_a_product_is_numpys_whatever_its_sides(rows, left, right):
    for columns, k in product([1, 2, 5, 7, 8, 9, 15, 16, 17, 33], [1, 2, 5, 8, 17, 33, 600]):
        a, b = LAYOUTS[left](normal(rows, k)), LAYOUTS[right](normal(k, columns))
        y = result("product", (rows, columns), a, b, k=k)
        assert is_product(y, a, b), (columns, k)


@pytest.mark.parametrize("k", [DEPTH - 1, DEPTH, DEPTH + 1, 2 * DEPTH, 2 * DEPTH + 1])
def test_a_deep_product_is_added_up_of_all_its_parts(k):
    for rows, columns in product((1, 9), (3, 16, 21)):
        a, b = normal(rows, k), normal(k, columns)
        assert is_product(result("product", (rows, columns), a, b, k=k), a, b)
        ones = np.ones((rows, k), "f4"), np.ones((k, columns), "f4")
        assert (result("product", (rows, columns), *ones, k=k) == k).all()


@pytest.mark.parametrize("columns", [1, 3, 8, 10, 16, 17, 40])
def test_an_affine_map_adds_its_bias_once(columns):
    """To the sums as they begin, in whichever part of the columns; to deeper parts not again."""
    for rows, k in product((1, 7, 8, 9), (1, 5, DEPTH + 3)):
        a, b, bias = normal(rows, k), normal(k, columns), bordered(normal(1, columns))
        y = blank(rows, columns)
        operands = Operand(0, k, 1), Operand(1, columns, 1)
        one = (KINDS["affine"], rows, columns, k, *operands, 2, 3, 1.0)
        same = {number: number for number in range(4)}
        Code([one], [Place(number, 0) for number in same], 0, same, {}, [])([a, b, y, bias])
        wide = np.hstack([a, np.ones((rows, 1), "f4")]), np.vstack([b, bias])
        assert is_product(guarded(y), *wide)


@given(data=st.data())
@settings(max_examples=150)
def test_a_product_is_numpys_whatever_the_strides(data):
    rows, columns, k = sides(data, 3)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    left, right = (data.draw(st.sampled_from(list(LAYOUTS))) for _ in range(2))
    a = LAYOUTS[left](rng.standard_normal((rows, k), dtype="f4"))
    b = LAYOUTS[right](rng.standard_normal((k, columns), dtype="f4"))
    assert is_product(result("product", (rows, columns), a, b, k=k), a, b)


def test_what_is_not_finite_stays_in_its_row_and_column_of_a_product():
    a, b = normal(9, 8), normal(8, 17)
    a[3, 2], b[5, 16] = np.nan, np.inf
    y = result("product", (9, 17), a, b, k=8)
    assert np.isnan(y[3]).all()
    assert np.isinf(np.delete(y[:, 16], 3)).all()
    assert np.isfinite(np.delete(y[:, :16], 3, 0)).all()


def leading(place, x):
    """A matrix as sgemm's operand: the step of its memory, and 1 unless it is transposed."""
    down, across = (s // x.itemsize for s in x.strides)
    return Operand(place, down, 1) if across == 1 else Operand(place, across, 0)


def sgemm(a, b, y, *after):
    """A program with one product by oneDNN, and more operations on the same places."""
    one = (KINDS["sgemm"], *y.shape, a.shape[1], leading(0, a), leading(1, b), 2, 2, 1.0)
    same = {number: number for number in range(3)}
    return Code([one, *after], [Place(number, 0) for number in range(3)], 0, same, {}, [])


@needs_onednn
@pytest.mark.parametrize("left", ["dense", "transposed", "of wider", "of higher"])
@pytest.mark.parametrize("right", ["dense", "transposed", "of wider", "of higher"])
@several
def test_sgemm_is_numpys_product(left, right, n):
    lay = {**LAYOUTS, "of higher": lambda x: of_wider(x.T).T}
    for rows, columns, k in [(2, 3, 4), (64, 65, 66), (7, 300, 200), (300, 7, 200), (130, 150, 9)]:
        a, b, y = lay[left](normal(rows, k)), lay[right](normal(k, columns)), blank(rows, columns)
        with threads(n):
            sgemm(a, b, y)([a, b, y])
        assert is_product(guarded(y), a, b), (rows, columns, k)


N, P = c_int64, c_void_p
SGEMM = ctypes.CFUNCTYPE(c_int, c_char, c_char, N, N, N, c_float, P, N, P, N, c_float, P, N)


def test_sgemm_is_called_once_with_the_arrays_as_they_lie():
    seen = []
    call = SGEMM(lambda *args: seen.append(args) or 0)
    a, b, y = normal(2, 3), normal(4, 3).T, blank(2, 4)
    code = sgemm(a, b, y)
    code.sgemm = ctypes.cast(call, c_void_p)
    code([a, b, y])
    at = [x.ctypes.data for x in (a, b, y)]
    assert seen == [(b"N", b"T", 2, 4, 3, 1.0, at[0], 3, at[1], 3, 0.0, at[2], 4)]


def test_an_error_of_sgemm_is_a_memory_error_and_ends_the_program():
    answers = [1, 0]
    call = SGEMM(lambda *args: answers.pop(0))
    a, b, y = normal(3, 4), normal(4, 5), blank(3, 5)
    add = (KINDS["add"], 3, 4, 0, operand(0, a), operand(0, a), 2, 2, 1.0)
    code = sgemm(a, b, y, add)
    code.sgemm = ctypes.cast(call, c_void_p)
    with pytest.raises(MemoryError, match=r"matmul of arrays \(3, 4\), \(4, 5\): oneDNN found no"):
        code([a, b, y])
    assert (y == GUARD).all()
    code([a, b, y])
    np.testing.assert_array_equal(guarded(y).ravel()[:12], 2 * a.ravel())


def test_without_onednn_programs_do_all_but_sgemm(monkeypatch):
    monkeypatch.setattr(onednn_library, "state", None)
    a, b = normal(3, 4), normal(4, 5)
    assert sgemm(a, b, blank(3, 5)).sgemm is None
    assert is_product(result("product", (3, 5), a, b, k=4), a, b)


# Kernels of native.c, and softmax.


@sizes
@several
def test_relu_and_its_gradient(shape, n):
    x, dy = bordered(special(*shape)), bordered(special(*shape))
    with threads(n), np.errstate(invalid="ignore"):
        same = relu(x), relu_dx(dy, x)
        np.testing.assert_array_equal(result("relu", shape, x), same[0])
        np.testing.assert_array_equal(result("relu_dx", shape, dy, x), same[1])


@sizes
@several
def test_bias_and_relu(shape, n):
    z, bias = bordered(special(*shape), GUARD), bordered(normal(shape[1]))
    exact = bias_relu(z.copy(), bias)
    with threads(n):
        perform("bias_relu", shape, bias, None, z)
    np.testing.assert_array_equal(guarded(z), exact)


@sizes
@several
def test_the_gradients_of_bias_and_relu(shape, n):
    dy, y, total = bordered(normal(*shape)), bordered(relu(normal(*shape))), blank(shape[1])
    with threads(n):
        dz = result("bias_relu_dx", shape, dy, y, z=total)
    np.testing.assert_array_equal(dz, bias_relu_dx(dy, y)[0])
    exact = bias_relu_dx(dy.astype(float), y)[1]
    assert close(guarded(total), exact, np.abs(dy).sum(0))


@sizes
@several
def test_nll_and_its_gradient(shape, n):
    x, ids = bordered(20 * normal(*shape)), RNG.integers(0, shape[1], shape[0])
    loss, scale = blank(), bordered(np.array(0.25, "f4"))
    exact, probabilities = nll(x.astype(float), ids, 1 / shape[0])
    with threads(n):
        likely = result("nll", shape, x, ids, z=loss, scale=1 / shape[0])
        dx = result("nll_dx", shape, likely, ids, z=scale)
    assert guarded(loss) == pytest.approx(exact, rel=8 * EPS, abs=8 * EPS)
    agree(likely, probabilities, 16 * EPS)
    agree(dx, nll_dx(probabilities, ids, np.float64(0.25)), 16 * EPS)
    assert scale == 0.25


@sizes
@pytest.mark.parametrize("size", [1, 20])
def test_softmax_and_its_gradient(shape, size):
    x, dy = bordered(size * normal(*shape)), bordered(normal(*shape))
    exact = softmax(x.astype(float), -1)
    y = result("softmax", shape, x)
    agree(y, exact, 16 * EPS * size, floor=math.exp(-87))  # below which it gives 0
    size = y * (np.abs(dy) + (np.abs(dy) * y).sum(1, keepdims=True))
    assert close(result("softmax_dx", shape, dy, y), softmax_dx(dy, y.astype(float), -1), size)


def test_softmax_over_the_whole_range_of_the_exponential():
    d = np.linspace(0, 87, 10001, dtype="f4")
    y = result("softmax", (len(d), 2), np.stack([0 * d, -d], 1))
    exact = np.exp(-d.astype(float)) / (1 + np.exp(-d.astype(float)))
    np.testing.assert_allclose(y[:, 1], exact, rtol=6 * EPS)
    big = np.array([[3e38, -3e38, 3e38]], "f4")
    np.testing.assert_array_equal(result("softmax", (1, 3), big), [[0.5, 0, 0.5]])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 20, 32])
def test_softmax_of_what_is_not_finite_is_the_references(value, at):
    x = normal(3, 33)
    x[1, at] = value
    with np.errstate(invalid="ignore"):
        exact = softmax(x, -1)
    np.testing.assert_allclose(result("softmax", x.shape, x), exact, rtol=16 * EPS)


# The edge of memory: one number more and the process would end.


def at_the_edge(end):
    """Lays a copy behind memory, or before memory, that must not be touched."""
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = c_void_p, ctypes.c_size_t, c_int

    def lay(x):
        page = mmap.PAGESIZE
        inner = -(-x.nbytes // page) * page
        memory = mmap.mmap(-1, inner + 2 * page)
        start = ctypes.addressof(c_char.from_buffer(memory))
        for outer in (start, start + page + inner):
            assert protect(outer, page, 0) == 0
        y = np.ndarray(x.shape, x.dtype, memory, page + (inner - x.nbytes if end else 0))
        y[...] = x
        return y

    return lay


def at_both_edges():
    """Every kind, and every layout of operands, where reading or writing too far is fatal."""
    for lay in map(at_the_edge, (False, True)):
        for n, layout in product(SIZES, LAYOUTS):
            a, b = (LAYOUTS[layout](np.ones((3, n), "f4"), lay) for _ in range(2))
            y = lay(np.ones((3, n), "f4"))
            for kind in ENTRYWISE:
                perform(kind, (3, n), a, b, y)
            for k in (1, 2, 9, 17, 33):
                a = LAYOUTS[layout](np.ones((3, k), "f4"), lay)
                b = LAYOUTS[layout](np.ones((k, n), "f4"), lay)
                perform("product", (3, n), a, b, y, k=k)
                assert (y == k).all()
        for n in SIZES:
            x, y, z = lay(np.ones((3, n), "f4")), lay(np.ones((3, n), "f4")), lay(np.ones(n, "f4"))
            for kind in ("relu", "relu_dx", "bias_relu_dx", "softmax", "softmax_dx"):
                perform(kind, (3, n), x, x, y, z)
            for kind in ("bias_relu", "column_sums"):
                perform(kind, (3, n), *((z, None, x) if kind == "bias_relu" else (x, None, z)))
            ids, three, one = lay(np.zeros(3, "i8")), lay(np.ones(3, "f4")), lay(np.ones((), "f4"))
            for kind in ("nll", "nll_dx"):
                perform(kind, (3, n), x, ids, y, one)
            perform("row_sums", (3, n), x, None, three)
            perform("total", (1, 3 * n), x, None, one)
    print("alive")


@pytest.mark.skipif(sys.platform == "win32", reason="needs mprotect, which Windows has not")
def test_nothing_is_read_or_written_beyond_arrays():
    code = "from tests.kernels.test_program import at_both_edges; at_both_edges()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


# Programs of several operations.

ROWS, INPUTS, OUTPUTS = 5, 7, 9
PART = 192  # bytes: three lines, the first that hold an array of ROWS by OUTPUTS


def layer(given=None, constants=None):
    """A program: relu(x @ w + b) and its mean, from the list x, w, b to its places 3 and 4."""
    given = {10: 0, 11: 1, 12: 2} if given is None else given
    arrays = [Place(13, 0), Place(OWN, PART), Place(12, 0), Place(14, 0), Place(OWN, 0)]
    places = [*arrays, Place(10, 0), Place(11, 0)]
    dense, n = Operand(1, OUTPUTS, 1), ROWS * OUTPUTS
    x, w = Operand(5, INPUTS, 1), Operand(6, OUTPUTS, 1)
    operations = [
        (KINDS["product"], ROWS, OUTPUTS, INPUTS, x, w, 1, 0, 1.0),
        (KINDS["add"], ROWS, OUTPUTS, 0, dense, Operand(2, 0, 1), 4, 0, 1.0),
        (KINDS["relu"], ROWS, OUTPUTS, 0, Operand(4), Operand(), 0, 0, 1.0),
        (KINDS["total"], 1, n, 0, Operand(0), Operand(), 3, 0, 1 / n),
    ]
    made = [(13, 3, (ROWS, OUTPUTS)), (14, 4, None)]
    return Code(operations, places, 2 * PART, given, constants or {}, made)


def inputs():
    return [normal(ROWS, INPUTS), normal(INPUTS, OUTPUTS), normal(OUTPUTS), None, None]


def is_layer(values):
    x, w, b = (x.astype(float) for x in values[:3])
    exact = relu(x @ w + b)
    agree(values[3], exact, 32 * EPS)
    assert type(values[4]) is np.float32
    assert values[4] == pytest.approx(exact.mean(), rel=32 * EPS)
    return True


def test_operations_are_done_in_their_order():
    assert is_layer(called(layer(), inputs()))


def called(code, values):
    code(values)
    return values


def test_every_call_makes_new_arrays_and_numbers():
    code, first, second = layer(), inputs(), inputs()
    code(first)
    before = first[3].copy(), first[4]
    code(second)
    assert not np.shares_memory(first[3], second[3])
    np.testing.assert_array_equal(first[3], before[0])
    assert first[4] == before[1] != second[4]
    assert is_layer(first) and is_layer(second)
    again = [*second[:3], None, None]
    code(again)
    assert again[3] is not second[3]
    np.testing.assert_array_equal(again[3], second[3])
    assert again[3].dtype == np.float32 and again[3].flags.owndata and again[3].flags.writeable


def test_constants_are_the_same_in_every_call():
    w, b = inputs()[1:3]
    code = layer({10: 0}, {11: w, 12: read_only(b)})
    for x in (normal(ROWS, INPUTS), normal(ROWS, INPUTS)):
        values = [x, None, None, None, None]
        code(values)
        assert is_layer([x, w, b, *values[3:]])


def test_constants_outlive_whoever_gave_them():
    x, w, b, *_ = inputs()
    code = layer({10: 0}, {11: w.copy(), 12: b.copy()})
    for _ in range(2):
        rubbish = [np.full_like(like, np.nan) for like in (w, b) for _ in range(50)]
        values = [x, None, None, None, None]
        code(values)
        assert is_layer([x, w, b, *values[3:]]) and len(rubbish) == 100


def test_other_arrays_and_other_contents_are_seen():
    code, values = layer(), inputs()
    assert is_layer(called(code, values))
    for k in range(3):
        values[k] = inputs()[k]
        assert is_layer(called(code, values))
        values[k][...] = inputs()[k]
        assert is_layer(called(code, values))
    for _ in range(200):  # each in memory that the last one has left, if nobody holds that
        values[0] = normal(ROWS, INPUTS)
        assert is_layer(called(code, values))


def test_arrays_that_are_read_only_are_read():
    values = [*map(read_only, inputs()[:3]), None, None]
    assert is_layer(called(layer(), values))


def affine():
    """A program: a * x + b for a row of 20 numbers and two numbers, into place 3."""
    x, y = Operand(0, 0, 1), Operand(3, 0, 1)
    operations = [
        (KINDS["multiply"], 1, 20, 0, x, Operand(1), 3, 0, 1.0),
        (KINDS["add"], 1, 20, 0, y, Operand(2), 3, 0, 1.0),
    ]
    places = [Place(number, 0) for number in range(4)]
    return Code(operations, places, 0, {0: 2, 1: 0, 2: 1}, {}, [(3, 3, (20,))])


def test_numbers_are_taken():
    code, x = affine(), np.arange(20, dtype="f4")
    for a, b in [(2, 3), (2, 5), (7, 5), (7, 5), (0.5, -1)]:
        values = [np.float32(a), np.float32(b), x, None]
        code(values)
        rubbish = [np.array(-1, "f4") for _ in range(50)]  # where numbers may have been
        np.testing.assert_array_equal(values[3], a * x + b)
        again = [*values[:3], None]
        code(again)
        np.testing.assert_array_equal(again[3], a * x + b)
        assert len(rubbish) == 50
    values = [np.array(2, "f4"), np.array([3], "f4"), x, None]
    code(values)
    np.testing.assert_array_equal(values[3], 2 * x + 3)


def test_places_lie_within_arrays():
    x, held = np.arange(40, dtype="f4"), np.arange(100, 130, dtype="f4")
    places = [Place(0, 12), Place(0, 80), Place(1, 16), Place(2, 8), Place(OWN, 4)]
    places += [Place(1, 0), Place(2, 0), Place(2, 48)]
    row = [Operand(k, 0, 1) for k in range(len(places))]
    operations = [
        (KINDS["add"], 1, 10, 0, row[0], row[1], 4, 0, 1.0),
        (KINDS["add"], 1, 10, 0, row[4], row[2], 3, 0, 1.0),
        (KINDS["copy"], 1, 2, 0, row[5], row[0], 6, 0, 1.0),
        (KINDS["negative"], 1, 3, 0, row[0], row[0], 7, 0, 1.0),
    ]
    values = [x, None]
    Code(operations, places, 64, {0: 0}, {1: held}, [(2, 1, (3, 5))])(values)
    exact = np.r_[held[:2], x[3:13] + x[20:30] + held[4:14], -x[3:6]].reshape(3, 5)
    np.testing.assert_array_equal(values[1], exact)


@pytest.mark.parametrize("room", [LINE, 3 * LINE, 5000])
def test_own_memory_begins_on_a_line_and_has_room(room):
    """Several programs, for NumPy's memory begins on a line by chance."""
    n = room // 4
    own, given_, made = (Operand(k, 0, 1) for k in range(3))
    operations = [
        (KINDS["copy"], 1, n, 0, given_, given_, 0, 0, 1.0),
        (KINDS["copy"], 1, n, 0, own, own, 2, 0, 1.0),
    ]
    places = [Place(OWN, 0), Place(0, 0), Place(1, 0)]
    codes = [Code(operations, places, room, {0: 0}, {}, [(1, 1, (n,))]) for _ in range(16)]
    x = normal(n)
    for code in codes:
        values = [x, None]
        code(values)
        np.testing.assert_array_equal(values[1], x)
        (table,) = code.spare
        start, memory = table.addresses[0], table.memory
        assert start % LINE == 0
        assert memory.ctypes.data <= start <= memory.ctypes.data + memory.nbytes - room


@given(data=st.data())
@settings(max_examples=100)
def test_any_chain_of_operations_is_numpys(data):
    """Each writes to memory of the program's own, and the last to the result."""
    rows, columns = sides(data, 2)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    known = [rng.standard_normal((rows, columns), dtype="f4") for _ in range(2)]
    part = -(-rows * columns * 4 // LINE) * LINE
    count = data.draw(st.integers(1, 8))
    places = [Place(0, 0), Place(1, 0), *(Place(OWN, part * k) for k in range(count - 1))]
    operations = []
    for k in range(count):
        kind = data.draw(st.sampled_from(ENTRYWISE))
        left, right = (data.draw(st.integers(0, k + 1)) for _ in range(2))
        a, b = Operand(left, columns, 1), Operand(right, columns, 1)
        operations.append((KINDS[kind], rows, columns, 0, a, b, k + 2, 0, 1.0))
        known.append(numpys(kind, known[left], *[known[right]] * (kind in BINARY)))
    made = [(2, 2, (rows, columns))]
    code = Code(operations, [*places, Place(2, 0)], part * count, {0: 0, 1: 1}, {}, made)
    for _ in range(2):
        values = [*known[:2], None]
        code(values)
        np.testing.assert_array_equal(values[2], known[-1])


def test_threads_that_call_at_once_get_each_its_own_result():
    """Long enough in C, where the GIL is free, that calls meet."""
    n, tasks = 20000, 8
    x, number, own, y = (Operand(k, 0, k != 1) for k in range(4))
    operations = [(KINDS["multiply"], 1, n, 0, x, number, 2, 0, 1.0)]
    operations += [(KINDS["add"], 1, n, 0, own, number, 2, 0, 1.0)] * 20
    operations += [
        (KINDS["add"], 1, n, 0, own, x, 3, 0, 1.0),
        (KINDS["total"], 1, n, 0, y, Operand(), 4, 0, 1.0),
    ]
    places = [Place(0, 0), Place(1, 0), Place(OWN, 0), Place(2, 0), Place(3, 0)]
    code = Code(operations, places, 4 * n, {0: 0, 1: 1}, {}, [(2, 2, (n,)), (3, 3, None)])
    ready = Barrier(tasks)

    def task(k):
        ready.wait()
        for step in range(25):
            a = np.float32(tasks * step + k)
            values = [np.full(n, k, "f4"), a, None, None]
            code(values)
            right = k * a + 20 * a + k
            assert (values[2] == right).all() and values[3] == n * right
        return True

    with ThreadPoolExecutor(tasks) as pool:
        assert all(pool.map(task, range(tasks)))


def test_arrays_of_a_program_have_as_many_numbers_as_their_shape():
    """A made array keeps its shape, whatever matrix the operations see."""
    x = normal(2, 3, 4)
    operations = [(KINDS["square"], 1, 24, 0, Operand(0, 0, 1), Operand(), 1, 0, 1.0)]
    values = [x, None]
    Code(operations, [Place(0, 0), Place(1, 0)], 0, {0: 0}, {}, [(1, 1, (2, 3, 4))])(values)
    assert values[1].shape == (2, 3, 4) and math.prod(values[1].shape) == x.size
    np.testing.assert_array_equal(values[1], x * x)
