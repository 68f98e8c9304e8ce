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


def in_rows(x):
    """In C order, for SciPy's own loops round by the order in memory."""
    return x.reshape(-1).reshape(x.shape)


def squares(x):
    """What does not depend on the phase, and is smooth."""
    return (x * x.conj()).real
