"""Reductions: every option of every function against finite differences, ties, zeros, constants."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import reductions
from tests.autograd.rules.harness import (
    coverage_test,
    mutation_test,
    nonzero,
    real,
    row,
    rule_test,
)

A, CUBE = real(2, 3), real(2, 3, 4)
MASK = np.array([[True, False, True], [True, True, False]])
OPTIONS = [
    {"axis": 0},
    {"axis": -1, "keepdims": True},
    {"keepdims": True},
    {"axis": 1, "where": MASK},
    {"where": MASK, "keepdims": True},
]
PAIRS = [{"axis": (0, 2)}, {"axis": (-1, 0), "keepdims": True}, {"axis": (1,)}, {"axis": ()}]


def rows_of(f, start=0.5, **extra):
    """Every way to name the axes, masks, and a value to start from where there is one."""
    yield row(f, A)
    yield from (row(f, A, **options) for options in OPTIONS if not ("where" in options and extra))
    yield from (row(f, CUBE, **options) for options in PAIRS)
    if extra:
        yield row(f, A, axis=1, where=MASK, **extra)
        yield row(f, A, where=MASK, keepdims=True, **extra)
        yield row(f, A, axis=0, **extra)


def rows_of_spread(f):
    yield from rows_of(f)
    yield row(f, A, ddof=1)
    yield row(f, A, axis=0, ddof=0.5, keepdims=True)
    yield row(f, A, axis=1, correction=1)
    yield row(f, A, axis=1, where=MASK, ddof=1)


def rows_of_ufunc(f, start):
    """The ufunc's own reduction, which takes the first axis if not told."""
    for options in ({}, {"axis": None}, {"axis": (1, 0), "keepdims": True}, {"initial": start},
                    {"where": MASK, "axis": 1, "initial": start}):  # fmt: skip
        yield row(f.reduce, A, name="-".join([f.__name__, "reduce", *options]), **options)


# fmt: off
ROWS = [
    *rows_of(np.sum), *rows_of(np.prod), *rows_of(np.mean),
    *rows_of_spread(np.var), *rows_of_spread(np.std),
    row(np.sum, A, initial=2.0),              row(np.sum, A, axis=0, where=MASK, initial=2.0),
    row(np.prod, A, initial=2.0),             row(np.prod, A, axis=0, where=MASK, initial=2.0),
    row(np.prod, nonzero(7)),                 row(np.prod, real(1, 5, 1), axis=1),
    row(np.sum, A, dtype="float64"),          row(np.mean, A, 0, "float64"),
    *rows_of(np.max, initial=-9.0), *rows_of(np.min, initial=9.0),
    row(np.max, A, initial=0.5, axis=0),      row(np.min, A, initial=0.5, axis=0),
    row(np.amax, A, axis=0),                  row(np.amin, A, axis=0),
    row(lambda x: x.sum(0) * x.mean(1)[:1], A, of=np.sum, name="x.sum"),
    row(lambda x: x.max(1) - x.min(axis=1), A, of=np.max, name="x.max"),
    row(lambda x: x.std(0, ddof=1) + x.var(axis=0) + x.prod(0), A, of=np.std, name="x.std"),
    *rows_of_ufunc(np.add, 2.0),              *rows_of_ufunc(np.multiply, 2.0),
    *rows_of_ufunc(np.maximum, 0.1),          *rows_of_ufunc(np.minimum, 0.1),
    row(np.argmax, A),                        row(np.argmax, A, axis=1, keepdims=True),
    row(np.argmin, A),                        row(np.all, nonzero(2, 3), axis=0),
    row(np.any, nonzero(2, 3)),               row(np.count_nonzero, nonzero(2, 3), axis=1),
    row(np.argsort, A, axis=0),               row(np.nonzero, nonzero(2, 3)),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(reductions, ROWS)
test_broken_rules_are_seen = mutation_test(reductions, ROWS)


POINTS = [
    (np.max, [3.0, 1.0, 3.0], {}, [0.5, 0, 0.5]),
    (np.min, [1.0, 1.0, 3.0, 1.0], {}, [1 / 3, 1 / 3, 0, 1 / 3]),
    (np.max, [2.0, 2.0], {"initial": 5.0}, [0, 0]),
    (np.max, [5.0, 2.0], {"where": np.array([False, True]), "initial": 0.0}, [0, 1]),
    (np.prod, [0.0, 2.0, 3.0], {}, [6, 0, 0]),
    (np.prod, [0.0, 2.0, 0.0], {}, [0, 0, 0]),
    (np.prod, [4.0], {}, [1]),
    (np.prod, [0.0, 2.0, 5.0], {"where": np.array([True, True, False])}, [2, 0, 0]),
    (np.std, [2.0, 2.0, 2.0], {}, [0, 0, 0]),
    (np.std, [3.0], {}, [0]),
    (np.var, [2.0, 2.0], {}, [0, 0]),
]


@pytest.mark.parametrize("f, x, options, expected", POINTS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_conventions_at_ties_zeros_and_constants(f, x, options, expected, dtype):
    x = Param(np.array(x, dtype))
    g = grad(diff(lambda: f(x, **options)), x)
    assert g.dtype == dtype and np.allclose(g, expected, rtol=1e-6, atol=0)


def test_ties_are_shared_along_each_axis_alone():
    x = Param(np.array([[1.0, 1.0], [1.0, 0.0]]))
    assert np.array_equal(grad(diff(lambda: np.sum(np.max(x, axis=1))), x), [[0.5, 0.5], [1, 0]])
    assert np.array_equal(grad(diff(lambda: np.max(x)), x), np.array([[1, 1], [1, 0]]) / 3)


@pytest.mark.parametrize("zeros", [[], [0], [1, 4]])
def test_products_with_zeros_are_exact_to_second_order(zeros):
    x = np.linspace(0.5, 2, 6)
    x[zeros] = 0
    assert gradcheck(np.prod, x, order=2)
    assert gradcheck(lambda x: np.prod(x.reshape(2, 3), axis=1), x, order=2)
