"""What is said of what cannot be differentiated, and by which name."""

import inspect
import sys
from typing import Any

import numpy as np

from .values import Param, Result, value

__all__ = [
    "cut",
    "full_name",
    "overwritten",
    "require_scalar",
    "require_writable",
    "ruleless",
    "told_of",
    "undifferentiable",
]


def full_name(f: Any) -> str:
    """What a function is called in messages.

    >>> full_name(np.linalg.inv), full_name(np.add.reduce)
    ('numpy.linalg.inv', 'numpy.add.reduce')
    """
    if type(owner := getattr(f, "__self__", None)) is np.ufunc:
        return f"{full_name(owner)}.{f.__name__}"
    name = str(getattr(f, "__qualname__", None) or getattr(f, "__name__", type(f).__name__))
    parts = (getattr(f, "__module__", None) or "").split(".")
    module = ".".join(part for part in parts if not part.startswith("_"))
    if getattr(sys.modules.get("scipy.special"), name, None) is f:
        module = "scipy.special"  # whose ufuncs do not say it
    name = name.rpartition("<locals>.")[2]
    return f"{module}.{name}" if module.startswith(("numpy", "scipy")) else name


def ruleless(f: Any, where: str = "") -> NotImplementedError:
    """The error for a function without a row."""
    name = full_name(f)
    return NotImplementedError(
        f"{name} has no gradient rule{where}; "
        f"add one with primitive({name}, lambda dy, y, x: ...), "
        "or take value(x) first if no gradient shall pass"
    )


def undifferentiable(f: str, name: str) -> TypeError:
    """The error for an argument or option that no rule can follow."""
    error = TypeError(
        f"{f} is not differentiable in {name}, which diff is recording; pass value({name})"
    )
    error.option = name  # type: ignore[attr-defined]
    return error


def told_of(f: Any, error: TypeError) -> TypeError:
    """The error, told of `f` if it is about one of its arguments that a function inside refused.

    >>> told_of(np.linalg.norm, undifferentiable("inner", "ord")).args[0][:43]
    'numpy.linalg.norm is not differentiable in '
    """
    option = getattr(error, "option", None)
    if option is None or option not in inspect.signature(f).parameters:
        return error
    return undifferentiable(full_name(f), option)


def require_writable(x: Any, f: Any) -> None:
    """Raise unless `f` may write into `x`."""
    if type(x) is not Result:
        raise TypeError(
            f"{full_name(f)} is to write into a plain array or a Param, which cannot hold what "
            "diff is recording; write into a Result (as a copy of one), or compute a new array"
        )
    if isinstance(value(x), np.generic):
        raise TypeError(
            f"{full_name(f)} is to write into a scalar of {value(x).dtype}, which NumPy cannot; "
            "compute a new one"
        )


def require_scalar(y: Any) -> None:
    """Raise unless `y`, what the function under diff gave, is a real number."""
    if isinstance(y, (int, float)):
        return
    y = np.complex128(y) if isinstance(y, complex) else y
    shape = getattr(y, "shape", None)
    if shape is None:
        raise ValueError(f"diff needs a scalar result, got a {type(y).__name__}")
    if shape != ():
        raise ValueError(
            f"diff needs a scalar result, got shape {shape}; reduce it with np.sum or np.mean"
        )
    if y.dtype.kind == "c":
        raise ValueError("diff needs a real scalar result, got a complex one; take np.real of it")


def cut(what: str) -> TypeError:
    """The error for what would take a plain value out of a recording."""
    return TypeError(
        f"{what} would cut the gradient of a value that diff is recording; use NumPy's own "
        "functions (np.stack for np.array, np.exp for math.exp), knetpy.scipy for SciPy's, or "
        "take value(x) if no gradient shall pass"
    )


def overwritten(x: Param, nodes: list[Any], index: int) -> RuntimeError:
    """The error for a Param, node number `index`, that was written into while it was recorded."""
    users = [n[4].name for n in nodes if any(parent == index for _, parent in n[0])]
    return RuntimeError(
        f"a Param of shape {x.value.shape} was overwritten after {users[0] if users else 'diff'} "
        "had recorded it, so its gradient would be wrong; update Params after diff"
    )
