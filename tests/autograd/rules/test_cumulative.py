"""Running sums and products, differences: every option, zeros, spacings of every kind."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import cumulative
from tests.autograd.rules.harness import (
    coverage_test,
    mutation_test,
    nonzero,
    positive,
    real,
    row,
    rule_test,
)

A, CUBE = real(2, 3), real(2, 3, 4)
GRID = np.array([0.0, 0.5, 2.0, 2.25, 3.0])
EVEN = np.linspace(0.0, 1.0, 5)
KNOWN = np.array([[True, False, True], [False, True, False]])


def rows_of(f):
    yield from (row(f, x, axis=axis) for x in (A, CUBE) for axis in (0, -1))
    yield from (row(f, A), row(f, A, 1, "float64"), row(f, nonzero(7), dtype="float64"))


def rows_of_standard(f):
    yield from (row(f, A, axis=axis, include_initial=axis > 0) for axis in (0, 1, -1))
    yield from (row(f, real(5)), row(f, real(5), include_initial=True), row(f, real(3), dtype="f8"))


def slope_row(*args, **options):
    return row(np.gradient, *args, without=("0d",), **options)


# fmt: off
GRADIENTS = [
    slope_row(real(5)),                       slope_row(A),
    slope_row(CUBE, axis=(0, -1)),            slope_row(real(2, 5), axis=1, edge_order=2),
    slope_row(real(5), 0.5),                  slope_row(A, real()),
    slope_row(real(5), GRID),                 slope_row(real(5), GRID, edge_order=2),
    slope_row(real(5), EVEN),                 slope_row(real(3), edge_order=2),
    slope_row(A, 2.0, np.array([0.0, 0.5, 2.0])),
    slope_row(A, real(), np.array([0, 1, 3]), name="gradient-both"),
    row(lambda f, x: np.gradient(f, np.cumsum(abs(x) + 0.3), edge_order=2), real(5), real(5),
        of=np.gradient, name="gradient-grid", highest=1, without=("0d",)),
    row(lambda x: np.gradient(np.arange(5), x * EVEN), real(), of=np.gradient, name="gradient-x"),
]
ROWS = [
    *rows_of(np.cumsum), *rows_of(np.cumprod),
    *rows_of(np.nancumsum), *rows_of(np.nancumprod),
    row(lambda x: np.nancumsum(np.where(KNOWN, x, np.nan), axis=1), A, of=np.nancumsum,
        name="nancumsum-holes"),
    row(lambda x: np.nancumprod(np.where(KNOWN, x, np.nan)), A, of=np.nancumprod,
        name="nancumprod-holes"),
    *rows_of_standard(np.cumulative_sum), *rows_of_standard(np.cumulative_prod),
    row(lambda x: x.cumsum(0) * x.cumprod(axis=1), A, of=np.cumsum, name="x.cumsum"),
    row(np.add.accumulate, A),                row(np.add.accumulate, CUBE, axis=-1),
    row(np.multiply.accumulate, A, 1),        row(np.multiply.accumulate, real(4), dtype="f8"),
    row(np.diff, A),                          row(np.diff, A, axis=0),
    row(np.diff, real(6), 3),                 row(np.diff, CUBE, n=2, axis=1),
    row(np.diff, A, 0),                       row(np.diff, A, prepend=0.5),
    row(np.diff, A, 1, -1, real(2, 1), real(2, 2)),
    row(np.diff, A, 2, 0, real(), real(3, 3)),
    row(np.diff, A, 0, 0, real(1, 3), real(1, 3), name="diff-none", only=("only",)),
    row(np.ediff1d, real(5)),                 row(np.ediff1d, A),
    row(np.ediff1d, real(4), real(2)),        row(np.ediff1d, A, real(), real(2, 2)),
    row(np.ediff1d, real(4), to_begin=9.0),   row(np.ediff1d, real(4), np.ones(2), None),
    *GRADIENTS,
    row(np.unwrap, A),
    row(lambda x: np.unwrap(4 * x, axis=0), A, of=np.unwrap, name="unwrap-0"),
    row(np.unwrap, real(6), discont=0.5, period=1.3),
    row(lambda x, p: np.unwrap(4 * x, period=p), A, positive(), of=np.unwrap, name="unwrap-period",
        without=("only", "twice")),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(cumulative, ROWS)
test_broken_rules_are_seen = mutation_test(cumulative, ROWS)


@pytest.mark.parametrize("zeros", [[], [0], [3], [1, 4], [0, 1, 2, 3, 4, 5, 6]])
@pytest.mark.parametrize("f", [np.cumprod, np.cumulative_prod, np.multiply.accumulate])
def test_products_with_zeros_are_exact_to_second_order(f, zeros):
    x = np.linspace(0.5, 2, 7)
    x[zeros] = 0
    assert gradcheck(f, x, order=2)


@pytest.mark.parametrize("n", range(1, 10))
def test_products_of_every_length(n):
    assert gradcheck(np.cumprod, np.linspace(-1, 2, n))


def test_a_coordinate_moves_alone_though_all_are_even():
    """NumPy takes another formula for even spacing, in which only the first step would count."""
    f = np.array([0.0, 1.0, 4.0, 9.0, 16.0])
    assert gradcheck(lambda x: np.gradient(f, x), EVEN, order=2)
    assert gradcheck(lambda x: np.gradient(f, x, edge_order=2), EVEN)


def test_out_receives_running_sums():
    x = Param(np.array([1.0, 2.0, 3.0]))

    def loss():
        y = x * 1
        assert np.cumsum(x, out=y) is y
        return np.sum(y * y)

    np.testing.assert_array_equal(grad(diff(loss), x), [20, 18, 12])
