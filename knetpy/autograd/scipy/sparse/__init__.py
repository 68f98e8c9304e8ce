"""Sparse matrices of SciPy, times arrays that may be recorded; and with entries that are trained.

`A @ x` and `x @ A` need nothing from here: a constant matrix of any format is multiplied with a
Param as it is.  `with_data` makes a matrix whose entries have a gradient.
"""

import numpy as np
from scipy import sparse

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy.wrap import array
from knetpy.autograd.values import Array, value

from . import linalg
from .entries import entries, matrix

__all__ = ["Weighted", "linalg", "with_data"]


# A constant matrix


def product_dx(dy, y, A, x):
    if A.ndim == 1:
        return of_kind(A.toarray().reshape(-1, *[1] * (x.ndim - 1)) * dy, x)
    return of_kind(product(A.T, dy), x)


@primitive(rules=[None, product_dx])
def product(A, x):
    return A @ x


def operate(f, a, b):
    """What an operator between a sparse matrix and an array gives; see knetpy.autograd.foreign."""
    matrices = isinstance(a, sparse.spmatrix) or isinstance(b, sparse.spmatrix)
    if f is np.matmul or (f is np.multiply and matrices):  # whose * is the product of matrices
        return product(a, b) if sparse.issparse(a) else product(b.T, a.T).T
    if f in (np.add, np.subtract):
        return f(*(x.toarray() if sparse.issparse(x) else x for x in (a, b)))
    raise NotImplementedError(
        f"{f.__name__} of a sparse matrix and a Param has no gradient rule, for its result would "
        "be sparse; take A.toarray(), or scale the entries with knetpy.scipy.sparse.with_data"
    )


# Entries that are trained


def weighted_ddata(dy, y, data, x, *, A):
    """An entry in row i and column j gets dy[i] * x[j]."""
    i, j = entries(A)
    g = dy[i] * x[j]
    return of_kind(g if g.ndim == 1 else g.sum(axis=-1), data)


@primitive(
    rules=[
        weighted_ddata,
        lambda dy, y, data, x, *, A: of_kind(weighted_product(data, dy, A=A.T), x),
    ]
)
def weighted_product(data, x, *, A):
    return matrix(A, data) @ x


class Weighted:
    """A sparse matrix whose entries may be a Param: `S @ x`, `x @ S`, `S.T`, `S.toarray()`.

    Made by `with_data`.

    >>> S = with_data(sparse.csr_array([[0.0, 2.0], [3.0, 0.0]]), np.array([5.0, 7.0]))
    >>> S @ np.array([1.0, 10.0])
    array([50.,  7.])
    """

    __array_ufunc__ = None  # arrays leave their operators with it to it

    def __init__(self, A, data):
        self.pattern, self.data, self.shape = A, data, A.shape

    @property
    def T(self):
        return Weighted(self.pattern.T, self.data)

    def __matmul__(self, x):
        if isinstance(x, Array) or isinstance(self.data, Array):
            return weighted_product(array(self.data), array(x), A=self.pattern)
        return matrix(self.pattern, self.data) @ x

    def __rmatmul__(self, x):
        return (self.T @ array(x).T).T

    def toarray(self):
        """The dense array.

        >>> with_data(sparse.csr_array([[0.0, 2.0]]), np.array([5.0])).toarray()
        array([[0., 5.]])
        """
        return self @ np.eye(self.shape[1], dtype=value(self.data).real.dtype)

    def __repr__(self):
        return f"Weighted({self.pattern!r}, {self.data!r})"


def with_data(A, data):
    """A matrix with the pattern of A and the entries `data`, in the order of A.data.

    Raises:  ValueError if A is not in CSR, CSC or COO format, or data not of A.data's shape

    >>> from knetpy.autograd import Param, grad
    >>> A = sparse.csr_array([[0.0, 2.0], [3.0, 0.0]])
    >>> grad(lambda data: np.sum(with_data(A, data) @ np.array([1.0, 10.0])))(A.data)
    array([10.,  1.])
    """
    if not sparse.issparse(A) or A.format not in ("csr", "csc", "coo") or A.ndim != 2:
        form = f"{A.ndim}-d {A.format}" if sparse.issparse(A) else type(A).__name__
        raise ValueError(f"with_data needs a matrix in CSR, CSC or COO format, got {form}")
    if np.shape(data) != A.data.shape:
        raise ValueError(f"A holds {A.data.size} entries, got data of shape {np.shape(data)}")
    return Weighted(A, data)
