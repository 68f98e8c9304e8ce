"""Operations of program.c, written down once and run by one call.

The arrays of a program are float32: those that it is given, constants, those that it makes anew
for its caller, and those in between, which lie in memory of its own.
"""

import ctypes
from ctypes import c_double, c_int64, c_void_p
from typing import Any, NamedTuple

import numpy as np

from . import onednn_library, pool
from .native_library import library
from .pointers import address

__all__ = ["KINDS", "LINE", "Code", "Operand", "Place", "available"]

KINDS = {
    name: number
    for number, name in enumerate(
        "add subtract multiply divide maximum minimum greater greater_equal less less_equal "
        "copy negative square sqrt absolute reciprocal total row_sums column_sums "
        "same_ids product affine sgemm relu relu_dx bias_relu bias_relu_dx nll nll_dx softmax "
        "softmax_dx".split()
    )
}
FLOAT32 = np.dtype(np.float32)
LINE = 64  # bytes of a cache line
HELD = 2**20  # bytes of the largest array that is held on to from one call to the next
OWN = -1  # instead of the number of an array: the program's own memory


class Operand(NamedTuple):
    """An array by its place, with the steps from row to row and from column to column."""

    place: int = 0
    down: int = 0
    across: int = 0


class Place(NamedTuple):
    """What an operation reads or writes: so many bytes behind the start of an array."""

    array: int
    offset: int


class COperand(ctypes.Structure):
    _fields_ = [(name, c_int64) for name in Operand._fields]


class COperation(ctypes.Structure):
    _fields_ = [
        *((name, c_int64) for name in ("kind", "rows", "columns", "k")),
        *((name, COperand) for name in ("a", "b")),
        *((name, c_int64) for name in ("y", "z")),
        ("scale", c_double),
    ]


def available() -> bool:
    """Whether there is compiled code."""
    return library() is not None


class Code:
    """A program.  Called on a list, it takes arrays from there and puts there what it makes.

    places      what the operations read and write
    room        the bytes that it needs for arrays in between
    given       for the numbers (in `places`) of arrays that it takes, where in the list they are
    constants   arrays that are always the same, by their numbers
    made        numbers, where they go, and shapes of the arrays that it makes; None is a number
    strides     of arrays that it takes, by their numbers: a kernel may lay one out in another way

    Any number of threads may call it at once: each call takes a table of addresses of its own.
    """

    def __init__(
        self,
        operations: Any,
        places: list[Place],
        room: int,
        given: dict[int, int],
        constants: dict[int, Any],
        made: list[tuple[int, int, Any]],
        strides: dict[int, Any] | None = None,
    ) -> None:
        self.operations = (COperation * len(operations))(*operations)
        self.start = c_void_p(ctypes.addressof(self.operations))
        self.count, self.places, self.room = len(operations), places, room
        self.given, self.constants, self.strides = list(given.items()), constants, strides or {}
        self.made = [one for one in made if one[2] is not None]
        self.numbers = [(k, at) for k, at, shape in made if shape is None]
        self.run = library().run
        onednn = onednn_library.library()
        self.sgemm = ctypes.cast(onednn.c.dnnl_sgemm, c_void_p) if onednn else None
        self.spare: list[Table] = []

    def __call__(self, values: list[Any]) -> None:
        try:
            table = self.spare.pop()
        except IndexError:
            table = Table(self)
        arrays = table.arrays
        for k, at in self.given:
            if arrays[k] is not (x := values[at]):
                table.take(k, x)
        for k, at, shape in self.made:
            values[at] = x = np.empty(shape, FLOAT32)
            table.point(k, x)
        if pool.setting:
            pool.follow()
        failed = self.run(self.start, self.count, table.start, self.sgemm)
        if failed:
            o = self.operations[failed - 1]
            shapes = f"{(o.rows, o.k)}, {(o.k, o.columns)}"
            raise MemoryError(f"matmul of arrays {shapes}: oneDNN found no memory")
        for k, at in self.numbers:
            values[at] = arrays[k][()]
        self.spare.append(table)


class Table:
    """The addresses of all arrays of a program, and the memory of those in between."""

    def __init__(self, code: Code) -> None:
        self.addresses = (c_void_p * len(code.places))()
        self.start = c_void_p(ctypes.addressof(self.addresses))
        self.memory = np.empty(code.room + LINE, np.uint8)
        start = address(self.memory)
        start += -start % LINE
        self.strides = code.strides
        self.starts: dict[int, list[tuple[int, int]]] = {}
        for k, (array, offset) in enumerate(code.places):
            self.starts.setdefault(array, []).append((k, offset))
        for k, offset in self.starts.get(OWN, ()):
            self.addresses[k] = start + offset
        self.arrays: dict[int, Any] = dict.fromkeys(k for k, _ in code.given)
        self.kept: dict[int, Any] = {}
        for k, x in code.constants.items():
            self.point(k, x)
        for k, _ in code.numbers:
            self.take(k, np.empty((), FLOAT32))

    def take(self, k: int, x: Any) -> None:
        """Let array number k be `x`, and hold it, so that no other lies there."""
        held = x if x.nbytes <= HELD else None  # for large ones a look at the address is nothing
        self.arrays[k] = self.kept[k] = held
        if isinstance(x, np.generic):  # a number lies nowhere
            self.kept[k] = x = np.array(x)
        elif x.strides != self.strides.get(k, x.strides):
            self.kept[k] = x = laid_out(x, self.strides[k])
        self.point(k, x)

    def point(self, k: int, x: Any) -> None:
        start = address(x)
        for place, offset in self.starts[k]:
            self.addresses[place] = start + offset


def laid_out(x: Any, strides: Any) -> Any:
    """A copy of `x` that lies in memory by these strides.

    >>> laid_out(np.ones((2, 3)), (8, 16)).strides
    (8, 16)
    """
    reach = sum((n - 1) * abs(step) for n, step in zip(x.shape, strides, strict=True))
    start = sum((n - 1) * -step for n, step in zip(x.shape, strides, strict=True) if step < 0)
    memory = np.empty(reach + x.itemsize, np.uint8)
    y = np.ndarray(x.shape, x.dtype, memory, start, strides)
    y[...] = x
    return y
