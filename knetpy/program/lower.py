"""What a step of a program is in C: an operation of kernels/program.c on views of memory.

All is known from the run that was written down: shapes, strides, which arrays share memory.  A
step that only looks at an array in another way is nothing in C, which sees strides.
"""

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

import numpy as np

import knetpy.kernels as kernels
from knetpy.autograd.primitive import table
from knetpy.kernels.onednn_library import library
from knetpy.kernels.onednn_matmul import CROSSING, matmul, sooner_turned
from knetpy.kernels.program import KINDS

from .parts import is_ref
from .steps import Step
from .traced import Method
from .views import BOOL, FLOAT32, INT64, Matrix, Unfit, Values, View, matrices, require, view_of

__all__ = ["Lowered", "lowered"]

NUMBERS = (FLOAT32, BOOL)
REDUCING = ("axis", "dtype", "out", "keepdims")  # in this order in sums and means
POWERS = {2: "square", 0.5: "sqrt", -1: "reciprocal"}
ENTRYWISE = (
    "add subtract multiply divide maximum minimum greater greater_equal less less_equal negative "
    "square sqrt absolute reciprocal".split()
)


class Lowered(NamedTuple):
    """An operation in C: a and b are matrices that it reads, y and z views that it writes."""

    kind: int
    rows: int
    columns: int
    a: Matrix
    y: View
    b: Matrix | None = None
    z: View | None = None
    k: int = 0
    scale: float = 1.0


def lowered(step: Step, values: Values) -> list[Lowered] | None:
    """What a step is in C: an operation, nothing at all for a new view, or None if it is not."""
    try:
        return one(step, values)
    except Unfit:
        return None


def one(step: Step, values: Values) -> list[Lowered]:
    given = [view_of(x, values) for x in step.args]
    rest = {key: x for key, x in step.options.items() if key != "out"}
    handler = HANDLERS.get(step.f)
    if handler is None:
        y = view_of(step.out, values) if step.pure and is_ref(step.out) else None
        require(y and any(x and (x.memory, x.dtype) == (y.memory, y.dtype) for x in given))
        return []
    out = step.options.get("out", (step.out,))
    outs = out if isinstance(out, tuple) else (out,)
    return [handler(given, step, rest, [fresh(ref, values) for ref in refs_of(outs)], values)]


def refs_of(outs: Any) -> list[Any]:
    return [ref for out in outs for ref in (out if isinstance(out, tuple) else (out,))]


def fresh(ref: Any, values: Values) -> View:
    """A view that an operation may write: dense."""
    y = view_of(ref, values)
    if y is None or not y.is_dense():
        raise Unfit
    return y


def known(*views: View | None, dtypes: Any = (FLOAT32,)) -> list[View]:
    """The views, all of which must be C's, and of these dtypes."""
    found = [v for v in views if v is not None and v.dtype in dtypes]
    require(len(found) == len(views))
    return found


def entrywise(kind: str) -> Any:
    def handler(given: Any, step: Any, rest: Any, outs: Any, values: Any) -> Lowered:
        (y,), views = outs, known(*given, dtypes=NUMBERS)
        compares = kind.startswith(("greater", "less"))
        require(not rest, y.dtype == (BOOL if compares else FLOAT32))
        require(any(v.dtype == FLOAT32 for v in views))
        require(all(v == y or v.memory != y.memory for v in views))
        rows, columns, (_, *operands) = matrices(y.shape, [y, *views])
        a, b = operands[0], (*operands, None)[1]
        return Lowered(KINDS[kind], rows, columns, a, y, b)

    return handler


def power(given: Any, step: Any, rest: Any, outs: Any, values: Any) -> Lowered:
    """The powers that NumPy computes as something simpler."""
    exponent = step.args[1]
    require(type(exponent) in (int, float) and exponent in POWERS)
    y: Lowered = entrywise(POWERS[exponent])(given[:1], step, rest, outs, values)
    return y


def product(given: Any, step: Any, rest: Any, outs: Any, values: Any) -> Lowered:
    a, b = known(*given)
    (y,) = outs
    require(not rest, len(a.shape) == len(b.shape) == 2, y.dtype == FLOAT32)
    require(a.memory != y.memory != b.memory)
    (rows, k), columns = a.shape, b.shape[1]
    left, right = Matrix(a, *a.strides), Matrix(b, *b.strides)
    if rows * k * columns <= CROSSING:
        return Lowered(KINDS["product"], rows, columns, left, y, right, k=k)
    right_turned = right.across != 1
    require(library(), not (left.across == 1 and right_turned and sooner_turned(rows, k, columns)))
    return Lowered(KINDS["sgemm"], rows, columns, leading(left), y, leading(right), k=k)


def leading(m: Matrix) -> Matrix:
    """A matrix with the leading step of BLAS in `down`, and 1 in `across` unless it is turned."""
    rows, columns = m.view.shape
    if (m.across == 1 or columns == 1) and (m.down >= columns or rows == 1):
        return Matrix(m.view, max(m.down, columns), 1)
    require((m.down == 1 or rows == 1) and (m.across >= rows or columns == 1))
    return Matrix(m.view, max(m.across, rows), 0)


def reduced(given: Any, step: Any, rest: Any, outs: Any, values: Any) -> Lowered:
    """Sums and means over all axes, over the last ones, or over the first ones."""
    options = dict(zip(REDUCING, step.args[1:], strict=False), **rest)
    axis, keepdims = options.pop("axis", UNKNOWN), options.pop("keepdims", False)
    x, y = *known(given[0]), outs[0]
    require(not any(v is not None for v in options.values()), keepdims in (False, True))
    require(x.shape, x.is_dense(), y.dtype == FLOAT32, x.memory != y.memory)
    if axis is UNKNOWN:
        axis = 0 if step.f == np.add.reduce else None
    ndim = len(x.shape)
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    require(all(isinstance(a, int) for a in axes))
    gone = sorted(a % ndim for a in axes)
    n = prod(x.shape[a] for a in gone)
    scale, left = (1 / n if step.f in MEANS else 1.0), prod(x.shape) // n
    require(prod(y.shape) == left)
    if gone == list(range(ndim)):
        return Lowered(KINDS["total"], 1, n, Matrix(x), y, scale=scale)
    if gone == list(range(ndim - len(gone), ndim)):
        return Lowered(KINDS["row_sums"], left, n, Matrix(x), y, scale=scale)
    require(gone == list(range(len(gone))), scale == 1)
    return Lowered(KINDS["column_sums"], n, left, Matrix(x), y)


UNKNOWN: Any = object()


def same_ids(given: Any, step: Any, rest: Any, outs: Any, values: Any) -> Lowered:
    a, b = known(*given, dtypes=(INT64,))
    (y,) = outs
    require(not rest, y.dtype == BOOL)
    rows, columns, (_, left, right) = matrices(y.shape, [y, a, b])
    return Lowered(KINDS["same_ids"], rows, columns, left, y, right)


def copied(given: Any, step: Any, rest: Any, outs: Any, values: Any) -> Lowered:
    """A copy, and bools as floats, which they are in C already."""
    (x,), (y,) = known(given[0], dtypes=NUMBERS), outs
    require(not rest, y.dtype == FLOAT32, len(step.args) < 3)
    require(all(isinstance(d, (str, type, np.dtype)) and d == FLOAT32 for d in step.args[1:]))
    rows, columns, (_, a) = matrices(y.shape, [y, x])
    return Lowered(KINDS["copy"], rows, columns, a, y)


def of_rows(kind: str, extras: int = 0) -> Any:
    """A kernel of dense arrays, whose last axis makes the columns."""

    def handler(given: Any, step: Any, rest: Any, outs: Any, values: Any) -> Lowered:
        n = len(given) - extras
        views = known(*given[:n])
        require(not rest, all(v.is_dense() for v in views), step.args[n:] in ((), (-1,)))
        columns = views[0].shape[-1] if views[0].shape else 1
        rows = prod(views[0].shape) // columns
        a, b = Matrix(views[0]), Matrix(views[1]) if len(views) > 1 else None
        y, z = (*outs, None)[:2]
        return Lowered(KINDS[kind], rows, columns, a, y, b, z)

    return handler


def bias_relu(given: Any, step: Any, rest: Any, outs: Any, values: Any) -> Lowered:
    z, bias = known(*given)
    require(z.is_dense(), bias.is_dense())
    return Lowered(KINDS["bias_relu"], prod(z.shape[:-1]), z.shape[-1], Matrix(bias), z)


def nll(given: Any, step: Any, rest: Any, outs: Any, values: Any) -> Lowered:
    (scores,), (ids,), scale = known(given[0]), known(given[1], dtypes=(INT64,)), step.args[2]
    require(type(scale) is float, scores.is_dense(), ids.is_dense())
    (loss, likely), (rows, columns) = outs, scores.shape
    return Lowered(
        KINDS["nll"], rows, columns, Matrix(scores), likely, Matrix(ids), loss, scale=scale
    )


def nll_dx(given: Any, step: Any, rest: Any, outs: Any, values: Any) -> Lowered:
    (likely, scale), (ids,) = known(given[0], given[2]), known(given[1], dtypes=(INT64,))
    require(likely.is_dense(), ids.is_dense(), not scale.shape)
    rows, columns = likely.shape
    return Lowered(KINDS["nll_dx"], rows, columns, Matrix(likely), outs[0], Matrix(ids), scale)


# fmt: off
HANDLERS: dict[Any, Callable[..., Lowered]] = {
    **{getattr(np, name): entrywise(name) for name in ENTRYWISE},
    np.power: power, table[np.power].call: power,
    np.matmul: product, matmul: product,
    **dict.fromkeys((Method("sum"), Method("mean"), np.sum, np.mean, np.add.reduce), reduced),
    **dict.fromkeys((Method("copy"), np.copy, Method("astype")), copied),
    np.equal: same_ids,
    kernels.relu:         of_rows("relu"),
    kernels.relu_dx:      of_rows("relu_dx"),
    kernels.bias_relu:    bias_relu,
    kernels.bias_relu_dx: of_rows("bias_relu_dx"),
    kernels.sum_rows:     of_rows("column_sums"),
    kernels.softmax:      of_rows("softmax", 1),
    kernels.softmax_dx:   of_rows("softmax_dx", 1),
    kernels.nll:          nll,
    kernels.nll_dx:       nll_dx,
}
MEANS = {Method("mean"), np.mean}
# fmt: on
