"""An array class that lives on no host, as CuPy's: it refuses to be mixed with NumPy's arrays."""

import sys

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

CREATORS = ("empty", "zeros", "ones", "full", "asarray")


class Standin(NDArrayOperatorsMixin):
    def __init__(self, host):
        self.host = host

    def __array_namespace__(self):
        return sys.modules[__name__]

    def __array_ufunc__(self, f, method, *args, **options):
        if any(hasattr(x, "__array_ufunc__") and not isinstance(x, OWN) for x in args):
            return NotImplemented
        return wrapped(getattr(f, method)(*map(unwrapped, args), **opened(options)))

    def __array_function__(self, f, types, args, options):
        return wrapped(f(*map(unwrapped, args), **opened(options)))

    def __array__(self, dtype=None, copy=None):
        raise TypeError("a Standin does not become a NumPy array by itself")

    def __getattr__(self, name):
        found = getattr(self.host, name)
        if not callable(found):
            return wrapped(found)
        return lambda *args, **options: wrapped(found(*map(unwrapped, args), **opened(options)))

    def __getitem__(self, index):
        return wrapped(self.host[unwrapped(index)])

    def __setitem__(self, index, x):
        self.host[unwrapped(index)] = unwrapped(x)

    def __len__(self):
        return len(self.host)

    def __bool__(self):
        return bool(self.host)

    def __int__(self):
        return int(self.host)

    def __float__(self):
        return float(self.host)

    def __format__(self, spec):
        return format(self.host, spec)


OWN = (Standin, np.ndarray, np.generic)


def wrapped(x):
    if isinstance(x, tuple):
        return tuple(map(wrapped, x))
    return Standin(np.asarray(x)) if isinstance(x, (np.ndarray, np.generic)) else x


def unwrapped(x):
    if isinstance(x, (tuple, list)):
        return type(x)(map(unwrapped, x))
    if isinstance(x, np.ndarray):
        raise TypeError("a NumPy array came where a Standin is")
    return x.host if isinstance(x, Standin) else x


def opened(options):
    return {name: unwrapped(x) for name, x in options.items()}


def creator(name):
    return lambda *args, **options: Standin(getattr(np, name)(*args, **options))


class random:
    random = staticmethod(
        lambda shape, dtype: Standin(np.random.default_rng(0).random(shape, dtype))
    )


globals().update({name: creator(name) for name in CREATORS})
