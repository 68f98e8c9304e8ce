"""The matrix product: large ones of float32 by oneDNN, all others by NumPy.

OpenBLAS shares out exactly the products above CROSSING, or VECTOR if one side is a vector; its
idle threads then spin for some 25 ms, and would hold the cores that oneDNN's own threads need.
From CROSSING on oneDNN is the faster one, too: by sgemm, or by a primitive where that is faster.
"""

from math import prod
from typing import Any

import numpy as np

from .onednn_library import Handle, Refused, library
from .onednn_primitives import LARGE, Ints, Primitive, described, lacks_memory, layout, plan
from .pointers import pointer, writable
from .pool import follow

__all__ = ["CROSSING", "VECTOR", "matmul"]

CROSSING, VECTOR = 2**18, 9216  # multiplications
STACK = 2**22  # those of a whole stack, which NumPy computes one by one
TURNED, WIDE = 2**20, 16  # those of a product with a transposed matrix, and its least side
SRC, DST, WEIGHTS = 1, 17, 33
FLOAT32 = np.dtype(np.float32)
ITEM = FLOAT32.itemsize
ARRAY, numpys = np.ndarray, np.matmul


def matmul(a: Any, b: Any, out: Any = None, **options: Any) -> Any:
    """The product that np.matmul gives.

    >>> a = np.ones((100, 100), "float32")
    >>> bool((matmul(a, a) == 100).all())
    True
    """
    if type(a) is type(b) is ARRAY and a.dtype is b.dtype is FLOAT32 and not options:
        if b.ndim == 2 <= a.ndim:
            size, n = a.size, a.size * b.shape[1]
            if n > CROSSING or n > VECTOR and (size == a.shape[-1] or n == size):
                if (y := large(a, b, out)) is not None:
                    return y
            if out is None and a.ndim == 2 and a.shape[1] == b.shape[0]:
                return a.dot(b)  # by the same call of BLAS, but sooner there than np.matmul
        elif out is None:
            return products(a, b)
    return numpys(a, b) if out is None and not options else numpys(a, b, out, **options)


def products(a: Any, b: Any) -> Any:
    """The product of two arrays of float32 that are no matrices, or stacks of them."""
    if b.ndim != a.ndim or a.ndim < 3 or a.shape[:-2] != b.shape[:-2]:
        return numpys(a, b)
    n, one = a.size * b.shape[-1], a.shape[-2] * b.shape[-2] * b.shape[-1]
    fit = (n > STACK or n >= one > CROSSING) and a.shape[-1] == b.shape[-2]
    return stacked(a, b) if fit else numpys(a, b)


def large(a: Any, b: Any, out: Any) -> Any:
    """The product by oneDNN; None where it does not take the arrays as they lie in memory."""
    c, (k, n) = library(), b.shape
    left = steps(a) if a.ndim == 2 else (b"N", k) if a.flags.carray else None
    right, shape = steps(b), (*a.shape[:-1], n)
    if c is None or not left or not right or a.shape[-1] != k or not takes(out, shape, a, b):
        return None
    follow()
    y = np.empty(shape, FLOAT32) if out is None else out
    (at, lda), (bt, ldb), m = left, right, y.size // n
    try:
        if left == (b"N", k) and right == (b"T", k) and sooner_turned(m, k, n):
            turned_plan(m, k, n)(a, b, y)
            return y
        c.sgemm(at, bt, m, n, k, 1, pointer(a), lda, pointer(b), ldb, 0, writable(y), n)
    except MemoryError as error:
        raise lacks_memory("matmul", (a, b), error) from error
    return y


def sooner_turned(m: int, k: int, n: int) -> bool:
    """Whether a product with a transposed matrix is a primitive's: sgemm takes up to five times
    as long for it, but not for few rows or columns, and a primitive is compiled for its shape.
    """
    return TURNED < m * k * n < LARGE and min(m, n) >= WIDE


@plan
def turned_plan(m: int, k: int, n: int) -> Primitive:
    a, b, y = layout((m, k)), layout((k, n), (1, 0)), layout((m, n))
    return Primitive(described("matmul", a, b, None, y), SRC, WEIGHTS, DST)


def stacked(a: Any, b: Any) -> Any:
    """The products of two stacks, all at once; NumPy's where there is no oneDNN."""
    try:
        if library() is None:
            raise Refused
        (left, turned), (right, other) = dense(a), dense(b)
        run = stack_plan(a.shape, turned, b.shape, other)
        run(left, right, y := np.empty((*a.shape[:-1], b.shape[-1]), FLOAT32))
    except Refused:
        return numpys(a, b)
    except MemoryError as error:
        raise lacks_memory("matmul", (a, b), error) from error
    return y


def dense(x: Any) -> tuple[Any, bool]:
    """A stack in dense memory, and whether its matrices lie there transposed.

    What lies in another order is copied, row by row: with strides oneDNN takes longer.
    """
    turned = abs(x.strides[-1]) > abs(x.strides[-2])
    y = x.swapaxes(-1, -2) if turned else x
    return y if y.flags.c_contiguous and y.flags.aligned else y.copy(), turned


@plan
def stack_plan(left: Ints, turned: bool, right: Ints, other: bool) -> Primitive:
    product = (*left[:-1], right[-1])
    a, b, y = (of_stack(s, t) for s, t in ((left, turned), (right, other), (product, False)))
    return Primitive(described("matmul", a, b, None, y), SRC, WEIGHTS, DST)


def of_stack(shape: Ints, turned: bool) -> Handle:
    """The layout of a stack, as one of three axes."""
    return layout((prod(shape[:-2]), *shape[-2:]), (0, 2, 1) if turned else (0, 1, 2))


def takes(out: Any, shape: tuple[int, ...], *arrays: Any) -> bool:
    """Whether a result may be written there while the arrays are read."""
    if out is None:
        return True
    ours = type(out) is np.ndarray and out.dtype == FLOAT32 and out.shape == shape
    return ours and out.flags.carray and not any(np.may_share_memory(out, x) for x in arrays)


def steps(x: Any) -> tuple[bytes, int] | None:
    """How a matrix lies in memory, in BLAS's words: transposed or not, and the leading step."""
    (rows, columns), (down, across) = x.shape, x.strides
    if not x.flags.aligned or down % ITEM or across % ITEM:
        return None
    down, across = down // ITEM, across // ITEM
    if (across == 1 or columns == 1) and (down >= columns or rows == 1):
        return b"N", max(down, columns)
    if (down == 1 or rows == 1) and (across >= rows or columns == 1):
        return b"T", max(across, rows)
    return None
