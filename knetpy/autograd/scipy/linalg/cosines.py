"""The decomposition of a unitary matrix of four blocks by cosines and sines.

X = u C v^H moves along unitary matrices alone, so that u^H dX (C v^H)^H, u^H du and v^H dv are
antihermitian, the latter two in blocks.  C turns planes, each of one upper and one lower vector; a
vector without a partner is a plane of the angle 0 or pi/2 with one half missing.  Between two
planes that makes two equations for each half of du and of dv, to be solved unless their angles are
equal; within a plane it makes one for its angle, and for its phases one is left free.
Source:  Sutton 2009, Computing the complete CS decomposition, for the form; the rule is ours
"""

from math import inf

import numpy as np
from numpy.linalg import LinAlgError
from scipy import linalg

from knetpy.autograd.dispatch import plain
from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.rules.decompositions import (
    H,
    diagonal,
    require_invariance,
    whole,
)
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy.known import stacked
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

__all__ = ["cossin"]

NAME = "scipy.linalg.cossin"


class Planes:
    """The plane of each vector, as matrices of ones: upper and lower vectors of u, those of v."""

    def __init__(self, m, p, q, dtype):
        r = min(p, q, m - p, m - q)
        sizes = np.array([r, min(p, q), min(m - p, m - q), min(p, m - q), min(m - p, q)])
        sizes[1:] -= r
        pairs, above, below, right, left = np.split(np.arange(sizes.sum()), sizes.cumsum()[:-1])
        one = np.eye(sizes.sum(), dtype=dtype)
        self.u = one[[*above, *pairs, *right]], one[[*below, *pairs, *left]]
        self.v = one[[*above, *pairs, *left]], one[[*below, *pairs, *right]]
        self.one, self.pairs = one, one[pairs]
        self.still, self.turned = one[[*above, *below]].sum(0), one[[*right, *left]].sum(0)

    def cosines(self, theta, swap_sign):
        """Of all planes, and the sines, which turn the other way with `swap_sign`."""
        s = np.sin(theta) @ self.pairs + self.turned
        return np.cos(theta) @ self.pairs + self.still, -s if swap_sign else s


def blocks(x11, x12, x21, x22):
    rows = [x11, x12], [x21, x22]
    return np.concatenate([np.concatenate(row, axis=-1) for row in rows], axis=-2)


def placed(planes, x11, x12, x21, x22, right=None):
    """Matrices of planes as blocks of vectors."""
    up, low = planes.u
    v_up, v_low = right or planes.u
    return blocks(up @ x11 @ v_up.T, up @ x12 @ v_low.T, low @ x21 @ v_up.T, low @ x22 @ v_low.T)


def halves(places, x):
    """What belongs to upper vectors, and what to lower ones, as matrices of planes."""
    (up, low), k = places, len(places[0])
    return up.T @ x[..., :k, :k] @ up, low.T @ x[..., k:, k:] @ low


def middle(theta, planes, swap_sign):
    """The factor of cosines and sines."""
    c, s = (diagonal(x) for x in planes.cosines(theta, swap_sign))
    return placed(planes, c, -s, s, c, planes.v)


def outer(x, y):
    return x[..., :, None] * y[..., None, :]


def undetermined(gap, f1, f2, planes, size):
    """Which planes X does not tell from each other.

    Raises:  LinAlgError if the loss moves their vectors, or depends on what is free everywhere
    """
    alike = outer(planes.still, planes.still) + outer(planes.turned, planes.turned)
    require_invariance(NAME, (f1 + f2) * np.maximum(alike, planes.one), size)
    eps, gap = np.finfo(alike.dtype).eps, abs(value(gap))
    equal = gap <= 4 * len(alike) * eps
    least = eps**0.5 * max(1, abs(value(size)).max())
    wanted = equal & (alike == 0) & (abs(value(f1 - f2)) + abs(value(f1 + f2)) > least)
    if wanted.any():
        *_, i, j = (int(k[0]) for k in wanted.nonzero())
        raise LinAlgError(
            f"{NAME}: the angles of planes {i} and {j} are equal up to rounding"
            f"{', or their angle is 0 or pi/2' if i == j else ''}, so that their vectors are not "
            "determined and have no gradient; use the angles alone, or break the tie"
        )
    return equal


def cossin_dx(dys, ys, X, *, p, q, swap_sign):
    du, dtheta, dvh = whole(dys, ys)
    u, theta, vh = ys[0].conj(), ys[1], ys[2].conj()
    planes = Planes(X.shape[-1], p, q, theta.dtype)
    c, s = planes.cosines(theta, swap_sign)
    p1, p2 = halves(planes.u, H(u) @ du)
    q1, q2 = halves(planes.v, -dvh @ H(vh))
    cc, cs, sc, ss = outer(c, c), outer(c, s), outer(s, c), outer(s, s)
    h1, h2 = q1 + cc * p1 + ss * p2, q2 + ss * p1 + cc * p2
    f1, f2 = h1 - H(h1), h2 - H(h2)
    gap = sc * sc - cs * cs + planes.one * (2 * cs)
    equal = undetermined(gap, f1, f2, planes, np.concatenate([abs(du), abs(dvh)], axis=-1))
    inverse = 1 / (gap + np.where(equal, inf, 0).astype(theta.dtype))
    apart, phase = (1 - planes.one) * inverse, planes.one * inverse * (f1 - f2) / 4
    turn = diagonal((-dtheta if swap_sign else dtheta) / 2 @ planes.pairs)
    g12 = (cs * h1 + sc * h2) * apart - phase - turn
    g21 = turn - phase - (sc * h1 + cs * h2) * apart
    core = placed(planes, p1, g12, g21, p2)
    return of_kind(u @ ((core - H(core)) / 2) @ (H(u) @ X.conj()), X)


@primitive(rules=[cossin_dx], several=True)
def factors(X, *, p, q, swap_sign):
    """The matrices u and vh of both blocks, and the angles between them."""

    def of_one(x):
        (u1, u2), theta, (v1, v2) = linalg.cossin(x, p, q, separate=True, swap_sign=swap_sign)
        return linalg.block_diag(u1, u2), theta, linalg.block_diag(v1, v2)

    return stacked(of_one, X)


def whole_matrix(X, p, q):
    """The matrix and the size of its first block, of either form of the arguments."""
    if p or q:
        return array(X), int(p or 1), int(q or 1)
    parts = [np.atleast_2d(x) for x in X]
    return blocks(*parts), *parts[0].shape[-2:]


def parts_of(x, k):
    return x[..., :k, :k], x[..., k:, k:]


@composite(linalg.cossin)
def cossin(X, p=None, q=None, separate=False, swap_sign=False, compute_u=True, compute_vh=True):
    """The factors (u, cs, vh) of a unitary matrix X = u cs vh whose first block is p x q.

    `X` is the matrix, or its four blocks; u and vh are unitary, in two blocks, and cs consists of
    cosines and sines.  With `separate` it is ((u1, u2), angles in radians, (v1h, v2h)).
    The gradient is the one along unitary matrices.

    >>> abs(cossin(np.eye(2), 1, 1)[1])
    array([[1., 0.],
           [0., 1.]])
    """
    options = separate, swap_sign, compute_u, compute_vh
    known = linalg.cossin(plain(X), plain(p), plain(q), *options)
    X, p, q = whole_matrix(X, p, q)
    u, theta, vh = factors(X, p=p, q=q, swap_sign=swap_sign)
    if separate:
        found = parts_of(u, p), theta, parts_of(vh, q)
    else:
        found = u, middle(theta, Planes(X.shape[-1], p, q, theta.dtype), swap_sign), vh
    asked = compute_u, True, compute_vh
    return tuple(exactly(x, y) if a else y for x, y, a in zip(found, known, asked, strict=True))
