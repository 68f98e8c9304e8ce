"""Matrices that are made of vectors or of smaller matrices, by picking and joining entries."""

import numpy as np
from scipy import linalg

from knetpy.autograd.scipy.wrap import array, composite, vector

__all__ = [
    "block_diag",
    "circulant",
    "companion",
    "convolution_matrix",
    "fiedler",
    "fiedler_companion",
    "hankel",
    "khatri_rao",
    "leslie",
    "toeplitz",
]


def places(n, m):
    """The numbers i - j for n rows i and m columns j."""
    return np.arange(n)[:, None] - np.arange(m)


@composite(linalg.toeplitz)
def toeplitz(c, r=None):
    """The matrix of a first column c and row r (or conj(c)), constant along diagonals.

    >>> toeplitz([1, 2], [1, 3])
    array([[1, 3],
           [2, 1]])
    """
    c = vector(c)
    r = c.conj() if r is None else vector(r)
    n, m = c.shape[-1], r.shape[-1]
    batch = np.broadcast_shapes(c.shape[:-1], r.shape[:-1])
    c, r = np.broadcast_to(c, (*batch, n)), np.broadcast_to(r, (*batch, m))
    return np.concatenate([r[..., :0:-1], c], axis=-1)[..., places(n, m) + m - 1]


@composite(linalg.hankel)
def hankel(c, r=None):
    """The matrix with the first column c and last row r, constant along anti-diagonals.

    >>> hankel([1, 2], [2, 3])
    array([[1, 2],
           [2, 3]])
    """
    c = array(c)
    r = np.zeros_like(c) if r is None else array(r)
    if c.ndim != 1 or r.ndim != 1:
        raise ValueError(f"hankel needs two vectors, got shapes {c.shape} and {r.shape}")
    n, m = len(c), len(r)
    return np.concatenate([c, r[1:]])[np.arange(n)[:, None] + np.arange(m)]


@composite(linalg.circulant)
def circulant(c):
    """The matrix whose columns are c, each turned one step further.

    >>> circulant([1, 2])
    array([[1, 2],
           [2, 1]])
    """
    c = vector(c)
    n = c.shape[-1]
    return c[..., places(n, n) % n]


@composite(linalg.companion)
def companion(a):
    """The matrix whose characteristic polynomial has the coefficients a, the highest first.

    >>> companion([2.0, 4.0])
    array([[-2.]])
    """
    a = vector(a)
    linalg.companion(np.ones(a.shape[-1]))
    first = -a[..., 1:] / a[..., :1]
    n = first.shape[-1]
    rest = np.broadcast_to(np.eye(n - 1, n, dtype=first.dtype), (*first.shape[:-1], n - 1, n))
    return np.concatenate([first[..., None, :], rest], axis=-2)


@composite(linalg.convolution_matrix)
def convolution_matrix(a, n, mode="full"):
    """The matrix m with m @ x = numpy.convolve(a, x, mode) for all x of length n.

    >>> convolution_matrix([1, 2], 2)
    array([[1, 0],
           [2, 1],
           [0, 2]])
    """
    a = array(a)
    m = a.shape[-1]
    rows = linalg.convolution_matrix(np.arange(1, m + 1), n, mode)  # which entry stands where
    zero = np.zeros_like(a[..., :1])
    return np.concatenate([zero, a], axis=-1)[..., rows]


@composite(linalg.fiedler)
def fiedler(a):
    """The distances of all pairs of entries.

    >>> fiedler([1, 4])
    array([[0, 3],
           [3, 0]])
    """
    a = vector(a)
    return abs(a[..., :, None] - a[..., None, :])


@composite(linalg.fiedler_companion)
def fiedler_companion(a):
    """A matrix with few diagonals whose characteristic polynomial has the coefficients a.

    >>> fiedler_companion([2.0, 4.0, 6.0])
    array([[-2., -3.],
           [ 1.,  0.]])
    """
    a = vector(a)
    places = linalg.fiedler_companion(np.arange(1.0, a.shape[-1] + 1)).round().astype(int)
    a = np.concatenate([np.zeros_like(a[..., :1]), -a[..., 1:] / a[..., :1]], axis=-1)
    ones = places == 1
    return np.where(ones, a.dtype.type(1), a[..., np.where(ones, 0, -places - (places < 0))])


@composite(linalg.leslie)
def leslie(f, s):
    """The matrix of a population with birth rates f and survival rates s.

    >>> leslie([1.0, 2.0], [0.5])
    array([[1. , 2. ],
           [0.5, 0. ]])
    """
    f, s = vector(f), vector(s)
    linalg.leslie(np.ones(f.shape[-1]), np.ones(s.shape[-1]))
    rest = s[..., :, None] * np.eye(*s.shape[-1:], f.shape[-1], dtype=s.real.dtype)
    return np.concatenate([f[..., None, :], rest], axis=-2)


@composite(linalg.khatri_rao)
def khatri_rao(a, b):
    """The products of Kronecker of the columns of a with those of b.

    >>> khatri_rao([[1], [2]], [[3], [4]]).ravel()
    array([3, 4, 6, 8])
    """
    a, b = array(a), array(b)
    linalg.khatri_rao(*(np.zeros(x.shape) for x in (a, b)))
    y = a[..., :, None, :] * b[..., None, :, :]
    return y.reshape(*y.shape[:-3], -1, y.shape[-1])


@composite(linalg.block_diag)
def block_diag(*arrs):
    """The matrix with the given ones along its diagonal; a vector is a row.

    >>> block_diag([1, 2], 3)
    array([[1, 2, 0],
           [0, 0, 3]])
    """
    arrs = [x.reshape(1, -1) if x.ndim < 2 else x for x in map(array, arrs)]
    batch = np.broadcast_shapes(*(x.shape[:-2] for x in arrs))
    width, start, rows = sum(x.shape[-1] for x in arrs), 0, []
    for x in arrs:
        x = np.broadcast_to(x, (*batch, *x.shape[-2:]))
        left = np.zeros_like(x, shape=(*x.shape[:-1], start))
        start += x.shape[-1]
        right = np.zeros_like(x, shape=(*x.shape[:-1], width - start))
        rows.append(np.concatenate([left, x, right], axis=-1))
    return np.concatenate(rows, axis=-2)
