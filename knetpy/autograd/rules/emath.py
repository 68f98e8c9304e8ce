"""np.emath: what has no real value for a real argument gets a complex one."""

import numpy as np

from knetpy.autograd.primitive import rewrite
from knetpy.autograd.values import value

from .places import together


def extended(x, beyond):
    """`x`, as complex numbers if any entry is real and beyond the domain."""
    plain = value(x)
    if plain.dtype.kind == "c" or not beyond(plain).any():
        return x
    return x.astype(np.complex64 if plain.dtype == np.float32 else np.complex128)


def negative(x):
    return extended(x, lambda x: x < 0)


def beyond_one(x):
    return extended(x, lambda x: abs(x) > 1)


def extending(name, extend):
    """The function of NumPy of that name, of arguments that it can take."""
    f = getattr(np, name)
    rewrite(getattr(np.emath, name))(lambda x: f(extend(x)))


for name in ("sqrt", "log", "log2", "log10"):
    extending(name, negative)
for name in ("arccos", "arcsin", "arctanh"):
    extending(name, beyond_one)


@rewrite(np.emath.logn)
def logn(n, x):
    n, x = together(n, x)
    return np.log(negative(x)) / np.log(negative(n))


@rewrite(np.emath.power)
def power(x, p):
    """As the ufunc has it: the operator, to which np.power turns without options, knows better."""
    x, p = together(x, p)
    p = p * 1.0 if p.dtype.kind in "iu" and (p < 0).any() else p
    return np.power(negative(x), p, casting="same_kind")
