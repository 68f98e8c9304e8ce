"""Parts of matrices, and sums along their diagonals."""

import numpy as np

from knetpy.autograd.rules.decompositions import H, T
from knetpy.autograd.rules.fft import of_kind

__all__ = ["columns", "diagonal_sums", "hermitian", "lower_part", "symmetric", "upper_part"]


def lower_part(x, k=0):
    """`x` up to diagonal number k, zeros above it.

    >>> lower_part(np.ones((2, 2)))
    array([[1., 0.],
           [1., 1.]])
    """
    return np.where(np.tri(*x.shape[-2:], k, dtype=bool), x, 0)


def upper_part(x, k=0):
    """`x` from diagonal number k on, zeros below it.

    >>> upper_part(np.ones((2, 2)), 1)
    array([[0., 1.],
           [0., 0.]])
    """
    return np.where(np.tri(*x.shape[-2:], k - 1, dtype=bool), 0, x)


def symmetric(x):
    """The symmetric part.

    >>> symmetric(np.array([[0.0, 2.0], [0.0, 0.0]]))
    array([[0., 1.],
           [1., 0.]])
    """
    return (x + T(x)) / 2


def hermitian(x, a):
    """The Hermitian part; real if `a` is real.

    >>> hermitian(np.array([[1j, 2.0], [0.0, 0.0]]), np.eye(2))
    array([[0., 1.],
           [1., 0.]])
    """
    return of_kind((x + H(x)) / 2, a)


def columns(x, b):
    """`x` with an axis for columns, if `b` is a single vector.

    >>> columns(np.zeros(2), np.zeros(2)).shape
    (2, 1)
    """
    return x[..., None] if b.ndim == 1 else x


def diagonal_sums(x):
    """Sums along the diagonals of a matrix, from the lower left corner to the upper right one.

    >>> diagonal_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([3., 5., 2.])
    """
    m, n = x.shape
    wide = np.concatenate([x[::-1], np.zeros_like(x, shape=(m, m))], axis=1)
    return wide.reshape(-1)[:-m].reshape(m, m + n - 1).sum(axis=0)
