"""Decompositions into factors: Cholesky's, LU, QR, RQ, singular values.

The rules are those of numpy.linalg, in rules/decompositions.py; here stand SciPy's options.
Source:  de Hoog, Anderssen and Lukas 2011 (lu)
"""

import numpy as np
from scipy import linalg

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.decompositions import (
    H,
    T,
    cholesky_dx,
    joined,
    parted,
    qr_dx,
    qr_parts,
    svd_dx,
    svd_parts,
    svdvals_dx,
    whole,
)
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .equations import order_of, permutation, solve_triangular
from .parts import lower_part, upper_part

__all__ = [
    "cho_factor",
    "cholesky",
    "lu",
    "lu_factor",
    "qr",
    "rq",
    "svd",
    "svdvals",
]


# Cholesky


@primitive(rules=[lambda dy, y, a, lower=False, **_: cholesky_dx(dy, y, a, upper=not lower)])
def cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    """The factor u of a = u^H u, or l of a = l l^H, of a Hermitian positive definite matrix.

    >>> cholesky([[4.0]])
    array([[2.]])
    """
    return linalg.cholesky(a, lower, check_finite=check_finite)


def cho_factor_dx(dy, y, a, *, lower=False, check_finite=True):
    part = lower_part if lower else upper_part
    return cholesky_dx(part(dy), part(y), a, upper=not lower)


@primitive(rules=[cho_factor_dx])
def cholesky_factor(a, *, lower=False, check_finite=True):
    return linalg.cho_factor(a, lower, check_finite=check_finite)[0]


@composite(linalg.cho_factor)
def cho_factor(a, lower=False, overwrite_a=False, check_finite=True):
    """The pair (factor, lower) that cho_solve takes; the other triangle has no meaning.

    >>> cho_factor([[4.0]])
    (array([[2.]]), False)
    """
    return cholesky_factor(array(a), lower=lower, check_finite=check_finite), lower


# LU


def lu_dx(dys, ys, a, **_):
    """For pa = l u: first what the rows or columns beyond the square part hand on."""
    _, dl, du = whole(dys, ys)
    order, low, u = ys
    (m, n), k = a.shape[-2:], low.shape[-1]
    first_l, first_u = low[..., :k, :], u[..., :k]
    rest = []
    dl, dl2, du, du2 = dl[..., :k, :], dl[..., k:, :], du[..., :k], du[..., k:]
    if m > k:
        rest = [T(solve_triangular(first_u, T(dl2)))]
        du = du - T(low[..., k:, :]) @ rest[0]
    if n > k:
        rest = [solve_triangular(first_l, du2, "T", lower=True, unit_diagonal=True)]
        dl = dl - rest[0] @ T(u[..., k:])
    core = lower_part(T(first_l) @ dl, -1) + upper_part(du @ T(first_u))
    core = solve_triangular(first_l, core, "T", lower=True, unit_diagonal=True)
    dx = T(solve_triangular(first_u, T(core)))
    dx = np.concatenate([dx, *rest], axis=-2 if m > k else -1) if rest else dx
    return T(permutation(order, a)) @ dx


@primitive(rules=[lu_dx], several=True)
def lu_parts(a, *, check_finite=True):
    """The order of the rows, and the two factors."""
    p, *factors = linalg.lu(a, check_finite=check_finite, p_indices=True)
    return np.argsort(p, axis=-1), *factors


@composite(linalg.lu)
def lu(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    """The triple (p, l, u) of a = p l u; with `permute_l` (p l, u); p as rows with `p_indices`.

    >>> lu([[0.0, 1.0], [2.0, 0.0]])[2]
    array([[2., 0.],
           [0., 1.]])
    """
    order, low, u = lu_parts(array(a), check_finite=check_finite)
    p = T(permutation(order, value(low)))
    if permute_l:
        return p @ low, u
    return (np.argsort(order, axis=-1).astype(np.int32) if p_indices else p), low, u


def lu_factor_dx(dys, ys, a, **_):
    lu, piv = ys
    m, n = a.shape[-2:]
    k = min(m, n)
    unit = np.eye(m, k, dtype=lu.real.dtype)
    parts = order_of_rows(piv, m), lower_part(lu[..., :k], -1) + unit, upper_part(lu[..., :k, :])
    dys = None, lower_part(dys[0][..., :k], -1), upper_part(dys[0][..., :k, :])
    return lu_dx(dys, parts, a)


def order_of_rows(piv, m):
    """The order of all m rows; of the last ones none was swapped by itself."""
    rest = np.broadcast_to(np.arange(piv.shape[-1], m), (*piv.shape[:-1], m - piv.shape[-1]))
    return order_of(np.concatenate([piv, rest], axis=-1))


@primitive(rules=[lu_factor_dx], several=True)
def lu_factor(a, overwrite_a=False, check_finite=True):
    """The pair that lu_solve takes: both factors in one matrix, and the swaps of rows.

    >>> lu_factor([[4.0]])[0]
    array([[4.]])
    """
    return tuple(linalg.lu_factor(a, check_finite=check_finite))


# QR: SciPy's factors are handed to a primitive whose rule sees the gradients of both at once

MODES = {"full": "complete", "economic": "reduced"}


def qr_joined_dx(dz, z, a, *, factors, mode, places):
    if places is None:
        return qr_dx(dz, z, a, mode)
    return qr_dx(dz, z, a @ T(places), mode) @ places


@primitive(rules=[qr_joined_dx])
def qr_joined(a, *, factors, mode, places):
    return joined(a, factors)


@composite(linalg.qr)
def qr(a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    """The factors (q, r) of a = q r, with `pivoting` also the order of the columns.

    `mode` is "full", "economic" or "r" (without q); "raw" has no gradient.

    >>> abs(qr([[3.0], [4.0]], mode="r")[0])
    array([[5.],
           [0.]])
    """
    if mode == "raw":
        raise NotImplementedError('qr has no gradient for mode="raw"; use "full" or "economic"')
    shape = "full" if mode == "r" else mode
    q, r, *order = linalg.qr(value(a), False, lwork, shape, pivoting, check_finite)
    places = permutation(order[0], value(a)) if pivoting else None
    z = qr_joined(a, factors=(q, r), mode=MODES[shape], places=places)
    q, r = qr_parts(z, a, MODES[shape])
    return (r, *order) if mode == "r" else (q, r, *order)


def rq_parts(z, a, mode):
    m, n = a.shape[-2:]
    k = n if mode == "full" else min(m, n)
    return parted(a, z, (m, k), (k, n))


def rq_dx(dz, z, a, *, factors, mode):
    """Read from behind, a^H = q^H r^H is a factorisation of the other kind."""
    turned = H(a)[..., ::-1]
    parts = (rq_parts(x, a, mode) for x in (z, of_kind(dz, z)))
    z, dz = (joined(a, (H(q)[..., ::-1], H(r)[..., ::-1, ::-1])) for r, q in parts)
    return H(qr_dx(dz, z, turned, MODES[mode])[..., ::-1])


@primitive(rules=[rq_dx])
def rq_joined(a, *, factors, mode):
    return joined(a, factors)


@composite(linalg.rq)
def rq(a, overwrite_a=False, lwork=None, mode="full", check_finite=True):
    """The factors (r, q) of a = r q; `mode` as for qr, with "r" for r alone.

    >>> abs(rq([[3.0, 4.0]], mode="economic")[0])
    array([[5.]])
    """
    shape = "full" if mode == "r" else mode
    factors = linalg.rq(value(a), False, lwork, shape, check_finite)
    r, q = rq_parts(rq_joined(a, factors=factors, mode=shape), a, shape)
    return r if mode == "r" else (r, q)


# Singular values


def svd_joined_dx(dz, z, a, *, factors, full_matrices):
    return svd_dx(dz, z, a, full_matrices)


@primitive(rules=[svd_joined_dx])
def svd_joined(a, *, factors, full_matrices):
    return joined(a, factors)


@primitive(rules=[lambda dy, y, a, **_: svdvals_dx(dy, y, a)])
def singular_values(a, *, check_finite=True, lapack_driver="gesdd"):
    return linalg.svd(a, compute_uv=False, check_finite=check_finite, lapack_driver=lapack_driver)


@composite(linalg.svd)
def svd(
    a,
    full_matrices=True,
    compute_uv=True,
    overwrite_a=False,
    check_finite=True,
    lapack_driver="gesdd",
):
    """The factors (u, s, vh) of a = u diag(s) vh, or s alone.

    >>> svd([[3.0, 0.0], [0.0, -2.0]], compute_uv=False)
    array([3., 2.])
    """
    options = {"check_finite": check_finite, "lapack_driver": lapack_driver}
    if not compute_uv:
        return singular_values(a, **options)
    factors = linalg.svd(value(a), full_matrices, **options)
    z = svd_joined(a, factors=tuple(factors), full_matrices=full_matrices)
    return tuple(svd_parts(z, a, full_matrices))


@composite(linalg.svdvals)
def svdvals(a, overwrite_a=False, check_finite=True):
    """The singular values, the largest first.

    >>> svdvals([[3.0, 0.0], [0.0, -2.0]])
    array([3., 2.])
    """
    return singular_values(array(a), check_finite=check_finite)
