"""Writing into Results while recording: the Result is rebound to a new recorded value.

Nothing on the tape is overwritten: `x[i] = v` records a copy of x with v in it, and x stands for
that from then on.  What was computed from x before keeps what it saw, and so do views of it.
"""

from typing import Any

import numpy as np

from .primitive import primitive, unbroadcast
from .sparse import repeats
from .values import Result, value

__all__ = ["added", "assign", "rebind", "require_cast", "write", "written", "written_over"]


def written_dv(dy: Any, y: Any, x: Any, v: Any, index: Any) -> Any:
    """Where a place is written twice, the last write stays, and has the gradient."""
    dv = dy[index]
    if repeats(index):
        turn = np.cumsum(np.ones_like(dv, dtype=np.int64)).reshape(dv.shape)
        last = written(np.zeros_like(y, dtype=np.int64), turn, index=index)[index]
        dv = dv * (last == turn)
    return fitted(dv, v)


def fitted(dv: Any, v: Any) -> Any:
    """`dv` in the shape of `v`, which was broadcast and may have had more leading ones."""
    dv = dv.reshape((1,) * (v.ndim - dv.ndim) + dv.shape)
    return dv if dv.shape == v.shape else unbroadcast(dv, v.shape)


@primitive(rules=[lambda dy, y, x, v, index: written(dy, 0, index=index), written_dv])
def written(x: Any, v: Any, *, index: Any) -> Any:
    """A copy of `x` with `v` at `index`.

    >>> written(np.array([1.0, 2.0, 3.0]), 5.0, index=1)
    array([1., 5., 3.])
    """
    y = x.copy()
    y[index] = v
    return y


@primitive(rules=[lambda dy, y, x, v, index: dy, lambda dy, y, x, v, index: fitted(dy[index], v)])
def added(x: Any, v: Any, *, index: Any) -> Any:
    """A copy of `x` with `v` added at `index`; to a place named twice, both times.

    >>> added(np.array([1.0, 2.0, 3.0]), 5.0, index=[1, 1])
    array([ 1., 12.,  3.])
    """
    y = x.copy()
    np.add.at(y, index, v)
    return y


def write(x: Any, index: Any, v: Any) -> None:
    """`x[index] = v`."""
    if isinstance(value(x), np.generic):
        raise TypeError(f"a scalar of {x.dtype} cannot be written into; compute a new one")
    rebind(x, written(x, v, index=index))


def assign(x: Any, y: Any) -> Any:
    """`x`, rebound to the outcome `y` of an operation: what `out=x` and `x += …` do."""
    require_cast(y, x)
    if type(y) is Result and y.value.shape == x.shape and y.value.dtype == x.dtype:
        rebind(x, y)
    else:
        write(x, ..., y)
    return x


def written_over(results: Any, y: Any) -> Any:
    """The Results given as out=, each of them now standing for its part of `y`.

    >>> written_over((), 3.0)
    3.0
    """
    if len(results) < 2:
        return assign(results[0], y) if results else y
    return tuple(part if x is None else assign(x, part) for x, part in zip(results, y, strict=True))


def rebind(x: Result, y: Any) -> None:
    """Let `x` stand for `y`, which is plain where nothing records any more."""
    if type(y) is Result:
        x.value, x.recording, x.index = y.value, y.recording, y.index
    else:
        x.value = y


def require_cast(x: Any, to: Any, casting: Any = "same_kind") -> None:
    """What NumPy's operations ask before they write; an assignment by index asks nothing."""
    if hasattr(x, "dtype") and not np.can_cast(x.dtype, to.dtype, casting):
        raise TypeError(
            f"cannot write {x.dtype} into an array of {to.dtype} with casting {casting!r}; "
            f"take astype({str(to.dtype)!r}) first"
        )
