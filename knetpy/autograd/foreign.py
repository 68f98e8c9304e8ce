"""Operators between arrays of ours and arrays that ask to do the operation themselves."""

import sys
from importlib import import_module
from typing import Any

__all__ = ["foreign", "operate", "wanted_by_sparse"]


def foreign(x: Any) -> bool:
    """Whether `x` asks to do the operation itself, as sparse matrices do.

    >>> foreign([1.0])
    False
    """
    missing = object()
    protocol = getattr(type(x), "__array_ufunc__", missing)
    return protocol is None or (protocol is missing and getattr(x, "__array_priority__", 0) > 0)


def operate(f: Any, a: Any, b: Any) -> Any:
    """`f(a, b)` for a sparse matrix of SciPy's and an array of ours; else it is for others to do.

    >>> import numpy as np
    >>> operate(np.add, 1, object())
    NotImplemented
    """
    sparse = sys.modules.get("scipy.sparse")
    if sparse is None or not (sparse.issparse(a) or sparse.issparse(b)):
        return NotImplemented
    return import_module("knetpy.autograd.scipy.sparse").operate(f, a, b)


def wanted_by_sparse() -> bool:
    """Whether SciPy wants an array of what a sparse matrix is to be multiplied with.

    If all that it gets is an object, it leaves the operation to that.

    >>> wanted_by_sparse()
    False
    """
    caller = sys._getframe(2)
    module = str(caller.f_globals.get("__name__"))
    return caller.f_code.co_name == "_matmul_dispatch" and module.startswith("scipy.sparse.")
