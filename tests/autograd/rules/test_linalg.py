"""Products of every rank against finite differences, with the conjugates that NumPy takes."""

import operator
import warnings

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import linalg
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

# Ranks and stacks that broadcast: one entry is the shapes of both arguments.
MATMUL = [
    [(3,), (3,)], [(2, 3), (3,)], [(3,), (3, 2)], [(2, 3), (3, 4)],
    [(2, 2, 3), (3, 4)], [(2, 3), (2, 3, 2)], [(2, 1, 3), (2, 3, 4)], [(2, 2, 3), (1, 3, 4)],
    [(1, 2, 3), (2, 3, 4)], [(2, 1, 2, 3), (2, 3, 2)], [(4, 1, 3), (2, 1, 3, 1)],
    [(2, 1, 2, 3), (3, 2)], [(1, 2), (3, 1, 2, 2)], [(4, 2, 3), (3,)], [(3,), (4, 3, 2)],
    [(2, 1, 2, 3), (3,)], [(3,), (2, 1, 3, 2)], [(2, 2, 1, 3), (2, 2, 3, 1)],
    [(2, 3), (2, 3)], [(), (3,)],
]  # fmt: skip
DOT = [
    [(), ()], [(), (3,)], [(2, 3), ()], [(3,), (3,)], [(2, 3), (3,)], [(3,), (3, 2)],
    [(2, 3), (3, 4)], [(2, 2, 3), (3,)], [(3,), (2, 3, 4)], [(1, 2, 3), (3, 4)],
    [(2, 3), (2, 3, 1)], [(2, 1, 3), (4, 3, 2)], [(2, 3), (2, 3)],
]  # fmt: skip
TENSORDOT = [
    [(2, 3), (1, 2), 0], [(2, 3), (3, 4), 1], [(1, 2, 3), (2, 3, 4), 2], [(2, 3), (2, 3), 2],
    [(2, 3, 1), (3, 4), (1, 0)], [(1, 3, 2), (4, 3), (-2, -1)],
    [(1, 2, 3), (3, 2, 4), ([1, 2], [1, 0])], [(1, 2, 3), (3, 4, 2), ((2, 1), (0, 2))],
    [(2, 3, 4), (4, 2, 3), ([2, 0, 1], [0, 1, 2])], [(2, 3), (3, 2), ((0, -1), (-1, 0))],
    [(3,), (3,), 1], [(3,), (2,), 0], [(2, 2, 3), (3, 2, 2), [[0, 1], [2, 1]]],
    [(2, 3), (4, 5), 1], [(2, 3), (4, 1), ([], [])],
]  # fmt: skip
EINSUM = [
    ["ij,jk->ik", (2, 3), (3, 4)], ["ij,jk", (2, 3), (3, 4)], ["ij,kj->ki", (2, 3), (4, 3)],
    ["ij->ji", (2, 3)], ["ba", (2, 3)], ["ij->", (2, 3)], ["ij->j", (2, 3)], ["i,i", (3,), (3,)],
    ["ii->i", (3, 3)], ["ii", (3, 3)], ["ii->", (3, 3)], ["iji->j", (2, 3, 2)],
    ["iii->i", (2, 2, 2)],
    ["iijj->ij", (2, 2, 3, 3)], ["ii,i->i", (3, 3), (3,)], ["ij,ij->ij", (2, 3), (2, 3)],
    ["i,j,k->ijk", (2,), (3,), (4,)], ["ij,jk,kl->il", (2, 3), (3, 4), (4, 2)],
    ["i,j->", (2,), (3,)], ["ij,k->i", (2, 3), (4,)], ["bij,bjk->bik", (2, 3, 4), (2, 4, 3)],
    ["...ij,...jk->...ik", (2, 3), (5, 3, 2)], ["...ij,...jk", (5, 2, 3), (1, 3, 2)],
    ["...i,...i->...", (2, 3), (3,)], ["...i->...", (2, 3)], ["i...->...", (2, 3)],
    ["...,...->...", (2, 1), (3,)], ["...ii->...i", (2, 3, 3)],
    ["i...,j...->ij...", (2, 4), (3, 4)],
    ["...", (2, 3)], ["...a,b->b...", (2, 3), (4,)], ["ij, jk -> ik", (2, 3), (3, 2)],
    ["ij,j->ij", (2, 1), (3,)], ["ij,ij->j", (1, 3), (2, 3)], [",->", (), ()], [",i->i", (), (3,)],
    ["Zz,zA->AZ", (2, 3), (3, 4)], ["...i,j->...j", (2, 3), (3,)], ["...->", (2, 3)],
    ["ij,jk->ii", (2, 3), (3, 4)], ["ij,jk->im", (2, 3), (3, 4)],
]  # fmt: skip

INNER = [[(), ()], [(), (3,)], [(2, 3), ()], [(3,), (3,)], [(2, 3), (3,)], [(2, 3), (4, 3)],
         [(2, 1, 3), (4, 3)], [(3,), (2, 4, 3)], [(2, 3), (2, 3)], [(2, 3), (2, 4)]]  # fmt: skip
KRON = [[(2,), (3,)], [(2, 3), (3, 2)], [(2, 3), (4,)], [(2,), (3, 1, 2)], [(), (2, 3)],
        [(2, 3), ()], [(2, 3, 1), (1, 2, 4)], [(2, 3), (2, 3)]]  # fmt: skip
CROSS = [
    [(3,), (3,), {}], [(2, 3), (3,), {}], [(1, 4, 3), (2, 1, 3), {}], [(3, 2), (3, 2), {"axis": 0}],
    [(3, 4), (4, 3), {"axisa": 0}], [(2, 3, 4), (4, 2, 3), {"axisa": 1, "axisb": -1, "axisc": 0}],
    [(3, 4), (2, 4, 3), {"axisa": 0, "axisb": 2, "axisc": 1}], [(2, 4), (2, 4), {}],
]  # fmt: skip
FLAT = [[(2,), (2,)], [(4, 2), (3,)], [(4, 3), (1, 2)], [(4, 1, 2), (5, 2)]]
VECDOT = [[(3,), (3,), {}], [(2, 3), (3,), {}], [(2, 1, 3), (4, 3), {}], [(3, 2), (3, 2),
    {"axis": 0}],
          [(3, 2), (4, 3, 2), {"axis": -2}], [(2, 3), (3,), {"keepdims": True}],
          [(3, 2), (4, 3, 2), {"axis": -2, "keepdims": True}], [(2, 3), (4,), {}]]  # fmt: skip
MATVEC = [[(2, 3), (3,)], [(4, 2, 3), (3,)], [(2, 3), (4, 3)], [(2, 1, 2, 3), (4, 3)],
          [(2, 3), (2,)]]  # fmt: skip


def in_plane(a, b):
    """NumPy is giving vectors of length 2 up, and says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return np.cross(a, b)


def label(*parts):
    return "-".join("x".join(map(str, p)) or "0d" if type(p) is tuple else str(p) for p in parts)


SUBLISTS = {
    "matrices": lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]),
    "implicit": lambda a, b: np.einsum(a, [0, 1], b, [1, 2]),
    "ellipsis": lambda a, b: np.einsum(a, [..., 1], b, [1, 30], [30, ...]),
    "optimize": lambda a, b: np.einsum("ij,jk,kl->il", a, b, b.T, optimize=True),
    "greedy": lambda a, b: np.einsum("ij,jk", a, b, optimize="greedy"),
    "trace": lambda a, b: np.einsum(a @ b[:, :2], [3, 3]) + 0 * b[0, 0],
    "sorted": lambda a, b: np.einsum(a, [5, 2]) @ a @ b,
    "constant": lambda a, b: np.einsum("ij,jk", np.ones((2, 3)), b) + a[:, :1],
}
A, B = real(2, 3), real(3, 4)

# fmt: off
ROWS = [
    *(row(np.matmul, real(*a), real(*b)) for a, b in MATMUL),
    *(row(np.dot, real(*a), real(*b)) for a, b in DOT),
    *(row(np.tensordot, real(*a), real(*b), axes=axes) for a, b, axes in TENSORDOT),
    *(row(np.einsum, s, *(real(*x) for x in xs), name=label("einsum", s, *xs))
      for s, *xs in EINSUM),
    *(row(f, A, B, of=np.einsum, name=f"einsum-{kind}") for kind, f in SUBLISTS.items()),
    *(row(np.inner, real(*a), real(*b)) for a, b in INNER),
    *(row(np.outer, real(*a), real(*b)) for a, b in DOT[:6]),
    *(row(np.kron, real(*a), real(*b)) for a, b in KRON),
    *(row(np.cross, real(*a), real(*b),
        of=(np.cross, linalg.turned), **axes) for a, b, axes in CROSS),
    *(row(in_plane, real(*a), real(*b), of=np.cross) for a, b in FLAT),
    *(row(np.vdot, real(*a), real(*b)) for a, b in [[(3,), (3,)], [(2, 3), (3, 2)], [(), ()],
        [(2, 3), (4,)]]),
    *(row(np.vecdot, real(*a), real(*b), **axes) for a, b, axes in VECDOT),
    *(row(np.matvec, real(*a), real(*v)) for a, v in MATVEC),
    *(row(np.vecmat, real(*v), real(*a[:-2], a[-1], a[-2])) for a, v in MATVEC),
    row(np.vecmat, real(3), real(2, 2)),
    row(np.einsum_path, "ij,jk", A, B, name="einsum_path"),
    row(operator.matmul, A, B, of=np.matmul),
    row(operator.matmul, A, np.ones((3, 4)), of=np.matmul, name="operator.matmul-constant"),
    row(lambda x: np.ones((2, 3)) @ x, B, of=np.matmul, name="constant-operator.matmul"),
    row(lambda a, b: a.dot(b), A, B, of=np.dot, name="x.dot", without=("only",)),
    row(lambda a, b: np.tensordot(a, b, (1, 0)), A, B, of=np.tensordot, name="tensordot-pair"),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(linalg, ROWS)
test_broken_rules_are_seen = mutation_test(linalg, ROWS)


@pytest.mark.parametrize("f", [np.vecdot, np.matvec, np.vecmat])
def test_axes_are_refused(f):
    with pytest.raises(NotImplementedError, match=f"{f.__name__} does not honour axes="):
        grad(lambda x: np.sum(f(x, x, axes=[(-1,), (-1,), ()])))(np.ones((3, 3)))


V, M = [1.0, -2.0, 0.5], [[2.0, 1.0, 3.0], [0.5, 1.0, -1.0], [1.5, 0.3, 0.7]]
LISTED = {
    "outer": lambda x: np.outer(V, x) + np.outer(x, V),
    "outer of a number": lambda x: np.outer(2.0, x) + np.outer(x, 2.0).T,
    "kron": lambda x: np.kron(V, x) + np.kron(x, M)[0],
    "kron of a number": lambda x: np.kron(2.0, x) + np.kron(x, 2.0),
    "vdot": lambda x: np.vdot(V, x) + np.vdot(x, V),
    "vdot of a number": lambda x: np.vdot(2.0, x[0]) + np.vdot(x[1], 2.0),
    "cross": lambda x: np.cross(V, x) + np.cross(x, M),
    "linalg.cross": lambda x: np.linalg.cross(V, x) - np.linalg.cross(x, M),
    "linalg.outer": lambda x: np.linalg.outer(V, x) + np.linalg.outer(x, V),
    "multi_dot": lambda x: np.linalg.multi_dot([x, M, V]) + np.linalg.multi_dot([V, M, x]),
    "tensorsolve": lambda x: np.linalg.tensorsolve(M, x),
}


@pytest.mark.parametrize("name", LISTED)
def test_lists_and_numbers_stand_for_arrays(name):
    assert gradcheck(LISTED[name], np.array([0.3, 1.2, -0.8]), order=2)
