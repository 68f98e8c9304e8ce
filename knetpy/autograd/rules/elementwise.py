"""Elementwise mathematics: arithmetic, powers, exponentials, trigonometry, comparisons.

Ties of maximum and minimum share the gradient evenly.
"""

from math import log, pi

import numpy as np

from knetpy.autograd.operators import astype
from knetpy.autograd.primitive import primitive, zerograd

LOG2, LOG10 = log(2), log(10)


def power_da(dy, y, a, b):
    """b a**(b - 1), without 0 * inf where the exponent is 0."""
    if isinstance(b, (int, float)):
        return dy * (2 * a) if b == 2 else dy * (b * a ** (b - 1)) if b else dy * 0
    return dy * b * a ** np.where(b == 0, 1, b - 1)


def power_db(dy, y, a, b):
    """y log(a), and 0 where the base is 0, for there y does not move."""
    return dy * y * np.log(np.where(a == 0, 1, a))


def taken(a, b):
    """1 where `a` is larger, 1/2 where both are equal, 0 where `b` is larger."""
    return ((a > b) + 0.5 * (a == b)).astype(np.result_type(a, b))


def inside(x, low, high):
    """Where clip lets `x` through, its bounds included."""
    return ~((False if low is None else x < low) | (False if high is None else x > high))


# fmt: off
primitive(np.add,         lambda dy, y, a, b: dy,               lambda dy, y, a, b: dy)
primitive(np.subtract,    lambda dy, y, a, b: dy,               lambda dy, y, a, b: -dy)
primitive(np.multiply,    lambda dy, y, a, b: dy * b,           lambda dy, y, a, b: dy * a)
primitive(np.divide,      lambda dy, y, a, b: dy / b,           lambda dy, y, a, b: -dy * y / b)
primitive(np.power,       power_da,                             power_db)
primitive(np.float_power, power_da,                             power_db)
primitive(np.remainder,   lambda dy, y, a, b: dy,               lambda dy, y, a, b: -dy * (a // b))
primitive(np.fmod,        lambda dy, y, a, b: dy,               lambda dy, y, a, b: -dy * np.trunc(a / b))
primitive(np.maximum,     lambda dy, y, a, b: dy * taken(a, b), lambda dy, y, a, b: dy * taken(b, a))
primitive(np.minimum,     lambda dy, y, a, b: dy * taken(b, a), lambda dy, y, a, b: dy * taken(a, b))
primitive(np.hypot,       lambda dy, y, a, b: dy * a / y,       lambda dy, y, a, b: dy * b / y)
primitive(np.arctan2,     lambda dy, y, a, b: dy * b / (a * a + b * b),
                          lambda dy, y, a, b: -dy * a / (a * a + b * b))
primitive(np.logaddexp,   lambda dy, y, a, b: dy * np.exp(a - y),
                          lambda dy, y, a, b: dy * np.exp(b - y))
primitive(np.logaddexp2,  lambda dy, y, a, b: dy * np.exp2(a - y),
                          lambda dy, y, a, b: dy * np.exp2(b - y))
primitive(np.where, None, lambda dy, y, c, a, b: np.where(c, dy, 0),
                          lambda dy, y, c, a, b: np.where(c, 0, dy))
primitive(np.clip,        lambda dy, y, x, low=None, high=None: dy * inside(x, low, high),
                          lambda dy, y, x, low=None, high=None: dy * (x < low),
                          lambda dy, y, x, low=None, high=None: dy * (x > high))
primitive(np.negative,    lambda dy, y, x: -dy)
primitive(np.positive,    lambda dy, y, x: dy)
primitive(np.conjugate,   lambda dy, y, x: dy.conj())
primitive(np.real,        lambda dy, y, x: dy)
primitive(np.imag,        lambda dy, y, x: dy * -1j)
primitive(np.copy,        lambda dy, y, x, **_: dy)
primitive(np.absolute,    lambda dy, y, x: dy * np.sign(x))
primitive(np.fabs,        lambda dy, y, x: dy * np.sign(x))
primitive(np.reciprocal,  lambda dy, y, x: -dy * y * y)
primitive(np.square,      lambda dy, y, x: dy * (2 * x))
primitive(np.sqrt,        lambda dy, y, x: dy / (2 * y))
primitive(np.cbrt,        lambda dy, y, x: dy / (3 * y * y))
primitive(np.exp,         lambda dy, y, x: dy * y)
primitive(np.exp2,        lambda dy, y, x: dy * (LOG2 * y))
primitive(np.expm1,       lambda dy, y, x: dy * (y + 1))
primitive(np.log,         lambda dy, y, x: dy / x)
primitive(np.log2,        lambda dy, y, x: dy / (LOG2 * x))
primitive(np.log10,       lambda dy, y, x: dy / (LOG10 * x))
primitive(np.log1p,       lambda dy, y, x: dy / (1 + x))
primitive(np.sin,         lambda dy, y, x: dy * np.cos(x))
primitive(np.cos,         lambda dy, y, x: -dy * np.sin(x))
primitive(np.tan,         lambda dy, y, x: dy * (1 + y * y))
primitive(np.arcsin,      lambda dy, y, x: dy / np.sqrt(1 - x * x))
primitive(np.arccos,      lambda dy, y, x: -dy / np.sqrt(1 - x * x))
primitive(np.arctan,      lambda dy, y, x: dy / (1 + x * x))
primitive(np.sinh,        lambda dy, y, x: dy * np.cosh(x))
primitive(np.cosh,        lambda dy, y, x: dy * np.sinh(x))
primitive(np.tanh,        lambda dy, y, x: dy * (1 - y * y))
primitive(np.arcsinh,     lambda dy, y, x: dy / np.sqrt(x * x + 1))
primitive(np.arccosh,     lambda dy, y, x: dy / np.sqrt(x * x - 1))
primitive(np.arctanh,     lambda dy, y, x: dy / (1 - x * x))
primitive(np.deg2rad,     lambda dy, y, x: dy * (pi / 180))
primitive(np.radians,     lambda dy, y, x: dy * (pi / 180))
primitive(np.rad2deg,     lambda dy, y, x: dy * (180 / pi))
primitive(np.degrees,     lambda dy, y, x: dy * (180 / pi))
primitive(astype,         lambda dy, y, x, **_: dy.astype(x.dtype))
# fmt: on

zerograd(np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.sign, np.signbit)
zerograd(np.floor_divide, np.heaviside, np.spacing, np.nextafter)
zerograd(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
zerograd(np.isfinite, np.isinf, np.isnan, np.isclose, np.allclose, np.array_equal)
zerograd(np.logical_and, np.logical_or, np.logical_not, np.logical_xor)
zerograd(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert)
zerograd(np.left_shift, np.right_shift, np.bitwise_count)
