"""Functions of all orders up to one, with their derivatives; in the chapter of scipy.special.

Each pair (y, y') has the gradient that the differential equation of y gives, Fourier coefficients
that of an eigenvector; degrees, orders and parameters have none.
Source:  DLMF 10.51.1 (Riccati-Bessel), 10.13.5 (lambda), 12.2.2, 14.2.1, 14.2.2, 28.4.5 to
         28.4.8 (Mathieu), 30.2.1
"""

import inspect
from functools import wraps

import numpy as np
from scipy import special as sp

from knetpy.autograd.primitive import fixed, primitive
from knetpy.autograd.rules.decompositions import whole
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.rules.hypergeometric import spheroid_dc
from knetpy.autograd.values import value

from .exact import exact
from .wrap import array

__all__ = [
    "lmbda",
    "lqmn",
    "lqn",
    "mathieu_even_coef",
    "mathieu_odd_coef",
    "obl_cv_seq",
    "pbdn_seq",
    "pbdv_seq",
    "pbvv_seq",
    "pro_cv_seq",
    "riccati_jn",
    "riccati_yn",
]


# SciPy wants scalars for these; an array of no axes is one here.


def orders(v, y):
    """The orders from the fraction of `v` on, one for each entry of a sequence `y`."""
    if v < 0:
        raise NotImplementedError(
            f"sequences of functions of negative order (v={v}) have no gradient, for SciPy's are "
            "not those of all orders; call the function of one order for each"
        )
    return v - int(v) + np.arange(len(y))


def pair_dx(dys, ys, x, second):
    """The gradient of a pair (y, y') whose second derivative is known."""
    (dy, dslope), slope = whole(dys, ys), ys[1]
    dx = dy * slope + dslope * second
    return of_kind(dx.sum(axis=tuple(range(dx.ndim - np.ndim(x)))), x).astype(np.result_type(x))


def sequence(f, second, about):
    """A sequence in the order v and its derivatives; `second(v, x, y, slope)` gives the second."""

    def dx(dys, ys, v, x):
        return pair_dx(dys, ys, x, second(orders(v, ys[0]), x, *ys))

    def call(*args, **named):
        return f(*map(number, args), **{name: number(x) for name, x in named.items()})

    call.__signature__ = inspect.signature(f)
    call.__name__ = call.__qualname__ = f.__name__
    call.__doc__ = f"""{about} of all orders up to v, and their derivatives.

    >>> np.all({f.__name__}(2, 1.5)[0] == sp.{f.__name__}(2, 1.5)[0])
    np.True_
    """
    return primitive(rules=[fixed(next(iter(call.__signature__.parameters))), dx], several=True)(
        call
    )


def number(x):
    """`x`, or what is in an array of no axes."""
    return x[()] if hasattr(x, "dtype") else x


def riccati(v, x, y, slope):
    return (v * (v + 1) / (x * x) - 1) * y


def lambda_second(v, x, y, slope):
    return -y - (2 * v + 1) / x * slope


def cylinder(v, x, y, slope):
    if x.dtype.kind == "c":
        raise NotImplementedError(
            "pbdn_seq has no gradient at complex z, where SciPy's values are not those of D"
        )
    return (x * x / 4 - v - 0.5) * y


# fmt: off
riccati_jn = sequence(sp.riccati_jn, riccati,       "The functions x j(x) of Riccati and Bessel")
riccati_yn = sequence(sp.riccati_yn, riccati,       "The functions x y(x) of Riccati and Bessel")
lmbda      = sequence(sp.lmbda,      lambda_second, "Jahnke and Emde's lambda functions")
pbdn_seq   = sequence(sp.pbdn_seq,   cylinder,      "The parabolic cylinder functions D")
pbdv_seq   = sequence(sp.pbdv_seq,   cylinder,      "The parabolic cylinder functions D")
pbvv_seq   = sequence(sp.pbvv_seq,   cylinder,      "The parabolic cylinder functions V")
# fmt: on


def legendre_second(m, n, z, y, slope):
    w = 1 - z * z
    return (2 * z * slope - (n * (n + 1) - m * m / w) * y) / w


def lqn_dz(dys, ys, n, z):
    n = np.arange(n + 1.0).reshape(-1, *(1,) * np.ndim(z))
    return pair_dx(dys, ys, z, legendre_second(0, n, z, *ys))


@primitive(rules=[fixed("n"), lqn_dz], several=True)
def lqn(n, z):
    """Legendre functions of the second kind of all degrees up to n, and their derivatives.

    >>> lqn(0, 0.5)[0].round(4)
    array([0.5493])
    """
    return sp.lqn(n, z)


def lqmn_dz(dys, ys, m, n, z):
    ones = (1,) * np.ndim(z)
    m = np.arange(m + 1.0).reshape(-1, 1, *ones)
    return pair_dx(dys, ys, z, legendre_second(m, np.arange(n + 1.0).reshape(-1, *ones), z, *ys))


@primitive(rules=[fixed("m"), fixed("n"), lqmn_dz], several=True)
def lqmn(m, n, z):
    """Associated Legendre functions of the second kind up to order m and degree n, and slopes.

    >>> lqmn(0, 0, 0.5)[0].round(4)
    array([[0.5493]])
    """
    return sp.lqmn(m, n, z)


# Spheroids and Mathieu's functions


def characteristic(f, sign, about):
    def dc(dy, y, m, n, c):
        slope = spheroid_dc(sign, m, np.arange(m, n + 1), c)
        return (dy * slope).sum().astype(np.result_type(c))

    def call(m, n, c):
        return f(m, n, np.asarray(c)[()])

    call.__name__ = call.__qualname__ = f.__name__
    call.__doc__ = f"""The characteristic values of {about} spheroids, of degrees m to n.

    >>> {f.__name__}(0, 2, 0.0).round(6)
    array([0., 2., 6.])
    """
    return primitive(rules=[fixed("m"), fixed("n"), dc])(call)


pro_cv_seq = characteristic(sp.pro_cv_seq, 1, "prolate")
obl_cv_seq = characteristic(sp.obl_cv_seq, -1, "oblate")


def fourier(m, q, odd, n):
    """The coefficients of order m: an eigenvector of the recurrence, of which n are asked for."""
    size = n + 30 + m
    first = 2 if odd and m % 2 == 0 else m % 2
    orders = np.arange(size) * 2 + first
    beside = np.eye(size, k=1) + np.eye(size, k=-1)
    unit = np.ones(size)
    if first == 0:
        beside[0, 1] = beside[1, 0] = np.sqrt(2)
        unit[0] = np.sqrt(0.5)
    if first == 1:
        beside[0, 0] = -1 if odd else 1
    _, vectors = np.linalg.eigh(np.diag(orders**2.0) + q * beside)
    return (vectors[:, (m - first) // 2] * unit)[:n]


def coefficients(f, odd, about):
    @wraps(f)
    def scipys(m, q):
        return f(m, np.asarray(q)[()])

    def call(m, q, known):
        y = fourier(int(m), array(q).astype(float), odd, len(known))
        return y * np.where(value(y) @ known < 0, -1.0, 1.0)

    call.__name__ = call.__qualname__ = f.__name__
    call.__doc__ = f"""The Fourier coefficients of the {about} Mathieu function of order m.

    >>> {f.__name__}(2, 1.0)[:2].shape
    (2,)
    """
    return exact(scipys, constant="m")(call)


mathieu_even_coef = coefficients(sp.mathieu_even_coef, False, "even")
mathieu_odd_coef = coefficients(sp.mathieu_odd_coef, True, "odd")
