"""How a function of SciPy is given a gradient here: as a primitive with rules, or a composite."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import numpy as np

from knetpy.autograd.primitive import Primitive, table
from knetpy.autograd.values import Array

__all__ = ["array", "composite", "vector"]


def composite(f: Callable[..., Any]) -> Callable[[Callable[..., Any]], Primitive]:
    """Let the decorated body, made of functions with rules, stand in for SciPy's `f` under diff.

    >>> @composite(np.linalg.trace)
    ... def trace(x): return np.einsum("ii", x)
    >>> trace(np.eye(2)), trace
    (np.float64(2.0), <primitive trace>)
    """

    def row(body: Callable[..., Any]) -> Primitive:
        new = Primitive(f, None, body=body)
        new.name = body.__name__
        table[new] = update_wrapper(new, body)  # type: ignore[assignment]
        return new

    return row


def array(x: Any) -> Any:
    """`x` with the methods of an array: itself, if it is one of ours.

    >>> array([1, 2]).shape
    (2,)
    """
    return x if isinstance(x, Array) else np.asarray(x)


def vector(x: Any) -> Any:
    """`x` as an array of one axis at least.

    >>> vector(3).shape
    (1,)
    """
    x = array(x)
    return x.reshape(1) if x.ndim == 0 else x
