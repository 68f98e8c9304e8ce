"""Matrices of a kind, made of any."""

import numpy as np

from knetpy.autograd import value
from knetpy.autograd.rules.decompositions import H, T

LAYOUTS = ("plain", "complex128", "float32")
REAL = ("plain", "float32")


def identity(x):
    return np.eye(x.shape[-1], dtype=value(x).real.dtype)


def regular(x):
    return x + 5 * identity(x)


def symmetric(x):
    return x + T(x) + 3 * identity(x)


def hermitian(x):
    return x + H(x)


def definite(x):
    return x @ H(x) / 4 + identity(x)
