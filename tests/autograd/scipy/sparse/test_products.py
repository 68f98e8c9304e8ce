"""`A @ x` and `x @ A` as they stand, for every format; matrices with trained entries."""

import numpy as np
import pytest
from scipy import sparse as scipy_sparse

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import sparse

DENSE = np.array([[0.0, 2.0, 0.0], [3.0, 0.0, 4.0], [0.0, 0.0, 0.0], [1.0, -1.0, 0.5]])
X, Y = np.cos(np.arange(6.0) ** 2).reshape(3, 2), np.sin(np.arange(8.0) ** 2).reshape(2, 4)
FORMATS = ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")


@pytest.fixture(params=[f"{kind}_{family}" for kind in FORMATS for family in ("array", "matrix")])
def A(request):
    return getattr(scipy_sparse, request.param)(DENSE)


def recorded(f, *arrays):
    found = []
    diff(lambda: found.append(value(f(*map(Param, arrays)))) or 0.0)
    return found[0]


@pytest.mark.parametrize("x", [X, X[:, 0], X[:, :1], X[:0]], ids=lambda x: str(x.shape))
def test_products_are_scipys(A, x):
    if not x.size:
        A, x = type(A)((4, 0)), np.zeros((0, 2))
    for f in (lambda x: A @ x, lambda x: x.T @ A.T):
        expected = f(x)
        for found in (f(Param(x)), recorded(f, x)):
            assert type(found) is np.ndarray and np.array_equal(found, expected)


def test_gradients_to_second_order(A):
    assert gradcheck(lambda x: np.sin(A @ x) @ A, X[:, 0], order=2)
    assert gradcheck(lambda y: np.sin(y @ A), Y, order=2)
    assert gradcheck(lambda x: A.T @ (A @ x), X)
    assert gradcheck(lambda x: (A + x) * (A - x) - (x - A) * 2, DENSE + 1, order=2)


def test_complex_products(A):
    for B in (A, A * (1 + 2j)):
        assert gradcheck(lambda x, B=B: B @ x, X * (1 - 1j))
        assert gradcheck(lambda y, B=B: y @ B, Y * (1 - 1j))
        assert gradcheck(lambda x, B=B: B @ x, X)


def test_dot_is_the_product(A):
    if A.format != "coo":
        assert np.array_equal(recorded(A.dot, X), A @ X)
        assert gradcheck(A.dot, X)
        return
    with pytest.raises(TypeError, match="dot argument|cut the gradient"):
        recorded(A.dot, X)


def test_what_a_star_means(A):
    if isinstance(A, scipy_sparse.spmatrix):
        assert np.array_equal(recorded(lambda x: A * x, X), A @ X)
        assert gradcheck(lambda y: y * A, Y)
        return
    with pytest.raises(NotImplementedError, match=r"multiply of a sparse matrix .*with_data"):
        diff(lambda: Param(DENSE) * A)


def test_precision_stays(A):
    A, x = A.astype("float32"), Param(X.astype("float32"))
    J = diff(lambda: np.sum(A @ x))
    assert value(J).dtype == grad(J, x).dtype == np.float32


def test_a_sparse_vector():
    A = scipy_sparse.coo_array(np.array([0.0, 2.0, 3.0]))
    assert gradcheck(lambda x: A @ x, X[:, 0], order=2)
    assert gradcheck(lambda x: A @ x, X)


def test_wrong_shapes_are_scipys_error(A):
    with pytest.raises(ValueError, match="dimension mismatch"):
        diff(lambda: np.sum(A @ Param(Y)))


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
def test_trained_entries(kind):
    A = scipy_sparse.csr_array(DENSE).asformat(kind)
    S = sparse.with_data(A, A.data)
    assert np.array_equal(S @ X, A @ X) and np.array_equal(X.T @ S.T, X.T @ A.T)
    assert S.shape == (4, 3) and "Weighted" in repr(S)

    def weighted(data):
        return sparse.with_data(A, data)

    assert gradcheck(lambda data, x: np.sin(weighted(data) @ x), A.data, X[:, 0], order=2)
    assert gradcheck(lambda data, x: weighted(data) @ x, A.data, X, order=2)
    assert gradcheck(lambda data, y: y @ weighted(data), A.data, Y, order=2)
    assert gradcheck(lambda data, x: weighted(data) @ x, A.data * (1 + 1j), X)
    assert gradcheck(lambda data: weighted(data).toarray(), A.data)
    assert np.array_equal(grad(lambda data: np.sum(weighted(data) @ X))(A.data).shape, A.data.shape)


def test_entries_that_stand_in_one_place_share_it():
    A = scipy_sparse.coo_array(([1.0, 2.0], ([0, 0], [1, 1])), shape=(2, 2))
    slope = grad(lambda data: np.sum(sparse.with_data(A, data) @ np.array([3.0, 5.0])))(A.data)
    assert slope.tolist() == [5, 5]


def test_what_with_data_refuses():
    with pytest.raises(ValueError, match="CSR, CSC or COO format, got 2-d dia"):
        sparse.with_data(scipy_sparse.dia_array(DENSE), np.ones(3))
    with pytest.raises(ValueError, match="got ndarray"):
        sparse.with_data(DENSE, np.ones(3))
    with pytest.raises(ValueError, match=r"A holds 6 entries, got data of shape \(3,\)"):
        sparse.with_data(scipy_sparse.csr_array(DENSE), np.ones(3))
