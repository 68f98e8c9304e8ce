"""Eigenvalues and vectors, also of two matrices.

    a v = w b v:    dw = v^H (da - w db) v
                    dv = v (F * (v^H da v - v^H db v w) - diag(v^H db v) / 2)

for Hermitian a and positive definite b, with F = 1 / (w_j - w_i); the other types and general
matrices are brought to a form that has a rule.
Source:  Giles 2008; Boeddeker et al. 2017, On the computation of complex-valued gradients
"""

import numpy as np
from scipy import linalg

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.decompositions import (
    H,
    T,
    diagonal,
    diagonal_of,
    differences,
    eig_dx,
    require_invariance,
    whole,
)
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .inverses import inv
from .parts import hermitian

__all__ = ["eig", "eigh", "eigvals", "eigvalsh"]


# Hermitian matrices


def embedded(x, start, size):
    """`x` as some of `size` last entries, zeros elsewhere."""
    before = np.zeros_like(x, shape=(*x.shape[:-1], start))
    after = np.zeros_like(x, shape=(*x.shape[:-1], size - start - x.shape[-1]))
    return np.concatenate([before, x, after], axis=-1)


def completed(dys, ys, a, b, **options):
    """All values and vectors, and the gradients with zeros for what a subset left out."""
    (dw, dv), (w, v), n = whole(dys, ys), ys, a.shape[-1]
    if w.shape[-1] == n:
        return (dw, dv), (w, v)
    ws, vs = eigh(a, b, **options)
    nearest = np.argmin(abs(value(ws) - value(w)[..., :1]), axis=-1) if w.size else np.zeros(1)
    start = int(nearest.flat[0])  # the same for a whole stack, or SciPy could not stack them
    end = start + w.shape[-1]
    ws = np.concatenate([ws[..., :start], w, ws[..., end:]], axis=-1)
    vs = np.concatenate([vs[..., :start], v, vs[..., end:]], axis=-1)
    return (embedded(dw, start, n), embedded(dv, start, n)), (ws, vs)


def cores(dys, ys):
    """What stands between conj(v) and v^T in the gradients of a and b."""
    (dw, dv), (w, v) = dys, (ys[0], ys[1].conj())
    core = diagonal(dw)
    if dv is None:
        return core, -core * w[..., None, :], v
    of_v = H(v) @ dv
    require_invariance("scipy.linalg.eigh", diagonal_of(of_v).imag, of_v)
    turn = of_v / differences("scipy.linalg.eigh", w, dv)
    core_a = core + (turn + H(turn)) / 2
    core_b = -(core + turn) * w[..., None, :] - diagonal(diagonal_of(of_v).real) / 2
    return core_a, core_b, v


def eigh_gradients(dys, ys, a, b, type=1, lower=True, **_):
    if dys[1] is not None:
        dys, ys = completed(dys, ys, a, b, type=type, lower=lower)
    core_a, core_b, v = cores(dys, ys)
    da = v @ core_a @ H(v)
    if b is None:
        return hermitian(da, a), None
    db = v @ core_b @ H(v)
    a_, b_ = filled(a, lower), filled(b, lower)
    if type == 2:
        da, db = T(b_) @ da @ T(b_), db + da @ T(a_ @ b_) + T(b_ @ a_) @ da
    elif type == 3:
        inverse = inv(b_)
        db = -T(inverse) @ db @ T(inverse)
    return hermitian(da, a), hermitian(db, b)


def filled(x, lower):
    """The Hermitian matrix of which one triangle is given."""
    mask = np.tri(*x.shape[-2:], -1, dtype=bool)
    x = x if lower else H(x)
    half = np.where(mask, x, 0)
    return half + H(half) + diagonal(diagonal_of(x).real)


@primitive(
    rules=[
        lambda dys, ys, a, b=None, **options: eigh_gradients(dys, ys, a, b, **options)[0],
        lambda dys, ys, a, b=None, **options: eigh_gradients(dys, ys, a, b, **options)[1],
    ],
    several=True,
)
def eigen_pairs(a, b=None, **options):
    return linalg.eigh(a, b, **options)


def values_rule(k):
    def dx(dy, y, a, b=None, *, type=1, lower=True, **options):
        vectors = eigh(a, b, type=type, lower=lower, **options)[1]
        return eigh_gradients((dy, None), (y, vectors), a, b, type, lower)[k]

    return dx


@primitive(rules=[values_rule(0), values_rule(1)])
def eigen_values(a, b=None, **options):
    return linalg.eigh(a, b, eigvals_only=True, **options)


@composite(linalg.eigh)
def eigh(
    a,
    b=None,
    *,
    lower=True,
    eigvals_only=False,
    overwrite_a=False,
    overwrite_b=False,
    type=1,
    check_finite=True,
    subset_by_index=None,
    subset_by_value=None,
    driver=None,
):
    """Eigenvalues, ascending, and vectors of a Hermitian matrix, or of a v = w b v.

    >>> eigh([[2.0, 0.0], [0.0, 1.0]], eigvals_only=True)
    array([1., 2.])
    """
    options = {"lower": lower, "type": type, "check_finite": check_finite, "driver": driver}
    options |= {"subset_by_index": subset_by_index, "subset_by_value": subset_by_value}
    f = eigen_values if eigvals_only else eigen_pairs
    return f(array(a), None if b is None else array(b), **options)


@composite(linalg.eigvalsh)
def eigvalsh(
    a,
    b=None,
    *,
    lower=True,
    overwrite_a=False,
    overwrite_b=False,
    type=1,
    check_finite=True,
    subset_by_index=None,
    subset_by_value=None,
    driver=None,
):
    """Eigenvalues, ascending, of a Hermitian matrix, or of a v = w b v.

    >>> eigvalsh([[2.0, 0.0], [0.0, 1.0]])
    array([1., 2.])
    """
    options = {"lower": lower, "type": type, "check_finite": check_finite, "driver": driver}
    options |= {"subset_by_index": subset_by_index, "subset_by_value": subset_by_value}
    return eigh(a, b, eigvals_only=True, **options)


# General matrices


def eig_gradients(dys, ys, a, b):
    """Right vectors are those of b^-1 a; left ones of (a b^-1)^H, with the values conjugated."""
    (dw, dleft, dright), (w, left, right) = whole(dys, ys), ys
    moved = dys[2] is not None
    inverse = None if b is None else inv(b)
    c = a if b is None else inverse @ a
    dc = eig_dx((dw, dright if moved else None), (w, right), c)
    da = dc if b is None else T(inverse) @ dc
    db = None if b is None else -da @ T(c)
    if dys[1] is None:
        return da, db
    e = a if b is None else a @ inverse
    de = H(eig_dx((None, dleft), (w.conj(), left), H(e)))
    da_left = de if b is None else de @ T(inverse)
    return da + da_left, None if b is None else db - T(e) @ da_left


@primitive(
    rules=[
        lambda dys, ys, a, b=None, **_: eig_gradients(dys, ys, a, b)[0],
        lambda dys, ys, a, b=None, **_: eig_gradients(dys, ys, a, b)[1],
    ],
    several=True,
)
def eig_parts(a, b=None, *, check_finite=True):
    """Values, left vectors, right vectors."""
    return linalg.eig(a, b, left=True, right=True, check_finite=check_finite)


@composite(linalg.eig)
def eig(
    a,
    b=None,
    left=False,
    right=True,
    overwrite_a=False,
    overwrite_b=False,
    check_finite=True,
    homogeneous_eigvals=False,
):
    """Eigenvalues and vectors of a general matrix, or of a v = w b v: (w, left, right) as asked.

    >>> eig([[2.0]], right=False)
    array([2.+0.j])
    """
    if homogeneous_eigvals:
        raise NotImplementedError("eig has no gradient for homogeneous_eigvals=True; divide them")
    b = None if b is None else array(b)
    w, vl, vr = eig_parts(array(a), b, check_finite=check_finite)
    if not (left or right):
        return w
    return (w, *[vl] * left, *[vr] * right)


@composite(linalg.eigvals)
def eigvals(a, b=None, overwrite_a=False, check_finite=True, homogeneous_eigvals=False):
    """Eigenvalues of a general matrix, or of a v = w b v.

    >>> eigvals([[2.0]])
    array([2.+0.j])
    """
    options = {"check_finite": check_finite, "homogeneous_eigvals": homogeneous_eigvals}
    return eig(a, b, right=False, **options)
