"""Filters by functions of the user's: windows as SciPy shows them, in every mode."""

import ctypes
from inspect import signature

import numpy as np
import pytest
from scipy import LowLevelCallable, ndimage

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.derivatives import hessian
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy.ndimage import correlate1d, maximum_filter, median, sum_labels
from knetpy.autograd.scipy.ndimage import generic as chapter
from tests.autograd.rules.harness import (
    assert_close,
    assert_same,
    coverage_test,
    mutation_test,
    real,
    row,
    rule_test,
)

MODES = ("reflect", "constant", "nearest", "mirror", "wrap")
SHORT = ("plain", "float32", "float16", "fortran", "reversed", "0d", "3to1", "3to0")
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)
LABELS = np.array([[0, 1, 2, 2], [5, 1, 1, 0], [2, 2, 2, 5]])


def energy(window, factor=1.0):
    return factor * np.sum(np.sin(window) * window)


def weighted(window):
    return np.cos(window) @ np.arange(1.0, len(window) + 1)


def differences(line, result):
    result[...] = line[1:] * line[:-1]


def powers(line, result, factor=1.0):
    """In two writes, of which the second overlaps the first."""
    n = len(result)
    result[:] = factor * np.sin(line[:n])
    np.multiply(result, line[-n:], out=result)


def roughness(windows, axis):
    return np.mean(windows**2, axis=axis) - np.mean(windows, axis=axis) ** 3


def two(windows, axis):
    return np.stack([np.sum(windows, axis=axis), np.prod(windows, axis=axis)])


def moment(entries, places):
    return np.sum(entries * np.sin(entries) * places)


ROWS = [
    *(row(chapter.generic_filter, real(3, 4), weighted, size=2, mode=m, only=SHORT) for m in MODES),
    *(
        row(chapter.generic_filter, real(3, 4), energy, only=SHORT, **options)
        for options in (
            {"footprint": CROSS, "mode": "grid-wrap"},
            {"size": (2, 3), "origin": (-1, 1), "mode": "constant", "cval": 1.5},
            {"size": 3, "axes": (1,), "origin": -1},
            {"size": (3, 2), "axes": (1, 0), "mode": "grid-mirror"},
            {"size": 2, "extra_arguments": (2.0,)},
            {"size": 2, "extra_keywords": {"factor": 2.0}, "output": np.float64},
        )
    ),
    row(chapter.generic_filter, real(5), energy, size=7, mode="wrap", only=SHORT),
    row(
        lambda x, factor, cval: chapter.generic_filter(
            x, energy, 3, mode="constant", cval=cval, extra_arguments=(factor,)
        ),
        *(real(2, 3), real(), real()),
        of=chapter.generic_filter,
        name="generic_filter-in-all",
        only=("plain", "only"),
    ),
    *(
        row(chapter.generic_filter1d, real(3, 4), f, filter_size=2, mode=m, axis=axis, only=SHORT)
        for f, axis in ((differences, 0), (powers, -1))
        for m in MODES
    ),
    row(chapter.generic_filter1d, real(5), powers, filter_size=8, origin=2, mode="grid-wrap"),
    row(chapter.generic_filter1d, real(2, 3, 2), powers, filter_size=3, axis=1, only=SHORT),
    row(
        lambda x, factor, cval: chapter.generic_filter1d(
            x, powers, 3, mode="constant", cval=cval, extra_keywords={"factor": factor}
        ),
        *(real(2, 3), real(), real()),
        of=chapter.generic_filter1d,
        name="generic_filter1d-in-all",
        only=("plain", "only"),
    ),
    *(
        row(chapter.vectorized_filter, real(3, 4), roughness, size=2, mode=mode)
        for mode in (*MODES, "grid-constant", "valid")
    ),
    *(
        row(chapter.vectorized_filter, real(3, 4), roughness, **options)
        for options in (
            {"footprint": CROSS, "mode": "wrap"},
            {"size": (2, 3), "origin": (0, -1), "mode": "constant", "cval": 1.5},
            {"size": 3, "axes": 0},
            {"size": (3, 2), "axes": (1, 0), "mode": "mirror"},
            {"size": 2, "batch_memory": 16 * 16},
        )
    ),
    row(chapter.vectorized_filter, real(2, 3), two, size=(1, 2), batch_memory=np.inf),
    row(
        lambda x, cval: chapter.vectorized_filter(x, roughness, size=3, mode="constant", cval=cval),
        *(real(2, 3), real()),
        of=chapter.vectorized_filter,
        name="vectorized_filter-in-both",
        only=("plain", "only", "float32", "complex128"),
    ),
    *(
        row(chapter.labeled_comprehension, real(3, 4), labels, index, energy, float, default)
        for labels, index, default in (
            (None, None, 0),
            (LABELS, None, 0),
            (LABELS, 2, 0),
            (LABELS, [5, 1, 7, 1], -1.5),
            (LABELS - 0.5, np.array([1.5, 9.5]), 2.5),
        )
    ),
    *(
        row(chapter.labeled_comprehension, real(3, 4), labels, index, moment, complex, 0, True)
        for labels, index in ((None, None), (LABELS, None), (LABELS, np.array([[2, 1]])))
    ),
    row(
        chapter.labeled_comprehension,
        real(2, 3),
        *([0, 1, 1], [1, 0], energy, "f8", 0),
        without=("2to0",),  # which leaves no label, and so a constant
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


X = np.cos(np.arange(12.0).reshape(3, 4) ** 2)
FUNCTIONS = [getattr(chapter, name) for name in chapter.__all__]
CALLS = {
    "generic_filter": lambda x, f, **options: chapter.generic_filter(x, f, 3, **options),
    "generic_filter1d": lambda x, f, **options: chapter.generic_filter1d(x, f, 3, **options),
    "vectorized_filter": lambda x, f, **options: chapter.vectorized_filter(x, f, size=3, **options),
    "labeled_comprehension": lambda x, f: chapter.labeled_comprehension(
        x, [0, 1, 2, 1], [1, 2], f, float, 0
    ),
}


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.name)
def test_signatures_are_scipys(f):
    assert signature(f) == signature(getattr(ndimage, f.name))


# Against functions of this chapter that have rules of their own


@pytest.mark.parametrize("mode", MODES)
def test_gradients_are_those_of_the_filters_with_rules(mode):
    w = np.array([0.5, -1.0, 0.7])
    cases = (
        (
            lambda x: chapter.generic_filter(x, np.max, (2, 3), mode=mode),
            lambda x: maximum_filter(x, (2, 3), mode=mode),
        ),
        (
            lambda x: chapter.generic_filter(x, lambda u: u @ w, 3, mode=mode, axes=1),
            lambda x: correlate1d(x, w, mode=mode),
        ),
        (
            lambda x: chapter.vectorized_filter(x, np.max, size=(2, 3), mode=mode),
            lambda x: maximum_filter(x, (2, 3), mode=mode),
        ),
        (
            lambda x: chapter.generic_filter1d(x, sliding(w), 3, mode=mode, axis=0),
            lambda x: correlate1d(x, w, axis=0, mode=mode),
        ),
    )
    for ours, others in cases:
        assert_close(ours(X), others(X), 1e-15)
        slopes = [grad(lambda x, f=f: np.sum(np.sin(f(x))))(X) for f in (ours, others)]
        assert_close(*slopes, 1e-14)


def sliding(w):
    def correlated(line, result):
        result[...] = sum(c * line[k : len(result) + k] for k, c in enumerate(w))

    return correlated


def test_labels_one_by_one():
    for f, g in ((np.sum, sum_labels), (np.median, median)):
        ours = grad(
            lambda x, f=f: np.sum(
                chapter.labeled_comprehension(x, LABELS, [5, 1, 2], f, float, 0) ** 3
            )
        )
        others = grad(lambda x, g=g: np.sum(g(x, LABELS, [5, 1, 2]) ** 3))
        assert_close(ours(X), others(X), 1e-14)


def test_the_curvature_of_a_filter():
    def loss(x):
        return np.sum(chapter.generic_filter(x, lambda w: np.prod(np.sin(w)), 2, mode="wrap"))

    def same(x):
        return np.sum(np.sin(x) * np.sin(np.roll(x, 1)))

    x = np.array([0.3, 0.8, 1.1])
    assert_close(hessian(loss)(x), hessian(same)(x), 1e-14)


# What the functions hold


@pytest.mark.parametrize("image", [X, X.astype(np.float32)], ids=["double", "single"])
def test_a_param_that_the_function_holds_has_a_gradient_though_the_image_is_plain(image):
    w = Param(0.6)

    def line(u, result):
        result[...] = np.tanh(w * u[: len(result)])

    tapes = {
        "generic_filter": lambda u: np.tanh(w * u.sum()),
        "generic_filter1d": line,
        "vectorized_filter": lambda u, axis: np.tanh(w * np.sum(u, axis=axis)),
        "labeled_comprehension": lambda u: np.tanh(w * u.sum()),
    }
    for name, f in tapes.items():
        tape = diff(lambda name=name, f=f: np.sum(CALLS[name](image, f)))
        assert tape.params() == [w]

        def loss(v, name=name, f=f):
            w.value = np.asarray(v)
            return np.sum(CALLS[name](image.astype(float), f), dtype=float)

        numeric = (loss(0.6 + 1e-6) - loss(0.6 - 1e-6)) / 2e-6
        w.value = np.asarray(0.6)
        assert_close(tape.gradient(w), numeric, 1e-5 if image.dtype == np.float32 else 1e-8)


def test_an_image_of_integers():
    image, w = np.arange(12).reshape(3, 4), Param(0.5)
    tape = diff(lambda: np.sum(CALLS["vectorized_filter"](image, lambda u, axis: w * u.sum(axis))))
    assert tape.gradient(w) == ndimage.vectorized_filter(image, np.sum, size=3).sum()
    tape = diff(lambda: np.sum(CALLS["labeled_comprehension"](image, lambda u: w * u.sum())))
    assert tape.gradient(w) == image[:, 1:].sum()
    for name in ("generic_filter", "generic_filter1d"):
        with pytest.raises(NotImplementedError, match=f"{name} gives int64 for these arguments"):
            diff(lambda name=name: CALLS[name](image, lambda *args: w, extra_arguments=(w,)))


@pytest.mark.parametrize("image", [X, np.arange(12).reshape(3, 4)], ids=["floats", "ints"])
@pytest.mark.parametrize("out", [None, np.int32, np.zeros((3, 4)), np.zeros((3, 4), "i2")], ids=str)
def test_while_something_else_records_all_is_scipys(image, out):
    def line(u, result):
        result[...] = u[: len(result)] * 2

    calls = {
        "generic_filter": (np.sum, {"size": 2}),
        "generic_filter1d": (line, {"filter_size": 2}),
        "vectorized_filter": (np.sum, {"size": 2}),
    }
    for name, (f, options) in calls.items():
        if name != "vectorized_filter" or out is None or isinstance(out, np.ndarray):
            options = options | {"output": out}
        expected = getattr(ndimage, name)(image, f, **options).copy()
        assert_same(while_recording(getattr(chapter, name), image, f, **options), expected)


def while_recording(f, *args, **options):
    found = []
    diff(lambda: found.append(f(*args, **options)) or 0.0)
    return value(found[0])


def test_what_is_constant_of_a_tracked_image_is_plain():
    def f(x):
        y = chapter.generic_filter(x, lambda u: float(u.size), 2)
        n = chapter.labeled_comprehension(x, LABELS, [1, 2], len, int, 0)
        assert type(y) is type(n) is np.ndarray and n.tolist() == [3, 5]
        return np.sum(y)

    assert diff(f, Param(X)).value == 48.0


def test_labels_that_are_missing_without_a_default():
    x = Param(X)
    tape = diff(
        lambda: np.sum(
            chapter.labeled_comprehension(x, LABELS, [1, 7], np.sum, "f4", None) * [1.0, 0.0]
        )
    )
    assert np.isnan(tape.value)
    assert_same(tape.gradient(x), (LABELS == 1).astype(float))


def test_a_value_for_each_side_beyond_the_edges():
    sides = np.array([[1.0, 2.0], [3.0, 4.0]])

    def f(x, sides):
        return chapter.vectorized_filter(x, roughness, size=3, mode="constant", cval=sides)

    assert_close(
        f(Param(X), sides),
        ndimage.vectorized_filter(X, roughness, size=3, mode="constant", cval=sides),
        0,
    )
    assert gradcheck(f, X, sides, order=2)


def test_a_line_that_is_not_written_is_zero():
    x = Param(X)
    tape = diff(lambda: np.sum(chapter.generic_filter1d(x, lambda line, result: None, 3)))
    assert tape.value == 0.0 and tape.gradient(x) is None


# Refusals


@pytest.mark.parametrize("name", CALLS)
def test_errors_of_the_function_come_through_and_leave_nothing_behind(name):
    def broken(*args, **options):
        raise KeyError("mine")

    x = Param(X)
    with pytest.raises(KeyError, match="mine"):
        diff(lambda: CALLS[name](x, broken))
    assert diff(lambda: np.sum(x * x)).gradient(x) is not None


@pytest.mark.parametrize("name", ["generic_filter", "labeled_comprehension"])
def test_a_function_must_give_one_number(name):
    with pytest.raises(ValueError, match=rf"{name} needs a function that gives one number; .*2,"):
        diff(lambda: CALLS[name](Param(X), lambda u: u[:2]))


@pytest.mark.parametrize("name", list(CALLS)[:3])
def test_outputs_that_cannot_hold_a_gradient(name):
    out = np.full((3, 4), 7.0)
    with pytest.raises(NotImplementedError, match=f"{name} has no gradient for an array as output"):
        diff(lambda: CALLS[name](Param(X), np.sum, output=out))
    assert (out == 7).all()


@pytest.mark.parametrize(
    "name, argument",
    [
        ("generic_filter", "origin"),
        ("generic_filter1d", "origin"),
        ("vectorized_filter", "axes"),
    ],
)
def test_places_have_no_gradient(name, argument):
    with pytest.raises(TypeError, match=f"{name} is not differentiable in {argument}"):
        diff(lambda: CALLS[name](X, np.sum, **{argument: Param(1.0)}))
    with pytest.raises(TypeError, match="labeled_comprehension is not differentiable in labels"):
        chapter_call = chapter.labeled_comprehension
        diff(lambda: chapter_call(X, Param(X), [1], np.sum, float, 0))


@ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_double),
    ctypes.c_ssize_t,
    ctypes.POINTER(ctypes.c_double),
    ctypes.c_void_p,
)
def first_entry(buffer, n, result, user_data):
    result[0] = buffer[0]
    return 1


COMPILED = LowLevelCallable(first_entry, signature="int (double *, intptr_t, double *, void *)")


def test_compiled_functions_run_and_have_no_gradient():
    expected = ndimage.generic_filter(X, COMPILED, 2)
    for x in (X, Param(X)):
        assert_same(chapter.generic_filter(x, COMPILED, 2), expected)
    assert_same(while_recording(chapter.generic_filter, X, COMPILED, 2), expected)
    with pytest.raises(NotImplementedError, match="generic_filter has no gradient for a LowLevel"):
        diff(lambda: chapter.generic_filter(Param(X), COMPILED, 2))


def test_what_scipy_refuses_is_refused_with_its_words():
    for x in (X, Param(X)):
        with pytest.raises(ValueError, match="invalid origin"):
            diff(lambda x=x: chapter.generic_filter(x, np.sum, 3, origin=2))
        with pytest.raises(RuntimeError, match="no footprint or filter size provided"):
            diff(lambda x=x: chapter.generic_filter(x, np.sum))
        with pytest.raises(RuntimeError, match="invalid filter size"):
            diff(lambda x=x: chapter.generic_filter1d(x, np.sum, 0))
        with pytest.raises(ValueError, match="only with `mode='constant'`"):
            diff(lambda x=x: chapter.vectorized_filter(x, np.sum, size=2, cval=1.0))
        with pytest.raises(ValueError, match="index without defined labels"):
            diff(lambda x=x: chapter.labeled_comprehension(x, None, 1, np.sum, float, 0))
        with pytest.raises(TypeError, match="Complex type not supported"):
            diff(lambda x=x: chapter.generic_filter(x * 1j, np.sum, 2))
