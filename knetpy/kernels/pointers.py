"""Where arrays begin in memory, as C wants to hear it."""

from ctypes import POINTER, addressof, c_ubyte
from typing import Any

__all__ = ["POINTER_TYPE", "address", "pointer", "writable"]

POINTER_TYPE = POINTER(c_ubyte)  # of the arguments that take what follows
writable: Any = c_ubyte.from_buffer  # the pointer to an array that may be written: the fast way


def pointer(x: Any) -> Any:
    """The pointer to any array with something in it."""
    try:
        return writable(x)
    except TypeError:  # it is read-only
        return c_ubyte.from_address(x.ctypes.data)


def address(x: Any) -> int:
    """The same as a number."""
    return addressof(pointer(x))
