"""Sorting, sets and searching: gradients follow their entries, in every axis, order and kind."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.rules import sorting
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

A, CUBE, LINE = real(2, 3), real(2, 3, 4), real(7)
KNOWN = np.array([-9.0, 0.25, 9.0])


def twice(x):
    """A line in which entries come twice, however x moves."""
    return np.concatenate([np.ravel(x), np.ravel(x)[::2]])


def with_x(f, **options):
    return row(lambda x: f(twice(x), **options), LINE, of=f, name="-".join([f.__name__, *options]))


# NumPy orders complex entries by their bits here, so another order when they move.
WILD = ("complex128", "complex64")
UNORDERED = [
    (np.unique, lambda x: np.unique(x, sorted=False)),
    (np.unique_values, np.unique_values),
]

# fmt: off
ROWS = [
    row(np.sort, LINE),                       row(np.sort, A),
    row(np.sort, CUBE, 0),                    row(np.sort, CUBE, axis=1),
    row(np.sort, CUBE, axis=None),            row(np.sort, A, kind="heapsort"),
    row(np.sort, A, -1, "mergesort"),         row(np.sort, A, stable=True),
    row(np.partition, LINE, 3),               row(np.partition, A, 1, axis=0),
    row(np.partition, real(3, 9), (2, 6)),    row(np.partition, CUBE, -1, axis=None),
    row(np.partition, LINE, 2, kind="introselect"),
    row(np.sort_complex, A),                  row(np.sort_complex, LINE),
    *(with_x(np.unique, **options) for options in (
        {}, {"return_index": True}, {"return_inverse": True}, {"return_counts": True},
        {"return_index": True, "return_inverse": True, "return_counts": True},
        {"equal_nan": False})),
    *(row(lambda x, f=f: f(twice(x)), LINE, of=of, name=f"{of.__name__}-unordered", without=WILD)
      for of, f in UNORDERED),
    row(np.unique, A),                        row(np.unique, CUBE),
    row(np.unique, A, axis=0),                row(np.unique, CUBE, axis=1),
    row(np.unique, CUBE, return_inverse=True, axis=-1),
    row(lambda x: np.unique(np.stack([x, x]), axis=0), A, of=np.unique, name="unique-rows"),
    *map(with_x, (np.unique_counts, np.unique_inverse, np.unique_all)),
    row(lambda x: np.setdiff1d(twice(x), KNOWN), LINE, of=np.setdiff1d, name="setdiff1d"),
    row(lambda x: np.setdiff1d(twice(x), x[:2]), LINE, of=np.setdiff1d, name="setdiff1d-x",
        without=("0d",)),
    row(np.setdiff1d, LINE, KNOWN, assume_unique=True),
    row(lambda x: np.intersect1d(twice(x), np.ravel(x)[:4]), LINE, of=np.intersect1d,
        name="intersect1d"),
    row(lambda x: np.intersect1d(x, x[::-1], True), LINE, of=np.intersect1d,
        name="intersect1d-unique", without=("0d",)),
    row(lambda x: np.intersect1d(twice(x), np.ravel(x)[:4], return_indices=True), LINE,
        of=np.intersect1d, name="intersect1d-indices"),
    row(np.union1d, A, real(3)),              row(np.union1d, A, KNOWN),
    row(lambda x: np.union1d(x, np.ravel(x)[:2]), LINE, of=np.union1d, name="union1d-x"),
    row(np.setxor1d, A, real(3), without=("twice",)),
    row(lambda x: np.setxor1d(twice(x), np.ravel(x)[:2]), LINE, of=np.setxor1d, name="setxor1d-x"),
    row(np.setxor1d, LINE, KNOWN, assume_unique=True),
    row(np.isin, LINE, KNOWN),                row(np.isin, LINE, real(3), invert=True),
    row(np.argpartition, LINE, 3),            row(np.argpartition, A, 1, axis=0),
    row(np.lexsort, (LINE, LINE)),            row(np.lexsort, (A, A), axis=0),
    row(np.searchsorted, KNOWN, LINE),        row(np.searchsorted, KNOWN, A, "right"),
    row(lambda v, x: np.searchsorted(np.sort(x), v), real(3), LINE, of=np.searchsorted,
        name="searchsorted-x", constant=True, only=("plain", "float32")),
    row(np.digitize, A, KNOWN),               row(np.digitize, LINE, KNOWN, right=True),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(sorting, ROWS)
test_broken_rules_are_seen = mutation_test(sorting, ROWS)


WEIGHTS = np.array([1.0, 2.0, 4.0, 8.0])


@pytest.mark.parametrize(
    "f, x, expected",
    [
        (np.sort, [2.0, 1.0, 2.0, 1.0], [4, 1, 8, 2]),
        (lambda x: np.sort(x, kind="heapsort"), [1.0, 1.0, 1.0, 1.0], [1, 2, 4, 8]),
        (lambda x: np.partition(x, 1), [5.0, 5.0, 5.0, 5.0], [1, 2, 4, 8]),
        (np.sort, [np.nan, 1.0, np.nan, 0.0], [4, 2, 8, 1]),
        (np.sort, [0.0, -0.0, 5.0, -5.0], [2, 4, 8, 1]),
        (lambda x: np.unique(x) * 1, [3.0, 3.0, 3.0, 3.0], [1, 0, 0, 0]),
    ],
)
def test_of_equal_entries_the_first_is_the_smaller(f, x, expected):
    x = Param(np.array(x))

    J = diff(lambda: np.sum((y := f(x)) * WEIGHTS[: len(y)]))
    np.testing.assert_array_equal(grad(J, x), expected)


def test_sorting_in_place_by_out_is_refused_and_loses_nothing():
    x = Param(np.array([3.0, 1.0, 2.0]))
    with pytest.raises(NotImplementedError, match="sort has no gradient rule"):
        diff(lambda: np.sum((x * 1).sort()))
    np.testing.assert_array_equal(x.value, [3, 1, 2])


def test_an_order_by_fields_is_refused_by_numpy():
    x = Param(np.array([3.0, 1.0, 2.0]))
    with pytest.raises(ValueError, match="order"):
        diff(lambda: np.sum(np.sort(x, order="a")))
