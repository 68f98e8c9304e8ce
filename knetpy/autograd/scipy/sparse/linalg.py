"""Sparse systems of linear equations."""

from scipy import sparse
from scipy.sparse import linalg

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy.wrap import array
from knetpy.autograd.values import Array

from .entries import entries, matrix

__all__ = ["spsolve"]


def solution_db(dy, y, data, b, *, A, **options):
    """SciPy makes a vector of a single column."""
    return of_kind(solution(data, dy, A=A.T, **options).reshape(b.shape), b)


def solution_ddata(dy, y, data, b, *, A, **options):
    i, j = entries(A)
    g = -solution(data, dy, A=A.T, **options)[i] * y[j]
    return of_kind(g if g.ndim == 1 else g.sum(axis=-1), data)


@primitive(rules=[solution_ddata, solution_db])
def solution(data, b, *, A, **options):
    A = matrix(A, data)
    return linalg.spsolve(A.tocsc() if A.format == "coo" else A, b, **options)


def spsolve(A, b, permc_spec=None, use_umfpack=True):
    """The solution x of A x = b; A may be made by knetpy.scipy.sparse.with_data.

    >>> spsolve(sparse.csc_array([[2.0, 0.0], [0.0, 4.0]]), [2.0, 2.0])
    array([1. , 0.5])
    """
    options = {"permc_spec": permc_spec, "use_umfpack": use_umfpack}
    constant = sparse.issparse(A)
    if constant and not isinstance(b, Array):
        return linalg.spsolve(A, b, **options)
    if sparse.issparse(b):
        raise TypeError("spsolve has a gradient for a dense b alone; pass b.toarray()")
    if constant and A.format not in ("csr", "csc"):
        A = A.tocsc()
    return solution(array(A.data), array(b), A=A if constant else A.pattern, **options)
