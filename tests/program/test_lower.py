"""Every function that C takes gives NumPy's numbers, and what C does not take is right as well."""

from math import prod

import numpy as np
import pytest

import knetpy
from knetpy import kernels
from knetpy.kernels import reference
from knetpy.kernels.program import KINDS, Code
from knetpy.program.lower import ENTRYWISE, HANDLERS, leading, lowered
from knetpy.program.parts import Ref
from knetpy.program.steps import Step
from knetpy.program.traced import Method
from knetpy.program.views import FLOAT32, Unfit, Values, View
from knetpy.program.views import Matrix as M
from tests.kernels.native_help import needs_native
from tests.kernels.onednn_help import ORDERS, close, needs_onednn

pytestmark = needs_native
RNG = np.random.default_rng(5)
NAMES = list(KINDS)
EPS = float(np.finfo("f4").eps)
NEW = [name for name in ENTRYWISE if not name.startswith(("greater", "less"))]  # give float32
COMPARING = [name for name in ENTRYWISE if name.startswith(("greater", "less"))]
UNARY = ["negative", "square", "sqrt", "absolute", "reciprocal"]
BINARY = [name for name in NEW if name not in UNARY]
orders = pytest.mark.parametrize("order", ORDERS)


def normal(*shape):
    return np.asarray(RNG.standard_normal(shape, dtype="f4"))


def in_c(compiled):
    """The names of the operations in C, in their order, of all programs of a function."""
    calls = [call for some in compiled.programs.values() for p in some for call, _ in p.calls]
    return [NAMES[o.kind] for code in calls if isinstance(code, Code) for o in code.operations]


def twice(f):
    """A function with two steps in a row for each of f's: fewer are not worth a call of C."""
    return lambda *args: (f(*args), f(*args))


def check(f, make, agree=np.testing.assert_array_equal):
    """`f` compiled for what `make` gives agrees with `f` on other numbers; what C does of it."""
    compiled = knetpy.compile(f)
    with np.errstate(all="ignore"):
        for _ in range(3):  # written down, and done again twice
            args = make()
            for got, exact in zip(leaves(compiled(*args)), leaves(f(*args)), strict=True):
                assert type(got) is type(exact) and got.dtype == exact.dtype
                assert got.shape == exact.shape
                agree(got, exact)
    return in_c(compiled)


def leaves(y):
    return [x for part in y for x in leaves(part)] if isinstance(y, (tuple, list)) else [y]


def to_rounding(got, exact):
    np.testing.assert_allclose(got, exact, rtol=8 * EPS, atol=16 * EPS)


def bits(got, exact):
    """Signs of zeros count as well."""
    np.testing.assert_array_equal(got, exact)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(exact))


# Entry by entry

SHAPES = [(3, 4), (2, 3, 4), (7,), (1,), (1, 1), (3, 1, 4), (1, 1, 40), ()]
PAIRS = [
    ((3, 4), (3, 4)),
    ((3, 4), (4,)),
    ((4,), (3, 4)),
    ((3, 4), (3, 1)),
    ((3, 4), (1, 4)),
    ((3, 4), ()),
    ((), (5,)),
    ((), ()),
    ((1, 4), (3, 1)),
    ((5,), (1,)),
    ((1, 1), (1, 1)),
    ((1, 1), (1,)),
    ((2, 3, 4), (4,)),
    ((2, 3, 4), (3, 4)),
    ((2, 3, 4), (1, 3, 4)),
    ((2, 3, 4), (2, 1, 1)),
    ((2, 3, 4), (1, 1, 1)),
    ((3, 1, 4), (4,)),
    ((1, 3, 1), (1, 1, 4)),
    ((70, 1), (1, 70)),
]


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_functions_of_one_array(name, shape):
    assert check(twice(getattr(np, name)), lambda: [normal(*shape)]) == [name] * 2


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("n, name", [(2, "square"), (2.0, "square"), (0.5, "sqrt"), (-1, "reci")])
def test_powers_that_are_something_simpler(n, name, shape):
    for f in (lambda x: x**n + 1, lambda x: np.power(x, n) + 1):
        found = check(f, lambda: [np.abs(normal(*shape)) + 1])
        assert found[0].startswith(name) and found[1:] == ["add"]


@pytest.mark.parametrize("classes", [1, 3, 10])
@pytest.mark.parametrize("ids", [(7,), (2, 3), (1,)], ids=str)
def test_rows_of_one_hot_ids(classes, ids):
    def f(ids, x):
        hot = (ids[..., None] == np.arange(classes)).astype("f4")
        return hot * x + 1, hot.astype(np.float32) - x

    make = lambda: [RNG.integers(0, classes, ids), normal(*ids, classes)]  # noqa: E731
    assert check(f, make)[:2] == ["same_ids", "copy"]


def test_other_casts_and_equalities_are_right_as_well():
    for f in (
        lambda x: (x == 1) * x + x,
        lambda x: (x > 0).astype("f4", copy=False) * x + x,
        lambda x: (x > 0).astype("f8") * x + x,
        lambda x: (x * 2).astype("i8") == np.arange(4),
        lambda x: ((x * 2).astype("i4") == np.arange(4)).astype("f4") + x,
        lambda x: (x + 1).astype(np.float32) * x,
        lambda x: x.astype(x.dtype) * x + 1,
    ):
        check(f, lambda: [normal(3, 4)])


@pytest.mark.parametrize("n", [3, 0, 1, True, np.float32(2), np.ones((), "f4")], ids=str)
def test_other_powers_are_not_for_c(n):
    assert "square" not in check(lambda x: x**n + 1 - x, lambda: [np.abs(normal(4)) + 1])


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("left, right", PAIRS, ids=str)
def test_functions_of_two_arrays(name, left, right):
    f = twice(getattr(np, name))
    assert check(f, lambda: [normal(*left), normal(*right)]) == [name] * 2


@pytest.mark.parametrize("name", COMPARING)
@pytest.mark.parametrize("left, right", PAIRS, ids=str)
def test_comparisons_whose_outcome_is_multiplied(name, left, right):
    def f(a, b):
        return getattr(np, name)(a, b) * a

    def make():
        """Whole numbers, of which some are equal."""
        return [np.asarray(np.rint(normal(*shape)), "f4") for shape in (left, right)]

    assert check(twice(f), make) == [name, "multiply"] * 2


@pytest.mark.parametrize("name", BINARY)
def test_nan_and_infinities_are_numpys(name):
    special = np.array([np.nan, np.inf, -np.inf, 0, 1, -2], "f4")
    make = lambda: [special[:, None], special]  # noqa: E731
    assert check(twice(getattr(np, name)), make) == [name] * 2


@pytest.mark.parametrize("name", COMPARING)
def test_comparisons_with_nan_are_numpys(name):
    special = np.array([np.nan, np.inf, -np.inf, 0, 1, -2], "f4")
    f = lambda a, b: getattr(np, name)(a, b) * np.ones_like(b)  # noqa: E731
    assert name in check(twice(f), lambda: [special[:, None], special])


@orders
def test_inputs_in_any_memory_order(order):
    """C writes dense results alone, so NumPy computes those that keep an order of columns."""

    def f(x, y):
        return np.add(x, y), np.multiply(x, y), -x, x * 2

    make = lambda: [ORDERS[order](normal(6, 5)), normal(6, 5)]  # noqa: E731
    left = {"fortran": 2, "unaligned": 0}.get(order, 4)
    assert check(f, make) == ["add", "multiply", "negative", "multiply"][:left]
    check(f, lambda: make()[::-1])


@orders
def test_two_inputs_in_the_same_memory_order(order):
    make = lambda: [ORDERS[order](normal(6, 5)) for _ in range(2)]  # noqa: E731
    check(twice(lambda x, y: np.add(np.square(x), y)), make)


def test_results_keep_numpys_strides():
    f = lambda x: ((x * 2) + 1, -x, x.T * 3)  # noqa: E731
    compiled = knetpy.compile(f)
    for x in (normal(3, 4), np.asfortranarray(normal(3, 4)), normal(3, 8)[:, ::-2]):
        for _ in range(2):
            assert [y.strides for y in compiled(x)] == [y.strides for y in f(x)]


@pytest.mark.parametrize("f", [lambda x: x + x, lambda x: x * x - x, lambda x: np.maximum(x, x)])
def test_repeated_inputs(f):
    assert check(twice(f), lambda: [normal(3, 4)])


def test_one_array_as_both_sides_of_a_product_and_of_a_broadcast():
    f = lambda x: (x @ x, x @ x.T, x * x[0], x - x[:, :1], x * x.T)  # noqa: E731
    found = check(f, lambda: [np.rint(normal(4, 4))])
    assert found == ["product", "product", "multiply", "subtract", "multiply"]


def test_an_input_that_is_broadcast_already():
    make = lambda: [np.broadcast_to(normal(4), (3, 4)), normal(3, 4)]  # noqa: E731
    assert check(twice(np.multiply), make) == ["multiply"] * 2


def test_an_axis_of_size_one_may_have_any_stride():
    make = lambda: [normal(3, 7)[:, 2:3], normal(1, 9)[::-1, ::2]]  # noqa: E731
    assert check(twice(np.subtract), make) == ["subtract"] * 2


NUMBERS = [2, -3, 0, 2**24 + 1, 0.1, -1e-40, 0.0, -0.0, float("nan"), float("inf"), float("-inf")]


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_numbers_of_pythons(number):
    def f(x):
        return x + number, number - x, x * number, x / number, np.maximum(number, x)

    assert len(check(f, lambda: [normal(3, 4)], bits)) == 5
    assert len(check(f, lambda: [normal()], bits)) == 5


@pytest.mark.parametrize("number", [np.float32(0.1), np.float32(-0.0), np.float32("nan")], ids=repr)
def test_numbers_of_numpys(number):
    f = lambda x: (x + number, x * number, np.minimum(x, number))  # noqa: E731
    assert check(f, lambda: [normal(3, 4)], bits) == ["add", "multiply", "minimum"]


def test_zeros_of_both_signs_are_two_constants():
    f = lambda x: (x / 0.0, x / -0.0, x * 0.0, x * -0.0, x / np.float32(-0.0), x * 0)  # noqa: E731
    assert len(check(f, lambda: [np.abs(normal(4)) + 1], bits)) == 6


def test_constants_next_to_each_other_in_float64_stay_apart():
    """0.1 as a number of Python's and as NumPy's float32 are equal in C, and have two keys."""
    f = lambda x: (x * 0.1, x * np.float32(0.1), x * np.nextafter(0.1, 1).item())  # noqa: E731
    assert len(check(f, lambda: [normal(5)])) == 3


def test_a_number_that_a_step_computes_is_an_input():
    f = lambda x: (x - x.sum()) * np.max(x)  # noqa: E731
    assert check(f, lambda: [np.rint(normal(3, 4))])[:1] == ["total"]


# What C does not take

OTHER = {
    "float64": lambda: [RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))],
    "float16": lambda: [normal(3, 4).astype("f2"), normal(3, 4).astype("f2")],
    "int64": lambda: [RNG.integers(1, 9, (3, 4)), RNG.integers(1, 9, (3, 4))],
    "complex64": lambda: [normal(3, 4).astype("c8"), normal(3, 4).astype("c8")],
    "bytes swapped": lambda: [normal(3, 4).astype(">f4"), normal(3, 4).astype(">f4")],
    "float32 and float64": lambda: [normal(3, 4), RNG.standard_normal((3, 4))],
    "float32 and int64": lambda: [normal(3, 4), RNG.integers(1, 9, (3, 4))],
    "bool": lambda: [normal(3, 4) > 0, normal(3, 4) > 0],
    "(0,)": lambda: [normal(0), normal(0)],
    "(3, 0)": lambda: [normal(3, 0), normal(3, 1)],
    "(0, 4)": lambda: [normal(0, 4), normal(4)],
    "three axes that do not join": lambda: [normal(2, 3, 4), normal(2, 1, 4)],
    "numbers of NumPy's float64": lambda: [normal(3, 4), np.float64(0.1)],
}


@pytest.mark.parametrize("make", OTHER.values(), ids=OTHER)
def test_other_arrays_are_numpys(make):
    assert not check(twice(lambda a, b: np.maximum(a + b, a * b)), make)


@pytest.mark.parametrize("make", [OTHER[k] for k in ("float64", "int64", "complex64")])
def test_sums_products_and_copies_of_other_dtypes_are_numpys(make):
    f = lambda a, b: (a.sum(), np.mean(a, 0), a @ b.T, a.copy(), np.add.reduce(b))  # noqa: E731
    assert not check(f, make, lambda got, exact: np.testing.assert_allclose(got, exact))


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)], ids=str)
def test_sums_and_products_of_empty_arrays_are_numpys(shape):
    f = lambda x: (x.sum(), x.sum(axis=0), x.sum(axis=-1), x.T @ x, x.copy())  # noqa: E731
    assert not check(f, lambda: [normal(*shape)])


@pytest.mark.parametrize("number", [np.float64(0.1), 1j, True, np.int64(3), np.True_], ids=repr)
def test_numbers_of_other_kinds_are_numpys(number):
    f = lambda x: (x * number, x + number)  # noqa: E731
    assert not check(f, lambda: [normal(3, 4)])


OPTIONS = {
    "where": lambda x, m: np.add(x, x, where=m, out=np.zeros_like(x)),
    "dtype": lambda x, m: np.add(x, x, dtype="f8"),
    "the same dtype": lambda x, m: np.add(x, x, dtype="f4"),
    "casting": lambda x, m: np.add(x, x, casting="safe"),
    "order": lambda x, m: np.multiply(x, x, order="F"),
    "sum where": lambda x, m: np.sum(x, where=m),
    "sum axis where": lambda x, m: x.sum(axis=0, where=m),
    "sum initial": lambda x, m: x.sum(initial=3),
    "sum dtype": lambda x, m: x.sum(dtype="f8"),
    "mean where": lambda x, m: np.mean(x, where=m),
    "mean dtype": lambda x, m: np.mean(x, 0, "f8"),
    "reduce initial": lambda x, m: np.add.reduce(x, initial=1),
    "matmul dtype": lambda x, m: np.matmul(x, x.T, dtype="f8"),
    "copy order": lambda x, m: np.copy(x, order="F"),
    "copy by position": lambda x, m: x.copy("F"),
    "sum of bools": lambda x, m: m.sum(),
    "a bool in another dtype": lambda x, m: np.greater(x, 0, out=np.zeros_like(x)),
    "reduce of another function": lambda x, m: np.maximum.reduce(x),
}


@pytest.mark.parametrize("f", OPTIONS.values(), ids=OPTIONS)
def test_options_that_c_does_not_have_are_numpys(f):
    def make():
        x = np.rint(normal(3, 4))
        x[:, 0] = 1
        return [x, x > 0]

    assert not check(twice(f), make)


def test_functions_that_c_does_not_have_split_what_it_does():
    def f(x):
        y = np.exp(x * 2 + 1)
        z = np.where(y > 1, y, x)
        return (z - 1) * y

    compiled = knetpy.compile(f)
    for _ in range(2):
        to_rounding(compiled(x := normal(3, 4)), f(x))
    assert in_c(compiled) == ["multiply", "add", "subtract", "multiply"]
    (program,) = next(iter(compiled.programs.values()))
    assert sum(isinstance(call, Code) for call, _ in program.calls) == 2


def test_one_operation_alone_is_not_worth_a_call_of_c():
    assert check(lambda x: x + 1, lambda: [normal(3)]) == []
    assert check(lambda x: np.exp(np.exp(x + 1) * 2), lambda: [normal(3)], to_rounding) == []


# Into arrays that are there

INTO = {
    "add": lambda x, y: np.add(x, 1, out=y),
    "itself": lambda x, y: np.multiply(y, 2, out=y),
    "with itself": lambda x, y: np.multiply(y, y, out=y),
    "a row of it": lambda x, y: np.add(y, x[0], out=y),
    "square": lambda x, y: np.square(x, out=y),
}


@pytest.mark.parametrize("f", INTO.values(), ids=INTO)
def test_results_go_into_an_array_that_is_given(f):
    def both(x, y):
        y = y.copy()
        f(x, y)
        return f(x, y)

    assert len(check(both, lambda: [normal(3, 4), normal(3, 4)])) == 3


def test_an_array_that_is_read_in_another_way_is_not_written_by_c():
    """NumPy buffers what overlaps; C would read what it has just written."""

    def f(x):
        y = x + 1
        np.add(y[1:], y[:-1], out=y[1:])
        np.add(y, y[0], out=y)
        np.multiply(y, y.T, out=y)
        np.matmul(y, y, out=y)
        return y - 1

    assert check(f, lambda: [np.rint(normal(40, 40))], to_rounding) == []


@pytest.mark.parametrize("axis, row", [(0, 0), (0, 2), (1, 1)])
def test_sums_into_a_part_of_what_is_summed(axis, row):
    def f(x):
        y = x * 1
        np.sum(y, axis=axis, out=y[row])
        return y + 1

    check(f, lambda: [np.rint(normal(5, 5))])


# Products


def products_agree(order_of_a, order_of_b, m, k, n):
    a, b = order_of_a(normal(m, k)), order_of_b(normal(k, n))
    compiled = knetpy.compile(twice(np.matmul))
    for _ in range(2):
        for got in compiled(a, b):
            exact, size = (f(a.astype(float)) @ f(b.astype(float)) for f in (np.array, np.abs))
            assert close(got, exact, size) and got.flags.c_contiguous
        a[...], b[...] = normal(m, k), normal(k, n)
    return in_c(compiled)


SIZES = [(1, 1, 1), (3, 4, 5), (1, 5, 1), (5, 1, 7), (1, 1, 33), (17, 3, 33), (9, 600, 16)]
SIZES += [(8, 512, 8), (16, 1030, 15), (64, 64, 64), (1, 300, 40), (40, 300, 1)]
TURNS = {
    "as they lie": (np.ascontiguousarray,) * 2,
    "left transposed": (np.asfortranarray, np.ascontiguousarray),
    "right transposed": (np.ascontiguousarray, np.asfortranarray),
    "both transposed": (np.asfortranarray,) * 2,
    "backwards": (ORDERS["backwards"],) * 2,
    "mirrored": (ORDERS["mirrored"],) * 2,
    "holey": (ORDERS["holey"],) * 2,
    "every second": (ORDERS["every second"],) * 2,
}


@pytest.mark.parametrize("turns", TURNS.values(), ids=TURNS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_small_products(size, turns):
    assert products_agree(*turns, *size) == ["product"] * 2


LARGE = [(70, 70, 70), (1, 700, 700), (700, 700, 1), (700, 1, 700), (64, 64, 65)]


@needs_onednn
@pytest.mark.parametrize("turns", list(TURNS)[:4])
@pytest.mark.parametrize("size", LARGE, ids=str)
def test_large_products(size, turns):
    assert products_agree(*TURNS[turns], *size) == ["sgemm"] * 2


@needs_onednn
@pytest.mark.parametrize("turns", ["mirrored", "holey", "backwards"])
def test_large_products_that_blas_does_not_take_are_numpys(turns):
    assert products_agree(*TURNS[turns], 70, 70, 70) == []


@needs_onednn
def test_large_products_with_a_transposed_matrix_stay_with_the_primitive():
    assert products_agree(*TURNS["right transposed"], 128, 128, 128) == []
    assert products_agree(*TURNS["as they lie"], 128, 128, 128) == ["sgemm"] * 2
    assert products_agree(*TURNS["both transposed"], 128, 128, 128) == ["sgemm"] * 2
    assert products_agree(*TURNS["right transposed"], 8, 512, 512) == ["sgemm"] * 2  # few rows


def test_a_product_of_a_broadcast_row():
    def make():
        return [np.broadcast_to(np.rint(normal(n)), (m, n)) for m, n in ((4, 5), (5, 3))]

    assert check(twice(np.matmul), make, to_rounding) == ["product"] * 2


def test_products_of_vectors_and_stacks_are_numpys():
    f = lambda x, v, s: (x @ v, v @ x, v @ v, s @ x, s @ s, x @ s)  # noqa: E731
    assert not check(f, lambda: [normal(4, 4), normal(4), normal(2, 4, 4)], to_rounding)


def test_products_into_another_array():
    def f(a, b):
        y = np.zeros_like(a)
        np.matmul(a, b, out=y)
        return y + 1

    found = check(f, lambda: [np.rint(normal(3, 3)), np.rint(normal(3, 3))])
    assert found == ["product", "add"]


# Sums and means

SUMS = {
    "x.sum": lambda x, **options: x.sum(**options),
    "np.sum": np.sum,
    "np.add.reduce": np.add.reduce,
    "x.mean": lambda x, **options: x.mean(**options),
    "np.mean": np.mean,
}
AXES = [None, 0, -1, 1, 2, -3, (0,), (-1,), (0, 1), (1, 0), (1, 2), (-1, -2), (0, 2), (0, 1, 2), ()]
CASES = [
    (shape, axis)
    for shape in [(2, 3, 4), (1, 3, 1), (1, 1, 1), (40, 3, 5), (3, 4), (3, 1), (1, 4), (7,), (1,)]
    for axis in AXES
    if axis is None or all(-len(shape) <= a < len(shape) for a in np.atleast_1d(axis))
]


def kind_of_sum(shape, axis, mean):
    """Over all axes, the last ones, or the first ones; means over the first ones are not C's."""
    ndim = len(shape)
    axes = range(ndim) if axis is None else np.atleast_1d(axis)
    gone = sorted(int(a) % ndim for a in axes)
    if gone == list(range(ndim)):
        return "total"
    if gone == list(range(ndim - len(gone), ndim)):
        return "row_sums"
    if gone == list(range(len(gone))) and not (mean and prod(shape[a] for a in gone) > 1):
        return "column_sums"
    return None


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("shape, axis", CASES, ids=str)
def test_sums_and_means(name, shape, axis, keepdims):
    f = lambda x: SUMS[name](x, axis=axis, keepdims=keepdims)  # noqa: E731
    kind = kind_of_sum(shape, axis, "mean" in name)
    make = lambda: [np.rint(3 * normal(*shape))]  # noqa: E731
    assert check(twice(f), make, to_rounding) == ([kind] * 2 if kind else [])


BY_DEFAULT = {
    "x.sum": (lambda x: x.sum(), "total"),
    "np.sum": (lambda x: np.sum(x), "total"),
    "x.mean": (lambda x: x.mean(), "total"),
    "np.mean": (lambda x: np.mean(x), "total"),
    "np.add.reduce": (lambda x: np.add.reduce(x), "column_sums"),
    "x.sum(0)": (lambda x: x.sum(0), "column_sums"),
    "x.sum(-1)": (lambda x: x.sum(-1), "row_sums"),
    "x.mean(-1)": (lambda x: x.mean(-1), "row_sums"),
    "np.sum(x, 1)": (lambda x: np.sum(x, 1), "row_sums"),
    "by position": (lambda x: np.add.reduce(x, 0, None, None, True), "column_sums"),
}


@pytest.mark.parametrize("f, kind", BY_DEFAULT.values(), ids=BY_DEFAULT)
def test_sums_without_an_axis_or_with_one_by_position(f, kind):
    assert check(twice(f), lambda: [np.rint(normal(6, 5))], to_rounding) == [kind] * 2


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("axis", [None, (), 0, -1], ids=repr)
def test_sums_and_means_of_an_array_of_no_axes(name, axis):
    """NumPy adds up the one number along axis 0, too, and takes no mean there."""
    f = lambda x: SUMS[name](x + 1, axis=axis)  # noqa: E731
    if "mean" in name and axis in (0, -1):
        with pytest.raises(np.exceptions.AxisError):
            knetpy.compile(f)(normal())
    else:
        check(twice(f), lambda: [normal()])


INTO_SUMS = {
    "np.sum over rows": (lambda x, y, z: np.sum(x, axis=0, out=y), ["column_sums"]),
    "x.sum over columns": (lambda x, y, z: x.sum(axis=1, out=z), ["row_sums"]),
    "np.mean over columns": (lambda x, y, z: np.mean(x, axis=1, out=z), ["row_sums"]),
    "x.mean over rows": (lambda x, y, z: x.mean(axis=0, out=y), []),
    "np.add.reduce": (lambda x, y, z: np.add.reduce(x, axis=0, out=y), ["column_sums"]),
    "into float64": (lambda x, y, z: np.sum(x, axis=1, out=np.zeros_like(z, dtype="f8")), []),
}


@pytest.mark.parametrize("f, kinds", INTO_SUMS.values(), ids=INTO_SUMS)
def test_sums_into_an_array(f, kinds):
    def into(x, y, z):
        f(x, y, z)
        f(x, y, z)
        return y + z[:4], z - 1

    def make():
        return [np.rint(normal(*shape)) for shape in ((5, 4), (4,), (5,))]

    assert check(into, make, to_rounding) == [*kinds * 2, "add", "subtract"]


@orders
def test_sums_of_any_memory_order(order):
    f = lambda x: (x.sum(), x.sum(axis=0), x.sum(axis=1), x.mean(axis=1))  # noqa: E731
    make = lambda: [ORDERS[order](np.rint(normal(6, 5)))]  # noqa: E731
    found = check(f, make, to_rounding)
    dense = order in ("first", "last", "read-only")  # of two axes, the last one is last anyway
    assert found == (["total", "column_sums", "row_sums", "row_sums"] if dense else [])


def test_long_sums_are_as_exact_as_numpys():
    """Blocks are added up in double precision: one after the other would be off by 1e-3."""
    x = np.full(300_000, 0.1, "f4")
    compiled = knetpy.compile(lambda x: (x.sum(), x.mean()))
    compiled(x)
    total, mean = compiled(x)
    assert in_c(compiled) == ["total", "total"]
    assert total == pytest.approx(x.astype(float).sum(), rel=1e-5)
    assert mean == pytest.approx(float(np.float32(0.1)), rel=1e-5)


# Copies


@orders
def test_copies_of_any_memory_order(order):
    make = lambda: [ORDERS[order](normal(6, 5))]  # noqa: E731
    found = check(twice(lambda x: x.copy()), make)  # in C's order, whatever x has
    assert found == (["copy"] * 2 if order != "unaligned" else [])
    dense = order not in ("fortran", "unaligned")
    assert check(twice(np.copy), make) == (["copy"] * 2 if dense else [])  # this one keeps it


def test_copies_of_what_has_three_axes_with_gaps_are_numpys():
    assert not check(twice(lambda x: x.copy()), lambda: [normal(4, 6, 8)[::2, ::2, ::2]])
    joined = check(twice(lambda x: x.copy()), lambda: [normal(4, 6, 8)[:, :, ::2]])
    assert joined == ["copy"] * 2


# Kernels


@pytest.mark.parametrize("shape", [(3, 4), (1, 1), (5,), (2, 3, 4), (300, 120)], ids=str)
def test_relu_and_its_gradient(shape):
    f = lambda x, dy: (kernels.relu(x), kernels.relu_dx(dy, x))  # noqa: E731
    assert check(f, lambda: [normal(*shape), normal(*shape)]) == ["relu", "relu_dx"]


@pytest.mark.parametrize("shape", [(3, 4), (1, 1), (5, 1), (1, 7), (2, 3, 4)], ids=str)
def test_bias_and_relu_and_their_gradients(shape):
    def f(z, bias, dy):
        y = kernels.bias_relu(z * 1, bias)
        return y, kernels.bias_relu_dx(dy, y), kernels.sum_rows(dy)

    found = check(f, lambda: [normal(*shape), normal(shape[-1]), normal(*shape)], to_rounding)
    assert found == ["multiply", "bias_relu", "bias_relu_dx", "column_sums"]


@pytest.mark.parametrize("shape", [(3, 4), (1, 1), (5, 1), (1, 40), (2, 3, 4), (6,)], ids=str)
def test_softmax_and_its_gradient(shape):
    def f(x, dy):
        y = kernels.softmax(x, -1)
        return y, kernels.softmax_dx(dy, y, -1)

    make = lambda: [9 * normal(*shape), normal(*shape)]  # noqa: E731
    assert check(f, make, to_rounding) == ["softmax", "softmax_dx"]


@pytest.mark.parametrize("axis", [0, 1, None, (0, 1)])
def test_softmax_over_other_axes_is_the_references(axis):
    f = lambda x: (kernels.softmax(x, axis), kernels.softmax_dx(x, x, axis))  # noqa: E731
    assert not check(f, lambda: [normal(3, 4)], to_rounding)


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf, 88.0, -200.0])
def test_softmax_of_special_numbers(special):
    x = normal(4, 5)
    x[1, 2] = x[2, 0] = special
    f = lambda x: (kernels.softmax(x, -1), kernels.softmax(-x, -1))  # noqa: E731
    found = check(f, lambda: [x], to_rounding)
    assert found == ["softmax", "negative", "softmax"]


@pytest.mark.parametrize("rows, classes", [(3, 4), (1, 1), (1, 5), (6, 1), (50, 70)])
def test_nll_and_its_gradient(rows, classes):
    def f(scores, ids):
        loss, likely = kernels.nll(scores * 1, ids, 1 / rows)
        return loss, likely, kernels.nll_dx(likely, ids, loss * 0 + 0.25)

    make = lambda: [3 * normal(rows, classes), RNG.integers(0, classes, rows)]  # noqa: E731
    found = check(f, make, to_rounding)
    assert found[:2] == ["multiply", "nll"] and found[-1] == "nll_dx"


NOT_OURS = {
    "labels of int32": lambda s, i: kernels.nll(s, i.astype("i4"), 0.5),
    "labels with gaps": lambda s, i: kernels.nll(s, i[::-1], 0.5),
    "a column of scales": lambda s, i: kernels.nll(s, i, np.ones_like(s[:, :1])),
    "a whole number": lambda s, i: kernels.nll(s, i, 1),
    "scores with gaps": lambda s, i: kernels.nll(s[:, ::2], i, 0.5),
}


@pytest.mark.parametrize("f", NOT_OURS.values(), ids=NOT_OURS)
def test_nll_of_other_arrays_is_the_references(f):
    make = lambda: [normal(6, 8), RNG.integers(0, 4, 6)]  # noqa: E731
    assert not [kind for kind in check(twice(f), make, to_rounding) if kind == "nll"]


@orders
def test_kernels_of_any_memory_order(order):
    def f(x, y):
        dy = reference.relu(x)
        parts = kernels.relu_dx(x, y), kernels.softmax(x, -1), kernels.softmax_dx(y, x, -1)
        return dy, *parts, kernels.sum_rows(x), kernels.bias_relu_dx(x, y)

    make = lambda: [ORDERS[order](normal(6, 5)), normal(6, 5)]  # noqa: E731
    check(f, make, to_rounding)
    check(f, lambda: make()[::-1], to_rounding)


def test_every_function_in_the_table_has_its_test():
    """A new row of the table belongs into this file, too."""
    tested = {getattr(np, name) for name in ENTRYWISE} | {np.sum, np.mean, np.add.reduce, np.copy}
    tested |= {Method("sum"), Method("mean"), Method("copy"), np.matmul, np.power}
    tested |= {np.equal, Method("astype")}
    ours = "relu relu_dx bias_relu bias_relu_dx sum_rows softmax softmax_dx nll nll_dx".split()
    tested |= {getattr(kernels, name) for name in ours}
    ours = {f for f in HANDLERS if getattr(f, "__name__", "") not in ("matmul", "power")}
    assert ours | {np.matmul, np.power} == tested


# Steps one by one


def step(f, held, *args, **options):
    """A step on arrays that stand in places 0, 1 …, and the last one of which is the result."""
    one = Step(f, args, options, Ref(len(held) - 1))
    return lowered(one, Values(held, [one], list(range(len(held) - 1))))


def test_a_new_view_is_nothing_in_c():
    x = normal(3, 4)
    for f, y in [
        (np.transpose, x.T),
        (Method("reshape"), x.reshape(4, 3)),
        (np.squeeze, x.squeeze()),
        (np.broadcast_to, np.broadcast_to(x, (2, 3, 4))),
    ]:
        assert step(f, [x, y], Ref(0)) == []
    assert step(np.tanh, [x, np.tanh(x)], Ref(0)) is None  # other memory, so not a view


def test_a_view_that_is_empty_or_of_other_numbers_is_no_view_in_c():
    x = normal(4, 4)
    assert step(Method("view"), [x, x.view("i4")], Ref(0), "i4") is None
    assert step(Method("reshape"), [x, x[:0]], Ref(0)) is None


@pytest.mark.parametrize("dtype", [bool, "i8"], ids=str)
def test_the_bytes_of_floats_as_another_dtype_are_no_view_in_c(dtype):
    """C would count offsets in numbers of that dtype, and finds floats where bools would be."""
    x = np.zeros((4, 4), "f4")
    assert step(Method("view"), [x, x.view(dtype)], Ref(0), dtype) is None


def test_the_bytes_of_bools_as_floats_are_no_view_in_c():
    x = np.zeros((4, 4), bool)
    assert step(Method("view"), [x, x.view("f4")], Ref(0), "f4") is None


def test_a_step_that_writes_in_another_way_is_not_for_c():
    x = normal(3)
    fill = Step(Method("fill"), (Ref(0), 1.0), {}, None, pure=False)
    assert lowered(fill, Values([x], [fill], [0])) is None


def test_the_leading_step_of_a_matrix_for_blas():
    view = lambda *shape: View("m", 0, shape, (), FLOAT32)  # noqa: E731
    assert leading(M(view(3, 4), 9, 1)) == M(view(3, 4), 9, 1)
    assert leading(M(view(3, 4), 1, 5)) == M(view(3, 4), 5, 0)
    assert leading(M(view(1, 4), 0, 1)) == M(view(1, 4), 4, 1)  # never less than the columns
    assert leading(M(view(3, 1), 2, 7)) == M(view(3, 1), 2, 1)
    for down, across in [(4, 2), (2, 1), (-4, 1), (1, 2), (0, 1)]:
        with pytest.raises(Unfit):
            leading(M(view(3, 4), down, across))
