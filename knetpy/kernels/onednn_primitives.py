"""Primitives of oneDNN: compiled once for their shapes, memory orders and threads, then called.

They take C-contiguous arrays of float32, or the bytes of a layout that a primitive chose itself.
What lies in another order is described by its shape and strides, or has been copied before.
"""

import ctypes
from collections.abc import Callable
from functools import lru_cache, wraps
from math import prod
from typing import Any

import numpy as np

from .onednn_library import Handle, Library, Refused, library
from .pointers import address, pointer, writable
from .pool import pool_size

__all__ = [
    "Primitive",
    "Weights",
    "described",
    "dims",
    "free",
    "kernel",
    "lacks_memory",
    "layout",
    "plan",
    "reorder",
    "require",
]

Ints = tuple[int, ...]

FLOAT32, ANY, IN_ORDER = 3, 1, 1
SCRATCHPAD_MD, ARGUMENT_MD = 136, 255
SRC, DST, SCRATCHPAD = 1, 17, 80
PLANS = 256  # of each kind: sequences come in hundreds of lengths, and each costs some 100 kB
LINE = 64  # bytes of a cache line
LARGE = 2**31  # some of its kernels count in 32 bits


class Argument(ctypes.Structure):
    _fields_ = [("number", ctypes.c_int), ("memory", ctypes.c_void_p)]


class Arguments:
    """What one execution needs for itself: a memory object for each argument, and a stream."""

    def __init__(self, c: Library, layouts: dict[int, Any]) -> None:
        self.stream = c.create("stream", "stream_create", c.engine, IN_ORDER)
        self.memories = [
            c.create("memory", "memory_create", layout, c.engine, None)
            for layout in layouts.values()
        ]
        pairs = zip(layouts, self.memories, strict=True)
        table = [Argument(slot, memory._as_parameter_) for slot, memory in pairs]
        self.table = (Argument * len(table))(*table)


class Primitive:
    """A compiled operation, called on one array for each of the argument numbers `slots`.

    Any number of threads may call it at once: each call takes arguments of its own.
    """

    def __init__(self, description: Handle, *slots: int) -> None:
        self.c = c = needed()
        query = c.primitive_desc_query_md
        self.layouts = {slot: query(description, ARGUMENT_MD, slot) for slot in slots}
        self.scratch = c.memory_desc_get_size(query(description, SCRATCHPAD_MD, 0))
        if self.scratch:
            self.layouts[SCRATCHPAD] = query(description, SCRATCHPAD_MD, 0)
        self.handle = c.create("primitive", "primitive_create", description, keep=description)
        self.spare: list[Arguments] = []

    def __call__(self, *arrays: Any) -> None:
        try:
            own = self.spare.pop()
        except IndexError:
            own = Arguments(self.c, self.layouts)
        if self.scratch:
            arrays = *arrays, room(self.scratch)
        put, pairs = self.c.memory_set_data_handle, list(zip(own.memories, arrays, strict=True))
        try:
            for memory, array in pairs:
                put(memory, writable(array))
        except TypeError:  # one is read-only
            for memory, array in pairs:
                put(memory, pointer(array))
        self.c.primitive_execute(self.handle, own.stream, len(arrays), own.table)
        self.spare.append(own)

    def room(self, slot: int) -> Any:
        """Memory for the argument in a slot whose layout the primitive chose."""
        return room(self.c.memory_desc_get_size(self.layouts[slot]))


class Weights:
    """The way of weights into the layout that a primitive chose, or out of it."""

    def __init__(self, primitive: Primitive, slot: int, plain: Handle, out: bool = False) -> None:
        inner = primitive.layouts[slot]
        self.primitive, self.slot, self.move = primitive, slot, None
        if not primitive.c.memory_desc_equal(plain, inner):
            self.move = reorder(inner, plain) if out else reorder(plain, inner)

    def inside(self, weight: Any) -> Any:
        if self.move is None:
            return weight
        inner = self.primitive.room(self.slot)
        self.move(weight, inner)
        return inner

    def outside(self, write: Callable[[Any], None], weight: Any) -> Any:
        """`weight`, once `write` has put its numbers into the inner layout."""
        if self.move is None:
            write(weight)
        else:
            inner = self.primitive.room(self.slot)
            write(inner)
            self.move(inner, weight)
        return weight


def described(operation: str, *args: Any) -> Handle:
    """A description of an operation, from which primitives are compiled and gradients hinted."""
    c = needed()
    create = f"{operation}_primitive_desc_create"
    return c.create("primitive_desc", create, c.engine, *args, c.attributes)


def reorder(source: Any, target: Any) -> Primitive:
    """What copies an array from one layout to another."""
    c = needed()
    ends, create = (source, c.engine, target, c.engine), "reorder_primitive_desc_create"
    return Primitive(c.create("primitive_desc", create, *ends, c.attributes), SRC, DST)


def needed() -> Library:
    c = library()
    if c is None:
        raise Refused("there is no oneDNN")
    return c


def dims(numbers: Any) -> Any:
    return (ctypes.c_int64 * len(numbers))(*numbers)


def layout(shape: Ints, order: Ints | None = None) -> Handle:
    """Dense memory for this shape, the axes in an order from the slowest to the fastest.

    Its strides come of the shape alone: NumPy leaves those of axes of size 1 to chance, and for
    strides that oneDNN does not know its kernels are some hundred times slower.
    """
    if not 0 < prod(shape) < LARGE:
        raise Refused("it has nothing to do, or counts further than its kernels can")
    strides, step = [0] * len(shape), 1
    for axis in reversed(order or range(len(shape))):
        strides[axis], step = step, step * shape[axis]
    function, sizes = "memory_desc_create_with_strides", (len(shape), dims(shape))
    return needed().create("memory_desc", function, *sizes, FLOAT32, dims(strides))


def free(shape: Ints) -> Handle:
    """A layout that the primitive may choose."""
    function, sizes = "memory_desc_create_with_tag", (len(shape), dims(shape))
    return needed().create("memory_desc", function, *sizes, FLOAT32, ANY)


def plan(build: Callable[..., Any]) -> Any:
    """Build once for the same arguments and threads; a refusal is remembered as well."""

    @lru_cache(maxsize=PLANS)
    def built(threads: int, *args: Any) -> Any:
        try:
            return build(*args)
        except Refused as refusal:
            return refusal

    @wraps(build)
    def get(*args: Any) -> Any:
        found = built(pool_size(), *args)
        if type(found) is Refused:
            raise Refused(*found.args)
        return found

    get.cache = built  # type: ignore[attr-defined]
    return get


def kernel(run: Callable[..., Any]) -> Callable[..., Any]:
    """Compute what oneDNN refuses by the reference, and say what there was no memory for."""
    from . import reference  # which multiplies by what stands on this module

    name = run.__name__
    fallback = getattr(reference, name)

    @wraps(fallback)
    def either(*args: Any) -> Any:
        try:
            return run(*args)
        except Refused:
            return fallback(*args)
        except MemoryError as error:
            raise lacks_memory(name, args, error) from error

    return either


def lacks_memory(operation: str, args: Any, error: MemoryError) -> MemoryError:
    shapes = ", ".join(str(x.shape) for x in args if isinstance(x, np.ndarray))
    return MemoryError(f"{operation} of arrays {shapes}: {error}")


def require(*arrays: Any) -> None:
    """Refuse what is not float32 on the host like the first array, or does not lie on 4 bytes."""
    for x in arrays:
        if type(x) is not np.ndarray or x.dtype != np.float32 or not x.flags.aligned:
            raise Refused("it takes float32")


def room(size: int) -> Any:
    """Bytes that begin with a cache line."""
    memory = np.empty(size + LINE, np.uint8)
    start = -address(memory) % LINE
    return memory[start : start + size]
