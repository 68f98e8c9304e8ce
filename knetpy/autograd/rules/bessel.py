"""scipy.special: Bessel, Hankel, Airy, Kelvin and Struve functions, and Wright's.

The derivatives are those of the recurrences without quotients, which hold at 0 as well.  Orders are
`fixed`.  Where a function is scaled by an exponential, its derivative is small far out and what it
is the difference of is not: there it comes from Hankel's expansion.  Functions that are scaled by
exp(-|Re z|) or exp(-|Im z|) are not holomorphic; their rules are the plain linear maps.
Sources: DLMF 9.2.1, 10.6.1, 10.29.1, 10.17.5-6, 10.40.1-2, 10.46, 10.61.3-4, 11.4.23-30
"""

from cmath import exp
from functools import reduce
from math import factorial, pi, prod, sqrt

import numpy as np
import scipy.special as sp

from knetpy.autograd.primitive import fixed, primitive

from .blocks import split
from .special import total

ROOT_PI = sqrt(pi)


# Bessel and Hankel functions


def drift(v, w):
    """w S'(w) / S(w) of Hankel's expansion S(w) = sum_k a_k(v) / w^k (DLMF 10.17.1)."""
    a, s, ds = 1, 1, 0
    for k in range(1, 15):
        a = a * (4.0 * v * v - (2 * k - 1) ** 2) / (8 * k * w)
        s, ds = s + a, ds - k * a
    return ds / s


def scaled_dz(c, slope, y, v, z, side=1):
    """The derivative of y = exp(c z) w(z), where w ~ exp(-c z) S(c z) / sqrt(z) far on one side.

    `slope` is exp(c z) w'(z).
    """
    far = np.real(z) * side > 50 + 1.0 * v * v
    if not np.any(far):
        return slope + c * y
    w = np.where(far, c * z, 100 + 1.0 * v * v)
    return np.where(far, y * c * (drift(v, w) - 0.5) / w, slope + c * y)


def ive_dz(dy, y, v, z, slope):
    """With the factor exp(-|Re z|); at Re z = 0 halfway between both sides."""
    side = np.sign(np.real(z))
    dz = dy * scaled_dz(-side, slope, y, v, z, side)
    return dz + 1j * side * np.imag(dy * y) if z.dtype.kind == "c" else dz


def jve_dz(dy, y, z, slope):
    """With the factor exp(-|Im z|)."""
    side = np.sign(np.imag(z))
    return dy * slope + 1j * side * np.real(dy * y) if z.dtype.kind == "c" else dy * slope


def differ(f, v, z):
    """(f_{v-1} - f_{v+1}) / 2: the derivative of J, Y and the Hankel functions."""
    return (f(v - 1.0, z) - f(v + 1.0, z)) / 2


def mean(f, v, z):
    """(f_{v-1} + f_{v+1}) / 2: the derivative of I, and of K with its sign changed."""
    return (f(v - 1.0, z) + f(v + 1.0, z)) / 2


# Airy functions


def airye_dz(dy, y, z):
    """Ai and Ai' are scaled by exp(zeta), Bi and Bi' by exp(-|Re zeta|), zeta = 2/3 z^(3/2)."""
    is_complex = z.dtype.kind == "c"
    root = np.sqrt(z) if is_complex else np.sqrt(np.where(z > 0, z, 1)) * (z > 0)
    side = np.sign(np.real(z * root))
    far = np.real(z) > 20 + 2 * np.abs(np.imag(z))

    out = np.where(far, z, 20)
    zeta = (2 / 3) * out * np.sqrt(out)

    def scaled(k, slope):
        c, w = (root, zeta) if k < 2 else (-side * root, -zeta)
        expanded = (1.5 * drift((k % 2 + 1) / 3, w) + k % 2 / 2 - 0.25) / out
        return np.where(far, y[k] * expanded, slope + c * y[k])

    slopes = enumerate((y[1], z * y[0], y[3], z * y[2]))
    dz = total(dy, *(scaled(k, slope) for k, slope in slopes))
    turned = [np.imag(d * part) for d, part in zip(dy[2:], y[2:], strict=True) if d is not None]
    return dz + 1j * side * root * sum(turned) if is_complex else dz


# Kelvin functions


def be_dx2(x):
    """The second derivative of ber + i bei = J_0(exp(3 pi i / 4) x)."""
    z = exp(0.75j * pi) * x
    return (sp.jv(0, z) - sp.jv(2, z)) * 0.5j


def ke_dx2(x):
    """The second derivative of ker + i kei = K_0(exp(pi i / 4) x)."""
    z = exp(0.25j * pi) * x
    return (sp.kv(0, z) + sp.kv(2, z)) * 0.5j


# Struve functions and integrals


def struve_dz(f, sign, y, v, z):
    """By DLMF 11.4.23-26 near 0, and by 11.4.27-30 elsewhere, where powers might overflow.

    Order -1 is 2 / pi -+ the function of order 1, which is smooth at 0 as it stands.
    """
    first = f(v - 1.0 + 2 * (v == 0), z)
    lower = np.where(v == 0, 2 / pi + sign * first, first)

    def near(z):
        power = (z / 2) ** v * (sp.rgamma(v + 1.5) / ROOT_PI)
        return (lower + sign * f(v + 1.0, z) + power) / 2

    return split(np.abs(z) < 1, z, near, lambda z: lower - v / z * y)


def even(coefficients, x):
    """A polynomial of x^2."""
    return reduce(lambda y, c: y * (x * x) + c, reversed(coefficients))


SQUARES = [1 / (4**k * factorial(k) ** 2) for k in range(1, 10)]
SIGNED = [(-1) ** k * c for k, c in enumerate(SQUARES)]
STRUVE = [2 / pi * (-1) ** k / prod(range(1, 2 * k + 2, 2)) ** 2 for k in range(9)]


def smooth(f, coefficients, x):
    """`f(x)`, near 0 by a polynomial of x^2."""
    return split(np.abs(x) < 1, x, lambda x: even(coefficients, x), f)


def over(y, x):
    return y / np.where(x == 0, 1, x)


def it2j0y0_dx(dy, y, x):
    near = x * smooth(lambda x: (1 - sp.j0(x)) / (x * x), SIGNED, x)
    return total(dy, near, -over(sp.y0(x), x))


def it2i0k0_dx(dy, y, x):
    near = x * smooth(lambda x: (sp.i0(x) - 1) / (x * x), SQUARES, x)
    return total(dy, near, -over(sp.k0(x), x))


def it2struve0_dx(dy, y, x):
    return -dy * smooth(lambda x: sp.struve(np.zeros_like(x), x) / x, STRUVE, x)


def besselpoly_da(dy, y, a, lmb, nu):
    return dy * 2 * differ(lambda nu, a: sp.besselpoly(a, lmb + 1.0, nu), nu, a)


def log_wright_bessel_dx(dy, y, a, b, x):
    return dy * np.exp(sp.log_wright_bessel(a, a + b, x) - y)


A, B, LMB, N, NU, V = map(fixed, ("a", "b", "lmb", "n", "nu", "v"))

# fmt: off
# Bessel and Hankel functions
primitive(sp.j0,         lambda dy, y, x: -dy * sp.j1(x))
primitive(sp.j1,         lambda dy, y, x: dy * (sp.j0(x) - sp.jv(2, x)) / 2)
primitive(sp.jv, V,      lambda dy, y, v, z: dy * differ(sp.jv, v, z))
primitive(sp.y0,         lambda dy, y, x: -dy * sp.y1(x))
primitive(sp.y1,         lambda dy, y, x: dy * (sp.y0(x) - sp.yv(2, x)) / 2)
primitive(sp.yn, N,      lambda dy, y, n, x: dy * differ(sp.yn, n, x))
primitive(sp.yv, V,      lambda dy, y, v, z: dy * differ(sp.yv, v, z))
primitive(sp.i0,         lambda dy, y, x: dy * sp.i1(x))
primitive(sp.i1,         lambda dy, y, x: dy * (sp.i0(x) + sp.iv(2, x)) / 2)
primitive(sp.iv, V,      lambda dy, y, v, z: dy * mean(sp.iv, v, z))
primitive(sp.k0,         lambda dy, y, x: -dy * sp.k1(x))
primitive(sp.k1,         lambda dy, y, x: -dy * (sp.k0(x) + sp.kv(2, x)) / 2)
primitive(sp.kn, N,      lambda dy, y, n, x: -dy * mean(sp.kn, n, x))
primitive(sp.kv, V,      lambda dy, y, v, z: -dy * mean(sp.kv, v, z))
primitive(sp.hankel1, V, lambda dy, y, v, z: dy * differ(sp.hankel1, v, z))
primitive(sp.hankel2, V, lambda dy, y, v, z: dy * differ(sp.hankel2, v, z))

# scaled
primitive(sp.jve, V,      lambda dy, y, v, z: jve_dz(dy, y, z, differ(sp.jve, v, z)))
primitive(sp.yve, V,      lambda dy, y, v, z: jve_dz(dy, y, z, differ(sp.yve, v, z)))
primitive(sp.i0e,         lambda dy, y, x: ive_dz(dy, y, 0, x, sp.i1e(x)))
primitive(sp.i1e,         lambda dy, y, x: ive_dz(dy, y, 1, x, (sp.i0e(x) + sp.ive(2, x)) / 2))
primitive(sp.ive, V,      lambda dy, y, v, z: ive_dz(dy, y, v, z, mean(sp.ive, v, z)))
primitive(sp.k0e,         lambda dy, y, x: dy * scaled_dz(1, -sp.k1e(x), y, 0, x))
primitive(sp.k1e,         lambda dy, y, x: dy * scaled_dz(1, -mean(sp.kve, 1, x), y, 1, x))
primitive(sp.kve, V,      lambda dy, y, v, z: dy * scaled_dz(1, -mean(sp.kve, v, z), y, v, z))
primitive(sp.hankel1e, V, lambda dy, y, v, z: dy
                                              * scaled_dz(-1j, differ(sp.hankel1e, v, z), y, v, z))
primitive(sp.hankel2e, V, lambda dy, y, v, z: dy
                                              * scaled_dz(1j, differ(sp.hankel2e, v, z), y, v, z))

# Airy functions
primitive(sp.airy,   lambda dy, y, z: total(dy, y[1], z * y[0], y[3], z * y[2]), several=True)
primitive(sp.airye,  airye_dz,                                                   several=True)
primitive(sp.itairy, lambda dy, y, x: total(dy, *sp.airy(x)[::2], *sp.airy(-x)[::2]),
                                                                                 several=True)

# Kelvin functions
primitive(sp.ber,    lambda dy, y, x: dy * sp.berp(x))
primitive(sp.bei,    lambda dy, y, x: dy * sp.beip(x))
primitive(sp.ker,    lambda dy, y, x: dy * sp.kerp(x))
primitive(sp.kei,    lambda dy, y, x: dy * sp.keip(x))
primitive(sp.berp,   lambda dy, y, x: dy * np.real(be_dx2(x)))
primitive(sp.beip,   lambda dy, y, x: dy * np.imag(be_dx2(x)))
primitive(sp.kerp,   lambda dy, y, x: dy * np.real(ke_dx2(x)))
primitive(sp.keip,   lambda dy, y, x: dy * np.imag(ke_dx2(x)))
primitive(sp.kelvin, lambda dy, y, x: total(dy, y[2], y[3], be_dx2(x), ke_dx2(x)), several=True)

# Struve functions and integrals
primitive(sp.struve, V,     lambda dy, y, v, z: dy * struve_dz(sp.struve, -1, y, v, z))
primitive(sp.modstruve, V,  lambda dy, y, v, z: dy * struve_dz(sp.modstruve, 1, y, v, z))
primitive(sp.itstruve0,     lambda dy, y, x: dy * sp.struve(np.zeros_like(x), x))
primitive(sp.itmodstruve0,  lambda dy, y, x: dy * sp.modstruve(np.zeros_like(x), x))
primitive(sp.it2struve0,    it2struve0_dx)
primitive(sp.itj0y0,        lambda dy, y, x: total(dy, sp.j0(x), sp.y0(x)), several=True)
primitive(sp.iti0k0,        lambda dy, y, x: total(dy, sp.i0(x), sp.k0(x)), several=True)
primitive(sp.it2j0y0,       it2j0y0_dx,                                     several=True)
primitive(sp.it2i0k0,       it2i0k0_dx,                                     several=True)
primitive(sp.besselpoly,    besselpoly_da, LMB, NU)

# Wright's functions
primitive(sp.wright_bessel,     A, B, lambda dy, y, a, b, x: dy * sp.wright_bessel(a, a + b, x))
primitive(sp.log_wright_bessel, A, B, log_wright_bessel_dx)
# fmt: on
