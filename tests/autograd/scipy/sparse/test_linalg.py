"""Sparse systems of equations: constant matrices and trained entries."""

import numpy as np
import pytest
from scipy import sparse as scipy_sparse
from scipy.sparse import linalg as scipy_linalg

from knetpy.autograd import Param, diff, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy.sparse import with_data
from knetpy.autograd.scipy.sparse.linalg import spsolve

DENSE = np.array([[4.0, 1.0, 0.0], [0.0, 3.0, -1.0], [2.0, 0.0, 5.0]])
X = np.cos(np.arange(6.0) ** 2).reshape(3, 2)
SIDES = {"vector": X[:, 0], "column": X[:, :1], "columns": X}


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "bsr", "lil"])
@pytest.mark.parametrize("side", SIDES)
def test_a_constant_matrix(kind, side):
    A, b = scipy_sparse.csr_array(DENSE).asformat(kind), SIDES[side]
    expected = np.linalg.solve(DENSE, b).reshape(scipy_linalg.spsolve(A.tocsc(), b).shape)
    assert np.allclose(spsolve(A.tocsc(), b), expected)
    found = diff(lambda: np.sum(spsolve(A, Param(b))))
    assert np.isclose(value(found), expected.sum())
    assert gradcheck(lambda b: np.sin(spsolve(A, b)), b, order=2)
    assert gradcheck(lambda b: spsolve(A, b), b * (1 + 2j))


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
@pytest.mark.parametrize("side", SIDES)
def test_trained_entries(kind, side):
    A, b = scipy_sparse.csr_array(DENSE).asformat(kind), SIDES[side]

    def solve(data, b):
        return spsolve(with_data(A, data), b)

    assert np.allclose(solve(A.data, b), np.linalg.solve(DENSE, b).reshape(solve(A.data, b).shape))
    assert gradcheck(solve, A.data, b, order=2)
    assert gradcheck(solve, A.data * (1 + 0.1j), b)
    assert gradcheck(lambda data: spsolve(with_data(A, data).T, b, permc_spec="NATURAL"), A.data)


def test_single_precision_stays():
    A, b = scipy_sparse.csc_array(DENSE.astype("float32")), X[:, 0].astype("float32")
    p = Param(b)
    J = diff(lambda: np.sum(spsolve(A, p)))
    assert value(J).dtype == np.float32


def test_a_sparse_right_side_is_refused():
    A = scipy_sparse.csc_array(DENSE)
    with pytest.raises(TypeError, match=r"dense b alone; pass b.toarray\(\)"):
        spsolve(with_data(A, Param(A.data)), A)
