"""Indexing of every kind, against finite differences; where gradients stay sparse."""

import operator

import numpy as np
import pytest

from knetpy.autograd import Param, Sparse, diff, grad
from knetpy.autograd.rules import indexing
from knetpy.autograd.rules.indexing import unindex
from tests.autograd.rules.harness import (
    DTYPES,
    LAYOUTS,
    coverage_test,
    mutation_test,
    real,
    row,
    rule_test,
)

VECTOR, A, CUBE = real(5), real(3, 4), real(2, 3, 4)
TWICE = np.array([2, 0, 2, -1])
MASK = np.array([[True, False, True, True], [False] * 4, [False, True, False, True]])
SAME_SHAPE = ("plain", *LAYOUTS, *DTYPES)
KINDS = {
    "int": (VECTOR, 2),
    "numpy-int": (VECTOR, np.int64(-1)),
    "0d-array": (VECTOR, np.array(3)),
    "slice": (VECTOR, slice(1, 4)),
    "step": (VECTOR, slice(None, None, 2)),
    "backwards": (VECTOR, slice(None, None, -1)),
    "backwards-step": (VECTOR, slice(4, 0, -2)),
    "nothing": (VECTOR, slice(3, 3)),
    "list": (VECTOR, [0, 2]),
    "list-repeats": (VECTOR, [1, 1, 1]),
    "empty-list": (VECTOR, []),
    "ints": (VECTOR, TWICE),
    "ints-2d": (VECTOR, np.array([[0, 1], [1, 1]])),
    "uint8": (VECTOR, np.array([1, 1], np.uint8)),
    "mask-1d": (VECTOR, np.array([True, False, False, True, True])),
    "mask-list": (VECTOR, [True, False, False, True, True]),
    "everything": (VECTOR, ...),
    "empty-tuple": (A, ()),
    "new-axis": (A, None),
    "new-axes": (A, (None, slice(None), None, 1)),
    "point": (A, (1, -2)),
    "row": (A, 1),
    "column": (A, (slice(None), 2)),
    "ellipsis": (CUBE, (..., 1)),
    "ellipsis-between": (CUBE, (0, ..., slice(None, None, -2))),
    "mask": (A, MASK),
    "mask-nothing": (A, np.zeros((3, 4), bool)),
    "mask-rows": (A, np.array([True, False, True])),
    "mask-columns": (A, (slice(None), np.array([True, False, True, True]))),
    "mask-and-int": (CUBE, (1, MASK)),
    "mask-scalar": (VECTOR, True),
    "rows": (A, TWICE),
    "rows-2d": (A, np.array([[0, 0], [2, -1]])),
    "columns": (A, (slice(None), TWICE)),
    "pairs": (A, (TWICE, np.array([1, 1, 1, 0]))),
    "pairs-broadcast": (A, (TWICE[:, None], np.array([3, 3]))),
    "ix": (A, np.ix_([0, 2, 0], [1, 3])),
    "mixed": (CUBE, (slice(None, None, -1), np.array([0, 0]), slice(1, 3))),
    "apart": (CUBE, (np.array([1, 1]), slice(None), np.array([0, 3]))),
    "int-and-ints": (CUBE, (0, slice(None), np.array([3, 3, 0]))),
    "ints-and-new-axis": (A, (np.array([0, 0]), None, slice(None, 2))),
    "0d": (real(), ()),
    "0d-new-axis": (real(), None),
    "beyond": (VECTOR, 5),
    "too-many": (VECTOR, (0, 0)),
    "beyond-in-array": (VECTOR, np.array([0, 5])),
    "float": (VECTOR, 1.0),
}

ROWS = [
    *(row(operator.getitem, x, i, name=f"getitem-{kind}") for kind, (x, i) in KINDS.items()),
    row(lambda x: x[TWICE][1:] * x[:3], VECTOR, of=operator.getitem, name="getitem-twice"),
    row(lambda x: [part for part in x], A, of=operator.getitem, name="iterate", without=("3to0",)),
    row(unindex, real(4), shape=(3,), index=TWICE, only=SAME_SHAPE, name="unindex-ints"),
    row(
        unindex,
        real(3, 2),
        shape=(3, 4),
        index=(..., [0, 2]),
        only=SAME_SHAPE,
        name="unindex-columns",
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(indexing, ROWS)
test_broken_rules_are_seen = mutation_test(indexing, ROWS)

SPARSE = ("ints", "ints-2d", "uint8", "rows", "rows-2d")


@pytest.mark.parametrize("kind", KINDS)
def test_only_integer_arrays_on_the_first_axis_keep_a_gradient_sparse(kind):
    domain, index = KINDS[kind]
    x = Param(domain.array(0))
    try:
        x.value[index]
    except IndexError:
        return
    g = grad(diff(lambda: np.sum(x[index])), x)
    assert isinstance(g, Sparse) == (kind in SPARSE)
    expected = np.zeros(x.shape)
    np.add.at(expected, index, 1.0)
    assert np.array_equal(np.asarray(g), expected)


def test_one_dense_contribution_makes_the_gradient_dense():
    x = Param(np.ones((3, 2)))
    g = grad(diff(lambda: np.sum(x[TWICE]) + np.sum(x)), x)
    assert np.array_equal(g, [[2, 2], [1, 1], [4, 4]])
    sparse = grad(diff(lambda: np.sum(x[TWICE]) + np.sum(x[np.array([0, 0])])), x)
    assert isinstance(sparse, Sparse)
    assert np.array_equal(np.asarray(sparse), [[3, 3], [0, 0], [3, 3]])
    assert not isinstance(grad(lambda x: np.sum(x[TWICE]))(np.ones(3)), Sparse)
