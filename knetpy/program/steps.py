"""What programs are made of: calls, and conditions under which they hold."""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import knetpy.kernels as kernels
from knetpy.autograd.containers import rebuild

from .parts import found, is_array, is_param, memory
from .traced import Method

__all__ = [
    "Condition",
    "Recompile",
    "Step",
    "get_value",
    "has_known_layout",
    "layout_of",
    "others",
    "set_value",
]

BOOL = np.dtype(bool)
OF_LAYOUT = {  # functions and methods of NumPy whose results are of a shape and dtype known before
    *"beta binomial choice exponential gamma integers normal permutation permuted".split(),
    *"poisson shuffle standard_normal uniform".split(),  # of generators
    *"accumulate byteswap fill partition put resize".split(),
    *"all any append argmax argmin argsort astype atleast_1d atleast_2d atleast_3d average".split(),
    *"broadcast_arrays broadcast_to cholesky clip column_stack concatenate conj conjugate".split(),
    *"convolve copy copyto correlate cross cumprod cumsum det diag diagonal diff dot".split(),
    *"dstack eigh eigvalsh einsum empty_like expand_dims fft fft2 fftn flip fliplr flipud".split(),
    *"full_like gradient hstack ifft ifft2 ifftn imag inner interp inv irfft irfftn".split(),
    *"isclose".split(),
    *"kron linspace max mean median min moveaxis nan_to_num nanmax nanmean nanmin nanstd".split(),
    *"nansum nanvar norm ones_like outer pad percentile prod ptp qr quantile random ravel".split(),
    *"real reduce repeat reshape rfft rfftn roll rollaxis rot90 round searchsorted setitem".split(),
    *"slogdet solve sort split squeeze stack std sum svd swapaxes take take_along_axis".split(),
    *"tensordot tile trace transpose trapezoid tril triu unstack var vdot vecdot view".split(),
    *"vstack where zeros_like".split(),
}
OPERANDS = {  # how many of the first arguments may be arrays of whole numbers all the same
    **dict.fromkeys("copyto cross dot inner isclose kron outer searchsorted take".split(), 2),
    **dict.fromkeys("take_along_axis tensordot vdot vecdot".split(), 2),
    **dict.fromkeys("clip setitem".split(), 3),
    "einsum": 99,
}
KERNELS = {getattr(kernels, name) for name in kernels.__all__ if callable(getattr(kernels, name))}


class Step(NamedTuple):
    """A call of a program: Refs stand for what earlier steps gave, `out` says where results go.

    A `pure` step does nothing but compute its results, and is left out if nobody wants them; any
    other `writes` into some memory.  One that `changes` what outlives the program can be taken
    only if the program goes on.
    """

    f: Any
    args: Any
    options: dict[str, Any]
    out: Any
    pure: bool = True
    changes: bool = False
    writes: frozenset[int] = frozenset()

    def __str__(self) -> str:
        given = [*map(shown, self.args), *(f"{k}={shown(x)}" for k, x in self.options.items())]
        to = "" if self.out is None else f" -> {shown(self.out)}"
        return f"{getattr(self.f, '__name__', self.f)}({', '.join(given)}){to}"


class Recompile(Exception):
    """This program is not for these arguments, and nothing has been changed yet."""


class Condition(NamedTuple):
    """What a branch of the function depended on: the program is for arguments with this outcome."""

    convert: Callable[[Any], Any]
    expected: Any

    def __call__(self, x: Any) -> None:
        if self.convert(x) != self.expected:
            raise Recompile


def has_known_layout(f: Any, args: Any, options: Any) -> bool:
    """Whether the layouts of the results depend on those of the arguments alone.

    >>> has_known_layout(np.sum, (np.ones(3),), {}), has_known_layout(np.nonzero, (np.ones(3),), {})
    (True, False)
    """
    if isinstance(f, np.ufunc) or f in KERNELS or f is get_value:
        return True
    numpys = isinstance(f, Method) or isinstance(getattr(f, "__self__", None), np.ufunc)
    numpys = numpys or (getattr(f, "__module__", None) or "").partition(".")[0] == "numpy"
    name = f.__name__ if numpys or f is operator.setitem else ""
    if f is operator.getitem:
        index = args[1] if isinstance(args[1], tuple) else args[1:]
        return not any(map(is_selection, index))
    if name == "where":
        return len(args) == 3
    if name not in OF_LAYOUT:
        return False
    rest = (*args[OPERANDS.get(name, 1) :], *options.values())
    return not any(map(has_whole_numbers, rest))


def is_selection(x: Any) -> bool:
    """Whether an index selects as many as its values say."""
    if isinstance(x, slice):
        return any(is_array(part) for part in (x.start, x.stop, x.step))
    if isinstance(x, list):
        return any(map(is_array, x)) or np.asarray(x).dtype == BOOL
    return isinstance(x, bool) or getattr(x, "dtype", None) == BOOL


def has_whole_numbers(x: Any) -> bool:
    """Whether there are arrays in `x` that may be counts, axes or shapes."""
    return any(array.dtype.kind in "iub" for array in found(x, is_array))


def get_value(x: Any) -> Any:
    """The array of a Param or State, as it is at that moment."""
    return x.value


def set_value(x: Any, new: Any) -> None:
    x.value = new


def others(steps: list[Step]) -> set[int]:
    """The memory of arrays among the arguments that no step has computed, nor the program got."""
    arrays = found([(step.args, step.options) for step in steps], is_array)
    return {memory(x) for x in arrays if not isinstance(x, np.generic)}


def layout_of(x: Any) -> Any:
    return x.dtype, x.shape


def shown(x: Any) -> str:
    """An argument as a listing has it: arrays by dtype and shape."""
    plain = rebuild(x, lambda a: f"{a.dtype} {a.shape}", leaf=lambda a: is_array(a) or is_param(a))
    return plain if isinstance(plain, str) else repr(plain)
