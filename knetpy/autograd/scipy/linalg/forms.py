"""Hessenberg and LDL forms, balance, real forms of eigenvalues, sketches, and what is constant.

p a p^T = l d l^H:    l^-1 p da p^T l^-H = dd + w d + d w^H,    dl = l w
a = q h q^H:          the columns of q follow from the first one (Arnoldi 1951)
"""

import numpy as np
from numpy.linalg import LinAlgError
from scipy import linalg, sparse

from knetpy.autograd.derivatives import vjp
from knetpy.autograd.primitive import primitive, zerograd
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.rules.decompositions import H, T, diagonal, whole
from knetpy.autograd.scipy.known import stacked
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .eigen import filled
from .equations import solve
from .inverses import inv
from .parts import lower_part, upper_part

__all__ = [
    "bandwidth",
    "cdf2rdf",
    "clarkson_woodruff_transform",
    "hessenberg",
    "ishermitian",
    "issymmetric",
    "ldl",
    "matrix_balance",
]


# Hessenberg form


def arnoldi(a, signs):
    """The columns that follow from the first unit vector, each made orthogonal twice."""
    q = np.eye(len(a), 1, dtype=value(a).dtype)
    for sign in signs:
        w = a @ q[:, -1:]
        for _ in range(2):
            w = w - q @ (H(q) @ w)
        q = np.concatenate([q, w * (sign / np.sqrt((w * w.conj()).real.sum()))], axis=1)
    return q


def hessenberg_factors(a, **options):
    h, q = linalg.hessenberg(value(a), calc_q=True, **options)
    if len(a) < 3:
        return exactly(a, h), q
    beside = np.diagonal(h, -1).real
    if (abs(beside) <= np.finfo(h.dtype).eps * np.abs(h).max()).any():
        raise LinAlgError(
            "scipy.linalg.hessenberg: a number below the diagonal is 0 up to rounding, so that the "
            "following vectors are not determined and have no gradient"
        )
    mine = arnoldi(a, np.sign(beside))
    return exactly(upper_part(H(mine) @ a @ mine, -1), h), exactly(mine, q)


@composite(linalg.hessenberg)
def hessenberg(a, calc_q=False, overwrite_a=False, check_finite=True):
    """The h of a = q h q^H with one diagonal below the main one; with `calc_q` the pair (h, q).

    >>> hessenberg([[2.0]])
    array([[2.]])
    """
    factors = stacked(lambda a: hessenberg_factors(a, check_finite=check_finite), array(a))
    return factors if calc_q else factors[0]


# LDL form


def ldl_change(e, ys, order, lower, hermitian):
    """What both factors gain when the matrix gains a small `e`."""
    star, (lu, d) = (H if hermitian else T), ys
    factor = lu[order]
    inverse = inv(factor)
    m = inverse @ e[order][:, order] @ star(inverse)
    pairs = np.diagonal(value(d), -1) != 0
    block = np.cumsum(np.concatenate([[0], ~pairs]))
    outside = block[:, None] - block
    w = np.where(outside > 0 if lower else outside < 0, m, 0) @ inv(d)
    return [(factor @ w)[np.argsort(order)], np.where(outside == 0, m, 0)]


def ldl_dx(dys, ys, a, *, known, **options):
    _, pull = vjp(lambda e: ldl_change(e, ys, **options), np.zeros_like(value(a)))
    return pull(whole(dys, ys))[0]


@primitive(rules=[ldl_dx], several=True)
def ldl_parts(a, *, known, order, lower, hermitian):
    return known


@composite(linalg.ldl)
def ldl(A, lower=True, hermitian=True, overwrite_a=False, check_finite=True):
    """The triple (l, d, order) of A = l d l^H, reading one triangle; l[order] is triangular.

    With hermitian=False A = l d l^T.  The blocks of d have one or two rows.

    >>> ldl([[4.0]])[1]
    array([[4.]])
    """

    def factors(a):
        options = {"lower": lower, "hermitian": hermitian}
        *known, order = linalg.ldl(value(a), check_finite=check_finite, **options)
        if hermitian or a.dtype.kind != "c":
            full = filled(a, lower)
        else:
            half = lower_part(a, -1) if lower else upper_part(a, 1)
            full = half + T(half) + upper_part(lower_part(a))
        return *ldl_parts(full, known=tuple(known), order=list(order), **options), order

    return stacked(factors, np.atleast_2d(array(A)))


# Balance, real forms, sketches


@composite(linalg.matrix_balance)
def matrix_balance(A, permute=True, scale=True, separate=False, overwrite_a=False):
    """The pair (b, t) of b = t^-1 A t; t scales by powers of 2 and permutes, and is constant.

    With `separate` the pair (b, (scales, order)).

    >>> matrix_balance([[2.0]])[0]
    array([[2.]])
    """

    def factors(a):
        b, t = linalg.matrix_balance(value(a), permute, scale)
        small = t.astype(b.real.dtype)
        return exactly(solve(small, a @ small), b), t

    A = np.atleast_2d(array(A))
    b, t = stacked(factors, A)
    return (b, linalg.matrix_balance(value(A), permute, scale, True)[1]) if separate else (b, t)


@composite(linalg.cdf2rdf)
def cdf2rdf(w, v):
    """Eigenvalues as real blocks on a diagonal, and the real vectors that belong to them.

    >>> cdf2rdf(np.array([1j, -1j]), np.eye(2))[0]
    array([[ 0.,  1.],
           [-1., -0.]])
    """
    w, v = array(w), array(v)
    known = linalg.cdf2rdf(value(w), value(v))
    paired = np.iscomplex(value(w))
    count = np.cumsum(paired, axis=-1)
    pair, first = (count + 1) // 2, paired & (count % 2 == 1)
    same = paired[..., :, None] & paired[..., None, :] & (pair[..., :, None] == pair[..., None, :])
    eye = np.eye(w.shape[-1], dtype=bool)
    wr = diagonal(w.real) + np.where(same & ~eye, w.imag[..., None], 0)
    halves = np.where(first[..., None, :], np.where(first[..., :, None], 0.5j, -0.5j), 0.5)
    vr = (v @ np.where(same, halves, eye)).real
    return exactly(wr, known[0]), exactly(vr, known[1])


@composite(linalg.clarkson_woodruff_transform)
def clarkson_woodruff_transform(input_matrix, sketch_size, rng=None, *, seed=None):
    """Random sums of the rows, each row in one of them: for the same `rng` the same.

    >>> abs(clarkson_woodruff_transform(np.array([[2.0]]), 1))
    array([[2.]])
    """
    a = array(input_matrix)
    random = {"rng": rng} if seed is None else {"seed": seed}
    eye = sparse.eye_array(a.shape[0], format="csc")
    return linalg.clarkson_woodruff_transform(eye, sketch_size, **random) @ a


# Constants


@zerograd
def bandwidth(a):
    """How many diagonals below and above the main one have an entry.

    >>> bandwidth(np.array([[1.0, 0.0], [1.0, 1.0]]))
    (1, 0)
    """
    return linalg.bandwidth(a)


@zerograd
def ishermitian(a, atol=None, rtol=None):
    """Whether a matrix is its own conjugated transpose.

    >>> ishermitian(np.eye(2))
    True
    """
    return linalg.ishermitian(a, atol, rtol)


@zerograd
def issymmetric(a, atol=None, rtol=None):
    """Whether a matrix is its own transpose.

    >>> issymmetric(np.eye(2))
    True
    """
    return linalg.issymmetric(a, atol, rtol)
