"""Linear algebra: products of every rank."""

from math import prod

import numpy as np

from knetpy.autograd.primitive import primitive


def flat(x):
    """All but the last axis as one; nothing is left to be inferred, for a size may be 0."""
    return x.reshape(prod(x.shape[:-1]), x.shape[-1])


def matmul_da(dy, y, a, b):
    if b.ndim == 1:
        return (dy if a.ndim == 1 else dy[..., None]) * b
    if a.ndim == 1:
        return (b @ dy[..., None])[..., 0]
    return dy @ (b.T if b.ndim == 2 else b.swapaxes(-1, -2))


def matmul_db(dy, y, a, b):
    if a.ndim == 1:
        return a * dy if b.ndim == 1 else a[:, None] * dy[..., None, :]
    if b.ndim == 1:
        return flat(a).T @ dy.reshape(-1)
    if b.ndim == 2:
        return a.T @ dy if a.ndim == 2 else flat(a).T @ flat(dy)
    return a.swapaxes(-1, -2) @ dy


def dot_axes(a, b):
    return ((), ()) if not (np.ndim(a) and np.ndim(b)) else ((-1,), (-min(2, b.ndim),))


def axis_lists(a, b, axes):
    """The summed axes of `a` and of `b`, none negative."""
    if isinstance(axes, int):
        axes = range(np.ndim(a) - axes, np.ndim(a)), range(axes)
    mine, theirs = ((i,) if isinstance(i, int) else i for i in axes)
    return [i % a.ndim for i in mine], [j % b.ndim for j in theirs]


def tensordot_da(dy, y, a, b, axes=2):
    mine, theirs = axis_lists(a, b, axes)
    free = [i for i in range(np.ndim(a)) if i not in mine]
    rest = [j for j in range(np.ndim(b)) if j not in theirs]
    da = np.tensordot(dy, b, axes=(range(len(free), np.ndim(dy)), rest))
    return da.transpose(np.argsort(free + [mine[theirs.index(j)] for j in sorted(theirs)]).tolist())


def tensordot_db(dy, y, a, b, axes=2):
    mine, theirs = axis_lists(a, b, axes)
    free = [i for i in range(np.ndim(a)) if i not in mine]
    rest = [j for j in range(np.ndim(b)) if j not in theirs]
    db = np.tensordot(a, dy, axes=(free, range(len(free))))
    return db.transpose(np.argsort([theirs[mine.index(i)] for i in sorted(mine)] + rest).tolist())


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
    return arrays, {"subscripts": explicit(subscripts, arrays), **options}


def letters(sub):
    return "".join("..." if i is Ellipsis else ALPHABET[i] for i in sub)


ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def explicit(subscripts, arrays):
    """Subscripts with an output, and with letters in place of an ellipsis."""
    inputs, arrow, output = subscripts.partition("->")
    terms = inputs.split(",")
    spare = [c for c in reversed(ALPHABET) if c not in subscripts]
    widths = [np.ndim(x) - len(t.replace("...", "")) for t, x in zip(terms, arrays, strict=True)]
    dots = "".join(
        spare[: max([w for t, w in zip(terms, widths, strict=True) if "..." in t] + [0])]
    )
    terms = [t.replace("...", dots[len(dots) - w :]) for t, w in zip(terms, widths, strict=True)]
    if arrow and dots and "..." not in output:
        return subscripts  # for NumPy to refuse
    if not arrow:
        joined = inputs.replace("...", "").replace(",", "")
        output = "..." + "".join(c for c in sorted(set(joined)) if joined.count(c) == 1)
    return ",".join(terms) + "->" + output.replace("...", dots)


def einsum_dx(i, dy, y, *arrays, subscripts, optimize=False, dtype=None, casting=None, order=None):
    """dy against all other operands; letters summed alone are repeated, doubled ones diagonal."""
    inputs, _, output = subscripts.partition("->")
    terms = inputs.split(",")
    mine, x = terms[i], arrays[i]
    others = [(t, a) for k, (t, a) in enumerate(zip(terms, arrays, strict=True)) if k != i]
    known = set(output).union(*(t for t, _ in others)) if others else set(output)
    single = "".join(dict.fromkeys(mine))
    found = "".join(c for c in single if c in known)
    inputs = ",".join([output, *(t for t, _ in others)])
    dx = np.einsum(f"{inputs}->{found}", dy, *(a for _, a in others), optimize=optimize)
    widths = dict(zip(found, dx.shape, strict=True))
    sizes = {
        c: n if widths.get(c, 1) == 1 else widths[c] for c, n in zip(mine, x.shape, strict=True)
    }
    dx = dx.reshape([widths.get(c, 1) for c in single])
    dx = np.broadcast_to(dx, [sizes[c] for c in single])
    return dx if single == mine else on_diagonal(dx, single, mine, sizes)


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


# fmt: off
primitive(np.matmul,    matmul_da, matmul_db)
primitive(np.dot,       lambda dy, y, a, b: tensordot_da(dy, y, a, b, dot_axes(a, b)),
                        lambda dy, y, a, b: tensordot_db(dy, y, a, b, dot_axes(a, b)))
primitive(np.tensordot, tensordot_da, tensordot_db)
primitive(np.einsum,    einsum_dx, spread=einsum_operands,
                        call=lambda *arrays, subscripts, **options:
                            np.einsum(subscripts, *arrays, **options))
# fmt: on
