"""QR factors of a matrix that changed, and products with the unitary factor.

The factors q and r that are changed stand for q r: the gradient goes to both by way of it.
"""

import numpy as np
from scipy import linalg

from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.rules.decompositions import H, qr_parts
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .factors import MODES, qr, qr_joined

__all__ = ["qr_delete", "qr_insert", "qr_multiply", "qr_update"]


def factors(a, known):
    """The factors of `a` that SciPy gave, which see each other's gradients."""
    q, r = known
    mode = MODES["full" if q.shape[-1] == q.shape[-2] else "economic"]
    return tuple(qr_parts(qr_joined(a, factors=(q, r), mode=mode, places=None), a, mode))


@composite(linalg.qr_update)
def qr_update(Q, R, u, v, overwrite_qruv=False, check_finite=True):
    """The factors of Q R + u v^H.

    >>> abs(qr_update(np.eye(1), np.eye(1), np.ones(1), np.ones(1))[1])
    array([[2.]])
    """
    Q, R, u, v = map(array, (Q, R, u, v))
    known = linalg.qr_update(*map(value, (Q, R, u, v)), check_finite=check_finite)
    u, v = (x[:, None] if x.ndim == 1 else x for x in (u, v))
    return factors(Q @ R + u @ H(v), known)


def places(k, p, size):
    """The k-th and the following p - 1 places, counted from the end if k is negative."""
    start = k + size if k < 0 else k
    return list(range(start, start + p))


@composite(linalg.qr_delete)
def qr_delete(Q, R, k, p=1, which="row", overwrite_qr=False, check_finite=True):
    """The factors of Q R without p rows or columns from number k on.

    >>> abs(qr_delete(np.eye(2), np.eye(2), 0)[1])
    array([[0., 1.]])
    """
    Q, R = array(Q), array(R)
    known = linalg.qr_delete(value(Q), value(R), k, p, which, check_finite=check_finite)
    a, axis = Q @ R, 0 if which == "row" else 1
    kept = np.setdiff1d(np.arange(a.shape[axis]), places(k, p, a.shape[axis]))
    return factors(a[kept] if axis == 0 else a[:, kept], known)


@composite(linalg.qr_insert)
def qr_insert(Q, R, u, k, which="row", rcond=None, overwrite_qru=False, check_finite=True):
    """The factors of Q R with the rows or columns u put in before number k.

    >>> abs(qr_insert(np.eye(1), np.eye(1), np.ones(1), 0)[1].round(4))
    array([[1.4142],
           [0.    ]])
    """
    Q, R, u = map(array, (Q, R, u))
    known = linalg.qr_insert(*map(value, (Q, R, u)), k, which, rcond, check_finite=check_finite)
    a, axis = Q @ R, 0 if which == "row" else 1
    u = np.expand_dims(u, axis) if u.ndim == 1 else u
    start = k + a.shape[axis] if k < 0 else k
    before, after = (a[:start], a[start:]) if axis == 0 else (a[:, :start], a[:, start:])
    return factors(np.concatenate([before, u, after], axis=axis), known)


@composite(linalg.qr_multiply)
def qr_multiply(
    a,
    c,
    mode="right",
    pivoting=False,
    conjugate=False,
    overwrite_a=False,
    overwrite_c=False,
):
    """c @ q and r (with `pivoting` the order, too) of a = q r; q @ c with mode="left".

    >>> abs(qr_multiply([[3.0], [4.0]], np.eye(2))[0])
    array([[0.6],
           [0.8]])
    """
    a, c = np.atleast_2d(array(a)), array(c)
    known, known_r, *order = linalg.qr_multiply(value(a), value(c), mode, pivoting, conjugate)
    q, r, *_ = qr(a, mode="economic", pivoting=pivoting)
    q = q.conj() if conjugate else q
    y = q @ c if mode == "left" else c @ q
    return exactly(y, known), exactly(r, known_r), *order
