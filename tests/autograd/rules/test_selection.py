"""Selecting by numbers and conditions, with every mode, against finite differences."""

import numpy as np
import pytest

from knetpy.autograd import Param, Sparse, diff, grad
from knetpy.autograd.rules import selection
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

A, CUBE, LINE = real(2, 3), real(2, 3, 4), real(5)
MASK = np.array([[True, False, True], [False, True, True]])
OTHER = np.array([[True, True, False], [False, False, True]])
ORDER = np.array([[2, 0, 0], [1, 1, 2]])
WHICH = np.array([[0, 1, 2], [2, -1, 7]])


def powers(x, *args, **options):
    return np.concatenate([x[:1] * x[1:2], np.sum(x**2, keepdims=True), x[-1:]])


# fmt: off
ROWS = [
    row(np.take, LINE, np.array([0, 0, -1])), row(np.take, A, [1, 5, -6, 1]),
    row(np.take, A, 1, axis=0),
    row(np.take, CUBE, np.array([[0, 2], [2, 1]]), axis=1),
    row(np.take, A, np.array([1, 0]), 0),     row(np.take, A, 7),
    row(np.take, A, [3, -5, 4], axis=1, mode="wrap"),
    row(np.take, A, [3, -5, 1], axis=-1, mode="clip"),
    row(np.take, A, 11, mode="wrap"),         row(np.take, A, np.array([-3, 99]), mode="clip"),
    row(lambda x: x.take([1, 0, 1], axis=1), A, of=np.take, name="x.take"),
    row(np.take_along_axis, A, ORDER, axis=1), row(np.take_along_axis, A, ORDER % 2, 0),
    row(np.take_along_axis, CUBE, np.array([[[3]], [[-1]]]), name="take_along_axis-broadcast"),
    row(np.take_along_axis, A, np.array([5, 0, 0]), axis=None),
    row(np.take_along_axis, A, np.array([5, 0, 0])),
    row(np.compress, [True, False, True], CUBE, axis=1),
    row(np.compress, np.array([0, 1]), A, 0),
    row(np.compress, MASK.ravel(), A, name="compress-flat"),
    row(np.compress, [False, True], A),       row(np.compress, MASK, A, name="compress-2d"),
    row(np.extract, MASK, A),                 row(np.extract, np.array([0, 3, 0, 1, 0]), LINE),
    row(np.choose, WHICH % 3, [A, A, A], name="choose"),
    row(np.choose, WHICH, [A, real(3), real()], mode="clip", name="choose-clip"),
    row(np.choose, WHICH, [A, real(2, 1), 2.5], mode="wrap", name="choose-wrap"),
    row(np.choose, WHICH, [A, A], name="choose-raise"),
    row(lambda x: np.choose([1, 0, 1], x), A, of=np.choose, name="choose-array", without=("0d",)),
    row(np.select, [MASK, OTHER], [A, A], name="select"),
    row(np.select, [MASK, OTHER, MASK], [real(3), A, A], real(2, 1), name="select-default",
        without=("only",)),
    row(np.select, [MASK, OTHER[0]], [A, 2.5], default=-1.0, name="select-numbers"),
    row(np.select, [MASK], [A, A], name="select-mismatch"),
    row(np.select, [ORDER], [A], name="select-not-bool"),
    row(np.piecewise, A, [MASK, OTHER & ~MASK], [np.sin, lambda x: x**3], name="piecewise"),
    row(np.piecewise, A, [MASK], [np.exp, 2.5], name="piecewise-otherwise"),
    row(np.piecewise, A, [MASK, OTHER], [lambda x, a, b: a * x**b, 1.5, lambda x, a, b: x / a],
        2.0, b=3,
        name="piecewise-arguments"),
    row(np.piecewise, real(3), MASK[0], [np.cos, np.square], name="piecewise-one"),
    row(np.piecewise, real(), [True], [np.cos], name="piecewise-scalar"),
    row(np.piecewise, A, [MASK], [np.sin, np.cos, np.exp], name="piecewise-mismatch"),
    row(lambda x, v: np.piecewise(x, [MASK], [v, lambda x: x * v]), A, real(), of=np.piecewise,
        name="piecewise-value", without=("0d", "only", "2to1", "2to0", "3to1", "3to0")),
    row(np.apply_along_axis, np.sum, 1, CUBE, name="apply_along_axis-sum"),
    row(np.apply_along_axis, powers, 0, A, name="apply_along_axis"),
    row(np.apply_along_axis, powers, -2, CUBE, 3, key=1, name="apply_along_axis-arguments"),
    row(np.apply_along_axis, np.outer, 1, A, np.arange(2.0), name="apply_along_axis-outer"),
    row(np.apply_along_axis, np.exp, 0, real(3), name="apply_along_axis-line"),
    row(np.apply_over_axes, np.sum, CUBE, (0, -1), name="apply_over_axes"),
    row(lambda x: np.apply_over_axes(lambda x, i: x.mean(axis=i, keepdims=True), x, [1]), A,
        of=np.apply_over_axes, name="apply_over_axes-keepdims"),
    row(lambda x: np.apply_over_axes(lambda x, i: x.reshape(-1)[0], x, [1]), CUBE,
        of=np.apply_over_axes, name="apply_over_axes-wrong", only=("plain",)),
    row(np.argwhere, A),                      row(np.flatnonzero, A),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(selection, ROWS)
test_broken_rules_are_seen = mutation_test(selection, ROWS)


def test_rows_that_are_taken_have_a_sparse_gradient():
    w = Param(np.ones((4, 2)))
    g = grad(diff(lambda: np.sum(np.take(w, np.array([3, 3]), axis=0))), w)
    assert type(g) is Sparse and np.asarray(g).tolist() == [[0, 0]] * 3 + [[2, 2]]


def test_a_function_that_meets_no_entry_is_not_called():
    nowhere = np.zeros(2, bool)
    g = grad(lambda x: np.sum(np.piecewise(x, [nowhere], [lambda x: 1 / 0, np.square])))(np.ones(2))
    assert g.tolist() == [2, 2]


@pytest.mark.parametrize("f", [np.take, np.compress])
def test_out_is_a_result(f):
    def into(x):
        y = x[:2] * 0
        first, second = ([2, 0], x) if f is np.take else ([True, False, True], x)
        f(second, first, out=y) if f is np.take else f(first, second, out=y)
        return np.sum(y * y)

    assert grad(into)(np.array([1.0, 2.0, 3.0])).tolist() == [2, 0, 6]
