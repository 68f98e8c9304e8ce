"""The entries of a sparse matrix: where they stand, and the same matrix with others."""

__all__ = ["entries", "matrix"]


def entries(A):
    """The rows and columns of the entries, in their order.

    >>> from scipy.sparse import csr_array
    >>> [x.tolist() for x in entries(csr_array([[0, 2], [3, 0]]))]
    [[0, 1], [1, 0]]
    """
    return A.tocoo().coords


def matrix(A, data):
    """A matrix of the format and pattern of A, in CSR, CSC or COO format.

    >>> from scipy.sparse import csr_array
    >>> matrix(csr_array([[0, 2], [3, 0]]), [5.0, 7.0]).toarray()
    array([[0., 5.],
           [7., 0.]])
    """
    places = A.coords if A.format == "coo" else None
    parts = (data, places) if places else (data, A.indices, A.indptr)
    return type(A)(parts, shape=A.shape)
