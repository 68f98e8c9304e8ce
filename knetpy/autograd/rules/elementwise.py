"""Elementwise mathematics: arithmetic, powers, exponentials, trigonometry, comparisons.

Where a function has a kink: ties of maximum and minimum share the gradient evenly; absolute,
hypot, arctan2 and sinc have gradient 0 at 0; the bounds of clip let pass what equals them; the
slope of sqrt at 0 is infinite.  A branch that np.where leaves out is dead, whatever its slope.
"""

from math import isfinite, log, pi

import numpy as np

from knetpy.autograd.dispatch import require_plain
from knetpy.autograd.operators import astype
from knetpy.autograd.primitive import primitive, rewrite, table, zerograd
from knetpy.autograd.values import value

LOG2, LOG10 = log(2), log(10)
NUMBERS = (int, float, complex, np.generic)


def finite(x):
    """Whether `x` is a plain array or number without inf and nan, seen in one fast pass."""
    if type(x) is np.ndarray:
        return isfinite(abs((row := x.reshape(-1)).dot(row)))
    return isinstance(x, NUMBERS) and isfinite(abs(x))


def without_zero(x):
    """Whether no entry of a plain `x` is 0: counting is quick to start, `all` quick to run."""
    return np.count_nonzero(x) == np.size(x) if np.size(x) < 2000 else x.all()


def over(dy, x, y=None):
    """dy / x, and 0 where dy is 0 and x is 0 or nan: a branch that np.where left out is dead.

    A `y` that can only be finite where x is neither spares a look at x.
    """
    if finite(x) and without_zero(x) if y is None else finite(y):
        return dy / x
    return dy / np.where((dy == 0) & np.logical_not(abs(x) > 0), dy.dtype.type(1), x)


def times(dy, x):
    """dy * x, and 0 where dy is 0 and x is inf or nan."""
    return dy * (x if finite(x) else np.where((dy == 0) & ~np.isfinite(x), 0, x))


def divide_da(dy, y, a, b):
    return dy / b if finite(y) else over(dy, b)


def divide_db(dy, y, a, b):
    return -dy * y / b if finite(y) else -over(over(dy, b) * a, b)


def power(a, b, **options):
    """As the operator does it, which knows better ways for the exponents 2, 1/2 and -1."""
    return np.power(a, b, **options) if options else a**b


def power_da(dy, y, a, b):
    """b a**(b - 1), without 0 * inf where base and exponent are 0."""
    if isinstance(b, (int, float)):
        return dy * (2 * a) if b == 2 else times(dy, b * a ** (b - 1)) if b else dy * 0
    return times(dy, b * a ** np.where((b == 0) & (a == 0), 1, b - 1))


def power_db(dy, y, a, b):
    """y log(a), and 0 where 0 is raised to what is not negative, for there y does not move."""
    still = (a == 0) & (np.real(b) >= 0)
    return times(dy, y * np.log(np.where(still, y.dtype.type(1), a)))


def logaddexp_share(dy, y, a, exp):
    """The share of `a` in the sum; where all is infinite there is no difference to take."""
    return dy * exp(np.where(a == y, 0, a - np.where(a == y, 0, y)))


def taken(a, b):
    """1 where `a` is larger, 1/2 where both are equal, 0 where `b` is larger."""
    return ((a > b) + 0.5 * (a == b)).astype(np.result_type(a, b))


def chosen(a, b):
    """As `taken`, with a nan smaller than every number."""
    return np.where(np.isnan(b), 1, np.where(np.isnan(a), 0, taken(a, b)))


def leg(x):
    """The root of 1 - x**2; of complex numbers, on the side of the cut where NumPy has them."""
    return np.sqrt(-(x - 1)) * np.sqrt(x + 1) if x.dtype.kind == "c" else np.sqrt(1 - x * x)


def absolute_dx(dy, y, x):
    """The direction of x, conjugated if complex; 0 at 0."""
    return dy * np.sign(x) if x.dtype.kind != "c" else dy.real * np.sign(x).conj()


def imag_dx(dy, y, x):
    return dy.real * -1j if x.dtype.kind == "c" else dy * 0


def angle_dx(dy, y, z, deg=False):
    scale = dy.real * (180 / pi) if deg else dy.real
    return over(scale, z) * -1j if z.dtype.kind == "c" else dy * 0


def sinc_dx(dy, y, x):
    """(cos(pi x) - sinc(x)) / x, and its series near 0, where that cancels."""
    near = abs(x) < 1e-3
    far = np.where(near, 1, x)
    u = pi * pi * np.where(near, x, 0)
    series = -u / 3 + u * u * np.where(near, x, 0) / 30
    return dy * np.where(near, series, (np.cos(pi * far) - np.sinc(far)) / far)


def astype_dx(dy, y, x, **_):
    return (dy if x.dtype.kind == "c" else dy.real).astype(x.dtype)


def i0_dx(dy, y, x):
    """The modified Bessel function of order 1, which NumPy does not have."""
    from scipy.special import i1

    return dy * i1(x.astype(np.float64)).astype(x.dtype)


def frexp_dx(dys, ys, x):
    """The mantissa is x over a power of two; at 0 it is 0, over 1."""
    return None if dys[0] is None else np.ldexp(dys[0], -ys[1])


def direction_dx(dy, y, z):
    """What stands across z moves its direction, and what lies along z does not."""
    return over(dy - (dy * y).real * y.conj(), abs(z))


@primitive(rules=[direction_dx])
def direction(z):
    return np.sign(z)


def clip_spread(x, a_min=None, a_max=None, *, min=None, max=None, **options):
    low = min if a_min is None or a_min is np._NoValue else a_min
    high = max if a_max is None or a_max is np._NoValue else a_max
    return (x, low, high), options


def clip_dx(i, dy, y, x, low, high):
    """The bounds let `x` through where it equals them; if they cross, all is the upper one."""
    below = False if low is None else x < low
    above = False if high is None else x > high
    usual = True if low is None or high is None else low <= high
    through = np.logical_not(below | above)
    return dy * (through, below & usual, above | np.logical_not(usual))[i]


# fmt: off
primitive(np.add,         lambda dy, y, a, b: dy,               lambda dy, y, a, b: dy)
primitive(np.subtract,    lambda dy, y, a, b: dy,               lambda dy, y, a, b: -dy)
primitive(np.multiply,    lambda dy, y, a, b: dy * b,           lambda dy, y, a, b: dy * a)
primitive(np.divide,      divide_da,                            divide_db)
primitive(np.power,       power_da,                             power_db,  call=power)
primitive(np.float_power, power_da,                             power_db)
primitive(np.remainder,   lambda dy, y, a, b: dy,               lambda dy, y, a, b: -dy * (a // b))
primitive(np.fmod,        lambda dy, y, a, b: dy,
                          lambda dy, y, a, b: -dy * np.trunc(a / b))
primitive(np.maximum,     lambda dy, y, a, b: dy * taken(a, b),
                          lambda dy, y, a, b: dy * taken(b, a))
primitive(np.minimum,     lambda dy, y, a, b: dy * taken(b, a),
                          lambda dy, y, a, b: dy * taken(a, b))
primitive(np.fmax,        lambda dy, y, a, b: dy * chosen(a, b),
                          lambda dy, y, a, b: dy * chosen(b, a))
primitive(np.fmin,        lambda dy, y, a, b: dy * chosen(-a, -b),
                          lambda dy, y, a, b: dy * chosen(-b, -a))
primitive(np.copysign,    lambda dy, y, a, b: dy * np.copysign(np.sign(a), a * b), None)
primitive(np.ldexp,       lambda dy, y, x, n: np.ldexp(dy, n), None)
primitive(np.hypot,       lambda dy, y, a, b: over(dy * a, y),  lambda dy, y, a, b: over(dy * b, y))
primitive(np.arctan2,     lambda dy, y, a, b: over(dy * b, a * a + b * b),
                          lambda dy, y, a, b: -over(dy * a, a * a + b * b))
primitive(np.logaddexp,   lambda dy, y, a, b: logaddexp_share(dy, y, a, np.exp),
                          lambda dy, y, a, b: logaddexp_share(dy, y, b, np.exp))
primitive(np.logaddexp2,  lambda dy, y, a, b: logaddexp_share(dy, y, a, np.exp2),
                          lambda dy, y, a, b: logaddexp_share(dy, y, b, np.exp2))
primitive(np.where, None, lambda dy, y, c, a, b: np.where(c, dy, 0),
                          lambda dy, y, c, a, b: np.where(c, 0, dy))
primitive(np.clip,        clip_dx, spread=clip_spread, call=np.clip)
primitive(np.negative,    lambda dy, y, x: -dy)
primitive(np.positive,    lambda dy, y, x: dy)
primitive(np.conjugate,   lambda dy, y, x: dy.conj())
primitive(np.real,        lambda dy, y, x: dy.real)
primitive(np.imag,        imag_dx)
primitive(np.angle,       angle_dx)
primitive(np.copy,        lambda dy, y, x, **_: dy)
primitive(np.absolute,    absolute_dx)
primitive(np.fabs,        lambda dy, y, x: dy * np.sign(x))
primitive(np.reciprocal,  lambda dy, y, x: -over(over(dy, x, y), x, y))
primitive(np.square,      lambda dy, y, x: dy * (x + x))
primitive(np.sqrt,        lambda dy, y, x: over(dy, 2 * y))
primitive(np.cbrt,        lambda dy, y, x: over(dy, 3 * y * y))
primitive(np.exp,         lambda dy, y, x: times(dy, y))
primitive(np.exp2,        lambda dy, y, x: times(dy, LOG2 * y))
primitive(np.expm1,       lambda dy, y, x: times(dy, y + 1))
primitive(np.log,         lambda dy, y, x: over(dy, x, y))
primitive(np.log2,        lambda dy, y, x: over(dy, LOG2 * x, y))
primitive(np.log10,       lambda dy, y, x: over(dy, LOG10 * x, y))
primitive(np.log1p,       lambda dy, y, x: over(dy, 1 + x, y))
primitive(np.sin,         lambda dy, y, x: dy * np.cos(x))
primitive(np.cos,         lambda dy, y, x: -dy * np.sin(x))
primitive(np.tan,         lambda dy, y, x: times(dy, 1 + y * y))
primitive(np.arcsin,      lambda dy, y, x: over(dy, leg(x)))
primitive(np.arccos,      lambda dy, y, x: -over(dy, leg(x)))
primitive(np.arctan,      lambda dy, y, x: dy / (1 + x * x))
primitive(np.sinh,        lambda dy, y, x: times(dy, np.cosh(x)))
primitive(np.cosh,        lambda dy, y, x: times(dy, np.sinh(x)))
primitive(np.tanh,        lambda dy, y, x: dy - dy * y * y)
primitive(np.arcsinh,     lambda dy, y, x: dy / np.sqrt(x * x + 1))
primitive(np.arccosh,     lambda dy, y, x: over(dy, np.sqrt(x - 1) * np.sqrt(x + 1)))
primitive(np.arctanh,     lambda dy, y, x: over(dy, 1 - x * x, y))
primitive(np.sinc,        sinc_dx)
primitive(np.i0,          i0_dx)
primitive(np.heaviside,   None,                                 lambda dy, y, x, h: dy * (x == 0))
primitive(np.modf,        lambda dys, ys, x: dys[0], several=True)  # the whole part is constant
primitive(np.frexp,       frexp_dx, several=True)
primitive(np.deg2rad,     lambda dy, y, x: dy * (pi / 180))
primitive(np.radians,     lambda dy, y, x: dy * (pi / 180))
primitive(np.rad2deg,     lambda dy, y, x: dy * (180 / pi))
primitive(np.degrees,     lambda dy, y, x: dy * (180 / pi))
primitive(astype,         astype_dx)
# fmt: on
table[np.where].parameters = {}  # no defaults: of the condition alone it gives indices


@rewrite(np.sign)
def sign(x):
    """Constant, except on the complex plane, where it is the direction of `x`."""
    return direction(x) if x.dtype.kind == "c" else np.sign(value(x))


rewrite(np.astype)(lambda x, dtype, *, copy=True, device=None: astype(x, dtype, copy=copy))


@rewrite(np.divmod)
def divmod(a, b):
    return a // b, np.remainder(a, b)


@rewrite(np.real_if_close)
def real_if_close(a, tol=100):
    """The real part, if the imaginary one of every entry is rounding."""
    require_plain("numpy.real_if_close", tol=tol)
    return a if np.real_if_close(value(a), tol).dtype == a.dtype else a.real


zerograd(np.floor, np.ceil, np.trunc, np.fix, np.rint, np.round, np.around, np.signbit)
zerograd(np.floor_divide, np.spacing, np.nextafter)
zerograd(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
zerograd(np.isfinite, np.isinf, np.isnan, np.isclose, np.allclose, np.array_equal, np.array_equiv)
zerograd(np.isneginf, np.isposinf, np.iscomplex, np.isreal)
zerograd(np.logical_and, np.logical_or, np.logical_not, np.logical_xor)
zerograd(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert)
zerograd(np.left_shift, np.right_shift, np.bitwise_count)
