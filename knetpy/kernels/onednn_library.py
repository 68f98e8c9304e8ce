"""oneDNN's C library: where it is found, whether it is fit for us, and the functions we call.

It is loaded at the first call that wants it.  Where it cannot be used one warning says why, and
the reference kernels do the work.  KNETPY_ONEDNN=off asks for that, KNETPY_ONEDNN=path for a
library of one's own.
"""

import ctypes
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from ctypes import POINTER, c_char, c_float, c_int, c_int64, c_size_t, c_uint, c_void_p
from typing import Any

from . import pool
from .pointers import POINTER_TYPE

__all__ = ["Handle", "Library", "Refused", "absence", "library"]

LEAST = (3, 2)
WHEEL = "onednn-cpu-gomp"
NAMES = {"darwin": "libdnnl.3.dylib", "win32": "dnnl.dll"}
OUT_OF_MEMORY, REFUSALS = 1, (2, 3, 4)  # invalid arguments, unimplemented, last implementation
THREADED = {1: "no threads", 2: "OpenMP", 4: "TBB"}  # 8, a pool of the caller's own, is not for us
OPENMP = 2
INSTRUCTIONS = {
    0x1: "SSE4.1",
    0x3: "AVX",
    0x7: "AVX2",
    0xF: "AVX2 with VNNI",
    0x27: "AVX-512",
    0x67: "AVX-512 with VNNI",
    0xE7: "AVX-512 with BF16",
}
CPU, USER_SCRATCHPAD = 1, 1

OUT, DIMS, V, N, J, F = POINTER(c_void_p), POINTER(c_int64), c_void_p, c_int, c_int64, c_float
P = POINTER_TYPE

# Arguments of the functions that answer a status; every name goes on from `dnnl_`.
# fmt: off
STATUS: dict[str, tuple[Any, ...]] = {
    "engine_create":                      (OUT, N, c_size_t),
    "stream_create":                      (OUT, V, c_uint),
    "memory_create":                      (OUT, V, V, V),
    "memory_set_data_handle":             (V, P),
    "memory_desc_create_with_strides":    (OUT, N, DIMS, N, DIMS),
    "memory_desc_create_with_tag":        (OUT, N, DIMS, N, N),
    "primitive_attr_create":              (OUT,),
    "primitive_attr_set_scratchpad_mode": (V, N),
    "primitive_create":                   (OUT, V),
    "primitive_execute":                  (V, V, N, V),
    "reorder_primitive_desc_create":      (OUT, V, V, V, V, V),
    "convolution_forward_primitive_desc_create":
        (OUT, V, N, N, V, V, V, V, DIMS, DIMS, DIMS, DIMS, V),
    "convolution_backward_data_primitive_desc_create":
        (OUT, V, N, V, V, V, DIMS, DIMS, DIMS, DIMS, V, V),
    "convolution_backward_weights_primitive_desc_create":
        (OUT, V, N, V, V, V, V, DIMS, DIMS, DIMS, DIMS, V, V),
    "pooling_forward_primitive_desc_create":
        (OUT, V, N, N, V, V, DIMS, DIMS, DIMS, DIMS, DIMS, V),
    "pooling_backward_primitive_desc_create":
        (OUT, V, N, V, V, DIMS, DIMS, DIMS, DIMS, DIMS, V, V),
    "matmul_primitive_desc_create":                      (OUT, V, V, V, V, V, V),
    "eltwise_forward_primitive_desc_create":             (OUT, V, N, N, V, V, F, F, V),
    "softmax_forward_primitive_desc_create":             (OUT, V, N, N, V, V, N, V),
    "softmax_backward_primitive_desc_create":            (OUT, V, N, V, V, V, N, V, V),
    "batch_normalization_forward_primitive_desc_create":  (OUT, V, N, V, V, F, c_uint, V),
    "batch_normalization_backward_primitive_desc_create": (OUT, V, N, V, V, V, F, c_uint, V, V),
    "layer_normalization_forward_primitive_desc_create":  (OUT, V, N, V, V, V, F, c_uint, V),
    "layer_normalization_backward_primitive_desc_create": (OUT, V, N, V, V, V, V, F, c_uint, V, V),
    "vanilla_rnn_forward_primitive_desc_create":  (OUT, V, N, N, N, *[V] * 7, c_uint, F, F, V),
    "vanilla_rnn_backward_primitive_desc_create":
        (OUT, V, N, N, N, *[V] * 14, c_uint, F, F, V, V),
    "lstm_forward_primitive_desc_create":         (OUT, V, N, N, *[V] * 11, c_uint, V),
    "lstm_backward_primitive_desc_create":        (OUT, V, N, N, *[V] * 22, c_uint, V, V),
    "lbr_gru_forward_primitive_desc_create":      (OUT, V, N, N, *[V] * 7, c_uint, V),
    "lbr_gru_backward_primitive_desc_create":     (OUT, V, N, N, *[V] * 14, c_uint, V, V),
    "sgemm":                              (c_char, c_char, J, J, J, F, P, J, P, J, F, P, J),
}
OTHERS: dict[str, tuple[Any, ...]] = {  # what they answer, and their arguments
    "primitive_desc_query_md": (V, V, N, N),
    "memory_desc_get_size":    (c_size_t, V),
    "memory_desc_equal":       (N, V, V),
    "get_effective_cpu_isa":   (N,),
    **{f"{kind}_destroy": (None, V) for kind in (
        "engine", "stream", "memory", "memory_desc", "primitive_attr", "primitive_desc",
        "primitive")},
}
# fmt: on


class Refused(Exception):
    """oneDNN has no way to do this."""


class Unfit(Exception):
    """The library cannot be used; the message says why."""


class Version(ctypes.Structure):
    _fields_ = [
        *((part, c_int) for part in ("major", "minor", "patch")),
        ("hash", ctypes.c_char_p),
        *((part, c_uint) for part in ("cpu_runtime", "gpu_runtime")),
    ]


class Handle:
    """An object of the library's, destroyed with this one; `keep` is what it needs to live."""

    __slots__ = ("_as_parameter_", "destroy", "keep")

    def __init__(self, pointer: int | None, destroy: Any, keep: Any) -> None:
        self._as_parameter_, self.destroy, self.keep = pointer, destroy, keep

    def __del__(self) -> None:
        self.destroy(self._as_parameter_)


class Library:
    """The functions of oneDNN without their `dnnl_`, its engine, and the attributes we always use.

    Raises:  Unfit if it cannot be loaded, is too old, or wants its threads from the caller
    """

    def __init__(self, path: str) -> None:
        try:
            self.c = ctypes.CDLL(path)
            self.path, (self.version, self.runtime) = path, self.identity()
        except (OSError, AttributeError) as error:
            hint = "; the package libgomp1 has it" if "libgomp" in str(error) else ""
            raise Unfit(f"{path} cannot be loaded: {error}{hint}") from None
        if self.version < LEAST:
            raise Unfit(f"{path} has version {dotted(self.version)}, older than {dotted(LEAST)}")
        if self.runtime not in THREADED:
            raise Unfit(f"{path} was built for threads that its caller brings")
        try:
            self.declare()
        except AttributeError as error:
            raise Unfit(f"{path} lacks a function: {error}") from None
        if self.runtime == OPENMP:
            pool.members[path] = self.c
        self.engine = self.create("engine", "engine_create", CPU, 0)
        self.attributes = self.create("primitive_attr", "primitive_attr_create")
        self.primitive_attr_set_scratchpad_mode(self.attributes, USER_SCRATCHPAD)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"oneDNN's {name} is not in the tables of this module")

    def identity(self) -> tuple[tuple[int, ...], int]:
        version = self.c.dnnl_version
        version.restype = POINTER(Version)
        found = version().contents
        return (found.major, found.minor, found.patch), found.cpu_runtime

    def declare(self) -> None:
        for name, arguments in STATUS.items():
            self.take(name, checked, arguments)
        for name, (answer, *rest) in OTHERS.items():
            self.take(name, answer, tuple(rest))

    def __str__(self) -> str:
        return f"{dotted(self.version)} with {THREADED[self.runtime]}, {self.path}"

    def instructions(self) -> str:
        """The newest instruction set that its kernels use here."""
        found = int(self.get_effective_cpu_isa())
        return INSTRUCTIONS.get(found, hex(found))

    def take(self, name: str, answer: Any, arguments: Any) -> None:
        function = getattr(self.c, f"dnnl_{name}")
        function.restype, function.argtypes = answer, arguments
        setattr(self, name, function)

    def create(self, kind: str, function: str, *args: Any, keep: Any = None) -> Handle:
        """What a function `..._create` makes, to be destroyed as `kind` is."""
        pointer = c_void_p()
        getattr(self, function)(ctypes.byref(pointer), *args)
        return Handle(pointer.value, getattr(self, f"{kind}_destroy"), keep)


def checked(status: int) -> None:
    if status in REFUSALS:
        raise Refused(f"status {status}")
    if status == OUT_OF_MEMORY:
        raise MemoryError("oneDNN found no memory")
    if status:
        raise RuntimeError(f"oneDNN failed with status {status}")


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


UNKNOWN: Any = object()
state: Library | None = UNKNOWN
reasons: list[str] = []
loading = threading.Lock()


def library() -> Library | None:
    """The library, loaded at the first call; None where the reference has to do."""
    return load() if state is UNKNOWN else state


def absence() -> str:
    """Why there is no library."""
    return reasons[0] if reasons else "KNETPY_ONEDNN=off"


def load() -> Library | None:
    with loading:
        if state is not UNKNOWN:
            return state
        find()
    if reasons and state is None:
        warnings.warn(
            f"knetpy computes without oneDNN, several times slower: {absence()}.  "
            "KNETPY_ONEDNN=path names a library, KNETPY_ONEDNN=off silences this",
            RuntimeWarning,
            stacklevel=2,
        )
    return state


def find() -> None:
    global state
    state = None
    for path in candidates():
        try:
            state = Library(path)
            return
        except Unfit as unfit:
            reasons.append(str(unfit))


def candidates() -> Iterator[str]:
    """Paths to try, the best first: what the user names, or the wheel's library, or any other."""
    named = os.environ.get("KNETPY_ONEDNN", "")
    if named:
        yield from () if named == "off" else (named,)
        return
    name = NAMES.get(sys.platform, "libdnnl.so.3")
    yield from in_the_wheel(name)
    yield name


def in_the_wheel(name: str) -> Iterator[str]:
    import importlib.metadata  # costs as much as a tenth of importing NumPy

    try:
        files = importlib.metadata.files(WHEEL) or []
    except importlib.metadata.PackageNotFoundError:
        return
    yield from (os.path.normpath(file.locate()) for file in files if file.name == name)
