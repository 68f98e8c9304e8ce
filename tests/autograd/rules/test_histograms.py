"""Histograms: weights, densities, and edges that move with the data."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.rules import histograms
from tests.autograd.rules.harness import (
    Domain,
    coverage_test,
    mutation_test,
    positive,
    row,
    rule_test,
)

UNEVEN = Domain(lambda u: 3 * u * u + u / 7 - 1)  # no two steps equal: no entry on an edge
A, LINE, PLANE, WEIGHTS = UNEVEN(2, 3), UNEVEN(7), UNEVEN(7, 2), positive(7)
EDGES = np.array([-2.5, -1.0, 0.5, 3.0])
BINS = np.array([3, 0, 0, 5, 3, 1, 0])


SHAPED = ("plain", "fortran", "reversed", "float32", "2to1", "3to1", "7to1")

# fmt: off
ROWS = [
    row(np.histogram, LINE, 3, only=SHAPED),
    row(np.histogram, LINE, 5, density=True, only=SHAPED),
    row(np.histogram, A, bins=2, weights=positive(2, 3), only=SHAPED),
    row(np.histogram, A, 3, None, True, positive(2, 3), only=SHAPED),
    row(np.histogram, LINE, "sturges", only=SHAPED),
    row(np.histogram, LINE, 3, (-1.0, 1.0), only=SHAPED, constant=True),
    row(np.histogram, LINE, EDGES, only=SHAPED, constant=True),
    row(np.histogram, LINE, 3, (-1.0, 1.0), True, WEIGHTS, name="histogram-range",
        only=("only-1",)),
    row(lambda e: np.histogram(np.linspace(-2, 2, 9), EDGES * e, density=True), positive(4),
        of=np.histogram, name="histogram-edges", only=SHAPED),
    row(np.histogram_bin_edges, LINE, 3, only=SHAPED),
    row(lambda x: np.histogram_bin_edges(x, 3, [x[0] - 3, 9.0]), LINE,
        of=np.histogram_bin_edges, name="edges-of-range", only=SHAPED),
    row(np.histogram_bin_edges, A, "fd", only=SHAPED),
    row(np.histogram_bin_edges, LINE, EDGES, only=SHAPED, constant=True),
    row(np.histogramdd, PLANE, 3, only=SHAPED),
    row(np.histogramdd, PLANE, [3, EDGES], density=True, name="dd-mixed", only=SHAPED),
    row(np.histogramdd, [LINE, LINE], (2, 3), weights=WEIGHTS, density=True, only=SHAPED),
    row(np.histogramdd, LINE, 3, weights=WEIGHTS, only=SHAPED),
    row(np.histogramdd, PLANE, 3, [(-0.9, 1.46), None], True, name="dd-range", only=SHAPED),
    row(np.histogram2d, LINE, LINE, 3, density=True, only=SHAPED),
    row(np.histogram2d, LINE, LINE, [2, 3], weights=WEIGHTS, only=SHAPED),
    row(np.histogram2d, LINE, LINE, EDGES, weights=WEIGHTS, density=True, name="histogram2d-edges",
        only=("only-2",)),
    row(np.histogram2d, LINE, LINE, (3, EDGES), name="2d-mixed", only=("only-0",)),
    row(np.bincount, BINS, WEIGHTS),          row(np.bincount, BINS, WEIGHTS, minlength=9),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(histograms, ROWS)
test_broken_rules_are_seen = mutation_test(histograms, ROWS)


def test_points_on_edges_count_as_numpy_counts_them():
    """On an inner edge to the right, on the last one to the left, outside not at all."""
    w = Param(np.ones(6))
    x = np.array([0.0, 1.0, 2.0, 3.0, 3.5, -1.0])
    J = diff(lambda: np.histogram(x, [0.0, 1.0, 3.0], weights=w)[0] @ np.array([10.0, 1.0]))
    np.testing.assert_array_equal(grad(J, w), [10, 1, 1, 1, 0, 0])


def test_the_extremes_carry_the_edges():
    x = Param(np.array([1.0, 3.0, 2.0, 3.0]))
    J = diff(lambda: np.histogram(x, 4)[1] @ np.array([0.0, 1.0, 0.0, 0.0, 0.0]))
    np.testing.assert_array_equal(grad(J, x), [0.75, 0.125, 0, 0.125])


def test_points_in_a_list_that_is_no_array_are_refused():
    x = Param(1.0)
    with pytest.raises(TypeError, match=r"np\.stack"):
        diff(lambda: np.sum(np.histogram(np.array([x * 1, x]))[1]))
