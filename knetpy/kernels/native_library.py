"""The compiled form of native.c: where it is found, and the functions it has.

It is built when the package is installed, if there is a C compiler; without it NumPy does the
same work in several passes.  KNETPY_NATIVE=off asks for that.
"""

import ctypes
import os
from ctypes import c_char_p, c_double, c_float, c_int, c_int64, c_void_p
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

from . import pool
from .pointers import POINTER_TYPE

__all__ = ["absence", "library"]

P, T, A = POINTER_TYPE, c_char_p, c_void_p  # arrays; numbers that struct packed; any address
N, F, R = c_int64, c_float, c_double

# What each function answers, and its arguments; every name goes on from `knetpy_`.
# fmt: off
FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "sgd":          (None,     T, N, N, F),
    "momentum":     (None,     T, N, N, F, F),
    "adam":         (None,     T, N, N, R, R, T, T),
    "relu":         (None,     P, P, N),
    "relu_dx":      (None,     P, P, P, N),
    "bias_relu":    (None,     P, P, N, N),
    "bias_relu_dx": (None,     P, P, P, P, N, N),
    "sum_rows":     (None,     P, P, N, N),
    "nll":          (c_double, P, P, P, N, N),
    "nll_dx":       (None,     P, P, P, N, N, F),
    "run":          (c_int,    A, N, A, A),
}
# fmt: on

UNKNOWN: Any = object()
state: Any = UNKNOWN
reason = ""


def library() -> Any:
    """The functions, loaded at the first call; None where NumPy has to do."""
    return load() if state is UNKNOWN else state


def absence() -> str:
    """Why there is no library."""
    return reason


def load() -> Any:
    global state, reason
    places = [Path(__file__).with_name(f"_native{suffix}") for suffix in EXTENSION_SUFFIXES]
    found = next(filter(Path.exists, places), None)
    try:
        if os.environ.get("KNETPY_NATIVE") == "off":
            reason, state = "KNETPY_NATIVE=off", None
        elif found is None:
            reason, state = "there was no C compiler when knetpy was installed", None
        else:
            state = declared(ctypes.CDLL(str(found)))
    except (OSError, AttributeError) as error:
        reason, state = str(error), None
    return state


def declared(c: Any) -> Any:
    for name, (answer, *arguments) in FUNCTIONS.items():
        function = getattr(c, f"knetpy_{name}")
        function.restype, function.argtypes = answer, arguments
        setattr(c, name, function)
    if hasattr(c, "omp_get_max_threads"):
        pool.members[c._name] = c
    return c
