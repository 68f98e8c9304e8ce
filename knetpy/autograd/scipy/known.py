"""Results of SciPy that have no gradient, and functions of each matrix of a stack."""

from collections.abc import Callable
from typing import Any

import numpy as np

from knetpy.autograd.primitive import primitive

__all__ = ["refused", "stacked"]


def no_formula(dy: Any, y: Any, x: Any, *, known: Any, why: str) -> Any:
    raise NotImplementedError(why)


@primitive(rules=[no_formula])
def refused(x, *, known, why):
    """`known`, a result that may be used but not differentiated: a gradient of it raises `why`.

    >>> refused(np.float64(0.5), known=1.0, why="f has no gradient formula")
    1.0
    """
    return known


def stacked(f: Callable[..., Any], *arrays: Any) -> Any:
    """f of each matrix of stacks that broadcast, its results stacked again.

    >>> stacked(np.trace, np.ones((3, 2, 2)))
    array([2., 2., 2.])
    """
    batch = np.broadcast_shapes(*(x.shape[:-2] for x in arrays))
    if not batch:
        return f(*arrays)
    flat = [np.broadcast_to(x, batch + x.shape[-2:]).reshape(-1, *x.shape[-2:]) for x in arrays]
    parts = [f(*matrices) for matrices in zip(*flat, strict=True)]
    if isinstance(parts[0], tuple):
        return tuple(joined(list(part), batch) for part in zip(*parts, strict=True))
    return joined(parts, batch)


def joined(parts: list[Any], batch: tuple[int, ...]) -> Any:
    y = np.stack(parts)
    return y.reshape(batch + y.shape[1:])
