"""Functions of SciPy whose values are SciPy's to the bit, and whose gradients a body tells."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.errors import full_name, undifferentiable
from knetpy.autograd.primitive import Primitive
from knetpy.autograd.rules.composites import exactly

from .wrap import composite

__all__ = ["exact"]


def exact(f: Callable[..., Any], constant: str = "") -> Callable[[Callable[..., Any]], Primitive]:
    """Let the decorated body tell the gradient of `f`, which computes the value, and its errors.

    The body gets all arguments by name.  Those named in `constant` cannot be tracked.

    >>> @exact(np.linalg.trace)
    ... def trace(x): return np.einsum("ii", x)
    >>> trace(np.eye(2)), trace
    (np.float64(2.0), <primitive trace>)
    """

    def row(body: Callable[..., Any]) -> Primitive:
        signature = inspect.signature(body)

        @composite(f)
        @wraps(body)
        def both(*args: Any, **options: Any) -> Any:
            given = signature.bind(*args, **options).arguments
            for name in constant.split():
                if any_live(given.get(name)):
                    raise undifferentiable(full_name(f), name)
            require_no_array(full_name(f), given.get("output"))
            y = f(*plain(args), **plain(options))
            given |= given.pop("kwargs", {})
            return exactly(body(**given), y)

        return both

    return row


def require_no_array(name: str, output: Any) -> None:
    """Raise where SciPy would write into an array, or make integers, which no gradient passes."""
    if hasattr(output, "__array_function__"):
        raise NotImplementedError(
            f"{name} has no gradient for an array as output=; leave it out, and take the result"
        )
    if output is not None and np.dtype(output).kind not in "fc":
        raise NotImplementedError(
            f"{name} has no gradient for output={output!r}; take a float type"
        )
