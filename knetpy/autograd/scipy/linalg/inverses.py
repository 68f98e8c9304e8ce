"""What is read off decompositions: inverses, determinants, norms, the nearest unitary matrix.

Source:  Giles 2008; Golub and Pereyra 1973 (pinv); Kenney and Laub 1991 (polar)
"""

import numpy as np
from scipy import linalg

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.decompositions import (
    H,
    det_dx,
    entrywise_dx,
    inv_dx,
    pinv_dx,
    whole,
)
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .equations import SHORT, STRUCTURES
from .matrix_equations import solve_sylvester

__all__ = [
    "det",
    "inv",
    "norm",
    "orthogonal_procrustes",
    "pinv",
    "pinvh",
    "polar",
]


def structured_inv_dx(dy, y, a, *, assume_a=None, **_):
    structure = STRUCTURES.get(SHORT.get(assume_a, assume_a))
    return structure(inv_dx(dy, y, a), a) if structure else inv_dx(dy, y, a)


@primitive(rules=[structured_inv_dx])
def inv(a, overwrite_a=False, check_finite=True, *, assume_a=None, lower=False):
    """The inverse; `assume_a` names the structure of a, from SciPy 1.17 on.

    >>> inv([[4.0]])
    array([[0.25]])
    """
    options = {} if assume_a is None else {"assume_a": assume_a, "lower": lower}
    return linalg.inv(a, check_finite=check_finite, **options)


@primitive(rules=[lambda dy, y, a, **_: det_dx(dy, y, a)])
def det(a, overwrite_a=False, check_finite=True):
    """The determinant.

    >>> det([[4.0]])
    np.float64(4.0)
    """
    return linalg.det(a, check_finite=check_finite)


def pinv_rule(hermitian):
    def dx(dy, y, a, *, atol=None, rtol=None, **_):
        """SciPy drops what is at most atol + rtol * s[0], NumPy what is at most rcond * s[0]."""
        largest = np.linalg.norm(value(a), 2, (-2, -1)) if a.size else 0
        rtol = max(a.shape[-2:]) * float(np.finfo(a.dtype).eps) if rtol is None else rtol
        rcond = rtol + (atol or 0) / np.where(largest == 0, 1, largest)
        return pinv_dx(dy, y, a, rcond=rcond, hermitian=hermitian)

    return dx


@primitive(rules=[pinv_rule(False)])
def pseudo_inverse(a, *, atol=None, rtol=None, check_finite=True):
    return linalg.pinv(a, atol=atol, rtol=rtol, check_finite=check_finite)


@composite(linalg.pinv)
def pinv(a, *, atol=None, rtol=None, return_rank=False, check_finite=True):
    """The pseudo-inverse of Moore and Penrose, with `return_rank` and how many values it kept.

    >>> pinv([[4.0], [0.0]])
    array([[0.25, 0.  ]])
    """
    options = {"atol": atol, "rtol": rtol, "check_finite": check_finite}
    y = pseudo_inverse(array(a), **options)
    return (y, linalg.pinv(value(a), return_rank=True, **options)[1]) if return_rank else y


@primitive(rules=[pinv_rule(True)])
def hermitian_pseudo_inverse(a, *, atol=None, rtol=None, lower=True, check_finite=True):
    return linalg.pinvh(a, atol, rtol, lower, check_finite=check_finite)


@composite(linalg.pinvh)
def pinvh(a, atol=None, rtol=None, lower=True, return_rank=False, check_finite=True):
    """The pseudo-inverse of a Hermitian matrix, of which one triangle is read.

    >>> pinvh([[4.0, 0.0], [0.0, 0.0]])
    array([[0.25, 0.  ],
           [0.  , 0.  ]])
    """
    options = {"atol": atol, "rtol": rtol, "lower": lower, "check_finite": check_finite}
    y = hermitian_pseudo_inverse(array(a), **options)
    return (y, linalg.pinvh(value(a), return_rank=True, **options)[1]) if return_rank else y


@primitive(rules=[lambda dy, y, a, **_: entrywise_dx(dy, y, a)])
def euclidean(a, *, ord=None, check_finite=True):
    return linalg.norm(a, ord, check_finite=check_finite)


@composite(linalg.norm)
def norm(a, ord=None, axis=None, keepdims=False, check_finite=True):
    """A norm of vectors or matrices, as numpy.linalg.norm.

    >>> float(norm([3.0, 4.0]))
    5.0
    """
    if check_finite:
        np.asarray_chkfinite(value(a))
    if axis is None and not keepdims and ord in (None, 2, "fro") and (ord != 2 or a.ndim == 1):
        return euclidean(a, ord=ord, check_finite=False)
    return np.linalg.norm(a, ord, axis, keepdims)


# Nearest unitary matrices


def unitary_dx(du, u, a):
    """The gradient of the unitary factor of `a`, by Sylvester's equation p z + z p = u^H du."""
    if a.shape[-2] < a.shape[-1]:
        return H(unitary_dx(H(du), H(u), H(a)))
    u = u.conj()
    p = H(u) @ a.conj()
    of_u = H(u) @ du
    z = solve_sylvester(p, p, of_u)
    dx = u @ (z - H(z))
    outside = du - u @ of_u if a.shape[-2] > a.shape[-1] else None
    return dx if outside is None else dx + H(np.linalg.solve(p, H(outside)))


def polar_dx(dys, ys, a, *, side="right"):
    """p is u^H a or a u^H, so its gradient goes to both."""
    (du, dp), u = whole(dys, ys), ys[0]
    if side == "right":
        return of_kind(unitary_dx(du + a.conj() @ H(dp), u, a) + u.conj() @ dp, a)
    return of_kind(unitary_dx(du + H(dp) @ a.conj(), u, a) + dp @ u.conj(), a)


@primitive(rules=[polar_dx], several=True)
def polar(a, side="right"):
    """The factors (u, p) of a = u p, or with side="left" of a = p u: u unitary, p semidefinite.

    >>> polar([[-4.0]])
    (array([[-1.]]), array([[4.]]))
    """
    return linalg.polar(a, side)


def product_dx(dys, ys, a, b):
    """The gradient of a^H b, the sum of whose singular values is that of r^H a^H b."""
    (dr, dscale), r = whole(dys, ys), ys[0]
    return unitary_dx(dr, r, H(a) @ b) + dscale * r.conj()


@primitive(
    rules=[
        lambda dys, ys, a, b, **_: of_kind(b.conj() @ H(product_dx(dys, ys, a, b)), a),
        lambda dys, ys, a, b, **_: of_kind(a.conj() @ product_dx(dys, ys, a, b), b),
    ],
    several=True,
)
def orthogonal_procrustes(A, B, check_finite=True):
    """The unitary r of least |A r - B|, and the sum of the singular values of A^H B.

    >>> orthogonal_procrustes(np.eye(1), -2 * np.eye(1))
    (array([[-1.]]), np.float64(2.0))
    """
    return linalg.orthogonal_procrustes(A, B, check_finite)
