"""Shapes: the same entries arranged anew, with every option, against finite differences."""

from itertools import permutations, product

import numpy as np
import pytest

from knetpy.autograd import Param, diff, value
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
    row(np.ravel, A, "A"),                    row(np.ravel, CUBE, order="K"),
    row(lambda x: np.ravel(x.transpose(1, 2, 0)[:, ::-1], "K"), CUBE, of=np.ravel,
        name="ravel-K-strides",
        without=("0d",)),
    row(lambda x: x.ravel() * x.flatten(), A, of=np.ravel, name="x.ravel"),
    row(np.transpose, A),                     row(np.transpose, CUBE, (2, 0, 1)),
    row(np.transpose, CUBE, axes=(-1, 0, -2)),
    row(np.permute_dims, CUBE, (1, 2, 0), name="permute_dims"),
    row(lambda x: x.T @ x.transpose(1, 0).T, A, of=np.transpose, name="x.T"),
    row(lambda x: x.mT * x.swapaxes(1, 2), CUBE, of=np.swapaxes, name="x.mT", without=("0d",)),
    row(np.matrix_transpose, A),              row(np.matrix_transpose, CUBE),
    row(np.swapaxes, CUBE, 0, -1),            row(np.swapaxes, A, axis1=1, axis2=1),
    row(np.moveaxis, CUBE, 0, -1),            row(np.moveaxis, CUBE, (0, -1), (1, 0)),
    row(np.moveaxis, CUBE, source=[2], destination=[0]),
    row(np.rollaxis, CUBE, 2),                row(np.rollaxis, CUBE, 0, 3),
    row(np.rollaxis, CUBE, -2, start=-1),     row(np.rollaxis, CUBE, 1, 1),
    row(np.rollaxis, CUBE, 1, 4),
    row(np.squeeze, NARROW),                  row(np.squeeze, NARROW, 0),
    row(np.squeeze, NARROW, axis=(0, -1)),
    row(lambda x: x.squeeze(), NARROW, of=np.squeeze, name="x.squeeze"),
    row(np.expand_dims, A, 0),                row(np.expand_dims, A, axis=(0, -1)),
    row(np.atleast_1d, A),                    row(np.atleast_1d, real(), A, real(3)),
    row(np.atleast_2d, real(3)),              row(np.atleast_2d, CUBE, real()),
    row(np.atleast_3d, A),                    row(np.atleast_3d, CUBE, real(3)),
    row(np.atleast_3d, real()),               row(np.atleast_1d, A, 2.5),
    row(np.broadcast_to, A, (2, 3)),          row(np.broadcast_to, A, (4, 2, 3)),
    row(np.broadcast_to, NARROW, (2, 3, 2)),  row(np.broadcast_to, real(), (2,)),
    row(np.broadcast_arrays, real, real),
    row(np.broadcast_arrays, A, np.ones((4, 1, 1)), real(3)),
    row(np.broadcast_arrays, A, real(1), subok=True),
    row(np.meshgrid, real(3), real(2)),       row(np.meshgrid, real(3), real(2), indexing="ij"),
    row(np.meshgrid, real(2), real(3), real(4), sparse=True),
    row(np.meshgrid, real(2), np.arange(3), real(), copy=False, name="meshgrid-copy"),
    row(np.meshgrid, A),                      row(np.meshgrid, A, real(2), indexing="yx"),
    row(np.ix_, real(3), real(2)),            row(np.ix_, real(2), np.array([True, False, True])),
    row(np.ix_, A),
    row(np.flip, CUBE),                       row(np.flip, A, 0),
    row(np.flip, CUBE, axis=(0, -1)),         row(np.fliplr, CUBE),
    row(np.flipud, A),
    row(np.rot90, A),                         row(np.rot90, A, -1),
    row(np.rot90, CUBE, k=2, axes=(1, 2)),    row(np.rot90, CUBE, 3, (2, 0)),
    row(np.roll, A, 2),                       row(np.roll, A, -1, axis=1),
    row(np.roll, CUBE, (1, -2), (0, 2)),      row(np.roll, CUBE, 1, axis=(1, -1)),
    row(np.roll, A, (1, 3), axis=0),
    row(np.tril, A),                          row(np.tril, CUBE, -1),
    row(np.triu, A, k=1),                     row(np.triu, real(3)),
    row(np.diag, real(3)),                    row(np.diag, real(2), -1),
    row(np.diag, A, k=1),                     row(np.diag, real(4, 2), -2),
    row(np.diag, A, 5),                       row(np.diag, CUBE),
    row(np.diagflat, A),                      row(np.diagflat, real(3), k=-2),
    row(np.diagonal, A),                      row(np.diagonal, CUBE, 1, 2, 0),
    row(np.diagonal, CUBE, offset=-1, axis1=-1, axis2=1),
    row(lambda x: x.diagonal(), A, of=np.diagonal, name="x.diagonal"),
    row(np.trace, A),                         row(np.trace, CUBE, 1, 2, 0),
    row(np.trace, CUBE, offset=-1, axis1=-1, axis2=1),
    row(np.trace, A, 7),                      row(np.trace, real(3, 3), dtype="float64"),
    row(lambda x: x.trace(), A, of=np.trace, name="x.trace"),
    row(lambda x: np.full_like(x, x[0]), A, of=np.full_like, name="full_like-row"),
    row(lambda x: np.full_like(x, np.sum(x), shape=2), A, of=np.full_like, name="full_like-sum"),
    row(np.shape, A),                         row(np.ndim, A),
    row(np.size, A),                          row(np.size, A, axis=1),
    row(np.result_type, A, A),                row(np.can_cast, np.float32(1).dtype, "float64"),
    row(np.common_type, A, A),                row(np.min_scalar_type, A),
    row(np.iscomplexobj, A),                  row(np.isrealobj, A),
    row(np.zeros_like, A),                    row(np.ones_like, A, dtype="int64"),
    row(lambda x: np.empty_like(x).shape, A, of=np.empty_like),
    row(np.diag_indices_from, real(3, 3)),    row(np.tril_indices_from, A, k=1),
    row(np.triu_indices_from, A),
    row(lambda x: type(np.array_repr(x)), A, of=np.array_repr),
    row(lambda x: type(np.array_str(x)), A, of=np.array_str, without=("0d",)),
    row(lambda x: type(np.array2string(x)), A, of=np.array2string),
    row(np.shares_memory, A, A),              row(np.may_share_memory, A, A, without=("twice",)),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(shapes, ROWS)
test_broken_rules_are_seen = mutation_test(shapes, ROWS)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("steps", list(product((1, -1), repeat=3)))
@pytest.mark.parametrize("shape", [(2, 3, 4), (1, 3, 4), (2, 1, 4), (2, 3, 1)])
def test_ravel_in_memory_order_is_numpys_for_every_order_of_strides(order, steps, shape):
    x = np.arange(float(np.prod(shape))).reshape(shape).transpose(order)
    x = x[tuple(slice(None, None, step) for step in steps)]
    for y in (x, np.broadcast_to(x, [max(n, 2) for n in x.shape])):
        found = []
        diff(lambda y=y, found=found: found.append(np.ravel(Param(y), "K")) or 0.0)
        assert value(found[0]).tolist() == np.ravel(y, "K").tolist()
