"""Shapes: rearranging, joining and cutting, with every option, against finite differences."""

import numpy as np

from knetpy.autograd.rules import shapes
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

A, CUBE, NARROW = real(2, 3), real(2, 3, 4), real(1, 3, 1)

# fmt: off
ROWS = [
    row(np.reshape, A, (3, 2)),               row(np.reshape, A, -1),
    row(np.reshape, A, (3, -1), order="F"),   row(np.reshape, A, (6,), order="A"),
    row(np.reshape, A, shape=(1, 6)),         row(np.reshape, CUBE, (4, -1), copy=True),
    row(lambda x: x.reshape(3, 2) * x.reshape((3, -1)), A, of=np.reshape, name="x.reshape"),
    row(lambda x: x.reshape(-1, order="F"), A, of=np.reshape, name="x.reshape-F"),
    row(np.ravel, A),                         row(np.ravel, A, order="F"),
    row(np.ravel, A, "A"),
    row(lambda x: x.ravel() * x.flatten(), A, of=np.ravel, name="x.ravel"),
    row(np.transpose, A),                     row(np.transpose, CUBE, (2, 0, 1)),
    row(np.transpose, CUBE, axes=(-1, 0, -2)),
    row(lambda x: x.T @ x.transpose(1, 0).T, A, of=np.transpose, name="x.T"),
    row(lambda x: x.mT * x.swapaxes(1, 2), CUBE, of=np.swapaxes, name="x.mT", without=("0d",)),
    row(np.swapaxes, CUBE, 0, -1),            row(np.swapaxes, A, axis1=1, axis2=1),
    row(np.moveaxis, CUBE, 0, -1),            row(np.moveaxis, CUBE, (0, -1), (1, 0)),
    row(np.moveaxis, CUBE, source=[2], destination=[0]),
    row(np.squeeze, NARROW),                  row(np.squeeze, NARROW, 0),
    row(np.squeeze, NARROW, axis=(0, -1)),
    row(lambda x: x.squeeze(), NARROW, of=np.squeeze, name="x.squeeze"),
    row(np.expand_dims, A, 0),                row(np.expand_dims, A, axis=(0, -1)),
    row(np.broadcast_to, A, (2, 3)),          row(np.broadcast_to, A, (4, 2, 3)),
    row(np.broadcast_to, NARROW, (2, 3, 2)),  row(np.broadcast_to, real(), (2,)),
    row(lambda x: np.full_like(x, x[0]), A, of=np.full_like, name="full_like-row"),
    row(lambda x: np.full_like(x, np.sum(x), shape=2), A, of=np.full_like, name="full_like-sum"),
    row(np.concatenate, [A, real(1, 3)]),     row(np.concatenate, (A, A)),
    row(np.concatenate, [A, real(2, 1), A], axis=-1),
    row(np.concatenate, [A, real(4)], axis=None),
    row(np.concatenate, [real(3), np.ones(2), real(0)], 0),
    row(np.concat, [CUBE, CUBE], axis=1),
    row(np.stack, [A, A]),                    row(np.stack, [A, A, A], axis=-1),
    row(np.stack, (real(), real(), real())),  row(np.stack, [A, np.ones((2, 3))], 1),
    row(np.split, real(6), 3),                row(np.split, real(2, 4), 2, axis=1),
    row(np.split, real(5), [1, 3]),           row(np.split, real(5), [3, 1, 9]),
    row(np.split, real(2, 5), [-2], axis=-1), row(np.array_split, real(5), 3),
    row(np.array_split, real(5, 2), [2, 2]),  row(np.array_split, real(2, 3), 4, axis=-1),
    row(np.shape, A),                         row(np.ndim, A),
    row(np.size, A),                          row(np.size, A, axis=1),
    row(np.result_type, A, A),                row(np.can_cast, np.float32(1).dtype, "float64"),
    row(np.iscomplexobj, A),                  row(np.isrealobj, A),
    row(np.zeros_like, A),                    row(np.ones_like, A, dtype="int64"),
    row(lambda x: np.empty_like(x).shape, A, of=np.empty_like),
    row(lambda x: type(np.array_repr(x)), A, of=np.array_repr),
    row(lambda x: type(np.array_str(x)), A, of=np.array_str, without=("0d",)),
    row(lambda x: type(np.array2string(x)), A, of=np.array2string),
    row(np.shares_memory, A, A),              row(np.may_share_memory, A, A, without=("twice",)),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(shapes, ROWS)
test_broken_rules_are_seen = mutation_test(shapes, ROWS)
