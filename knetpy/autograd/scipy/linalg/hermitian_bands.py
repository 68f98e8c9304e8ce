"""Cholesky factors, equations and eigenvalues of Hermitian matrices with few diagonals.

The gradient goes through the whole matrix.  What a band holds beyond the corners of its matrix has
no meaning and no gradient.
"""

import numpy as np
from scipy import linalg

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .eigen import eigh_gradients, filled
from .equations import cholesky_solution
from .factors import cholesky

__all__ = [
    "cho_solve_banded",
    "cholesky_banded",
    "eig_banded",
    "eigh_tridiagonal",
    "eigvals_banded",
    "eigvalsh_tridiagonal",
]


def taken(x, rows):
    """x[..., rows, j] in column j, zeros where there is no such row."""
    inside = (rows >= 0) & (rows < x.shape[-2])
    return np.where(inside, x[..., np.where(inside, rows, 0), np.arange(rows.shape[-1])], 0)


def triangle(ab, lower):
    """The triangle of a matrix of which the diagonals are given."""
    n, first = ab.shape[-1], 0 if lower else ab.shape[-2] - 1
    return taken(ab, first + np.arange(n)[:, None] - np.arange(n))


def diagonals(x, k, lower):
    """The main and k more diagonals of a triangle, as rows."""
    shifts = np.arange(0, k + 1) if lower else np.arange(-k, 1)
    return taken(x, shifts[:, None] + np.arange(x.shape[-1]))


def hermitian_matrix(ab, lower):
    return filled(triangle(ab, lower), lower)


@composite(linalg.cholesky_banded)
def cholesky_banded(ab, overwrite_ab=False, lower=False, check_finite=True):
    """The Cholesky factor of a Hermitian positive definite matrix, both as their diagonals.

    >>> cholesky_banded([[4.0, 9.0]])
    array([[2., 3.]])
    """
    ab = array(ab)
    known = linalg.cholesky_banded(value(ab), lower=lower, check_finite=check_finite)
    factor = cholesky(hermitian_matrix(ab, lower), lower)
    return exactly(diagonals(factor, ab.shape[-2] - 1, lower), known)


@composite(linalg.cho_solve_banded)
def cho_solve_banded(cb_and_lower, b, overwrite_b=False, check_finite=True):
    """The solution x of a x = b, by the factor that cholesky_banded(a) gives, and its side.

    >>> cho_solve_banded((np.array([[2.0, 3.0]]), False), np.array([8.0, 9.0]))
    array([2., 1.])
    """
    (cb, lower), b = cb_and_lower, array(b)
    cb = array(cb)
    known = linalg.cho_solve_banded((value(cb), lower), value(b), check_finite=check_finite)
    return exactly(cholesky_solution(triangle(cb, lower), b, lower=lower), known)


# Eigenvalues


@primitive(
    rules=[lambda dys, ys, a, *, known: eigh_gradients(dys, ys, a, None)[0]],
    several=True,
)
def known_pairs(a, *, known):
    return known


def pairs(f, a, *args, eigvals_only=False, **options):
    """Values and vectors as SciPy's f gives them for `args`, which make up the matrix `a`."""
    plain = [value(x) for x in args]
    w, v = known_pairs(a, known=f(*plain, **options))
    if eigvals_only:
        return exactly(w, f(*plain, eigvals_only=True, **options))
    return w, v


@composite(linalg.eig_banded)
def eig_banded(
    a_band,
    lower=False,
    eigvals_only=False,
    overwrite_a_band=False,
    select="a",
    select_range=None,
    max_ev=0,
    check_finite=True,
):
    """Eigenvalues, ascending, and vectors of a Hermitian matrix, of which one side is given.

    >>> eig_banded([[2.0, 1.0]], eigvals_only=True)
    array([1., 2.])
    """
    a_band = array(a_band)
    options = {"select": select, "select_range": select_range, "max_ev": max_ev}
    options |= {"lower": lower, "check_finite": check_finite, "eigvals_only": eigvals_only}
    return pairs(linalg.eig_banded, hermitian_matrix(a_band, lower), a_band, **options)


@composite(linalg.eigvals_banded)
def eigvals_banded(
    a_band,
    lower=False,
    overwrite_a_band=False,
    select="a",
    select_range=None,
    check_finite=True,
):
    """Eigenvalues, ascending, of a Hermitian matrix, of which one side is given.

    >>> eigvals_banded([[2.0, 1.0]])
    array([1., 2.])
    """
    options = {"select": select, "select_range": select_range, "check_finite": check_finite}
    return eig_banded(a_band, lower, eigvals_only=True, **options)


@composite(linalg.eigh_tridiagonal)
def eigh_tridiagonal(
    d,
    e,
    eigvals_only=False,
    select="a",
    select_range=None,
    check_finite=True,
    tol=0.0,
    lapack_driver="auto",
):
    """Eigenvalues, ascending, and vectors of a real matrix with diagonal d, and e beside it.

    >>> eigh_tridiagonal([2.0, 1.0], [0.0], eigvals_only=True)
    array([1., 2.])
    """
    d, e = array(d), array(e)
    options = {"select": select, "select_range": select_range, "check_finite": check_finite}
    options |= {"tol": tol, "lapack_driver": lapack_driver, "eigvals_only": eigvals_only}
    if eigvals_only and lapack_driver == "sterf":
        known = linalg.eigh_tridiagonal(value(d), value(e), **options)
        options["lapack_driver"] = "auto"
        return exactly(eigh_tridiagonal(d, e, **options), known)
    beside = np.concatenate([e, np.zeros_like(d[..., :1])], axis=-1)
    band = np.stack([d, beside], axis=-2)
    return pairs(linalg.eigh_tridiagonal, hermitian_matrix(band, True), d, e, **options)


@composite(linalg.eigvalsh_tridiagonal)
def eigvalsh_tridiagonal(
    d, e, select="a", select_range=None, check_finite=True, tol=0.0, lapack_driver="auto"
):
    """Eigenvalues, ascending, of a real matrix with diagonal d, and e beside it.

    >>> eigvalsh_tridiagonal([2.0, 1.0], [0.0])
    array([1., 2.])
    """
    options = {"select": select, "select_range": select_range, "check_finite": check_finite}
    options |= {"tol": tol, "lapack_driver": lapack_driver}
    return eigh_tridiagonal(d, e, eigvals_only=True, **options)
