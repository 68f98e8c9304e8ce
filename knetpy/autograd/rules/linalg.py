"""Linear algebra: products of every rank."""

from functools import lru_cache, partial
from math import prod

import numpy as np

from knetpy.autograd.primitive import primitive, rewrite, table, zerograd

from .places import together


def flat(x):
    """All but the last axis as one; nothing is left to be inferred, for a size may be 0."""
    return x.reshape(prod(x.shape[:-1]), x.shape[-1])


def matmul_da(dy, y, a, b):
    if b.ndim == 1:
        return (dy if a.ndim == 1 else dy[..., None]) * b
    if a.ndim == 1:
        return (b @ dy[..., None])[..., 0]
    return PRODUCT.call(dy, b.T if b.ndim == 2 else b.swapaxes(-1, -2))


def matmul_db(dy, y, a, b):
    if a.ndim == 1:
        return a * dy if b.ndim == 1 else a[:, None] * dy[..., None, :]
    if b.ndim == 1:
        return flat(a).T @ dy.reshape(-1)
    if b.ndim == 2:
        return PRODUCT.call(a.T, dy) if a.ndim == 2 else PRODUCT.call(flat(a).T, flat(dy))
    return PRODUCT.call(a.swapaxes(-1, -2), dy)


def dot_da(dy, y, a, b):
    """As matmul's, where dot is the same; else the last axis with the last but one."""
    if 1 <= a.ndim <= 2 and 1 <= np.ndim(b) <= 2:
        return matmul_da(dy, y, a, b)
    return tensordot_dx(0, dy, y, a, b, dot_axes(a, b))


def dot_db(dy, y, a, b):
    if 1 <= np.ndim(a) <= 2 and 1 <= b.ndim <= 2:
        return matmul_db(dy, y, a, b)
    return tensordot_dx(1, dy, y, a, b, dot_axes(a, b))


def dot_axes(a, b):
    return ((), ()) if not (np.ndim(a) and np.ndim(b)) else ((-1,), (-min(2, b.ndim),))


def inner_axes(a, b):
    return ((-1,), (-1,)) if np.ndim(a) and np.ndim(b) else ((), ())


def tensordot_dx(i, dy, y, a, b, axes=2):
    """dy against the other array over the axes that it has from it, then the axes put in place."""
    if not isinstance(axes, int):
        axes = tuple(np.ravel(axes[0]).tolist()), tuple(np.ravel(axes[1]).tolist())
    free, order = tensordot_plan(i, np.ndim(a), np.ndim(b), axes)
    return (np.tensordot(a, dy, free) if i else np.tensordot(dy, b, free)).transpose(order)


@lru_cache(4096)
def tensordot_plan(i, m, n, axes):
    """The axes to sum for the gradient of array `i`, and where its own then stand."""
    if isinstance(axes, int):
        axes = range(m - axes, m), range(axes)
    mine, theirs = [k % m for k in axes[0]], [k % n for k in axes[1]]
    free, rest = ([k for k in range(d) if k not in s] for d, s in ((m, mine), (n, theirs)))
    if i:
        order = [theirs[mine.index(k)] for k in sorted(mine)] + rest
        return (free, range(len(free))), inverse(order)
    order = free + [mine[theirs.index(k)] for k in sorted(theirs)]
    return (range(len(free), len(free) + len(rest)), rest), inverse(order)


def inverse(order):
    return sorted(range(len(order)), key=order.__getitem__)


def vdot_dx(dy, other, x):
    return dy * np.reshape(other, x.shape)


def vecdot_db(dy, y, a, b, axis=-1, keepdims=False):
    dy = np.moveaxis(dy, axis, -1) if keepdims else dy[..., None]
    return np.moveaxis(dy * np.moveaxis(a.conj(), axis, -1), -1, axis % b.ndim - b.ndim)


def vecdot_da(dy, y, a, b, axis=-1, keepdims=False):
    return vecdot_db(dy.conj(), y, b, a, axis, keepdims)


def line(x, dy):
    """The entries of an array or a number."""
    return together(dy, x)[1].reshape(-1)


def kron_dx(dy, other, x, first):
    """Every axis of dy is one of the first array times one of the second."""
    x, other = together(x, other)
    n = max(x.ndim, other.ndim)
    mine, theirs = ((1,) * (n - a.ndim) + a.shape for a in (x, other))
    both = zip(mine, theirs, strict=True) if first else zip(theirs, mine, strict=True)
    parts = dy.reshape([k for pair in both for k in pair])
    axes = list(range(1 if first else 0, 2 * n, 2))
    return np.tensordot(parts, other.reshape(theirs), (axes, list(range(n)))).reshape(x.shape)


@primitive(rules=[lambda dy, y, a, b: turned(b, dy), lambda dy, y, a, b: turned(dy, a)])
def turned(a, b):
    """The cross product of vectors of length 3 on the last axis."""
    return np.cross(a, b)


@rewrite(np.cross)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Vectors of length 2, which NumPy is giving up, get a third entry of 0."""
    if axis is not None:
        axisa = axisb = axisc = axis
    if not (np.ndim(a) and np.ndim(b)):
        raise ValueError("cross needs vectors, got a number")
    a, b = together(a, b)
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if not {np.shape(a)[-1], np.shape(b)[-1]} <= {2, 3}:
        raise ValueError(f"cross needs vectors of length 2 or 3, got shapes {a.shape}, {b.shape}")
    y = turned(in_space(a), in_space(b))
    return y[..., 2] if a.shape[-1] == b.shape[-1] == 2 else np.moveaxis(y, -1, axisc)


def in_space(a):
    flat = a.shape[-1] == 2
    return np.concatenate([a, np.zeros_like(a[..., :1])], axis=-1) if flat else a


def einsum_operands(*args, **options):
    """The operands, and the subscripts with every ellipsis written out."""
    if isinstance(args[0], str):
        subscripts, arrays = args[0].replace(" ", ""), args[1:]
    else:
        arrays = args[: len(args) // 2 * 2 : 2]
        lists = [letters(sub) for sub in args[1::2]]
        subscripts = ",".join(lists[: len(arrays)])
        if len(args) % 2:
            subscripts += "->" + letters(args[-1])
    if "..." in subscripts or "->" not in subscripts:
        ndims = map(np.ndim, arrays) if "..." in subscripts else ()
        subscripts = explicit(subscripts, tuple(ndims))
    return arrays, {"subscripts": subscripts, **options}


def letters(sub):
    return "".join("..." if i is Ellipsis else ALPHABET[i] for i in sub)


ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@lru_cache(4096)
def explicit(subscripts, ndims):
    """Subscripts with an output, and with letters in place of an ellipsis."""
    inputs, arrow, output = subscripts.partition("->")
    terms, dots = inputs.split(","), ""
    spare = [c for c in reversed(ALPHABET) if c not in subscripts]
    if "..." in inputs:
        widths = [n - len(t.replace("...", "")) for t, n in zip(terms, ndims, strict=True)]
        most = max(w for t, w in zip(terms, widths, strict=True) if "..." in t)
        dots = "".join(spare[:most])
        terms = [t.replace("...", dots[most - w :]) for t, w in zip(terms, widths, strict=True)]
    if arrow and dots and "..." not in output:
        return subscripts  # for NumPy to refuse
    if not arrow:
        joined = inputs.replace("...", "").replace(",", "")
        output = "..." + "".join(c for c in sorted(set(joined)) if joined.count(c) == 1)
    return ",".join(terms) + "->" + output.replace("...", dots)


def einsum_dx(i, dy, y, *arrays, subscripts, optimize=False, dtype=None, casting=None, order=None):
    """dy against all other operands; letters summed alone are repeated, doubled ones diagonal."""
    backwards, mine, single, found = einsum_plan(subscripts, i)
    dx = np.einsum(backwards, dy, *arrays[:i], *arrays[i + 1 :], optimize=optimize)
    x = arrays[i]
    if dx.shape == x.shape and mine == found:
        return dx
    widths = dict(zip(found, dx.shape, strict=True))
    sizes = {
        c: n if widths.get(c, 1) == 1 else widths[c] for c, n in zip(mine, x.shape, strict=True)
    }
    dx = dx.reshape([widths.get(c, 1) for c in single])
    dx = np.broadcast_to(dx, [sizes[c] for c in single])
    return dx if single == mine else on_diagonal(dx, single, mine, sizes)


@lru_cache(4096)
def einsum_plan(subscripts, i):
    """The subscripts of the gradient; the letters of array `i`, each once, and those it finds."""
    inputs, _, output = subscripts.partition("->")
    terms = inputs.split(",")
    mine = terms.pop(i)
    single = "".join(dict.fromkeys(mine))
    found = "".join(c for c in single if c in output or any(c in t for t in terms))
    return f"{','.join([output, *terms])}->{found}", mine, single, found


def on_diagonal(dx, single, mine, sizes):
    """`dx` with letters `single` at the places of `mine` where doubled letters agree."""
    shape = [sizes[c] if c not in mine[:k] else 1 for k, c in enumerate(mine)]
    dx = dx.reshape(shape)
    for k, c in enumerate(mine):
        if c in mine[:k]:
            eye = np.diag(np.ones_like(dx, shape=(sizes[c],)))
            first = mine.index(c)
            dx = dx * eye.reshape([sizes[c] if j in (first, k) else 1 for j in range(len(mine))])
    return dx


def matvec(a, v):
    return (a @ v[..., None])[..., 0]


# fmt: off
primitive(np.matmul,    matmul_da, matmul_db)
primitive(np.dot,       dot_da, dot_db)
primitive(np.inner,     lambda dy, y, a, b: tensordot_dx(0, dy, y, a, b, inner_axes(a, b)),
                        lambda dy, y, a, b: tensordot_dx(1, dy, y, a, b, inner_axes(a, b)))
primitive(np.outer,     lambda dy, y, a, b: (dy @ line(b, dy)).reshape(a.shape),
                        lambda dy, y, a, b: (line(a, dy) @ dy).reshape(b.shape), broadcast=False)
primitive(np.kron,      lambda dy, y, a, b: kron_dx(dy, b, a, True),
                        lambda dy, y, a, b: kron_dx(dy, a, b, False))
primitive(np.vdot,      lambda dy, y, a, b: vdot_dx(dy, b, a).conj(),
                        lambda dy, y, a, b: vdot_dx(dy, np.conj(a), b))
primitive(np.vecdot,    vecdot_da, vecdot_db)
primitive(np.tensordot, partial(tensordot_dx, 0), partial(tensordot_dx, 1))
primitive(np.einsum,    einsum_dx, spread=einsum_operands,
                        call=lambda *arrays, subscripts, **options:
                            np.einsum(subscripts, *arrays, **options))
if hasattr(np, "matvec"):  # NumPy 2.2
    primitive(np.matvec,    lambda dy, y, a, v: dy[..., None] * v[..., None, :],
                            lambda dy, y, a, v: matvec(a.swapaxes(-1, -2), dy))
    primitive(np.vecmat,    lambda dy, y, v, a: matvec(a, dy).conj(),
                            lambda dy, y, v, a: v.conj()[..., None] * dy[..., None, :])
# fmt: on

zerograd(np.einsum_path)
PRODUCT = table[np.matmul]  # whose `call` may be a faster one than the operator's
