"""Functions of SciPy whose values are SciPy's to the bit, and whose gradients a body tells."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from knetpy.autograd.dispatch import require_plain
from knetpy.autograd.errors import full_name
from knetpy.autograd.primitive import Primitive
from knetpy.autograd.rules.composites import exactly, known_by

from .wrap import composite

__all__ = ["exact"]


def exact(f: Callable[..., Any], constant: str = "") -> Callable[[Callable[..., Any]], Primitive]:
    """Let the decorated body tell the gradient of `f`, which computes the value, and its errors.

    The body gets all arguments by name, and the value as `known`, if it has an argument of this
    name.  Those named in `constant` cannot be tracked.

    >>> @exact(np.linalg.trace)
    ... def trace(x): return np.einsum("ii", x)
    >>> trace(np.eye(2)), trace
    (np.float64(2.0), <primitive trace>)
    """

    def row(body: Callable[..., Any]) -> Primitive:
        named = inspect.signature(body).parameters
        signature = inspect.Signature([p for p in named.values() if p.name != "known"])

        @wraps(body)
        def both(*args: Any, **options: Any) -> Any:
            given = signature.bind(*args, **options).arguments
            require_plain(full_name(f), **{k: given.get(k) for k in constant.split()})
            require_no_array(full_name(f), given.get("output"))
            y = known_by(f, args, options)
            require_floats(full_name(f), y)
            given |= given.pop("kwargs", {}) | ({"known": y} if "known" in named else {})
            return exactly(body(**given), y)

        both.__signature__ = signature  # type: ignore[attr-defined]
        return composite(f)(both)

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


def require_floats(name: str, y: Any) -> None:
    """Raise where SciPy makes integers because of an array that is not tracked."""
    if getattr(getattr(y, "dtype", None), "kind", "f") in "biu":
        raise NotImplementedError(
            f"{name} gives {y.dtype} for these arguments, which no gradient passes; pass floats"
        )
