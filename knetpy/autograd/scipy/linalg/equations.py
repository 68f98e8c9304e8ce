"""Systems of linear equations: they go back through the transposed ones.

Where a function reads one triangle or band of a matrix, the gradient has the structure that it
takes for granted; of a Hermitian matrix it is Hermitian.  The permissions overwrite_a and
overwrite_b are taken and not used.
Source:  Giles 2008, Collected matrix derivative results
"""

import numpy as np
from scipy import linalg

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.decompositions import H, T, lstsq_da, lstsq_db
from knetpy.autograd.scipy.wrap import array, composite

from .parts import columns, hermitian, lower_part, symmetric, upper_part

__all__ = [
    "cho_solve",
    "lstsq",
    "lu_solve",
    "solve",
    "solve_triangular",
]

# fmt: off
OTHER_SIDE = {"upper triangular": "lower triangular", "lower triangular": "upper triangular"}
SHORT = {"symmetric": "sym", "hermitian": "her", "positive definite": "her", "pos": "her"}
STRUCTURES = {
    "sym":              lambda g, a: symmetric(g),
    "her":              hermitian,
    "diagonal":         lambda g, a: lower_part(upper_part(g)),
    "tridiagonal":      lambda g, a: lower_part(upper_part(g, -1), 1),
    "upper triangular": lambda g, a: upper_part(g),
    "lower triangular": lambda g, a: lower_part(g),
}
# fmt: on


def outer(x, y, b):
    """The sum over right sides of the products of all entries of `x` and `y`."""
    return columns(x, b) @ T(columns(y, b))


def solve_db(dy, y, a, b, lower=False, assume_a=None, transposed=False, **_):
    if not transposed:
        a, lower, assume_a = T(a), not lower, OTHER_SIDE.get(assume_a, assume_a)
    dx = solve(a, columns(dy, b), lower=lower, assume_a=assume_a)
    return dx[..., 0] if b.ndim == 1 else dx


def solve_da(dy, y, a, b, lower=False, assume_a=None, transposed=False, **_):
    db = solve_db(dy, y, a, b, lower, assume_a, transposed)
    g = -outer(y, db, b) if transposed else -outer(db, y, b)
    structure = STRUCTURES.get(SHORT.get(assume_a, assume_a))
    return structure(g, a) if structure else g


@primitive(rules=[solve_da, solve_db])
def solve(
    a,
    b,
    lower=False,
    overwrite_a=False,
    overwrite_b=False,
    check_finite=True,
    assume_a=None,
    transposed=False,
):
    """The solution x of a x = b, or of a^T x = b; `assume_a` names the structure of a.

    >>> solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0])
    array([1. , 0.5])
    """
    return linalg.solve(
        a, b, lower, check_finite=check_finite, assume_a=assume_a, transposed=transposed
    )


TRANS = {"N": 0, "T": 1, "C": 2}


def triangular_db(dy, y, a, b, trans=0, **options):
    """op(a)^-T dy, where op is nothing, ^T or ^H."""
    trans, dy = TRANS.get(trans, trans), columns(dy, b)
    if trans == 2:
        dx = solve_triangular(a, dy.conj(), **options).conj()
    else:
        dx = solve_triangular(a, dy, 1 - trans, **options)
    return dx[..., 0] if b.ndim == 1 else dx


def triangular_da(dy, y, a, b, trans=0, lower=False, unit_diagonal=False, **options):
    db = triangular_db(dy, y, a, b, trans, lower=lower, unit_diagonal=unit_diagonal)
    trans = TRANS.get(trans, trans)
    g = -outer(y, db, b) if trans else -outer(db, y, b)
    g = g.conj() if trans == 2 else g
    return lower_part(g, -unit_diagonal) if lower else upper_part(g, +unit_diagonal)


@primitive(rules=[triangular_da, triangular_db])
def solve_triangular(
    a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True
):
    """The solution x of a x = b (of a^T x = b, a^H x = b for trans 1, 2), reading one triangle.

    >>> solve_triangular([[2.0, 2.0], [0.0, 4.0]], [4.0, 4.0])
    array([1., 1.])
    """
    return linalg.solve_triangular(a, b, trans, lower, unit_diagonal, check_finite=check_finite)


# By factors


def cho_db(dy, y, c, b, *, lower=False, check_finite=True):
    dx = cholesky_solution(c, columns(dy, b).conj(), lower=lower).conj()
    return dx[..., 0] if b.ndim == 1 else dx


def cho_dc(dy, y, c, b, *, lower=False, check_finite=True):
    g = -outer(cho_db(dy, y, c, b, lower=lower), y, b)
    g = g + H(g)
    return lower_part(g @ lower_part(c).conj()) if lower else upper_part(upper_part(c).conj() @ g)


@primitive(rules=[cho_dc, cho_db])
def cholesky_solution(c, b, *, lower=False, check_finite=True):
    return linalg.cho_solve((c, lower), b, check_finite=check_finite)


@composite(linalg.cho_solve)
def cho_solve(c_and_lower, b, overwrite_b=False, check_finite=True):
    """The solution x of a x = b, by the factor that cho_factor(a) gives.

    >>> cho_solve((np.array([[2.0]]), True), np.array([8.0]))
    array([2.])
    """
    c, lower = c_and_lower
    return cholesky_solution(array(c), array(b), lower=lower, check_finite=check_finite)


def order_of(piv):
    """The order of rows that comes of the swaps i <-> piv[i]."""
    order = np.broadcast_to(np.arange(piv.shape[-1]), piv.shape).copy()
    for i in range(piv.shape[-1]):
        j = piv[..., i, None]
        first, second = order[..., i, None].copy(), np.take_along_axis(order, j, -1)
        np.put_along_axis(order, j, first, -1)
        order[..., i] = second[..., 0]
    return order


def permutation(order, x):
    """The matrix that brings rows into this order, real."""
    return (order[..., None] == np.arange(order.shape[-1])).astype(x.real.dtype)


def lu_db(dy, y, lu, b, *, piv, trans=0, check_finite=True):
    dy = columns(dy, b)
    if trans == 2:
        dx = lu_solution(lu, dy.conj(), piv=piv).conj()
    else:
        dx = lu_solution(lu, dy, piv=piv, trans=1 - trans)
    return dx[..., 0] if b.ndim == 1 else dx


def lu_dlu(dy, y, lu, b, *, piv, trans=0, check_finite=True):
    """With a = P^T L U for the permutation P: from the gradient of a to those of L and U."""
    db = lu_db(dy, y, lu, b, piv=piv, trans=trans)
    g = -outer(y, db, b) if trans else -outer(db, y, b)
    g = permutation(order_of(piv), lu) @ (g.conj() if trans == 2 else g)
    unit = np.eye(lu.shape[-1], dtype=lu.real.dtype)
    return lower_part(g @ T(upper_part(lu)), -1) + upper_part(T(lower_part(lu, -1) + unit) @ g)


@primitive(rules=[lu_dlu, lu_db])
def lu_solution(lu, b, *, piv, trans=0, check_finite=True):
    return linalg.lu_solve((lu, piv), b, trans, check_finite=check_finite)


@composite(linalg.lu_solve)
def lu_solve(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    """The solution x of a x = b (a^T x = b, a^H x = b), by the factors that lu_factor(a) gives.

    >>> lu_solve((np.array([[2.0]]), np.array([0])), np.array([8.0]))
    array([4.])
    """
    lu, piv = lu_and_piv
    return lu_solution(array(lu), array(b), piv=piv, trans=trans, check_finite=check_finite)


# Least squares


def cond_of(a, cond):
    """What SciPy takes for small: its default is an eps, of a precision of its own for each."""
    return np.finfo(a.dtype).eps if cond is None else cond


def fitted(rule):
    def dx(dys, ys, a, b, *, cond=None, **_):
        a_, b_ = (x.astype(np.result_type(x, np.float32)) for x in (a, b))
        return rule(dys, ys, a_, b_, rcond=cond_of(a_, cond))

    return dx


@primitive(rules=[fitted(lstsq_da), fitted(lstsq_db)], several=True)
def least_squares(a, b, *, cond=None, check_finite=True, lapack_driver=None):
    x, residuals, rank, s = linalg.lstsq(
        a, b, cond, check_finite=check_finite, lapack_driver=lapack_driver
    )
    return x, residuals, np.intp(rank), s


@composite(linalg.lstsq)
def lstsq(
    a,
    b,
    cond=None,
    overwrite_a=False,
    overwrite_b=False,
    check_finite=True,
    lapack_driver=None,
):
    """The x of least |b - a x|, the squares of what is left, the rank and the singular values.

    >>> lstsq([[1.0], [1.0]], [1.0, 3.0])[0]
    array([2.])
    """
    options = {"cond": cond, "check_finite": check_finite, "lapack_driver": lapack_driver}
    return least_squares(array(a), array(b), **options)
