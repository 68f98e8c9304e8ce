"""Gradients of indexing that stay sparse: where was read, and what came back for it."""

import math
from typing import Any

import numpy as np

__all__ = ["Sparse"]


class Sparse:
    """A zero array with `values[k]` added at `indices[k]`, for every k; repeated places add up.

    The gradient of `weight[ids]` holds only the rows that were looked up.  It supports
    `+ - * /`, adding itself into an array (`add_to`), `norm()`, and `np.asarray`.

    Source:  AutoGrad.jl src/sparse.jl

    >>> g = Sparse((3, 2), np.dtype(float), [np.array([1, 1])], [np.ones((2, 2))])
    >>> np.asarray(g)
    array([[0., 0.],
           [2., 2.],
           [0., 0.]])
    >>> round(g.norm(), 4)
    2.8284
    """

    __slots__ = ("shape", "dtype", "indices", "values")
    __array_ufunc__ = None  # array + Sparse must reach __radd__

    def __init__(self, shape: Any, dtype: Any, indices: list[Any], values: list[Any]) -> None:
        self.shape, self.dtype = shape, dtype
        self.indices, self.values = indices, values

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def is_rows(self) -> bool:
        """Whether every part is a lookup of whole rows by integers, so that it may stay sparse."""
        return all(getattr(i, "ndim", 0) > 0 and i.dtype.kind in "iu" for i in self.indices)

    def dense(self) -> Any:
        """The whole array, zeros included."""
        return self.add_to(np.zeros_like(self.values[0], dtype=self.dtype, shape=self.shape))

    def add_to(self, x: Any) -> Any:
        """Add every part into the array or Sparse `x` in place, and return `x`."""
        if isinstance(x, Sparse):
            x.indices.extend(self.indices)
            x.values.extend(self.values)
            return x
        for index, value in zip(self.indices, self.values, strict=True):
            if repeats(index):
                np.add.at(x, index, value)
            else:
                x[index] += value
        return x

    def rows(self) -> tuple[Any, Any]:
        """The distinct row numbers, ascending, and the summed gradient of each."""
        if len(self.indices) == 1:
            ids, values = self.indices[0].reshape(-1), self.values[0]
        else:
            ids = np.concatenate([i.reshape(-1) for i in self.indices])
            values = np.concatenate([v.reshape(-1, *self.shape[1:]) for v in self.values])
        ids = np.where(ids < 0, ids + self.shape[0], ids)
        unique, inverse = np.unique(ids, return_inverse=True)
        values = values.reshape(-1, *self.shape[1:])
        total = np.zeros_like(values, dtype=self.dtype, shape=(len(unique), *self.shape[1:]))
        np.add.at(total, inverse, values)
        return unique, total

    def norm(self) -> float:
        """The Euclidean norm, with repeated places summed before they are squared."""
        x = self.rows()[1] if self.is_rows() else self.dense()
        return float(np.sqrt(np.sum(np.square(np.abs(x)))))

    def astype(self, dtype: Any) -> "Sparse":
        return Sparse(self.shape, np.dtype(dtype), self.indices, self.values)

    def conj(self) -> "Sparse":
        return self.map(np.conj)

    @property
    def real(self) -> "Sparse":
        return self.map(np.real)

    def map(self, f: Any) -> "Sparse":
        values = [f(v) for v in self.values]
        return Sparse(self.shape, values[0].dtype, self.indices, values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.dense(), dtype=dtype)

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Sparse):
            return other + self.dense()
        if other.shape != self.shape:
            raise ValueError(f"cannot add Sparse gradients of shapes {self.shape}, {other.shape}")
        dtype = np.result_type(self.dtype, other.dtype)
        return Sparse(self.shape, dtype, self.indices + other.indices, self.values + other.values)

    __radd__ = __add__

    def __neg__(self) -> "Sparse":
        return self.map(np.negative)

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, scale: Any) -> "Sparse":
        if getattr(scale, "shape", ()) != ():
            raise TypeError("a Sparse gradient is scaled by numbers only; take g.dense() first")
        return self.map(lambda v: v * scale)

    __rmul__ = __mul__

    def __truediv__(self, scale: Any) -> "Sparse":
        if getattr(scale, "shape", ()) != ():
            raise TypeError("a Sparse gradient is divided by numbers only; take g.dense() first")
        return self.map(lambda v: v / scale)

    def __repr__(self) -> str:
        parts = ", ".join(str(np.shape(v)) for v in self.values)
        return f"Sparse({self.shape}, {self.dtype}, parts of {parts})"


def repeats(index: Any) -> bool:
    """Whether an index may name one place twice: it holds an array or a list of integers."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(
        isinstance(i, list) or (getattr(i, "ndim", 0) > 0 and i.dtype != bool) for i in parts
    )
