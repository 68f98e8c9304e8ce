"""Systems of equations with few diagonals, or with one number to a diagonal.

Source:  the transposed equations, and sums along diagonals of the gradient of the whole matrix
"""

import numpy as np
from scipy import linalg

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.decompositions import T
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .parts import columns, diagonal_sums

__all__ = [
    "matmul_toeplitz",
    "solve_banded",
    "solve_circulant",
    "solve_toeplitz",
    "solveh_banded",
]


def flipped_band(l_and_u, ab):
    """The diagonals of the transposed matrix."""
    (low, up), n = l_and_u, ab.shape[-1]
    zeros = np.zeros_like(ab, shape=(*ab.shape[:-1], n))
    wide = np.concatenate([zeros, ab, zeros], axis=-1)
    rows = [wide[..., low + up - i, n + i - low : 2 * n + i - low] for i in range(low + up + 1)]
    return np.stack(rows, axis=-2)


def band(x, y, low, up):
    """The diagonals of the matrix with the entries sum(x[i] * y[j]), from above to below."""
    n, zeros = x.shape[-2], np.zeros_like(x)
    wide = np.concatenate([zeros, x, zeros], axis=-2)
    shifted = [wide[..., n + k : 2 * n + k, :] for k in range(-up, low + 1)]
    return np.stack([(part * y).sum(axis=-1) for part in shifted], axis=-2)


def banded_db(dy, y, ab, b, *, l_and_u, check_finite=True):
    low, up = l_and_u
    dx = banded_solution(flipped_band(l_and_u, ab), columns(dy, b), l_and_u=(up, low))
    return dx[..., 0] if b.ndim == 1 else dx


def banded_dab(dy, y, ab, b, *, l_and_u, check_finite=True):
    db = banded_db(dy, y, ab, b, l_and_u=l_and_u)
    return -band(columns(db, b), columns(y, b), *l_and_u)


@primitive(rules=[banded_dab, banded_db])
def banded_solution(ab, b, *, l_and_u, check_finite=True):
    return linalg.solve_banded(l_and_u, ab, b, check_finite=check_finite)


@composite(linalg.solve_banded)
def solve_banded(l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True):
    """The solution x of a x = b, where ab[u + i - j, j] is a[i, j].

    >>> solve_banded((0, 0), [[2.0, 4.0]], [2.0, 2.0])
    array([1. , 0.5])
    """
    return banded_solution(array(ab), array(b), l_and_u=tuple(l_and_u), check_finite=check_finite)


def hermitian_db(dy, y, ab, b, lower=False, **_):
    return solveh_banded(ab, dy.conj(), lower=lower).conj()


def hermitian_dab(dy, y, ab, b, lower=False, **_):
    """An entry off the diagonal stands for its mirror image too."""
    db, y, n = -columns(hermitian_db(dy, y, ab, b, lower), b), columns(y, b), ab.shape[-2] - 1
    if lower:
        g = band(db, y, n, 0) + band(y, db, n, 0).conj()
    else:
        g = band(db, y, 0, n) + band(y, db, 0, n).conj()
    half = np.where(np.arange(n + 1) == (0 if lower else n), 0.5, 1).astype(g.real.dtype)
    return of_kind(g * half[:, None], ab)


@primitive(rules=[hermitian_dab, hermitian_db])
def solveh_banded(ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True):
    """The solution x of a x = b for a Hermitian positive definite a, of which one side is given.

    >>> solveh_banded([[2.0, 4.0]], [2.0, 2.0])
    array([1. , 0.5])
    """
    return linalg.solveh_banded(ab, b, lower=lower, check_finite=check_finite)


# Toeplitz and circulant matrices


def toeplitz_parts(c_or_cr):
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
    c = array(c)
    r = c.conj() if r is None else array(r)
    if c.ndim > 1 or r.ndim > 1:
        raise NotImplementedError(
            f"a Toeplitz matrix has a gradient in one column and one row, got shapes {c.shape} "
            f"and {r.shape}; take one matrix after the other"
        )
    return np.atleast_1d(c), np.atleast_1d(r)


def of_row(g, n):
    """Of the sums along diagonals, those of the first row; its first entry is the column's."""
    return np.concatenate([np.zeros_like(g[:1]), g[n:]])


def toeplitz_solution_db(dy, y, c, r, b, *, check_finite=True):
    first = np.concatenate([c[:1], r[1:]])
    return toeplitz_solution(first, c, dy)


def toeplitz_solution_sums(dy, y, c, r, b):
    db = toeplitz_solution_db(dy, y, c, r, b)
    n, y = len(c), y.reshape(*y.shape[:1], -1)
    return -diagonal_sums(db.reshape(n, -1) @ T(y))


@primitive(
    rules=[
        lambda dy, y, c, r, b, **_: toeplitz_solution_sums(dy, y, c, r, b)[len(c) - 1 :: -1],
        lambda dy, y, c, r, b, **_: of_row(toeplitz_solution_sums(dy, y, c, r, b), len(c)),
        toeplitz_solution_db,
    ]
)
def toeplitz_solution(c, r, b, *, check_finite=True):
    return linalg.solve_toeplitz((c, r), b, check_finite)


@composite(linalg.solve_toeplitz)
def solve_toeplitz(c_or_cr, b, check_finite=True):
    """The solution x of t x = b, where t has the first column c and row r; r is conj(c) if absent.

    >>> solve_toeplitz([2.0, 0.0], [2.0, 4.0])
    array([1., 2.])
    """
    return toeplitz_solution(*toeplitz_parts(c_or_cr), array(b), check_finite=check_finite)


def toeplitz_product_dx(dy, y, c, r, x, **_):
    return toeplitz_product(np.concatenate([c[:1], r[1:]]), c, dy)


def toeplitz_product_sums(dy, x):
    return diagonal_sums(dy.reshape(len(dy), -1) @ T(x.reshape(len(x), -1)))


@primitive(
    rules=[
        lambda dy, y, c, r, x, **_: toeplitz_product_sums(dy, x)[len(c) - 1 :: -1],
        lambda dy, y, c, r, x, **_: of_row(toeplitz_product_sums(dy, x), len(c)),
        toeplitz_product_dx,
    ]
)
def toeplitz_product(c, r, x, *, check_finite=False, workers=None):
    return linalg.matmul_toeplitz((c, r), x, check_finite, workers)


@composite(linalg.matmul_toeplitz)
def matmul_toeplitz(c_or_cr, x, check_finite=False, workers=None):
    """The product t x, where t has the first column c and row r; r is conj(c) if absent.

    >>> matmul_toeplitz([2.0, 0.0], [2.0, 4.0])
    array([4., 8.])
    """
    options = {"check_finite": check_finite, "workers": workers}
    return toeplitz_product(*toeplitz_parts(c_or_cr), array(x), **options)


@composite(linalg.solve_circulant)
def solve_circulant(c, b, singular="raise", tol=None, caxis=-1, baxis=0, outaxis=0):
    """The solution x of circulant(c) x = b; a singular one is refused, or solved by least squares.

    >>> solve_circulant([2.0, 0.0], [2.0, 4.0])
    array([1., 2.])
    """
    c, b = array(c), array(b)
    linalg.solve_circulant(value(c), value(b), singular, tol, caxis, baxis, outaxis)
    waves = np.fft.fft(np.moveaxis(c, caxis, -1), axis=-1)
    size = abs(value(waves))
    tol = size.max(axis=-1, keepdims=True) * c.shape[caxis] * 2.0**-52 if tol is None else tol
    lost = size <= tol
    quotient = np.fft.fft(np.moveaxis(b, baxis, -1), axis=-1) / np.where(lost, 1, waves)
    x = np.fft.ifft(np.where(lost, 0, quotient), axis=-1)
    x = x if "c" in (c.dtype.kind, b.dtype.kind) else x.real
    return x if outaxis == -1 else np.moveaxis(x, -1, outaxis)
