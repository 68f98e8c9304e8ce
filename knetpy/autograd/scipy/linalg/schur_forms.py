"""Schur forms of one matrix and of two.

    a = z t z^H:    z^H da z = dt + x t - t x,    dz = z x,    x = -x^H

What stands below the blocks of t is 0, which gives x column by column; inside of a block of a real
form, x keeps the form that LAPACK gives to blocks.  The phases of complex z are free.
"""

import numpy as np
from numpy.linalg import LinAlgError
from scipy import linalg

from knetpy.autograd.derivatives import vjp
from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.rules.decompositions import (
    H,
    T,
    diagonal_of,
    differences,
    joined,
    parted,
    require_invariance,
)
from knetpy.autograd.scipy.known import refused, stacked
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .matrix_equations import solve_sylvester

__all__ = ["ordqz", "qz", "rsf2csf", "schur"]


def blocks(t):
    """Where the diagonal blocks of a triangular form begin and end."""
    pairs = np.diagonal(value(t), -1) != 0
    starts = [k for k in range(len(t)) if k == 0 or not pairs[k - 1]]
    return list(zip(starts, [*starts[1:], len(t)], strict=True))


def in_form(x, spans):
    """`x` with zeros below the diagonal blocks."""
    inside = np.tri(len(x), dtype=bool).T.copy()
    for i, j in spans:
        inside[i:j, i:j] = True
    return np.where(inside, x, 0)


def column(x, above, like):
    """A column of blocks, filled with zeros to the height of `like`."""
    return np.concatenate([np.zeros_like(like, shape=(above, x.shape[-1])), x], axis=0)


def generator(x, i, like):
    """The skew matrix that turns i and i + 1 by `x`."""
    g = np.zeros((len(like), len(like)), value(like).real.dtype)
    g[i + 1, i], g[i, i + 1] = 1, -1
    return x * g


def require_phases_free(name, dys, ys, k):
    """Raise if the loss depends on the phases of the vectors; the first k results are forms."""
    (dforms, dvectors), (forms, vectors) = ((x[:k], x[k:]) for x in (dys, ys))
    if forms[0].dtype.kind == "c":
        change = sum((dz * z).sum(axis=-2) for dz, z in zip(dvectors, vectors, strict=True))
        for dt, t in zip(dforms, forms, strict=True):
            change = change + (dt * t).sum(axis=-2) - (dt * t).sum(axis=-1)
        require_invariance(name, change.imag, np.stack([np.abs(value(x)) for x in dys]))


# One matrix


def turn(m, t, spans):
    """The skew x for which m - x t + t x has the form of t."""
    low = np.zeros_like(m[:, :0])
    for i, j in spans:
        rest = m[j:, i:j] - low[j:] @ t[:i, i:j]
        solution = solve_sylvester(-t[j:, j:], t[i:j, i:j], rest) if j < len(t) else rest
        low = np.concatenate([low, column(solution, j, m)], axis=1)
    x = low - H(low)
    change = m - (x @ t - t @ x)
    for i in (i for i, j in spans if j == i + 2):
        size = t[i, i + 1] + t[i + 1, i]
        if value(size) == 0:
            raise LinAlgError(
                "scipy.linalg.schur: a block of two is normal, so that its vectors are free to "
                'turn and have no gradient; use output="complex"'
            )
        x = x + generator((change[i + 1, i + 1] - change[i, i]) / (2 * size), i, m)
    return x


def schur_change(e, ys):
    t, z = ys
    spans, m = blocks(t), H(z) @ e @ z
    x = turn(m, t, spans)
    return [in_form(m - (x @ t - t @ x), spans), z @ x]


def squares(a, z, k):
    """What was joined, as k matrices of the size of `a`."""
    return parted(a, z, *[a.shape] * k)


def schur_dx(dz, z, a, *, known):
    dys, ys = squares(a, dz, 2), squares(a, z, 2)
    require_phases_free("scipy.linalg.schur", dys, ys, 1)
    w = np.linalg.eigvals(value(ys[0]))
    differences("scipy.linalg.schur", w, np.ones_like(value(ys[0])))
    _, pull = vjp(lambda e: schur_change(e, ys), np.zeros_like(value(a)))
    return pull(dys)[0]


@primitive(rules=[schur_dx])
def schur_joined(a, *, known):
    return joined(a, known)


def schur_parts(a, known):
    return tuple(squares(a, schur_joined(a, known=known), 2))


@composite(linalg.schur)
def schur(a, output="real", lwork=None, overwrite_a=False, sort=None, check_finite=True):
    """The triangular t and the unitary z of a = z t z^H; with `sort` how many values it chose.

    Blocks of two stand on the diagonal of t where a real matrix has complex eigenvalues.

    >>> schur([[2.0]])[0]
    array([[2.]])
    """
    options = {"output": output, "lwork": lwork, "sort": sort, "check_finite": check_finite}

    def factors(a):
        t, z, *chosen = linalg.schur(value(a), **options)
        return *schur_parts(a, (t, z)), *chosen

    return stacked(factors, array(a))


@composite(linalg.rsf2csf)
def rsf2csf(T, Z, check_finite=True):
    """The complex Schur form and vectors, made of real ones.

    >>> rsf2csf(np.eye(1), np.eye(1))[0]
    array([[1.+0.j]])
    """

    def factors(t, z):
        known = linalg.rsf2csf(value(t), value(z), check_finite)
        return schur_parts(z @ t @ H(z), known)

    return stacked(factors, array(T), array(Z))


# Two matrices


def turns(ma, mb, aa, bb, spans):
    """The skew x and y for which ma - x aa + aa y, and so for b, has the form of aa."""
    lows = [np.zeros_like(ma[:, :0])] * 2
    for i, j in spans:
        if j == len(aa):
            lows = [np.concatenate([low, np.zeros_like(ma[:, i:j])], axis=1) for low in lows]
            break
        eye, small, equations, rests = np.eye(len(aa) - j), np.eye(j - i), [], []
        for m, t in ((ma, aa), (mb, bb)):
            left, right = np.kron(eye, T(t[i:j, i:j])), np.kron(t[j:, j:], small)
            equations.append(np.concatenate([left, -right], axis=1))
            rests.append((m[j:, i:j] - lows[0][j:] @ t[:i, i:j]).reshape(-1))
        rest = np.concatenate(rests)
        both = np.linalg.solve(np.concatenate(equations, axis=0), rest).reshape(2, -1, j - i)
        lows = [
            np.concatenate([low, column(part, j, ma)], axis=1)
            for low, part in zip(lows, both, strict=True)
        ]
    return tuple(low - H(low) for low in lows)


def inner_turns(change, bb, spans):
    """What x and y turn inside of blocks, where b is diagonal and not negative."""
    x, y = np.zeros_like(change), np.zeros_like(change)
    if change.dtype.kind == "c":
        phases = diagonal_of(change).imag / diagonal_of(bb).real
        return 1j * phases[:, None] * np.eye(len(bb)), y
    for i in (i for i, j in spans if j == i + 2):
        p, q, c, d = bb[i, i], bb[i + 1, i + 1], change[i, i + 1], change[i + 1, i]
        x = x - generator((q * c + p * d) / (q * q - p * p), i, bb)
        y = y - generator((p * c + q * d) / (q * q - p * p), i, bb)
    return x, y


def qz_change(ea, eb, ys):
    aa, bb, q, z = ys
    spans = blocks(aa)
    ma, mb = H(q) @ ea @ z, H(q) @ eb @ z
    x, y = turns(ma, mb, aa, bb, spans)
    more_x, more_y = inner_turns(mb - (x @ bb - bb @ y), bb, spans)
    x, y = x + more_x, y + more_y
    dforms = (in_form(m - (x @ t - t @ y), spans) for m, t in ((ma, aa), (mb, bb)))
    return [*dforms, q @ x, z @ y]


def require_pairs_apart(aa, bb):
    """Raise unless all eigenvalues differ, and no b is 0, whose phase would be free."""
    alpha, beta = linalg.eigvals(value(aa), value(bb), homogeneous_eigvals=True)
    size = np.hypot(abs(alpha), abs(beta))
    alpha, beta = alpha / size, beta / size
    gaps = abs(alpha[:, None] * beta - beta[:, None] * alpha) + np.eye(len(alpha))
    least = len(alpha) * np.finfo(aa.dtype).eps
    if gaps.min(initial=1) <= least or (aa.dtype.kind == "c" and abs(beta).min() <= least):
        raise LinAlgError(
            "scipy.linalg.qz: two eigenvalues are equal up to rounding, or b is singular, so that "
            "the vectors are not determined and have no gradient; use the values alone"
        )


def qz_rule(k):
    def dx(dz, z, a, b, *, known):
        dys, ys = squares(a, dz, 4), squares(a, z, 4)
        require_phases_free("scipy.linalg.qz", dys, ys, 2)
        require_pairs_apart(ys[0], ys[1])
        zeros = (np.zeros_like(value(x)) for x in (a, b))
        _, pull = vjp(lambda ea, eb: qz_change(ea, eb, ys), *zeros)
        return pull(dys)[k]

    return dx


@primitive(rules=[qz_rule(0), qz_rule(1)])
def qz_joined(a, b, *, known):
    return joined(a, known)


def qz_parts(a, b, known):
    return tuple(squares(a, qz_joined(a, b, known=known), 4))


@composite(linalg.qz)
def qz(
    A,
    B,
    output="real",
    lwork=None,
    sort=None,
    overwrite_a=False,
    overwrite_b=False,
    check_finite=True,
):
    """The triangular aa and bb, and the unitary q and z, of A = q aa z^H and B = q bb z^H.

    >>> qz([[2.0]], [[3.0]])[1]
    array([[3.]])
    """
    options = {"output": output, "lwork": lwork, "sort": sort, "check_finite": check_finite}

    def factors(a, b):
        return qz_parts(a, b, linalg.qz(value(a), value(b), **options))

    return stacked(factors, array(A), array(B))


SCALED = (
    "ordqz has no gradient for alpha and beta of complex pairs in a real form, which LAPACK scales "
    'as it likes; use output="complex", or the forms themselves'
)


@composite(linalg.ordqz)
def ordqz(
    A,
    B,
    sort="lhp",
    output="real",
    overwrite_a=False,
    overwrite_b=False,
    check_finite=True,
):
    """As qz, with the chosen eigenvalues first: (aa, bb, alpha, beta, q, z); alpha / beta are they.

    >>> ordqz([[2.0]], [[3.0]])[2]
    array([2.+0.j])
    """

    def factors(a, b):
        plain = value(a), value(b)
        aa, bb, *known, q, z = linalg.ordqz(*plain, sort, output, check_finite=check_finite)
        aa, bb, q, z = qz_parts(a, b, (aa, bb, q, z))
        diagonals = diagonal_of(aa), diagonal_of(bb)
        scaled = len(blocks(aa)) < len(aa)
        values = (
            refused(x, known=y, why=SCALED) if scaled else exactly(x, y)
            for x, y in zip(diagonals, known, strict=True)
        )
        return aa, bb, *values, q, z

    return stacked(factors, array(A), array(B))
