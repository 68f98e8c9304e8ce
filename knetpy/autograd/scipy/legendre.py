"""Legendre functions and spherical harmonics; in the chapter of scipy.special.

SciPy gives derivatives up to the second, from which the differential equation makes the next ones.
Degrees and orders have no gradient.
Source:  DLMF 14.2.2, 14.30.1
"""

import numpy as np
from scipy import special as sp

from knetpy.autograd.primitive import fixed, primitive
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.values import value

from .wrap import array, composite

__all__ = [
    "assoc_legendre_p",
    "assoc_legendre_p_all",
    "legendre_p",
    "legendre_p_all",
    "sph_harm_y",
    "sph_harm_y_all",
    "sph_legendre_p",
    "sph_legendre_p_all",
]


def grid(n, m, x):
    """All degrees up to n and all orders from 0 to m and from -m to -1, along two leading axes."""
    ones = (1,) * np.ndim(x)
    orders = np.concatenate([np.arange(m + 1), np.arange(-m, 0)])
    return np.arange(n + 1).reshape(-1, 1, *ones), orders.reshape(1, -1, *ones)


def third(y, n, m, z):
    """By the derivative of ((1 - z^2) y')' + (n (n + 1) - m^2 / (1 - z^2)) y = 0."""
    w = 1 - z * z
    rest = n * (n + 1) - m * m / w
    return (4 * z * y[2] + (2 - rest) * y[1] + 2 * m * m * z / (w * w) * y[0]) / w


def third_in_angle(y, n, m, theta):
    """By the derivative of y'' + cot(theta) y' + (n (n + 1) - m^2 / sin(theta)^2) y = 0."""
    s, c = np.sin(theta), np.cos(theta)
    w = s * s
    rest = n * (n + 1) - m * m / w
    return -(c / s) * y[2] + (1 / w - rest) * y[1] - 2 * m * m * c / (w * s) * y[0]


def summed(dx, x):
    """Over the leading axes, and in the precision of `x`."""
    axes, dx = tuple(range(dx.ndim - x.ndim)), of_kind(dx, x)
    return dx.sum(axis=axes).astype(x.dtype) if axes else dx.astype(x.dtype)


def function(f, next_one, about, every=False, orders=True):
    """A function of a degree and, mostly, an order, and its first `diff_n` derivatives."""

    def dx(dy, y, *args, diff_n=0, **options):
        *numbers, x = args
        if diff_n < 2:
            return summed(dy * new(*args, diff_n=diff_n + 1, **options)[1:], x)
        n, m = numbers if orders else (numbers[0], 0)
        if every:
            n, m = grid(n, m, x) if orders else (np.arange(n + 1).reshape(-1, *(1,) * x.ndim), 0)
        last = next_one(y, np.asarray(n), np.asarray(m), x)
        return summed(dy * np.concatenate([y[1:], last[None]], axis=0), x)

    def of_order(n, m, z, *, diff_n=0, **options):
        return f(n, m, z, diff_n=diff_n, **options)

    def of_degree(n, z, *, diff_n=0):
        return f(n, z, diff_n=diff_n)

    call = of_order if orders else of_degree
    rules = [fixed("n"), *[fixed("m")] * orders, dx]
    name = f.__name__
    example = f"{name}(1, {'0, ' if orders else ''}0.5)"
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"""{about}, and its derivatives up to number `diff_n`, along a leading axis.

    >>> np.all({example} == sp.{example})
    np.True_
    """
    new = primitive(rules=rules)(call)
    return new


# fmt: off
legendre_p           = function(sp.legendre_p,           third,
                                "Legendre's polynomial", orders=False)
legendre_p_all       = function(sp.legendre_p_all,       third,
                                "Legendre's polynomials up to degree n", every=True, orders=False)
assoc_legendre_p     = function(sp.assoc_legendre_p,     third,
                                "Legendre's associated function")
assoc_legendre_p_all = function(sp.assoc_legendre_p_all, third,
                                "Legendre's associated functions up to degree n", every=True)
sph_legendre_p       = function(sp.sph_legendre_p,       third_in_angle,
                                "Legendre's function of an angle, normalised on the sphere")
sph_legendre_p_all   = function(sp.sph_legendre_p_all,   third_in_angle,
                                "Legendre's functions of an angle up to degree n", every=True)
# fmt: on


def waves(y, order, phi, diff_n):
    """exp(i m phi) times Legendre's functions and their derivatives, with gradient and Hessian."""
    wave, turn = np.exp(1j * order * phi), 1j * order
    first = y[0] * wave
    if diff_n == 0:
        return first
    gradient = np.stack([y[1] * wave, turn * first], axis=-1)
    if diff_n == 1:
        return first, gradient
    mixed = turn * (y[1] * wave)
    rows = [y[2] * wave, mixed], [mixed, turn * turn * first]
    return first, gradient, np.stack([np.stack(r, axis=-1) for r in rows], axis=-2)


def known_waves(f, y, order, phi, n, m, theta, diff_n):
    known = f(n, m, value(theta), value(phi), diff_n=diff_n)
    return exactly(waves(y, order, phi, diff_n), known)


@composite(sp.sph_harm_y)
def sph_harm_y(n, m, theta, phi, *, diff_n=0):
    """The spherical harmonic at polar angle theta and azimuth phi; gradient, Hessian by `diff_n`.

    >>> round(float(sph_harm_y(1, 0, 0.0, 0.0).real), 6)
    0.488603
    """
    theta, phi = array(theta), array(phi)
    y = sph_legendre_p(n, m, theta, diff_n=diff_n)
    return known_waves(sp.sph_harm_y, y, np.asarray(m), phi, n, m, theta, diff_n)


@composite(sp.sph_harm_y_all)
def sph_harm_y_all(n, m, theta, phi, *, diff_n=0):
    """The spherical harmonics up to degree n and order m, along two leading axes.

    >>> sph_harm_y_all(2, 1, 0.0, 0.0).shape
    (3, 3)
    """
    theta, phi = array(theta), array(phi)
    ndim = np.broadcast(value(theta), value(phi)).ndim
    wide = theta.reshape((1,) * (ndim - theta.ndim) + theta.shape)
    y = sph_legendre_p_all(n, m, wide, diff_n=diff_n)
    order = grid(n, m, np.empty((1,) * ndim))[1]
    return known_waves(sp.sph_harm_y_all, y, order, phi, n, m, theta, diff_n)
