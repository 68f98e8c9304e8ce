"""Arrays that act as CuPy's do, in host memory: what code for every device is tested on.

This module stands for `cupy`, and its `ndarray` for `cupy.ndarray`.  Refused is what CuPy refuses:
becoming a NumPy array by itself (`get()` is the way, and is counted), NumPy arrays as operands or
indices, functions and options that CuPy does not have, dtypes beyond its own.  Reductions give
arrays of no axes, never NumPy's numbers; a row number out of range wraps silently.
"""

import operator
import sys
from types import SimpleNamespace

import numpy as np

counts = {"to_host": 0, "to_device": 0}

# Of NumPy's functions: what CuPy 14 lacks, what it takes from NumPy and so gives no array,
# and the options that its reductions have.
MISSING = {
    "accumulate", "apply_over_axes", "asarray_chkfinite", "einsum_path", "geomspace",
    "histogram_bin_edges", "isnat", "matvec", "nanpercentile", "nanquantile", "poly", "polyder",
    "polyint", "spacing", "vecmat",
}  # fmt: skip
GIVES_NO_ARRAY = {"iscomplexobj", "isrealobj", "may_share_memory", "shares_memory", "can_cast"}
REDUCTIONS = {"sum", "prod", "mean", "std", "var", "max", "min", "amax", "amin", "all", "any"}
REDUCTION_OPTIONS = {"axis", "dtype", "out", "keepdims", "ddof"}
NUMBERS = (int, float, complex, np.generic)
HELD = "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct one."


class ndarray:  # noqa: N801 (CuPy's name)
    def __init__(self, held, base=None):
        if held.dtype.kind not in "biufc" or held.dtype.char in "gG":
            raise TypeError(f"Unsupported dtype {held.dtype}")
        self._held, self.base = held, base

    def __array__(self, *args, **options):
        raise TypeError(HELD)

    def __array_namespace__(self, **options):
        return sys.modules[__name__]

    def get(self):
        counts["to_host"] += 1
        return self._held.copy()

    def __array_ufunc__(self, f, method, *inputs, **options):
        if f.__name__ in MISSING or method not in ("__call__", "at", "reduce"):
            return NotImplemented
        outs = options.get("out") or ()
        if any(foreign(x) for x in (*inputs, *outs)):
            return NotImplemented
        y = getattr(f, method)(*map(unwrap, inputs), **unwrap(options))
        return outs[0] if outs else wrap(y)

    def __array_function__(self, f, types, args, options):
        name = f.__name__
        if name in MISSING or not all(t in (ndarray, np.ndarray) for t in types):
            return NotImplemented
        if name in REDUCTIONS and not set(options) <= REDUCTION_OPTIONS | {"a"}:
            raise TypeError(f"{name}() got an unexpected keyword argument, one of {set(options)}")
        y = f(*unwrap(args), **unwrap(options))
        return y if name in GIVES_NO_ARRAY else wrap(y)

    def __getitem__(self, index):
        y = self._held[wrapped(unwrap(index), self.shape)]
        return ndarray(y, base=self) if isinstance(y, np.ndarray) else wrap(y)

    def __setitem__(self, index, new):
        if not isinstance(new, (ndarray, *NUMBERS)):
            raise TypeError(f"Unsupported type {type(new)}")
        self._held[wrapped(unwrap(index), self.shape)] = unwrap(new)

    def __len__(self):
        return len(self._held)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __repr__(self):
        return repr(self._held)

    def __str__(self):
        return str(self._held)

    def __format__(self, spec):
        return format(self._held, spec)

    __hash__ = None
    __bool__ = lambda x: bool(x._held)  # noqa: E731
    __int__ = lambda x: int(x._held)  # noqa: E731
    __float__ = lambda x: float(x._held)  # noqa: E731
    __complex__ = lambda x: complex(x._held)  # noqa: E731
    __index__ = lambda x: operator.index(x._held)  # noqa: E731

    def item(self, *args):
        return self._held.item(*args)

    def tolist(self):
        return self._held.tolist()

    @property
    def device(self):
        return SimpleNamespace(id=0)

    @property
    def T(self):
        return self.transpose()

    @property
    def mT(self):
        return self.swapaxes(-1, -2)

    @property
    def real(self):
        return ndarray(self._held.real, base=self)

    @property
    def imag(self):
        return ndarray(self._held.imag, base=self)

    def fill(self, x):
        self._held.fill(unwrap(x))


def unwrap(x):
    """The host's side of an operand: of this module's arrays and numbers alone."""
    if isinstance(x, ndarray):
        return x._held
    if isinstance(x, np.ndarray):
        raise TypeError(f"Unsupported type {type(x)}")
    if isinstance(x, (list, tuple)):
        return type(x)(map(unwrap, x))
    return {key: unwrap(part) for key, part in x.items()} if isinstance(x, dict) else x


def foreign(x):
    """Whether another class than this one knows how to do the operation."""
    known = (ndarray, np.ndarray, *NUMBERS)
    return not isinstance(x, known) and hasattr(type(x), "__array_ufunc__")


def wrap(y):
    if isinstance(y, (np.ndarray, np.generic, bool)):
        return ndarray(np.asarray(y))
    if isinstance(y, (list, tuple)):
        parts = list(map(wrap, y))
        return type(y)(*parts) if hasattr(y, "_fields") else type(y)(parts)
    return y


def wrapped(index, shape):
    """Row numbers out of range come round, as on a device that cannot raise."""
    integers = isinstance(index, np.ndarray) and index.dtype.kind in "iu"
    return index % shape[0] if integers and shape and shape[0] else index


def method(name):
    def call(self, *args, **options):
        if name in REDUCTIONS and not set(options) <= REDUCTION_OPTIONS:
            raise TypeError(f"{name}() got an unexpected keyword argument, one of {set(options)}")
        return wrap(getattr(self._held, name)(*unwrap(args), **unwrap(options)))

    return call


METHODS = """all any argmax argmin argsort astype clip conj copy cumprod cumsum diagonal dot
    flatten max mean min nonzero prod ravel repeat reshape round squeeze std sum swapaxes take trace
    transpose var view""".split()
for name in METHODS:
    setattr(ndarray, name, method(name))

for name in "dtype shape ndim size itemsize nbytes strides flags".split():
    setattr(ndarray, name, property(lambda x, name=name: getattr(x._held, name)))

OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power,
    "matmul": np.matmul, "floordiv": np.floor_divide, "mod": np.remainder, "and": np.bitwise_and,
    "or": np.bitwise_or, "xor": np.bitwise_xor, "lshift": np.left_shift, "rshift": np.right_shift,
}  # fmt: skip
for name, f in OPERATORS.items():
    setattr(ndarray, f"__{name}__", lambda a, b, f=f: f(a, b))
    setattr(ndarray, f"__r{name}__", lambda b, a, f=f: f(a, b))
    setattr(ndarray, f"__i{name}__", lambda a, b, f=f: f(a, b, out=a))
ndarray.__divmod__ = lambda a, b: (a // b, a % b)
ndarray.__rdivmod__ = lambda b, a: (a // b, a % b)
COMPARISONS = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater,
    "ge": np.greater_equal,
}  # fmt: skip
for name, f in COMPARISONS.items():
    setattr(ndarray, f"__{name}__", lambda a, b, f=f: f(a, b))
UNARY = {"neg": np.negative, "pos": np.positive, "abs": np.absolute, "invert": np.invert}
for name, f in UNARY.items():
    setattr(ndarray, f"__{name}__", lambda x, f=f: f(x))


def asarray(x, dtype=None):
    """On this device; host data is copied there, which is counted."""
    if isinstance(x, ndarray):
        return x if dtype in (None, x.dtype) else x.astype(dtype)
    counts["to_device"] += 1
    return ndarray(np.array(x, dtype=dtype))


array = asarray


def zeros(shape, dtype=float):
    return ndarray(np.zeros(shape, dtype))


def ones(shape, dtype=float):
    return ndarray(np.ones(shape, dtype))


def empty(shape, dtype=float):
    return ndarray(np.full(shape, np.nan if np.dtype(dtype).kind in "fc" else 77, dtype))


def full(shape, fill, dtype=None):
    return ndarray(np.full(shape, unwrap(fill), dtype))


def arange(*args, dtype=None):
    return ndarray(np.arange(*args, dtype=dtype))


drawn = np.random.default_rng(0)  # a stream of its own, as on a device
random = SimpleNamespace(
    random=lambda shape, dtype=float: ndarray(np.asarray(drawn.random(shape, dtype)))
)
