"""Order statistics: every method, axis and kind of q, ties, nan, and where q itself moves."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import quantiles
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test, unit

A, CUBE, LINE = real(2, 3), real(2, 3, 4), real(7)
KNOWN = np.array([[True, True, False], [True, False, True]])
SHAPES = [{"axis": 0}, {"keepdims": True, "axis": -1}, {"keepdims": True}]
PAIRS = [{"axis": (0, 2)}, {"axis": (-1, 0), "keepdims": True}]
METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
    "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher",
    "midpoint", "nearest",
]  # fmt: skip
STEPS = METHODS[:3] + METHODS[9:]


def rows_of(f, *args):
    yield from (row(f, LINE, *args), row(f, real(6), *args))
    yield from (row(f, A, *args, **options) for options in SHAPES)
    yield from (row(f, CUBE, *args, **options) for options in PAIRS)


def rows_of_quantiles(f, whole, methods=METHODS):
    yield from rows_of(f, 0.3 * whole)
    yield row(f, A, np.array([0.2, 0.8]) * whole, axis=1)
    yield row(f, CUBE, np.array([[0.1, 0.5, 0.55]]) * whole, axis=(0, 2), keepdims=True)
    yield row(f, LINE, 0.4 * whole, overwrite_input=True)
    yield row(lambda x, q: f(x, abs(q) * whole), LINE, unit(2), of=f, name=f"{f.__name__}-q")
    for method in methods:
        yield row(f, LINE, 0.27 * whole, method=method, only=("plain", "7to1", "float32"))
    for method in sorted(set(methods) - set(STEPS)):
        yield row(lambda x, q, m=method: f(x, abs(q) * whole, axis=1, method=m), real(2, 7), unit(),
                  of=f, name=f"{f.__name__}-q-{method}", only=("plain", "float32"))  # fmt: skip
    yield row(f, LINE, 0.4 * whole, method="inverted_cdf", weights=np.arange(1.0, 8),
              name=f"{f.__name__}-weights", without=("0d", "7to1", "7to0"))  # fmt: skip
    yield row(f, A, 0.6 * whole, 1, method="inverted_cdf", weights=np.array([1.0, 4.0, 0.5]),
              name=f"{f.__name__}-weights-axis", without=("0d", "3to1", "3to0"))  # fmt: skip


def holey(f, *args, **options):
    """The function of an array with some nan."""
    name = f"{f.__name__}-holey-{options}"
    return row(lambda x, known, *q: f(np.where(known, x, np.nan), *q, **options), A, KNOWN, *args,
               of=f, name=name, without=("0d", "2to1", "2to0", "3to1", "3to0"))  # fmt: skip


# fmt: off
ROWS = [
    *rows_of(np.median), *rows_of(np.nanmedian),
    row(np.median, LINE, overwrite_input=True),
    *rows_of_quantiles(np.quantile, 1), *rows_of_quantiles(np.percentile, 100, METHODS[::4]),
    *rows_of_quantiles(np.nanquantile, 1), *rows_of_quantiles(np.nanpercentile, 100, METHODS[::4]),
    holey(np.nanmedian),             holey(np.nanmedian, axis=0),
    holey(np.nanquantile, 0.3, axis=1),
    holey(np.nanpercentile, np.array([10, 45.0]), axis=1, keepdims=True, method="hazen"),
    row(lambda x, known, q: np.nanquantile(np.where(known, x, np.nan), abs(q), axis=1), A, KNOWN,
        unit(4), of=np.nanquantile, name="nanquantile-holey-q", only=("plain", "only", "float32")),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(quantiles, ROWS)
test_broken_rules_are_seen = mutation_test(quantiles, ROWS)


def gradient(f, x, *args, **options):
    x = Param(np.array(x))
    return grad(diff(lambda: np.sum(f(x, *args, **options))), x)


POINTS = [
    (np.median, [2.0, 1.0, 2.0, 2.0], [0.5, 0, 0.5, 0]),
    (np.median, [5.0, 5.0, 5.0], [0, 1, 0]),
    (lambda x: np.quantile(x, 0.0), [1.0, 1.0, 3.0], [1, 0, 0]),
    (lambda x: np.quantile(x, 1.0), [3.0, 1.0, 3.0], [0, 0, 1]),
    (lambda x: np.quantile(x, [0.5, 0.5]), [3.0, 1.0, 2.0], [0, 0, 2]),
    (lambda x: np.percentile(x, 75, method="nearest"), [0.0, 1.0, 2.0], [0, 0, 1]),
    (np.nanmedian, [np.nan, 4.0, np.nan, 6.0], [0, 0.5, 0, 0.5]),
]


@pytest.mark.parametrize("f, x, expected", POINTS)
def test_conventions_at_ties_ends_and_nan(f, x, expected):
    np.testing.assert_allclose(gradient(f, x), expected, rtol=1e-15)


@pytest.mark.filterwarnings("ignore:All-NaN slice")
def test_nothing_but_nan_has_gradient_zero():
    for f in (np.nanmedian, lambda x, **options: np.nanquantile(x, 0.3, **options)):
        np.testing.assert_array_equal(gradient(f, [np.nan, np.nan]), [0, 0])
        rows = [[np.nan, np.nan], [1.0, 2.0]]
        assert np.isfinite(gradient(f, rows, axis=1)).all()


@pytest.mark.parametrize("method", STEPS)
def test_a_method_that_jumps_is_constant_in_q(method):
    x, q = Param(np.arange(7.0)), Param(0.31)
    J = diff(lambda: np.quantile(x, q, method=method) + 0 * q)
    assert grad(J, q) == 0 and np.sum(grad(J, x)) == 1


def test_beyond_the_last_plotting_positions_q_moves_nothing():
    q = Param(np.array([0.05, 0.95, 0.5]))
    J = diff(lambda: np.sum(np.quantile(np.array([0.0, 1.0, 4.0]), q, method="weibull")))
    np.testing.assert_allclose(grad(J, q), [0, 0, 12], rtol=1e-12)


def test_quantiles_of_a_long_float16_line_find_their_entry():
    """Ranks beyond 2048 are no float16; the entry is looked for in a wider one."""
    x = np.random.default_rng(0).permutation(200).astype(np.float16)
    g = gradient(np.quantile, x, 0.5, method="lower")
    assert g.dtype == np.float16 and g[x == 99] == 1 and np.sum(g) == 1


def test_overwrite_input_leaves_alone_what_the_tape_needs():
    x = Param(np.array([3.0, 1.0, 2.0, 0.0]))
    J = diff(
        lambda: np.median(x * 1, overwrite_input=True) * np.percentile(x, 50, overwrite_input=True)
    )
    np.testing.assert_array_equal(grad(J, x), [0, 1.5, 1.5, 0])
    np.testing.assert_array_equal(x.value, [3, 1, 2, 0])


def test_entries_and_q_mixed_to_second_order():
    assert gradcheck(lambda x, q: np.quantile(x, q) ** 2, np.array([3.0, 0.0, 1.0]), 0.3, order=2)


def test_weights_that_are_recorded_are_refused():
    x = Param(np.array([1.0, 2.0, 3.0]))
    with pytest.raises(TypeError, match="numpy.quantile is not differentiable in weights"):
        diff(lambda: np.quantile(x, 0.5, weights=x, method="inverted_cdf"))


def test_results_go_where_out_says():
    x = Param(np.array([[1.0, 5.0, 3.0]]))

    def loss():
        y = np.sum(x, axis=1)
        assert np.quantile(x, 0.5, 1, out=y) is y
        return np.sum(y)

    J = diff(loss)
    assert value(J) == 3
    np.testing.assert_array_equal(grad(J, x), [[0, 0, 1]])
