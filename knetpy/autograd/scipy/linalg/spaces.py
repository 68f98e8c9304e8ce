"""Bases of the range and of the null space, angles between spaces, matrices of singular values.

A basis has a gradient as far as it is determined, which is the space alone: what turns the basis
within its space is refused.
Source:  Golub and Pereyra 1973, The differentiation of pseudo-inverses
"""

import numpy as np
from scipy import linalg

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.rules.decompositions import H, require_invariance
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy.wrap import array, composite, vector
from knetpy.autograd.values import value

from .factors import svdvals
from .inverses import pinv

__all__ = ["diagsvd", "null_space", "orth", "subspace_angles"]


def outward(name, dy, q):
    """The part of a gradient that turns the space of the basis `q`, and does not turn within."""
    turn = H(q) @ dy
    require_invariance(name, turn - H(turn), dy)
    return dy - q @ turn


def orth_dx(dy, y, A, rcond=None):
    q, inverse = y.conj(), pinv(A, rtol=rcond).conj()
    return of_kind(outward("scipy.linalg.orth", dy, q) @ H(inverse @ q), A)


@primitive(rules=[orth_dx])
def orth(A, rcond=None):
    """An orthonormal basis of the range, as columns.

    >>> abs(orth([[3.0], [4.0]]))
    array([[0.6],
           [0.8]])
    """
    return linalg.orth(A, rcond)


def null_space_dx(dy, y, A, rcond=None, **_):
    q, inverse = y.conj(), pinv(A, rtol=rcond).conj()
    return of_kind(-H(inverse) @ outward("scipy.linalg.null_space", dy, q) @ H(q), A)


@primitive(rules=[null_space_dx])
def null_space(A, rcond=None, *, overwrite_a=False, check_finite=True, lapack_driver="gesdd"):
    """An orthonormal basis of all x with A x = 0, as columns.

    >>> abs(null_space([[3.0, 0.0]]))
    array([[0.],
           [1.]])
    """
    return linalg.null_space(A, rcond, check_finite=check_finite, lapack_driver=lapack_driver)


@composite(linalg.subspace_angles)
def subspace_angles(A, B):
    """The angles between the ranges of two matrices in radians, the largest first.

    >>> subspace_angles([[1.0], [0.0]], [[1.0], [1.0]]).round(4)
    array([0.7854])
    """
    A, B = array(A), array(B)
    known = linalg.subspace_angles(value(A), value(B))
    a, b = orth(A), orth(B)
    a, b = (a, b) if a.shape[-1] >= b.shape[-1] else (b, a)
    cosines = svdvals(H(a) @ b)[..., ::-1]
    sines = svdvals(b - a @ (H(a) @ b))
    return exactly(np.arctan2(sines, cosines), known)


@composite(linalg.diagsvd)
def diagsvd(s, M, N):
    """The M x N matrix with the singular values s on its diagonal.

    >>> diagsvd([2.0], 1, 2)
    array([[2., 0.]])
    """
    s = vector(s)
    n = s.shape[-1]
    if n not in (M, N):
        raise ValueError("Length of s must be M or N.")
    part = np.where(np.eye(n, dtype=bool), s[..., None], 0)
    if n == M:
        rest = np.zeros_like(part, shape=(*part.shape[:-1], N - M))
        return np.concatenate([part, rest], axis=-1)
    rest = np.zeros_like(part, shape=(*part.shape[:-2], M - N, n))
    return np.concatenate([part, rest], axis=-2)
