"""Python's operators, and the methods and attributes of an array, for Param, State and Result."""

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .dispatch import live, plain, record, require_idle, touch
from .foreign import foreign, operate, wanted_by_sparse
from .mutation import assign, write
from .primitive import Primitive, add_row, table
from .sparse import Sparse
from .values import Array, Param, Result, State, adopt, current, recorder, single, value

__all__ = ["astype"]

new = object.__new__
PLAIN: Any = frozenset({np.ndarray, float, int, np.float64, np.float32})
NONE: dict[str, Any] = {}
ARRAY, FLOAT32 = np.ndarray, np.dtype(np.float32)


def row(f: Any) -> Primitive:
    """The row of `f`, made now if its rules come later: operators hold on to it."""
    if f not in table:
        add_row(f, Primitive(f, None))
    return table[f]


def binary(f: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    primitive, linear = row(f), f in (np.add, np.subtract, np.multiply, np.divide)

    def forward(a: Any, b: Any) -> Any:
        if type(a) is not Result:
            active: Any = current.get()
            if active is not None and type(a) is Param:
                leaf = active.leaves.get(a)
                a = active.leaf(a) if leaf is None else leaf
        if type(a) is Result and (append := (active := a.recording).quick) is not None:
            x, kind = a.value, type(b)
            if kind in PLAIN:
                if kind is float and linear and b and type(x) is ARRAY and x.dtype is FLOAT32:
                    b = single(b)
                y = primitive.call(x, b)
                node: Any = ((0, a.index),), (x, b), NONE, y, primitive
            else:
                if kind is Param and current.get() is a.recording:
                    leaf = active.leaves.get(b)
                    b = active.leaf(b) if leaf is None else leaf
                if type(b) is not Result or b.recording is not active:
                    return operate(f, a, b) if foreign(b) else record(a, f, "__call__", a, b)
                z = b.value
                y = primitive.call(x, z)
                node = ((0, a.index), (1, b.index)), (x, z), NONE, y, primitive
            r = new(Result)
            r.value, r.recording, r.index = y, active, len(active.nodes)
            append(node)
            return r
        return operate(f, a, b) if foreign(b) else record(a, f, "__call__", a, b)

    def reflected(b: Any, a: Any) -> Any:
        asked = type(a) not in PLAIN and foreign(a)
        return operate(f, a, b) if asked else record(b, f, "__call__", a, b)

    return forward, reflected


def unary(f: Any) -> Callable[[Any], Any]:
    row(f)
    return lambda x: record(x, f, "__call__", x)


def in_place(f: Any, sign: int = 0) -> Callable[[Any, Any], Any]:
    def update(self: Any, other: Any) -> Any:
        if current.get() is not None:
            refuse_writing(self)
        if sign and type(other) is Sparse:
            (other * sign).add_to(self.value)
        else:
            if type(other) is not ARRAY:
                other = other.dense() if type(other) is Sparse else plain(other)
            f(self.value, other, self.value)
        self.version += 1
        return self

    return update


def rebinding(f: Any) -> Callable[[Any, Any], Any]:
    def update(self: Any, other: Any) -> Any:
        y = record(self, f, "__call__", self, other)
        return y if isinstance(value(self), np.generic) else assign(self, y)

    return update


def refuse_writing(x: Any) -> None:
    if (type(x) is Result or current.get() is not None) and (live(x) or recorder() is not None):
        raise TypeError(
            f"a {type(x).__name__} cannot be written into while diff records, for the tape may "
            "need what stands there; write into a Result, update Params after diff, and a State "
            "by its update(new)"
        )


def method(f: Any) -> Callable[..., Any]:
    return lambda self, *args, **options: record(self, f, "__call__", self, *args, **options)


def getitem(self: Any, index: Any) -> Any:
    if live(self):
        return record(self, operator.getitem, "__call__", self, index=plain(index))
    return value(self)[plain(index)]


def setitem(self: Any, index: Any, new: Any) -> None:
    if type(self) is Result:
        return write(self, plain(index), new)
    refuse_writing(self)
    self.value[plain(index)] = plain(new)
    touch(self)


def iterate(self: Any) -> Iterator[Any]:
    if self.ndim == 0:
        raise TypeError("iteration over a 0-d array")
    return (self[i] for i in range(len(self)))


def reshape(self: Any, *shape: Any, **options: Any) -> Any:
    shape = shape[0] if len(shape) == 1 else shape
    return record(self, np.reshape, "__call__", self, shape=shape, **options)


def flatten(self: Any, order: Any = "C") -> Any:
    return np.ravel(self, order=order) if live(self) else value(self).flatten(order)


def transpose(self: Any, *axes: Any) -> Any:
    order = axes[0] if len(axes) == 1 else axes or None
    return record(self, np.transpose, "__call__", self, axes=order)


def astype(x: Any, dtype: Any, **options: Any) -> Any:
    """`x` in another dtype; the gradient comes back in the dtype of `x`.

    >>> astype(np.array([1.0]), "float32")
    array([1.], dtype=float32)
    """
    return x.astype(dtype, **options)


def to_array(self: Any, dtype: Any = None, copy: bool | None = None) -> Any:
    if wanted_by_sparse():
        return np.array(None)
    require_idle(self, "making a plain array (np.array, np.asarray)")
    return np.array(plain(self), dtype=dtype, copy=copy)


def converter(convert: Callable[..., Any], name: str) -> Callable[..., Any]:
    def to(self: Any, *args: Any) -> Any:
        require_idle(self, name)
        return convert(value(self), *args)

    return to


def attribute(self: Any, name: str) -> Any:
    """What has no rule: the array's own attribute or method, unless that would cut the graph."""
    if name.startswith("__") or name in ("value", "recording", "index", "version", "serial"):
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
    found = getattr(value(self), name)
    if live(self) and (callable(found) or name in ("flat", "data", "base", "ctypes")):
        raise NotImplementedError(
            f"the array's {name} has no gradient rule; use a NumPy function that has one, "
            "or take value(x) first if no gradient shall pass"
        )
    if callable(found) and name in ("sort", "fill", "put", "partition", "resize", "setfield"):
        refuse_writing(self)
        touch(self)
    return found


def shown(letter: str) -> Callable[[Any], str]:
    return lambda self: f"{letter}({value(self)})"


def constant(f: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator without gradient, as comparisons are; its plain value may steer the program."""
    return lambda a, b: f(value(a), plain(b)), lambda b, a: f(plain(a), value(b))


def give(*classes: type) -> Callable[[type], type]:
    """Copy the members of a class body onto classes that were defined before it could be."""

    def copy(body: type) -> type:
        for name, member in vars(body).items():
            if name not in ("__module__", "__dict__", "__weakref__", "__doc__", "__qualname__"):
                for cls in classes:
                    setattr(cls, name, member)
        return body

    return copy


# fmt: off
@give(Array)
class Members:
    __add__,      __radd__      = binary(np.add)
    __sub__,      __rsub__      = binary(np.subtract)
    __mul__,      __rmul__      = binary(np.multiply)
    __truediv__,  __rtruediv__  = binary(np.divide)
    __mod__,      __rmod__      = binary(np.remainder)
    __pow__,      __rpow__      = binary(np.power)
    __matmul__,   __rmatmul__   = binary(np.matmul)
    __floordiv__, __rfloordiv__ = constant(operator.floordiv)
    __lshift__,   __rlshift__   = constant(operator.lshift)
    __rshift__,   __rrshift__   = constant(operator.rshift)
    __and__,      __rand__      = constant(operator.and_)
    __xor__,      __rxor__      = constant(operator.xor)
    __or__,       __ror__       = constant(operator.or_)
    __eq__ = constant(operator.eq)[0]
    __ne__ = constant(operator.ne)[0]
    __lt__ = constant(operator.lt)[0]
    __le__ = constant(operator.le)[0]
    __gt__ = constant(operator.gt)[0]
    __ge__ = constant(operator.ge)[0]
    __neg__    = unary(np.negative)
    __pos__    = unary(np.positive)
    __abs__    = unary(np.absolute)
    __invert__ = unary(np.invert)
    __divmod__  = lambda a, b: (a // b, a % b)
    __rdivmod__ = lambda a, b: (b // a, b % a)
    __round__   = lambda x, n=0: np.round(x, n)

    __getitem__  = getitem
    __setitem__  = setitem
    __iter__     = iterate
    __len__      = lambda x: len(value(x))
    __contains__ = lambda x, item: plain(item) in value(x)
    __bool__     = lambda x: bool(value(x))
    __str__      = lambda x: str(value(x))
    __format__   = lambda x, spec: format(value(x), spec)
    __hash__     = object.__hash__
    __array__    = to_array
    __float__    = converter(float, "float(x)")
    __int__      = converter(int, "int(x)")
    __complex__  = converter(complex, "complex(x)")
    __index__    = converter(operator.index, "using x as an index")
    item         = converter(lambda x, *args: x.item(*args), "x.item()")
    tolist       = converter(lambda x: x.tolist(), "x.tolist()")

    shape = property(lambda x: x.value.shape)
    ndim  = property(lambda x: x.value.ndim)
    size  = property(lambda x: x.value.size)
    dtype = property(lambda x: x.value.dtype)
    T     = property(lambda x: record(x, np.transpose, "__call__", x))
    mT    = property(lambda x: np.swapaxes(x, -1, -2))
    real  = property(lambda x: np.real(x))
    imag  = property(lambda x: np.imag(x))

    reshape, transpose, astype = reshape, transpose, method(astype)
    sum, prod, mean, std, var  = map(method, (np.sum, np.prod, np.mean, np.std, np.var))
    min, max, argmin, argmax   = map(method, (np.min, np.max, np.argmin, np.argmax))
    all, any, nonzero, argsort = map(method, (np.all, np.any, np.nonzero, np.argsort))
    cumsum, cumprod, searchsorted = map(method, (np.cumsum, np.cumprod, np.searchsorted))
    clip, round, repeat, take  = map(method, (np.clip, np.round, np.repeat, np.take))
    ravel, flatten, squeeze    = method(np.ravel), flatten, method(np.squeeze)
    swapaxes, diagonal, trace  = map(method, (np.swapaxes, np.diagonal, np.trace))
    dot, copy                  = map(method, (np.dot, np.copy))
    conj = conjugate           = unary(np.conjugate)


@give(Param, State)
class Updates:
    __getattr__ = attribute
    __iadd__, __isub__ = in_place(np.add, 1), in_place(np.subtract, -1)
    __imul__, __itruediv__ = in_place(np.multiply), in_place(np.divide)
    __ifloordiv__, __imod__ = in_place(np.floor_divide), in_place(np.remainder)
    __ipow__, __imatmul__ = in_place(np.power), in_place(np.matmul)


@give(Result)
class OfResults:
    __copy__     = lambda x: np.copy(x)
    __deepcopy__ = lambda x, memo: np.copy(x)
    __reduce_ex__ = converter(lambda x, protocol: x.__reduce_ex__(protocol), "pickling x")
    __iadd__, __isub__ = rebinding(np.add), rebinding(np.subtract)
    __imul__, __itruediv__ = rebinding(np.multiply), rebinding(np.divide)
    __ifloordiv__, __imod__ = rebinding(np.floor_divide), rebinding(np.remainder)
    __ipow__, __imatmul__ = rebinding(np.power), rebinding(np.matmul)
# fmt: on


for kind in (np.ndarray, np.float64, np.complex128):
    adopt(kind)

for cls, letter in ((Param, "P"), (State, "S"), (Result, "R")):
    cls.__repr__ = shown(letter)  # type: ignore[method-assign]
