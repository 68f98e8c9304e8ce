"""What stands for arrays while a function is compiled: what it does, and what it refuses."""

import copy
import math
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import knetpy.arrays
from knetpy.autograd import Param, diff, grad
from knetpy.program import compile
from knetpy.program.traced import CannotCompile, Method, Opaque, Traced

X = np.array([0.5, -1.5, 2.0, 0.25])
M = np.random.default_rng(0).standard_normal((3, 4))


def same(got, want):
    if isinstance(want, (list, tuple)):
        assert type(got) is type(want) and len(got) == len(want)
        for a, b in zip(got, want, strict=True):
            same(a, b)
    elif want is None or isinstance(want, (str, int, float)) and not hasattr(want, "dtype"):
        assert type(got) is type(want) and got == want
    else:
        assert (type(got), got.dtype, got.shape) == (type(want), want.dtype, want.shape)
        if want.dtype.kind in "fc":
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
        else:
            np.testing.assert_array_equal(got, want)


def agree(f, *calls, programs=None):
    """One compiled function does what `f` does, to its arguments too."""
    program = compile(f)
    for args in calls:
        ours, its = copy.deepcopy(args), copy.deepcopy(args)
        want = f(*ours)
        same(program(*its), want)
        same(list(its), list(ours))
    if programs is not None:
        assert sum(map(len, program.programs.values())) == programs
    return program


def by_scales(f, x=X):
    """On several arrays of one kind, whose values differ."""
    return agree(f, (x,), (x * 2 + 1,), (-x,), (x,))


# What would take a value out


TAKEN_OUT = {
    "float": (lambda x: float(x.sum()), r"float\(x\) would take a value out"),
    "complex": (lambda x: complex(x.sum()), r"complex\(x\) would take a value out"),
    "item": (lambda x: x.sum().item(), r"x\.item would take"),
    "item of array": (lambda x: x.item(0), r"x\.item would take"),
    "tolist": (lambda x: x.tolist(), r"x\.tolist would take"),
    "tobytes": (lambda x: x.tobytes(), r"x\.tobytes would take"),
    "tofile": (lambda x: x.tofile("nowhere"), r"x\.tofile would take"),
    "dump": (lambda x: x.dump("nowhere"), r"x\.dump would take"),
    "flat": (lambda x: x.flat[0], r"x\.flat would take"),
    "data": (lambda x: x.data, r"x\.data would take"),
    "ctypes": (lambda x: x.ctypes, r"x\.ctypes would take"),
    "asarray": (lambda x: np.asarray(x), "a plain array of it .*SciPy's"),
    "array": (lambda x: np.array(x), "a plain array of it"),
    "array of a list": (lambda x: np.array([x]), "a plain array of it"),
    "array of numbers": (lambda x: np.array([x[0], x[1]]), "would take a value out"),
    "filled": (lambda x: np.full(3, x[0]), "would take a value out"),
    "math": (lambda x: math.exp(x[0]), r"float\(x\) would take"),
    "floor": (lambda x: math.floor(x[0]), r"math.floor .* would take a value out"),
    "percent": (lambda x: "%.2f" % x[0], r"float\(x\) would take"),  # noqa: UP031
    "pickle": (lambda x: pickle.dumps(x), "pickling x would take"),
    "generator": (lambda x: np.random.default_rng(0).permutation(x), "a plain array of it"),
    "vectorize": (lambda x: np.vectorize(abs)(x), "a plain array of it"),
    "polynomial": (lambda x: np.polynomial.Polynomial(x)(2.0), "a plain array of it"),
}


@pytest.mark.parametrize("f, message", TAKEN_OUT.values(), ids=TAKEN_OUT)
def test_what_takes_a_value_out_is_refused(f, message):
    w = Param(X.copy())
    program = compile(f)
    for _ in range(2):
        with pytest.raises(CannotCompile, match=message) as error:
            program(X)
    assert "np.where" in str(error.value) and not program.programs
    with pytest.raises(CannotCompile, match=message):
        compile(lambda: f(w))()
    assert "value" not in vars(Param) and w.version == 0
    assert grad(diff(lambda: np.sum(w)), w).tolist() == [1] * 4
    same(compile(lambda x: w * x)(X), X * X)


def test_a_value_in_an_element_of_a_plain_array_is_refused():
    """NumPy raises an error of its own there, which has ours as its cause."""
    y = np.zeros(4)
    with pytest.raises((ValueError, CannotCompile)) as error:
        compile(lambda x: operator.setitem(y, 0, x[0]))(X)
    assert isinstance(error.value, CannotCompile) or isinstance(
        error.value.__cause__, CannotCompile
    )
    assert not y.any()


TEXTS = {
    "hex": lambda x: x.sum().hex(),
    "array2string": lambda x: np.array2string(x),
    "array_repr": lambda x: np.array_repr(x),
    "array_str": lambda x: np.array_str(x),
    "format": lambda x: f"{x.sum():.2f}",
    "str": lambda x: str(x),
}


@pytest.mark.parametrize("f", TEXTS.values(), ids=TEXTS)
def test_texts_of_values_are_refused_or_right(f):
    program = compile(f)
    try:
        assert program(X) == f(X)
        assert program(X * 2) == f(X * 2)
    except CannotCompile:
        assert not program.programs


ROUNDINGS = {"round": lambda x: round(x.sum(), 1), "trunc": lambda x: math.trunc(x[0])}


@pytest.mark.parametrize("f", ROUNDINGS.values(), ids=ROUNDINGS)
def test_roundings_of_python_are_refused_with_a_message_or_right(f):
    program = compile(f)
    try:
        assert [program(X), program(X * 3)] == [f(X), f(X * 3)]
    except CannotCompile as error:
        assert "value out" in str(error)


SUBCLASSES = {
    "mask": (lambda x: x.mask * 1, lambda k: np.ma.array([1.0, 2.0], mask=[k, 1])),
    "matrix": (lambda x: x.A1 * 2, lambda k: np.asmatrix(np.full((2, 2), float(k)))),
    "field": (lambda x: x.a * 2, lambda k: np.rec.array([(float(k),)], dtype=[("a", float)])),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("f, make", SUBCLASSES.values(), ids=SUBCLASSES)
def test_attributes_of_other_array_types_are_refused_or_right(f, make):
    program = compile(f)
    for k in (0, 1, 0):
        try:
            got = program(make(k))
        except CannotCompile:
            continue
        np.testing.assert_array_equal(np.asarray(got), np.asarray(f(make(k))))


def test_a_refusal_is_a_type_error_that_names_a_remedy():
    assert issubclass(CannotCompile, TypeError)
    with pytest.raises(TypeError, match="return the array and do this outside"):
        compile(lambda x: float(x[0]))(X)


def test_unknown_attributes_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        compile(lambda x: x.nonsense)(X)
    with pytest.raises(AttributeError, match="an array in a compiled function has no __nonsense__"):
        compile(lambda x: x.__nonsense__)(X)
    assert compile(lambda x: hasattr(x, "get"))(X) is False


def test_it_is_not_hashed():
    with pytest.raises(TypeError, match="unhashable"):
        compile(lambda x: {x: 1})(X)


# Branches


BRANCHES = {
    "if": lambda x: x * 2 if x[0] > 0 else x * 3,
    "sign": lambda x: -x if x.sum() < 0 else x,
    "and or not": lambda x: x[0] > 0 and not x[1] > 0 or x[2] > 3,
    "chained": lambda x: x + 1 if 0 < x[0] < 1 else x - 1,
    "any all": lambda x: (x * 1 if np.any(x < -1) else x * 2) if np.all(x < 3) else x * 3,
    "python's max": lambda x: max(x[0], x[1], x[2]),
    "python's sum": lambda x: sum(x) + sum(x > 0),
    "python's sorted": lambda x: sorted(x),
    "python's any": lambda x: any(x > 1) * x,
    "int": lambda x: x * int(x[2]),
    "range": lambda x: [x * k for k in range(int(np.abs(x[2])))],
    "index": lambda x: ["a", "b", "c", "d"][x.argmax()],
    "slice of a list": lambda x: [1, 2, 3, 4][: x.argmax()],
    "in": lambda x: (2.0 in x) * x,
    "in a list": lambda x: (x[0] in [0.5, 7]) * x,
    "array_equal": lambda x: x * 2 if np.array_equal(x, X) else x,
    "allclose": lambda x: x * 2 if np.allclose(x, -X) else x,
    "count": lambda x: x * np.count_nonzero(x > 0),
    "equal shapes": lambda x: x * 2 if x.shape == (4,) and x.dtype == float else x,
    "is none": lambda x: x * 2 if x is not None else 0,
    "reshape": lambda x: np.ones(4).reshape(int(abs(x[2])), -1) * x[0] if x[2] == 2 else x,
    "filter": lambda x: [v for v in x if v > 0],
    "next": lambda x: next((k for k, v in enumerate(x) if v > 1), None),
}


@pytest.mark.parametrize("f", BRANCHES.values(), ids=BRANCHES)
def test_a_branch_on_a_value_becomes_a_condition(f):
    by_scales(f)
    agree(f, (X,), (X,), programs=1)


def test_each_way_of_a_branch_is_compiled_once():
    runs = []
    program = compile(lambda x: runs.append(1) or (x * 2 if x[0] > 0 else x * 3))
    for k in (1, -1, 2, -2, 3, -3):
        same(program(X * k), X * k * (2 if k > 0 else 3))
    assert len(runs) == 2


def test_while_loops_run_as_often_as_the_value_asks():
    def f(x, limit):
        n = 0
        while np.sum(x) < limit:
            x, n = x * 2, n + 1
        return x, n

    calls = [(np.ones(2), np.float64(limit)) for limit in (1, 5, 17, 4, 3, 100)]
    agree(f, *calls, programs=5)


@given(st.lists(st.floats(-4, 4), min_size=3, max_size=3))
def test_branches_within_branches_are_right_for_all_values(values):
    want = BRANCHY(np.array(values))
    same(BRANCHY_PROGRAM(np.array(values)), want)


def BRANCHY(x):  # noqa: N802 (one function for all examples)
    y = x * x
    if y[0] > y[1]:
        y = y - x
    if y.sum() > 4:
        y = y / 2
        if y[2] > 1:
            y[0] = y[2]
    return y


BRANCHY_PROGRAM = compile(BRANCHY)


def test_ambiguous_truth_is_numpys_error():
    with pytest.raises(ValueError, match="truth value of an array with more than one"):
        compile(lambda x: 1 if x > 0 else 2)(X)


def test_a_branch_after_a_change_is_refused():
    @compile
    def f(x):
        x += 1
        return x * 2 if x.sum() > 0 else x

    with pytest.raises(
        CannotCompile, match="depends on a value that is known only after.*np.where"
    ):
        f(X.copy())


def test_a_branch_that_does_not_look_at_the_change_is_taken_before():
    def f(x, y):
        x += 1
        return x * 2 if y.sum() > 0 else x

    agree(f, (X, X * 1), (X, -X), (X, X * 2), programs=2)


def test_a_number_without_whole_value_is_no_index():
    with pytest.raises(TypeError, match="only integer|interpreted as an integer"):
        compile(lambda x: [1, 2][x[0]])(X)


# Operators


def both_ways(f):
    return lambda x: [f(x, 2.0), f(2.0, x), f(x, x), f(x, np.full(4, 3.0)), f(np.full(4, 3.0), x)]


BINARY = "add sub mul truediv floordiv mod pow lt le gt ge eq ne".split()


@pytest.mark.parametrize("name", BINARY)
def test_binary_operators_on_both_sides(name):
    f = both_ways(getattr(operator, name))
    agree(f, (np.abs(X),), (np.abs(X) + 1,), (np.abs(X) * 3,), programs=1)


@pytest.mark.parametrize("name", "and_ or_ xor lshift rshift floordiv mod add mul".split())
def test_operators_of_ints(name):
    f = getattr(operator, name)
    ints = np.array([1, 5, 3])
    agree(lambda x: [f(x, 2), f(6, x), f(x, x)], (ints,), (ints + 1,), (ints * 2,), programs=1)


def test_other_operators():
    by_scales(lambda x: [-x, +x, abs(x), divmod(x, 2), divmod(2, x), x @ x, np.ones(4) @ x])
    agree(lambda x: [~x, x & True, x ^ x], (X > 0,), (X > 1,), programs=1)
    agree(lambda a, b: [a @ b, a @ np.ones((4, 2)), np.ones((2, 3)) @ a], (M, M.T), (M * 2, M.T))


IN_PLACE = "iadd isub imul itruediv ifloordiv imod ipow".split()


@pytest.mark.parametrize("name", IN_PLACE)
def test_operators_in_place_change_arguments_and_copies(name):
    f = getattr(operator, name)

    def own(x):
        y = x * 1
        z = y[1:]
        y = f(y, 2.0)
        return y, z, x

    positive = np.abs(X)
    agree(own, (positive,), (positive + 1,), programs=1)
    agree(lambda x: f(x, 2.0), (positive,), (positive + 1,), (positive,), programs=1)


def test_matrix_products_in_place():
    def f(x, y):
        x @= y
        return x

    agree(f, (np.eye(3), M[:, :3]), (M[:, :3], M[:, 1:]), programs=1)


def test_ints_in_place():
    def f(x):
        for name, k in (("iand", 7), ("ior", 8), ("ixor", 3), ("ilshift", 2), ("irshift", 1)):
            x = getattr(operator, name)(x, k)
        return x

    agree(f, (np.array([1, 5, 9]),), (np.array([2, 6, 10]),), programs=1)


def test_casts_that_numpy_refuses_in_place_are_refused():
    with pytest.raises(TypeError, match="same_kind"):
        compile(lambda x: operator.iadd(x, 0.5))(np.array([1, 2]))


def test_a_number_in_place_is_a_new_number():
    def f(x):
        s = x.sum()
        s += 1
        s *= 2
        return s, x

    by_scales(f)


def test_a_number_keeps_its_value_under_another_name():
    def f(x):
        total = loss = x.sum()
        total += 1
        return total, loss

    by_scales(f)


# Indices


INDICES = {
    "int": lambda x, i: x[i],
    "negative": lambda x, i: x[-i],
    "two": lambda x, i: x[i, i + 1],
    "column": lambda x, i: x[:, i],
    "row and newaxis": lambda x, i: x[i][None, ..., None],
    "list": lambda x, i: x[[0, i]],
    "ellipsis": lambda x, i: x[..., i],
    "take": lambda x, i: np.take(x, i, axis=1),
    "iterated": lambda x, i: [row * i for row in x],
    "unpacked": lambda x, i: (lambda a, b, c: a + b * c * i)(*x),
    "zipped": lambda x, i: [a * b[0] for a, b in zip(x, x.T, strict=False)],
    "reversed": lambda x, i: list(reversed(x)),
    "rolled": lambda x, i: np.roll(x, 1, axis=0) * i,
}


@pytest.mark.parametrize("f", INDICES.values(), ids=INDICES)
def test_indices_that_are_values_change_without_another_program(f):
    agree(f, *[(M * k, np.int64(k)) for k in (1, 2, 0)], programs=1)
    agree(f, *[(M * k, np.array(k)) for k in (1, 2, 0)])


LENGTHS = {
    "slice": (lambda x, n: x[:n], [1, 2, 3]),
    "slice between": (lambda x, n: x[n : n + 2], [0, 1, 3]),
    "slice in a tuple": (lambda x, n: x.reshape(2, 2)[:, :n], [1, 2, 0]),
    "reshape": (lambda x, n: x.reshape(n, -1), [1, 2, 4]),
    "reshape of np": (lambda x, n: np.reshape(x, (n, -1)), [1, 2, 4]),
    "repeat": (lambda x, n: x.repeat(n), [1, 2, 3]),
    "np.repeat": (lambda x, n: np.repeat(x, n), [1, 2, 3]),
    "diagonal": (lambda x, n: np.diagonal(np.outer(x, x), n), [0, 1, 2]),
    "axis": (lambda x, n: np.sum(np.outer(x, x[:2]), axis=n), [0, 1, 0]),
    "axis of a method": (lambda x, n: np.outer(x, x[:2]).mean(n), [0, 1, 0]),
    "axis of reduce": (lambda x, n: np.add.reduce(np.outer(x, x[:2]), n), [0, 1, 0]),
    "shape": (lambda x, n: np.ones_like(x, shape=n), [1, 2, 3]),
    "full": (lambda x, n: np.full_like(x, 2.0, shape=(n, 2)), [1, 2, 3]),
    "broadcast": (lambda x, n: np.broadcast_to(x, (n, 4)), [1, 2, 3]),
    "stacked along": (lambda x, n: np.stack([x, x, x], axis=n), [0, 1, 0]),
    "moved": (lambda x, n: np.moveaxis(np.outer(x, x[:2]), 0, n), [0, 1, 0]),
    "where": (lambda x, n: np.where(x > n)[0], [0, 1, -2]),
    "nonzero": (lambda x, n: np.nonzero(x > n)[0], [0, 1, -2]),
    "flatnonzero": (lambda x, n: np.flatnonzero(x > n), [0, 1, -2]),
    "mask": (lambda x, n: x[x > n], [0, 1, -2]),
    "mask of rows": (lambda x, n: np.outer(x, x)[:, x > n], [0, 1, -2]),
    "compress": (lambda x, n: np.compress(x > n, x), [0, 1, -2]),
    "unique": (lambda x, n: np.unique(np.floor(x * n)), [0, 1, 2]),
    "arange": (lambda x, n: np.arange(int(n)) * x[0], [1, 2, 3]),
    "pad": (lambda x, n: np.pad(x, (int(n), 0)), [0, 1, 2]),
}


@pytest.mark.parametrize("f, sizes", LENGTHS.values(), ids=LENGTHS)
def test_a_shape_that_depends_on_a_value_belongs_to_the_program(f, sizes):
    """Python sees the shape, and computes with it."""

    def told(x, n):
        y = f(x, n)
        return y.sum() / max(y.shape[0], 1), y.ndim, y

    agree(told, *[(X * k, np.int64(n)) for n in [*sizes, *sizes] for k in (1, 2)])


def test_masks_with_other_numbers_of_true_get_other_programs():
    program = agree(
        lambda x: (x[x > 0].mean(), len(x[x > 0])), (X,), (-X,), (X * 2,), (X + 9,), programs=3
    )
    same(program(X), (X[X > 0].mean(), 3))


def test_writing_at_indices_that_are_values():
    def f(x, i, v):
        x[i] = v
        x[i, 1] += 1
        x[:, i] = x[:, 0] * 2
        x[[0, 1]] = x[1]
        x[x > 2] = 2
        y = x + 0
        y[i][...] = 7
        y[..., 0] = i
        return y

    agree(f, *[(M * k, np.int64(i), X * k) for k, i in ((1, 0), (2, 1), (3, 2))], programs=1)


def test_reading_at_a_list_after_a_change_is_right():
    def f(x):
        x[[0, 1]] = x[[1, 0]]
        x[[1, 2]] = x[[2, 1]]

    agree(f, (M,), (M * 2,), programs=1)


def test_writing_through_views_is_seen_everywhere():
    def f(x):
        y = x * 1
        rows, flipped, turned = y[1:], y[::-1], y.T
        rows += 1
        flipped[0] = 5
        turned[0] *= 2
        return y, rows, flipped

    agree(f, (M,), (M * 2,), programs=1)


def test_reading_after_writing_sees_it_and_before_does_not():
    def f(x):
        y = x * 1
        before = y.sum()
        y[0] = 100
        return before, y.sum()

    by_scales(f)


# Members


METHODS = """sum mean std var max min argmax argmin cumsum cumprod prod any all ravel flatten copy
    transpose squeeze nonzero argsort conj conjugate""".split()


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    agree(lambda x: getattr(x, name)(), (M,), (M * 2,), (-M,))


def test_methods_with_arguments():
    by_scales(
        lambda x: [
            x.sum(axis=0), x.clip(-1, 1), x.round(1), x.reshape(2, 2), x.reshape((2, -1)),
            x.repeat(2), x.take([0, 2]), x.astype("f4"), x.astype(int), x.dot(x), x.view("i8"),
            x.reshape(2, 2).swapaxes(0, 1), x.reshape(2, 2).trace(), x.reshape(2, 2).diagonal(),
            x.mean(keepdims=True), x.std(ddof=1), x.max(initial=9.0),
            x.argpartition(1)[:1], x.sum(where=np.array([True, False, True, True])),
        ]
    )  # fmt: skip
    agree(lambda x: x.searchsorted([0.1, 0.7]), (np.sort(X),), (np.sort(X) * 2,))


WRITING = {
    "fill": lambda x: x.fill(3.0),
    "sort": lambda x: x.sort(),
    "partition": lambda x: x.partition(1),
    "put": lambda x: x.put([0, 2], [7.0, 8.0]),
    "byteswap": lambda x: x.byteswap(inplace=True),
    "setitem": lambda x: operator.setitem(x, slice(1, None), 4.0),
    "add at": lambda x: np.add.at(x, [0, 0, 1], 2.0),
    "negative at": lambda x: np.negative.at(x, [1]),
    "copyto": lambda x: np.copyto(x, 5.0, where=[True, False, True, False]),
    "copyto by name": lambda x: np.copyto(src=5.0, dst=x),
    "np.put": lambda x: np.put(x, [1], 9.0),
    "np.put by name": lambda x: np.put(ind=[1], a=x, v=9.0),
    "place": lambda x: np.place(x, x > 0, [1.0, 2.0]),
    "putmask": lambda x: np.putmask(x, x > 0, -1.0),
    "put_along_axis": lambda x: np.put_along_axis(x, np.array([1, 2]), 6.0, axis=0),
    "ufunc out": lambda x: np.exp(x[:2], out=x[2:]),
    "ufunc positional out": lambda x: np.add(x, 1, x),
    "ufunc where": lambda x: np.add(x, 1, out=x, where=[True, False, False, True]),
    "reduce out": lambda x: np.add.reduce(np.ones((3, 4)), axis=0, out=x),
    "accumulate out": lambda x: np.add.accumulate(x * 1, out=x),
    "function out": lambda x: np.cumsum(x * 1, out=x),
    "function positional out": lambda x: np.cumsum(x * 1, 0, None, x),
    "clip positional": lambda x: np.clip(x * 1, 0, 1, x),
    "dot positional": lambda x: np.dot(np.eye(4) * 2, x * 1, x),
    "method out": lambda x: (x * 1).clip(0, 1, out=x),
    "method positional out": lambda x: (x * 1).clip(0, 1, x),
    "method sum positional": lambda x: np.ones((3, 4)).sum(0) + (x[None] * 3).sum(0, None, x),
    "take out": lambda x: np.take(x * 2, [3, 2, 1, 0], out=x, mode="clip"),
    "nan_to_num": lambda x: np.nan_to_num(x, copy=False, nan=3.0),
    "several outs": lambda x: np.modf(x[:2] * 1.5, out=(x[:2], x[2:])),
    "concatenate out": lambda x: np.concatenate([x[:2] * 2, x[2:] + 1], out=x),
    "stack out": lambda x: np.stack([x[:2] * 1, x[2:] * 3], out=x.reshape(2, 2)),
    "einsum out": lambda x: np.einsum("i,i->i", x * 1, x * 1, out=x),
    "fill_diagonal": lambda x: np.fill_diagonal(x.reshape(2, 2), 3.0),
    "fill_diagonal by name": lambda x: np.fill_diagonal(val=3.0, a=x.reshape(2, 2)),
    "shuffled by hand": lambda x: operator.setitem(x, slice(None), x[[3, 1, 0, 2]]),
    "real": lambda x: operator.setitem(x.real, 0, 4.0),
}


@pytest.mark.parametrize("write", WRITING.values(), ids=WRITING)
@pytest.mark.parametrize("own", [True, False], ids=["own", "given"])
def test_what_writes_into_an_array_is_done_each_time(write, own):
    def f(x):
        y = x * 1 if own else x
        write(y)
        return y

    if write is WRITING["nan_to_num"]:
        nan = np.array([np.nan, 1, 2, 3])
        agree(f, (nan,), (nan[::-1].copy(),), (X,), programs=1)
    else:
        agree(f, (X,), (X * 2 + 1,), (-X,), (X,))


REFUSED = {
    "in place": lambda x, c: operator.iadd(c, x),
    "copyto": lambda x, c: np.copyto(c, x),
    "copyto by name": lambda x, c: np.copyto(dst=c, src=x),
    "at": lambda x, c: np.add.at(c, [0, 1, 2, 3], x),
    "put": lambda x, c: np.put(c, [0, 1, 2, 3], x),
    "dot": lambda x, c: np.dot(np.eye(4), x, out=c),
    "dot positional": lambda x, c: np.dot(np.eye(4), x, c),
    "method": lambda x, c: x.clip(0, 1, out=c),
    "method positional": lambda x, c: x.clip(0, 1, c),
    "place": lambda x, c: np.place(c, x > -9, x),
}


@pytest.mark.parametrize("write", REFUSED.values(), ids=REFUSED)
def test_writing_values_into_a_closed_over_array_is_refused(write):
    closed = np.zeros(4)
    program = compile(lambda x: write(x, closed))
    with pytest.raises(CannotCompile, match="neither got nor computed|a plain array of it"):
        program(X)
    assert not closed.any()
    same(compile(lambda x: x + closed)(X), X)


def test_attributes_of_layout_are_pythons():
    def f(x):
        y = x.T * 2
        return [
            len(x), x.shape[1], x.ndim, x.size, x.itemsize, x.nbytes, str(x.dtype), y.shape[0],
            np.shape(x)[0], np.ndim(y), np.size(x), str(np.result_type(x, np.float32)),
            np.iscomplexobj(x), x.flags.c_contiguous, y.strides[0], x.dtype == float,
        ]  # fmt: skip

    agree(f, (M,), (M * 2,), programs=1)


def test_turned_and_parts():
    agree(lambda x: [x.T, x.mT, x.real, x.imag], (M,), (M * 2,), programs=1)
    stack = np.arange(24.0).reshape(2, 3, 4) * (1 + 2j)
    agree(lambda x: [x.T, x.mT, x.real, x.imag, x.conj()], (stack,), (stack * 2,), programs=1)


def test_copies_are_of_their_own():
    def f(x):
        y, z = copy.copy(x), copy.deepcopy(x)
        y += 1
        z[0] = 7
        return x, y, z

    by_scales(f)


def test_base_tells_views():
    assert compile(lambda x: (x.base is None, x[1:].base is None))(X * 1) == (True, False)


def test_they_show_themselves():
    seen = []
    compile(lambda x: seen.append(repr(x)) or print(x, f"{x.sum():.1f}") or x)(X)
    assert seen == ["<float64 (4,) in a compiled function>"]


def test_iteration_over_a_number_is_numpys_error():
    with pytest.raises(TypeError, match="iteration over a 0-d array"):
        compile(lambda x: list(x.sum()))(X)
    with pytest.raises(TypeError, match=r"has no len\(\)|unsized"):
        compile(lambda x: len(x.sum()))(X)


def test_assigning_a_shape_is_refused_and_not_ignored():
    def f(x):
        y = x * 1
        y.shape = (2, 2)
        return y

    with pytest.raises((CannotCompile, AttributeError), match="shape|setter"):
        compile(f)(X)
    with pytest.raises((CannotCompile, AttributeError), match="real|setter"):
        compile(lambda x: setattr(x * 1j, "real", 0))(X)


# Ufuncs and functions


UFUNC_METHODS = {
    "reduce": lambda x: [np.add.reduce(x), np.maximum.reduce(x, axis=1), np.add.reduce(x, None)],
    "accumulate": lambda x: [np.add.accumulate(x, axis=1), np.maximum.accumulate(x)],
    "reduceat": lambda x: np.add.reduceat(x, [0, 2], axis=1),
    "outer": lambda x: [np.multiply.outer(x, x[0]), np.subtract.outer(np.ones(2), x)],
    "several": lambda x: [np.divmod(x, 0.5), np.modf(x), np.frexp(x)],
    "where": lambda x: np.add(x, 1, out=x * 1, where=x > 0),
    "dtype": lambda x: np.add(x, 1, dtype="f4", casting="same_kind"),
    "frompyfunc": lambda x: np.frompyfunc(lambda v: v * 2, 1, 1)(x).astype(float),
    "logical": lambda x: np.logical_and(x > 0, x < 1) | np.isnan(x),
}


@pytest.mark.parametrize("f", UFUNC_METHODS.values(), ids=UFUNC_METHODS)
def test_ufuncs_and_their_methods(f):
    agree(f, (M,), (M * 2,), (-M,), programs=1)


FUNCTIONS = {
    "stack": lambda x: [np.stack([x, x * 2]), np.concatenate([x, np.ones((1, 4))]), np.vstack([x])],
    "block": lambda x: np.block([[x, x], [x * 2, np.zeros((3, 4))]]),
    "split": lambda x: np.split(x, 2, axis=1),
    "where": lambda x: np.where(x > 0, x, 0),
    "choose": lambda x: np.choose((x > 0).astype(int), [x, x * 2]),
    "select": lambda x: np.select([x > 1, x > 0], [x, x * 2], default=-1),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x),
    "tensordot": lambda x: np.tensordot(x, x, axes=([1], [1])),
    "sort": lambda x: [np.sort(x, axis=0), np.argsort(x), np.median(x), np.percentile(x, [20, 50])],
    "linalg": lambda x: [np.linalg.norm(x), *np.linalg.svd(x, full_matrices=False)[1:2]],
    "solve": lambda x: np.linalg.solve(x[:, :3] + 4 * np.eye(3), x),
    "fft": lambda x: np.fft.irfft(np.fft.rfft(x)),
    "diag": lambda x: [np.diag(x), np.tril(x), np.trace(x), np.cov(x)],
    "diffs": lambda x: [np.diff(x), np.gradient(x)[0], np.trapezoid(x), np.cumsum(x)],
    "interp": lambda x: np.interp(x[0], np.arange(3.0), np.ones(3)),
    "piecewise": lambda x: np.piecewise(x, [x < 0, x >= 0], [-1, lambda v: v * 2]),
    "apply": lambda x: np.apply_along_axis(np.sum, 0, x),
    "likes": lambda x: [np.zeros_like(x), np.full_like(x, 2), np.empty_like(x) * 0 == 0],
    "histogram": lambda x: np.histogram(x, bins=3, range=(-2, 2)),
    "meshgrid": lambda x: np.meshgrid(x[0], x[1][:2]),
    "unique": lambda x: np.unique(np.sign(x), return_counts=True),
    "atleast": lambda x: [np.atleast_3d(x), np.expand_dims(x, 1), np.moveaxis(x, 0, 1)],
    "isclose": lambda x: np.isclose(x, 1.0) | np.isin(x, [0.5]),
    "windows": lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1).sum(axis=-1),
    "broadcast": lambda x: np.broadcast_arrays(x, x[0]),
}


@pytest.mark.filterwarnings("ignore:invalid value")  # of numbers that are not looked at
@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions(f):
    agree(f, (M,), (M * 2,), (-M,), (M,))


# Method and Opaque


def test_method_calls_by_name():
    assert Method("sum")(np.ones(3)) == 3 and Method("sum").__name__ == "sum"
    assert Method("clip")(X, 0, max=1).tolist() == np.clip(X, 0, 1).tolist()
    assert Method("sum") == Method("sum") != Method("mean")
    assert hash(Method("sum")) == hash(Method("sum"))


def test_what_is_no_array_stands_for_itself_and_its_calls_are_steps():
    found = []

    def f(x):
        source = knetpy.arrays.generator()
        found.append(type(source))
        return x * source.random(4)

    program = compile(f)
    knetpy.arrays.seed(1)
    a, b = program(X), program(X)
    knetpy.arrays.seed(1)
    same([a, b], [X * knetpy.arrays.generator().random(4) for _ in range(2)])
    assert found == [Opaque]


@pytest.mark.parametrize("draw", ["normal", "integers", "permutation", "standard_normal"])
def test_other_draws_are_right_or_refused(draw):
    args = {"normal": (0.0, 1.0, 4), "integers": (5,), "permutation": (4,)}.get(draw, (4,))
    f = lambda x: x * getattr(knetpy.arrays.generator(), draw)(*args)  # noqa: E731
    program = compile(f)
    knetpy.arrays.seed(1)
    try:
        got = [program(X) for _ in range(3)]
    except CannotCompile:
        return
    knetpy.arrays.seed(1)
    same(got, [f(X) for _ in range(3)])


def test_contexts_of_what_is_no_array_are_steps():
    def f(x):
        again = knetpy.arrays.replay()
        a = knetpy.arrays.random(4)
        with again():
            b = knetpy.arrays.random(4)
        return x * a, x * b, knetpy.arrays.random(1)

    program = compile(f)
    found = [program(X) for _ in range(3)]
    assert all((a == b).all() for a, b, _ in found)
    assert found[1][0].tolist() != found[2][0].tolist()


def test_attributes_of_what_is_no_array_are_refused():
    with pytest.raises(CannotCompile, match="does not see bit_generator of a Generator"):
        compile(lambda x: knetpy.arrays.generator().bit_generator)(X)
    with pytest.raises(AttributeError):
        compile(lambda x: knetpy.arrays.generator().__nonsense__)(X)
    with pytest.raises(AttributeError):
        compile(lambda x: knetpy.arrays.generator().nonsense)(X)


def test_inside_all_arrays_are_traced():
    w = Param(X.copy())
    kinds = compile(lambda x: [type(v).__name__ for v in (x, w.value, w * 2, x[0], x.sum())])
    assert set(kinds(X)) == {Traced.__name__}


def test_texts_of_values_are_not_returned_and_numbers_are_no_outs():
    told = compile(lambda x: f"{x.sum():.2f}")
    with pytest.raises(CannotCompile, match="cannot return texts, which it would hold fast"):
        told(X)

    def into_numbers(x):
        one, two = x.sum(), x.max()
        return np.modf(x.min(), out=(one, two))

    with pytest.raises(CannotCompile, match="several numbers of no axes as out= are not for"):
        compile(into_numbers)(X)
