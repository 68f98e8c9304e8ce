"""Statistics: all options and methods, ties, nan, and arguments that only seem to be options."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import statistics
from tests.autograd.rules.harness import (
    coverage_test,
    mutation_test,
    nonzero,
    positive,
    real,
    row,
    rule_test,
    unit,
)

A, CUBE, LINE = real(2, 3), real(2, 3, 4), real(7)
MASK = np.array([[True, False, True], [True, True, False]])
KNOWN = np.array([[True, True, False], [True, False, True]])
SHAPES = [{"axis": 0}, {"keepdims": True, "axis": -1}, {"keepdims": True}]
PAIRS = [{"axis": (0, 2)}, {"axis": (-1, 0), "keepdims": True}]
GRID = np.array([-1.5, -0.4, 0.3, 1.1])
HEIGHTS = np.array([1.0, 0.5, 2.0, -1.0])
FINITE = (np.nan_to_num, statistics.finite_numbers)
BROKEN = np.array([[np.nan, np.inf, -np.inf]] * 2)


def rows_of(f, *args):
    yield from (row(f, LINE, *args), row(f, real(6), *args))
    yield from (row(f, A, *args, **options) for options in SHAPES)
    yield from (row(f, CUBE, *args, **options) for options in PAIRS)


def without_nan(f, **extra):
    """A function that leaves out nan: options, with nan and without."""

    def holey(x, known, **options):
        return f(np.where(known, x, np.nan), **options)

    yield row(f, A, name=f"{f.__name__}-all")
    for options in ({}, *SHAPES, {"where": MASK, "axis": 1}, *([extra] * bool(extra))):
        yield row(f, A, **options)
        name = "-".join([f.__name__, "holey", *options])
        yield row(holey, A, KNOWN, of=f, name=name, **options,
                  without=("0d", "2to1", "2to0", "3to1", "3to0"))  # fmt: skip


# fmt: off
ROWS = [
    row(np.average, A),                       row(np.average, A, 0, returned=True),
    row(np.average, A, weights=positive(2, 3)),
    row(lambda x, w: np.average(x, weights=w, axis=1, returned=True), A, positive(3),
        of=np.average, name="average-axis"),
    row(lambda x, w: np.average(x, (2, 0), w, keepdims=True), CUBE, positive(4, 2),
        of=np.average, name="average-axes"),
    row(lambda x, w: np.average(x, weights=w), A, positive(2, 3), of=np.average,
        name="average-both"),
    row(lambda w, n: np.average(n, weights=w), positive(3), np.arange(3), of=np.average,
        name="average-ints"),
    *rows_of(np.ptp),
    row(np.trapezoid, A),                     row(np.trapezoid, A, dx=0.5, axis=0),
    row(np.trapezoid, A, real(3)),            row(np.trapezoid, A, real(2, 3), 1.0, 0),
    row(lambda y, h: np.trapezoid(y, dx=h), LINE, real(), of=np.trapezoid, name="trapezoid-dx"),
    row(np.cov, LINE),                        row(np.cov, A),
    row(np.cov, A, rowvar=False),             row(np.cov, A, bias=True),
    row(np.cov, A, ddof=0),                   row(np.cov, A, real(2, 3), without=("2to0",)),
    row(np.cov, LINE, LINE, False),           row(np.cov, A, real(3, 1), rowvar=False, ddof=0,
                                                  without=("3to0",)),
    row(np.cov, A, fweights=np.array([1, 3, 2])),
    row(lambda x, w: np.cov(x, aweights=w), A, positive(3), of=np.cov, name="cov-aweights"),
    row(lambda x, n, w: np.cov(x, None, True, False, 0, n, w), A, np.array([1, 3, 2]), positive(3),
        of=np.cov, name="cov-both-weights"),
    row(np.cov, A, dtype="float64"),
    row(np.corrcoef, real(2, 5)),             row(np.corrcoef, real(5, 2), rowvar=False),
    row(np.corrcoef, real(1, 5)),
    row(np.corrcoef, real(5), real(5), without=("twice",)),
    row(np.interp, unit(5), GRID, real(4)),   row(np.interp, A, GRID, HEIGHTS),
    row(lambda x, xp, fp: np.interp(x, np.sort(xp), fp), real(3), real(6), real(6), of=np.interp,
        name="interp-all", highest=1),
    row(np.interp, A, GRID, real(4), left=5.0, right=-5.0),
    row(lambda x, a, b: np.interp(x, GRID, HEIGHTS, a, b), A, real(), real(), of=np.interp,
        name="interp-outside", without=("only",)),
    row(np.interp, A, GRID, HEIGHTS, period=2.1),
    row(lambda x, xp, fp: np.interp(x, xp, fp, period=3.3), A, real(4), real(4), of=np.interp,
        name="interp-period", highest=1),
    row(lambda x, p: np.interp(x, GRID, HEIGHTS, period=p), A, positive(), of=np.interp,
        name="interp-by-period", highest=1, without=("only",)),
    row(np.interp, A, GRID[:1], real(1)),        row(np.interp, A, GRID, HEIGHTS * (1 + 2j)),
    *(row(f, real(n), real(m), mode) for f in (np.convolve, np.correlate)
      for n, m in ((5, 4), (3, 6)) for mode in ("full", "same", "valid")),
    *(row(f, real(n), real(m), "same", only=("plain", "complex128"))
      for f in (np.convolve, np.correlate) for n, m in ((5, 3), (2, 5), (4, 4))),
    row(np.convolve, LINE, GRID),       row(np.correlate, LINE, GRID),
    row(np.convolve, real(3), np.array([1 + 2j, 3 - 1j]), name="convolve-complex"),
    row(np.correlate, real(3), np.array([1 + 2j, 3 - 1j]), "full", name="correlate-complex"),
    *without_nan(np.nansum, initial=2.0), *without_nan(np.nanprod, initial=2.0),
    *without_nan(np.nanmean), *without_nan(np.nanmax, initial=0.1),
    *without_nan(np.nanmin, initial=0.1),
    *without_nan(np.nanvar, ddof=1, axis=1), *without_nan(np.nanstd, correction=1, axis=1),
    row(np.nansum, A, 0, "float64"),          row(np.nanmean, A, dtype="float64"),
    row(np.nanargmax, A),                     row(np.nanargmin, A, axis=1, keepdims=True),
    row(np.nan_to_num, nonzero, of=FINITE),
    row(lambda x: np.nan_to_num(x * 2, copy=False), A, of=np.nan_to_num,
        name="nan_to_num-in-place", without=("0d",)),
    row(lambda x: np.nan_to_num(np.where(KNOWN, x, BROKEN), nan=3.0, posinf=4.0, neginf=5.0), A,
        of=FINITE, name="nan_to_num-all"),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(statistics, ROWS)
test_broken_rules_are_seen = mutation_test(statistics, ROWS)


def gradient(f, x, *args, **options):
    x = Param(np.array(x))
    return grad(diff(lambda: np.sum(f(x, *args, **options))), x)


# fmt: off
POINTS = [
    (np.ptp, [3.0, 1.0, 3.0], [0.5, -1, 0.5]),
    (np.nanmax, [3.0, np.nan, 3.0], [0.5, 0, 0.5]),
    (np.nanprod, [0.0, np.nan, 3.0], [3, 0, 0]),
    (np.nanvar, [2.0, np.nan, 4.0], [-1, 0, 1]),
    (np.nanstd, [2.0, np.nan, 2.0], [0, 0, 0]),
    (lambda x: np.nan_to_num(x, posinf=1.0), [np.inf, np.nan, 3.0], [0, 0, 1]),
    (lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 5.0]), [-1.0, 0.0, 1.0, 2.0, 3.0],
     [0, 1, 4, 4, 0]),
]
# fmt: on


@pytest.mark.parametrize("f, x, expected", POINTS)
def test_conventions_at_ties_ends_and_nan(f, x, expected):
    np.testing.assert_allclose(gradient(f, x), expected, rtol=1e-15)


@pytest.mark.filterwarnings("ignore:All-NaN", "ignore:Mean of empty", "ignore:Degrees of")
@pytest.mark.parametrize(
    "f", [np.nanmean, np.nanmin, np.nanmax, np.nanvar, np.nanstd, np.nansum, np.nanprod]
)
def test_nothing_but_nan_has_gradient_zero(f):
    np.testing.assert_array_equal(gradient(f, [np.nan, np.nan]), [0, 0])
    rows = [[np.nan, np.nan], [1.0, 2.0]]
    assert np.isfinite(gradient(f, rows, axis=1)).all()


@pytest.mark.parametrize("f", [np.var, np.std])
def test_what_where_leaves_out_may_be_infinite(f):
    where = np.array([True, False, True, False])
    g = gradient(f, [1.0, np.inf, 3.0, np.nan], where=where)
    np.testing.assert_array_equal(g[[1, 3]], [0, 0])
    np.testing.assert_array_equal(g[[0, 2]], gradient(f, [1.0, 3.0]))


def test_interpolation_mixed_to_second_order():
    assert gradcheck(np.interp, 0.3, GRID + 0.1, HEIGHTS, order=2)


@pytest.mark.parametrize(
    "call, error, match",
    [
        (lambda x: np.nanvar(x, mean=np.zeros(1)), NotImplementedError, "does not honour mean="),
        (lambda x: np.nan_to_num(x, nan=x), TypeError, "not differentiable in nan"),
        (lambda x: np.nan_to_num(x, copy=False), TypeError, "cannot be written into"),
        (lambda x: np.average(x, weights=x * 0), ZeroDivisionError, "sum to zero"),
        (lambda x: np.average(np.stack([x, x]), weights=x), TypeError, "Axis must be specified"),
        (lambda x: np.average(np.stack([x, x]), 0, x), ValueError, "Shape of weights"),
    ],
)
def test_refusals_name_what_is_wrong_and_change_nothing(call, error, match):
    x = Param(np.array([1.0, 2.0, 3.0]))
    with pytest.raises(error, match=match):
        diff(lambda: np.sum(call(x)))
    np.testing.assert_array_equal(x.value, [1, 2, 3])


def test_results_go_where_out_says():
    x = Param(np.array([[1.0, 5.0, 3.0]]))
    for f in (
        np.median,
        np.ptp,
        np.nansum,
        lambda x, axis, out: np.quantile(x, 0.5, axis, out=out),
    ):

        def loss(f=f):
            y = np.sum(x, axis=1)
            assert f(x, 1, out=y) is y
            return np.sum(y)

        assert value(diff(loss)) == value(f(x, 1, out=None))[0]
