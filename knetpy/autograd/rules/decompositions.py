"""Linear algebra: decompositions, equations, determinants, powers, norms.

Rules are the plain linear maps, the literature conjugates gradients: so its formulas stand here
with conjugated factors.  A matrix that NumPy takes for Hermitian gets a Hermitian gradient.
Vectors have a gradient as far as they are determined: not their phase, nor which of the vectors
that belong to one value they are; a loss that depends on such a choice is refused.

Source:  Giles 2008, Collected matrix derivative results; Ionescu et al. 2015 (svd, eigh);
         Walter et al. 2010 (qr); Golub & Pereyra 1973 (pinv); Murray 2016 (cholesky)
"""

import operator
from functools import cache
from itertools import accumulate, pairwise
from math import ceil, inf, log, log2, prod

import numpy as np
from numpy import linalg
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.linalg import LinAlgError

from knetpy.autograd.dispatch import require_plain
from knetpy.autograd.primitive import primitive, rewrite, zerograd
from knetpy.autograd.values import value

from .fft import of_kind
from .places import together
from .reductions import keep

# NumPy gives them no public name.
SVDResult, QRResult = type(linalg.svd(np.eye(1))), type(linalg.qr(np.eye(1)))


def T(x):
    return x.swapaxes(-1, -2)


def H(x):
    return x.conj().swapaxes(-1, -2)


def times_inverse(x, a):
    """x times the inverse of a^H."""
    return H(linalg.solve(a, H(x)))


def precision(x):
    """The dtype of the real and imaginary parts of `x`."""
    return np.finfo(x.dtype).dtype


def identity(n, x):
    """The identity of size `n`, real, in the precision and on the device of `x`."""
    return np.eye(n, dtype=precision(x), like=value(x))


def below(n, x):
    """Ones below the diagonal."""
    return np.tri(n, k=-1, dtype=precision(x), like=value(x))


def diagonal(x):
    """Matrices with the vectors `x` on their diagonals."""
    return x[..., None] * identity(x.shape[-1], x)


def diagonal_of(x):
    return np.einsum("...ii->...i", x)


def mirrored(x):
    """The Hermitian matrix with the lower triangle of `x`, and the real part of its diagonal."""
    n = x.shape[-1]
    half = x * (below(n, x) + identity(n, x) / 2)
    return half + H(half)


def whole(dys, ys):
    """The gradients of several results: zeros for None, real for a real result."""
    return [
        np.zeros_like(y) if dy is None else of_kind(dy, y) for dy, y in zip(dys, ys, strict=True)
    ]


# Several results in one array, so that a rule is asked once and sees the gradients of all


def joined(a, results):
    """What belongs to each matrix of the stack `a`, one after the other along the last axis."""
    stack = a.shape[:-2]
    flat = [x.reshape(*stack, prod(x.shape[len(stack) :])) for x in results]
    return np.concatenate(flat, axis=-1)


def parted(a, z, *shapes):
    stack, ends = a.shape[:-2], [0, *accumulate(map(prod, shapes))]
    pieces = [z[..., i:j] for i, j in pairwise(ends)]
    return [x.reshape(*stack, *shape) for x, shape in zip(pieces, shapes, strict=True)]


# What a decomposition does not determine


def rounding(x):
    """How far apart values must be, at least, to be told from each other."""
    x = abs(value(x))
    return x.shape[-1] * float(np.finfo(x.dtype).eps) * largest(x)[..., None]


def largest(x):
    """Along the last axis, 0 of none; CuPy's max knows no `initial`."""
    return x.max(axis=-1) if x.shape[-1] else x.sum(axis=-1)


def moved(dv):
    """Which vectors a gradient moves."""
    return (value(dv) != 0).any(axis=-2)


def differences(name, w, *dvs):
    """w[j] - w[i]; infinite where both are equal, for nothing turns one vector to the other.

    Raises:  LinAlgError if a gradient moves one of these vectors
    """
    plain = value(w)
    equal = abs(plain[..., None, :] - plain[..., :, None]) <= rounding(w)[..., None]
    for dv in dvs:
        wanted = equal & moved(dv)[..., None] & (1 - identity(w.shape[-1], w) > 0)
        if wanted.any():
            *_, i, j = (int(k[0]) for k in wanted.nonzero())
            raise LinAlgError(
                f"{name}: values {i} and {j} are equal up to rounding (their gap is "
                f"{float(abs(plain[..., i] - plain[..., j]).min()):.1e}), so that their vectors "
                "are not determined and have no gradient; use the values alone, or break the tie"
            )
    return w[..., None, :] - w[..., :, None] + np.where(equal, inf, 0).astype(precision(w))


def reciprocal(name, s, *dvs):
    """1 / s, and 0 where s is 0, for what then moves belongs to other vectors too.

    Raises:  LinAlgError if a gradient moves a vector of the value 0
    """
    none = value(s) <= rounding(s)
    if any((none & moved(dv)).any() for dv in dvs):
        raise LinAlgError(
            f"{name}: a singular value is 0 up to rounding, so that its vectors are not "
            "determined and have no gradient; use the values alone, or a matrix of full rank"
        )
    return 1 / (s + np.where(none, inf, 0).astype(precision(s)))


def require_invariance(name, change, dv):
    """Raise if the loss changes when vectors are turned as their decomposition leaves free."""
    change, dv = abs(value(change)), abs(value(dv))
    if change.size and change.max() > np.finfo(dv.dtype).eps ** 0.5 * max(1, dv.max()):
        raise LinAlgError(
            f"{name}: the loss depends on the phase or rotation of vectors that the decomposition "
            "leaves free, and so has no gradient; use what is the same for every choice, "
            "as abs(v)**2 and v @ v.conj().T are"
        )


def first(name, u, du, k):
    """The first k vectors, and a gradient for all: the others only make up the whole space.

    They turn against the first ones, d(rest) = -u d(u)^H rest, or freely among themselves.
    """
    rest, drest, u, du = u[..., k:], du[..., k:], u[..., :k], du[..., :k]
    if rest.shape[-1] == 0:
        return u, du
    turn = H(rest) @ drest
    require_invariance(name, turn - H(turn), drest)
    return u, du - rest @ (H(drest) @ u)


# Decompositions


def cholesky_dx(dy, y, a, upper=False):
    y, dy = (T(y), H(dy)) if upper else (y.conj(), dy)
    half = linalg.solve(H(y), mirrored(H(y) @ dy))
    return of_kind(times_inverse(half, H(y)) / 2, a)


def qr_dx(dz, z, a, mode):
    """Of a wide matrix, the first square part decides on q."""
    k = min(a.shape[-2:])
    (q, r), (dq, dr) = (qr_parts(x, a, mode) for x in (z, of_kind(dz, z)))
    q, dq = first("numpy.linalg.qr", q.conj(), dq, k)
    r, dr, drest = r[..., :k, :k].conj(), dr[..., :k, :k], dr[..., :k, k:]
    if drest.shape[-1]:
        dq = dq + a[..., k:].conj() @ H(drest)
    dx = times_inverse(dq + q @ mirrored(r @ H(dr) - H(dq) @ q), r)
    return of_kind(np.concatenate([dx, q @ drest], axis=-1) if drest.shape[-1] else dx, a)


@primitive(rules=[qr_dx])
def qr_whole(a, *, mode):
    return joined(a, linalg.qr(a, mode))


def qr_parts(z, a, mode):
    m, n = a.shape[-2:]
    k = m if mode == "complete" else min(m, n)
    return parted(a, z, (m, k), (k, n))


@rewrite(linalg.qr)
def qr(a, mode="reduced"):
    if mode == "r":
        return linalg.qr(a).R
    if mode not in ("reduced", "complete"):
        linalg.qr(value(a), mode)
        raise NotImplementedError(
            f"qr has no gradient for mode={mode!r}; use 'reduced', 'complete' or 'r'"
        )
    return QRResult(*qr_parts(qr_whole(a, mode=mode), a, mode))


def svd_dx(dz, z, a, full_matrices):
    name, (m, n), k = "numpy.linalg.svd", a.shape[-2:], min(a.shape[-2:])
    (u, s, vh), (du, ds, dvh) = (svd_parts(x, a, full_matrices) for x in (z, of_kind(dz, z)))
    u, du = first(name, u.conj(), du, k)
    v, dv = first(name, T(vh), H(dvh), k)
    inverse = reciprocal(name, s, *[du] * (m > k), *[dv] * (n > k))
    of_u, of_v = H(u) @ du, H(v) @ dv
    turn_u, turn_v = of_u - H(of_u), of_v - H(of_v)
    turns = 1 / differences(name, s, du, dv) / nonzero(s[..., None, :] + s[..., :, None])
    core = turn_u * turns * s[..., None, :] + s[..., :, None] * (turn_v * turns) + diagonal(ds)
    if a.dtype.kind == "c":
        require_invariance(name, diagonal_of(turn_u + turn_v), dz)
        core = core + diagonal(diagonal_of(turn_u) / 2 * inverse)
    left = u @ core + ((du - u @ of_u) * inverse[..., None, :] if m > k else 0)
    dx = left @ H(v)
    return of_kind(dx + u @ H((dv - v @ of_v) * inverse[..., None, :]) if n > k else dx, a)


@primitive(rules=[svd_dx])
def svd_whole(a, *, full_matrices):
    return joined(a, linalg.svd(a, full_matrices=full_matrices))


def svd_parts(z, a, full_matrices):
    (m, n), k = a.shape[-2:], min(a.shape[-2:])
    rows, columns = (m, n) if full_matrices else (k, k)
    u, s, vh = parted(a, z, (m, rows), (k,), (columns, n))
    return u, s.real if z.dtype.kind == "c" else s, vh


def svdvals_dx(dy, y, x):
    u, _, vh = linalg.svd(x, full_matrices=False)
    return of_kind(u.conj() * of_kind(dy, y)[..., None, :] @ vh.conj(), x)


@rewrite(linalg.svd)
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    if not (hermitian or compute_uv):
        return linalg.svdvals(a)
    if not hermitian:
        z = svd_whole(a, full_matrices=full_matrices)
        return SVDResult(*svd_parts(z, a, full_matrices))
    w, u = linalg.eigh(a) if compute_uv else (linalg.eigvalsh(a), None)
    order = np.argsort(abs(value(w)), axis=-1)[..., ::-1]
    place = np.arange(w.shape[-1], like=value(w))[:, None] == order[..., None, :]
    place = place.astype(precision(w))
    s = (abs(w)[..., None, :] @ place)[..., 0, :]
    if not compute_uv:
        return s
    vh = H(u * np.copysign(1, value(w))[..., None, :] @ place)
    return SVDResult(u @ place, s, vh)


def eigh_dx(dys, ys, a, UPLO="L"):
    (dw, dv), (w, v) = whole(dys, ys), (ys[0], ys[1].conj())
    core = diagonal(dw)
    if dys[1] is not None:
        of_v = H(v) @ dv
        gaps = differences("numpy.linalg.eigh", w, dv)
        require_invariance("numpy.linalg.eigh", diagonal_of(of_v).imag, of_v)
        core = core + (of_v - H(of_v)) / (2 * gaps)
    return of_kind(v @ core @ H(v), a)


def eigvalsh_dx(dy, y, a, UPLO="L"):
    v = linalg.eigh(a, UPLO)[1].conj()
    return of_kind(v * of_kind(dy, y)[..., None, :] @ H(v), a)


def eig_dx(dys, ys, a):
    """Eigenvectors have length 1, so what would lengthen them is taken out."""
    (dw, dv), (w, v) = whole(dys, ys), ys
    core = diagonal(dw)
    if dys[1] is not None:
        of_v = T(v) @ dv
        gaps = differences("numpy.linalg.eig", w, dv)
        require_invariance("numpy.linalg.eig", diagonal_of(of_v).imag, of_v)
        longer = T(v) @ v.conj() * diagonal_of(of_v).real[..., None, :]
        core = core + (of_v - longer) / gaps
    return of_kind(linalg.solve(T(v), core @ T(v)), a)


# Equations


def columns(b):
    return b[..., None] if b.ndim == 1 else b


def solve_db(dy, y, a, b):
    return linalg.solve(T(a), dy[..., None])[..., 0] if b.ndim == 1 else linalg.solve(T(a), dy)


def solve_da(dy, y, a, b):
    if b.ndim == 1:
        dy, y = dy[..., None], y[..., None]
    return -linalg.solve(T(a), dy) @ T(y)


def inv_dx(dy, y, a):
    return -T(y) @ dy @ T(y)


def pinv_dx(dy, y, a, rcond=None, hermitian=False, rtol=None):
    """-y^H dy y^H, and what its two spaces gain from the rest of all space as they turn."""
    y, b = y.conj(), (mirrored(a) if hermitian else a).conj()
    rest = left_out(b, y, rtol if rcond is None else rcond)
    right = series(y @ H(y), dy, rest)
    left = T(series(T(H(y) @ y), T(dy), None if rest is None else T(rest)))
    dx = H(right) - b @ (y @ H(right)) + H(left) - H(left) @ y @ b - H(y) @ dy @ H(y)
    if rest is not None:
        dx = dx + H(y) @ right @ rest + rest @ left @ H(y)
    return of_kind((dx + H(dx)) / 2 if hermitian else dx, a)


def left_out(a, y, rcond):
    """The part of `a` of which the pseudo-inverse `y` knows nothing; None if it is rounding."""
    if rcond is None or rcond is np._NoValue or a.size == 0:
        return None
    s = linalg.svd(value(a), compute_uv=False)
    cut = (rcond[..., None] if np.ndim(rcond) else rcond) * s.max(axis=-1, keepdims=True)
    return a - a @ y @ a if ((s <= cut) & (s > rounding(s))).any() else None


def series(a, x, rest):
    """The sum of a^(k + 1) x (rest rest^H)^k over all k, which solves inv(a) z - z rest rest^H = x.

    Source:  Smith 1968, Matrix equation XA + BX = C, doubling the number of terms in each step
    """
    x = a @ x
    if rest is None:
        return x
    size = linalg.norm(value(rest), 2, (-2, -1), keepdims=True) ** 2
    ratio = (size * linalg.norm(value(a), 2, (-2, -1), keepdims=True)).max()
    size = np.where(size == 0, 1, size)
    a, b = a * size, rest @ H(rest) / size
    for _ in range(ceil(log2(log(np.finfo(x.dtype).eps) / log(ratio)))):
        x = x + a @ x @ b
        a, b = a @ a, b @ b
    return x


def lstsq_da(dys, ys, a, b, rcond=None):
    (dx, dresiduals, _, ds), x, da = dys, columns(ys[0]), []
    if dx is not None:
        inverse = linalg.pinv(a, *cut(a, rcond))
        da.append(pinv_dx(columns(dx) @ T(columns(b)), inverse, a, *cut(a, rcond)))
    if dresiduals is not None and dresiduals.size:
        da.append(residuals_db(dresiduals, a, b, x) @ -T(x))
    if ds is not None:
        da.append(svdvals_dx(ds, ys[3], a))
    return of_kind(sum(da[1:], da[0]), a) if da else None


def lstsq_db(dys, ys, a, b, rcond=None):
    dx, dresiduals, _, _ = dys
    db = [] if dx is None else [T(linalg.pinv(a, *cut(a, rcond))) @ dx]
    if dresiduals is not None and dresiduals.size:
        db.append(residuals_db(dresiduals, a, b, columns(ys[0])).reshape(b.shape))
    return of_kind(sum(db[1:], db[0]), b) if db else None


def residuals_db(dy, a, b, x):
    """Of sum |b - a x|^2; x stands where this does not move with it."""
    return 2 * dy.real * (columns(b) - a @ x).conj()


def cut(a, rcond):
    """The positional rcond that makes pinv drop what lstsq does: its default, or none for < 0."""
    eps = float(np.finfo(a.dtype).eps)
    return (max(a.shape) * eps if rcond is None else eps if rcond < 0 else rcond,)


@rewrite(linalg.tensorsolve)
def tensorsolve(a, b, axes=None):
    a, b = together(a, b)
    if axes is not None:
        a = a.transpose([*(k for k in range(a.ndim) if k not in axes), *axes])
    shape = a.shape[np.ndim(b) - a.ndim :]
    if a.size != prod(shape) ** 2:
        raise LinAlgError(
            "tensorsolve needs prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim]), "
            f"got a of shape {a.shape} and b of shape {np.shape(b)}"
        )
    return linalg.solve(a.reshape(prod(shape), -1), np.reshape(b, -1)).reshape(shape)


@rewrite(linalg.tensorinv)
def tensorinv(a, ind=2):
    if ind <= 0:
        raise ValueError(f"tensorinv needs a positive ind, got {ind}")
    rows, shape = prod(a.shape[ind:]), a.shape[ind:] + a.shape[:ind]
    return linalg.inv(a.reshape(rows, -1)).reshape(shape)


# Determinants


def det_dx(dy, y, a):
    return dy[..., None, None] * cofactors(a, y)


def cofactors(a, det):
    """det(a) inv(a)^T; by minors where `a` is too near to a singular matrix for that."""
    usual, bad = a, value(det) == 0
    if a.size and bad.any():
        bad = bad & ~np.isfinite(linalg.cond(value(a), 1))  # or else it is 0 by underflow
        usual = np.where(bad[..., None, None], identity(a.shape[-1], a), a)
        det = linalg.det(usual)
    inverse = linalg.inv(usual)
    condition = size_of(usual) * size_of(inverse)
    bad = bad | ~(condition < np.finfo(a.dtype).eps ** -0.5)
    regular = det[..., None, None] * T(inverse)
    return np.where(bad[..., None, None], minors(a), regular) if bad.any() else regular


def size_of(a):
    return linalg.norm(value(a), 1, (-2, -1))


def minors(a):
    """The determinants without one row and one column each, with their signs."""
    others = [[j for j in range(a.shape[-1]) if j != i] for i in range(a.shape[-1])]
    rows = [linalg.det(np.moveaxis(a[..., i, :][..., others], -2, -3)) for i in others]
    places = np.arange(a.shape[-1], like=value(a))
    signs = 1 - 2 * ((places[:, None] + places) % 2)
    return np.stack(rows, axis=-2) * signs.astype(precision(a))


def slogdet_dx(dys, ys, a):
    dsign, dlog = whole(dys, ys)
    if a.dtype.kind == "c":
        dlog = dlog + 1j * (dsign * ys[0]).imag
    return dlog[..., None, None] * T(linalg.inv(a))


# Powers and products


@rewrite(linalg.matrix_power)
def matrix_power(a, n):
    """The same products as NumPy's; it also gives the constant result of n = 0, and the errors."""
    constant = linalg.matrix_power(value(a), n * 0)
    if n == 0:
        return constant
    a, n, result = linalg.inv(a) if n < 0 else a, abs(operator.index(n)), None
    if n == 3:
        return a @ a @ a
    while True:
        n, bit = divmod(n, 2)
        if bit:
            result = a if result is None else result @ a
        if n == 0:
            return result
        a = a @ a


@rewrite(linalg.multi_dot)
def multi_dot(arrays):
    if len(arrays) < 2:
        raise ValueError(f"multi_dot needs at least two arrays, got {len(arrays)}")
    if len(arrays) == 2:
        return np.dot(*arrays)
    if any(np.ndim(x) != 2 for x in arrays[1:-1]) or not {*map(np.ndim, arrays)} <= {1, 2}:
        raise LinAlgError(
            "multi_dot needs matrices, or vectors at the ends, "
            f"got {', '.join(f'{np.ndim(x)}-d' for x in arrays)}"
        )
    head, *middle, tail = together(*arrays)
    head = head[None] if np.ndim(head) == 1 else head
    tail = tail[:, None] if np.ndim(tail) == 1 else tail
    y = in_best_order([head, *middle, tail])
    shape = np.shape(arrays[0])[:-1] + np.shape(arrays[-1])[1:]
    return y.reshape(shape) if shape else y[0, 0]


def in_best_order(matrices):
    """The product with the fewest multiplications; ties cut off the first factor, as NumPy's."""
    sizes = [x.shape[0] for x in matrices] + [matrices[-1].shape[1]]

    @cache
    def best(i, j):
        """The cost of the product of matrices i to j, and after which one to cut it."""
        costs = [
            (best(i, k)[0] + best(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
            for k in range(i, j)
        ]
        return min(costs, default=(0, i))

    def product(i, j):
        if i == j:
            return matrices[i]
        k = best(i, j)[1]
        return np.dot(product(i, k), product(k + 1, j))

    return product(0, len(matrices) - 1)


# Norms


def entrywise_dx(dy, y, x, ord=None, axis=None, keepdims=False):
    """0 where the norm is 0; ties of the largest or smallest entries share evenly."""
    p = 2 if ord in (None, "fro", "f") else ord
    if p == 0:
        return np.zeros_like(x)
    dy, y, size = keep(of_kind(dy, y), x, axis, keepdims), keep(y, x, axis, keepdims), abs(x)
    if p in (inf, -inf):
        hit = (size == y).astype(precision(x))
        return dy * (hit / hit.sum(axis=axis, keepdims=True)) * x.conj() / nonzero(size)
    dx = np.where(y == 0, 0, dy) * x.conj() / nonzero(y)
    return dx if p == 2 else dx * np.where(size == 0, 0, (nonzero(size) / nonzero(y)) ** (p - 2))


def nonzero(x):
    return np.where(x == 0, 1, x)


@primitive(rules=[entrywise_dx])
def entrywise(x, *, ord=None, axis=None, keepdims=False):
    return linalg.norm(x, ord, axis, keepdims)


def singular(a):
    """Singular values, whose gradient is 0 at 0."""
    return abs(linalg.svd(a, compute_uv=False))


# fmt: off
MATRIX_NORMS = {
    1:     lambda a: largest(abs(a).sum(axis=-2)),
    -1:    lambda a: abs(a).sum(axis=-2).min(axis=-1),
    2:     lambda a: largest(singular(a)),
    -2:    lambda a: singular(a).min(axis=-1),
    inf:   lambda a: largest(abs(a).sum(axis=-1)),
    -inf:  lambda a: abs(a).sum(axis=-1).min(axis=-1),
    "nuc": lambda a: singular(a).sum(axis=-1),
}
# fmt: on


@rewrite(linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) != 2 or ord not in MATRIX_NORMS:
        return entrywise(x, ord=ord, axis=axis, keepdims=keepdims)
    y = MATRIX_NORMS[ord](np.moveaxis(x, axes, (-2, -1)))
    return np.expand_dims(y, axes) if keepdims else y


@rewrite(linalg.vector_norm)
def vector_norm(x, *, axis=None, keepdims=False, ord=2):
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    if len(axes) == 1:
        y = linalg.norm(x, axis=axes[0], ord=ord)
    else:
        rest = [i for i in range(x.ndim) if i not in axes]
        size = prod(x.shape[i] for i in axes)
        moved = x.transpose([*axes, *rest]).reshape(size, *(x.shape[i] for i in rest))
        y = linalg.norm(moved, axis=0, ord=ord)
    return np.expand_dims(y, axes) if keepdims else y


@rewrite(linalg.matrix_norm)
def matrix_norm(x, *, keepdims=False, ord="fro"):
    return linalg.norm(x, axis=(-2, -1), keepdims=keepdims, ord=ord)


@rewrite(linalg.cond)
def cond(x, p=None):
    """Where the matrix is singular, a constant infinity."""
    require_plain("numpy.linalg.cond", p=p)
    known = linalg.cond(value(x), p)
    lost = ~np.isfinite(known)
    if p in (None, 2, -2):
        s = linalg.svd(x, compute_uv=False)
        over, under = (s[..., -1], s[..., 0]) if p == -2 else (s[..., 0], s[..., -1])
        return np.where(lost, known, over / np.where(lost, 1, under))
    if lost.any():
        x = np.where(lost[..., None, None], identity(x.shape[-1], x), x)
    inverse = linalg.inv(x.astype(np.result_type(x.dtype, np.float64)))  # in double, as NumPy does
    y = linalg.norm(x, p, (-2, -1)).astype(np.float64) * linalg.norm(inverse, p, (-2, -1))
    return np.where(lost, known, y.astype(precision(x)))


# Products and parts


@rewrite(linalg.outer)
def outer(x1, x2):
    x1, x2 = together(x1, x2)
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(f"outer needs two vectors, got {np.ndim(x1)}-d and {np.ndim(x2)}-d")
    return x1[:, None] * x2[None]


@rewrite(linalg.cross)
def cross(x1, x2, *, axis=-1):
    x1, x2 = together(x1, x2)
    if (sizes := (x1.shape[axis], x2.shape[axis])) != (3, 3):
        raise ValueError(f"cross needs vectors of length 3, got lengths {sizes[0]} and {sizes[1]}")
    a, b = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    turns = ((1, 2), (2, 0), (0, 1))
    parts = [a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in turns]
    return np.stack(parts, axis=axis)


def vecdot_dx(dy, other, x, axis):
    dx = dy[..., None] * np.moveaxis(other, axis, -1)
    return np.moveaxis(dx, -1, axis % x.ndim - x.ndim)


@rewrite(linalg.matrix_transpose)
def matrix_transpose(x):
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose needs at least two axes, got shape {x.shape}")
    return T(x)


@rewrite(linalg.diagonal)
def diagonals(x, *, offset=0):
    rows = range(linalg.diagonal(value(x), offset=offset).shape[-1])
    return x[..., [i - min(offset, 0) for i in rows], [i + max(offset, 0) for i in rows]]


def trace_dx(dy, y, x, offset=0, dtype=None):
    places = np.eye(*x.shape[-2:], offset, dtype=precision(x), like=value(x))
    return dy[..., None, None] * places


# fmt: off
rewrite(linalg.matmul)   (lambda x1, x2: np.matmul(x1, x2))
rewrite(linalg.tensordot)(lambda x1, x2, *, axes=2: np.tensordot(x1, x2, axes=axes))
rewrite(linalg.eigvals)  (lambda a: linalg.eig(a).eigenvalues)  # in the order of its vectors

primitive(linalg.trace,    trace_dx)
primitive(linalg.vecdot,   lambda dy, y, a, b, axis=-1: vecdot_dx(dy.conj(), b.conj(), a, axis),
                           lambda dy, y, a, b, axis=-1: vecdot_dx(dy, a.conj(), b, axis))
primitive(linalg.cholesky, cholesky_dx)
primitive(linalg.eig,      eig_dx,     several=True)
primitive(linalg.eigh,     eigh_dx,    several=True)
primitive(linalg.eigvalsh, eigvalsh_dx)
primitive(linalg.svdvals,  svdvals_dx, call=lambda x: linalg.svd(x, compute_uv=False))
primitive(linalg.solve,    solve_da, solve_db)
primitive(linalg.lstsq,    lstsq_da, lstsq_db, several=True)
primitive(linalg.inv,      inv_dx)
primitive(linalg.pinv,     pinv_dx)
primitive(linalg.det,      det_dx)
primitive(linalg.slogdet,  slogdet_dx, several=True)
# fmt: on

zerograd(linalg.matrix_rank)
