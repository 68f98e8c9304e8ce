"""scipy.special: elliptic integrals and functions.

All of them are Carlson's integrals; in these the derivatives neither cancel nor end at m = 0 or 1.
Further derivatives are integrals of the same kind with other powers, `carlson`.
Sources: DLMF 19.2.17, 19.4, 19.16, 19.18, 19.25, 22.13, 22.16
"""

from math import pi

import numpy as np
import scipy.special as sp

from knetpy.autograd.primitive import primitive

from .blocks import blockwise
from .special import total

REACH, STEP = 40, 0.4


def carlson_sum(powers, n, *args):
    """The trapezoidal rule in log t, which is exact but for exp(-2 pi d / step) in a strip of d."""
    size = np.abs(args).max(axis=0)
    args = [x / size for x in args]
    ends = sum(p / 2 * (x == 0) for p, x in zip(powers, args, strict=True))
    logs = [np.log(np.where(x == 0, 1, np.abs(x))) for x in args]
    low = np.min(logs, axis=0) - REACH / np.maximum(n + 1 - ends, 0.5)
    high = REACH / (sum(powers) / 2 - n - 1)
    strip = 1 - np.max(np.abs(np.angle(args)), initial=0) / pi
    count = int((high - np.min(low)) / (STEP * max(strip, 0.05))) + 2
    step = (high - low) / (count - 1)
    t = np.exp(low + step * np.arange(count)[:, None])
    terms = t ** (n + 1)
    for p, x in zip(powers, args, strict=True):
        terms = terms * np.sqrt(t + x) ** -p if p else terms
    y = terms.sum(axis=0) * step * size ** (n + 1 - sum(powers) / 2)
    return np.where(ends < n + 1, y, np.inf)


def carlson_d(k):
    def rule(dy, value, x, y, z, p, powers, n=0):
        raised = tuple(power + 2 * (j == k) for j, power in enumerate(powers))
        return dy * (-powers[k] / 2) * carlson(x, y, z, p, powers=raised, n=n)

    return rule


@primitive(rules=[carlson_d(k) for k in range(4)])
def carlson(x, y, z, p, powers, n=0):
    """The integral of t^n (t + x)^(-powers[0] / 2) (t + y)^(-powers[1] / 2) ... from 0 to infinity.

    >>> round(float(carlson(1.0, 2.0, 3.0, 1.0, powers=(1, 1, 1, 0))), 12)
    1.453891870938
    """
    return blockwise(lambda *args: carlson_sum(powers, n, *args), x, y, z, p)


# Carlson's integrals; each row's arguments are taken in the order that puts the varied one first


def by_kind(r, p, principal_value, integral):
    """One formula where the integral has a pole and is a principal value, another elsewhere."""
    pole = (np.real(p) < 0) & (np.imag(p) == 0)
    slope = np.where(pole, principal_value(np.where(pole, p, -1)), integral(np.where(pole, 1, p)))
    return slope.astype(r.dtype)


def elliprc_dx(r, x, y):
    """By R_D; a principal value as an arccosine."""
    return by_kind(
        r,
        y,
        lambda y: (r - x**-0.5) / (y - x) / 2,
        lambda y: -sp.elliprd(y, y, x) / 6,
    )


def elliprc_dy(r, x, y):
    return by_kind(
        r,
        y,
        lambda y: (x**0.5 / y - r) / (y - x) / 2,
        lambda y: -sp.elliprd(x, y, y) / 3,
    )


def elliprd_d(x, y, z, powers):
    return -0.75 * powers[0] * carlson(x, y, z, 1.0, powers=(powers[0] + 2, *powers[1:], 0))


def principal_dx(r, x, y, z, p):
    return (sp.elliprd(y, z, x) - r) / (x - p) / 2


def elliprj_dx(r, x, y, z, p):
    return by_kind(
        r,
        p,
        lambda p: principal_dx(r, x, y, z, p),
        lambda p: -0.75 * carlson(x, y, z, p, powers=(3, 1, 1, 2)),
    )


def elliprj_dp(r, x, y, z, p):
    """A principal value's by the other derivatives, for it is homogeneous."""

    def homogeneous(p):
        orders = (x, y, z), (y, z, x), (z, x, y)
        moved = (a * principal_dx(r, np.where(a == 0, 1, a), b, c, p) for a, b, c in orders)
        return -(1.5 * r + sum(moved)) / p

    return by_kind(r, p, homogeneous, lambda p: -1.5 * carlson(x, y, z, p, powers=(1, 1, 1, 4)))


def elliprg_dx(x, y, z):
    return carlson(x, y, z, 1.0, powers=(3, 1, 1, 0), n=1) / 8


# Legendre's integrals and Jacobi's functions


def turns(phi):
    """How many half turns there are in an angle, beside the rest within a quarter."""
    return np.rint(phi / pi)


def without(turns, m):
    """`m` where there are half turns, which alone need a complete integral."""
    return np.where(turns == 0, 0, m)


def ellipk_dm(m):
    return sp.elliprd(0, 1, 1 - m) / 6


def ellipe_dm(m):
    return -sp.elliprd(0, 1 - m, 1) / 6


def ellipkinc_dm(phi, m):
    n = turns(phi)
    s, c = np.sin(phi - pi * n), np.cos(phi)
    return s**3 / 6 * sp.elliprd(c * c, 1, 1 - m * s * s) + 2 * n * ellipk_dm(without(n, m))


def ellipeinc_dm(phi, m):
    n = turns(phi)
    s, c = np.sin(phi - pi * n), np.cos(phi)
    return -(s**3) / 6 * sp.elliprd(c * c, 1 - m * s * s, 1) + 2 * n * ellipe_dm(without(n, m))


def ellipj_du(dy, y, u, m):
    sn, cn, dn, _ = y
    return total(dy, cn * dn, -sn * dn, -m * sn * cn, dn)


def ellipj_dm(dy, y, u, m):
    """By way of the amplitude, whose incomplete integral is `u`."""
    sn, cn, dn, phi = y
    n = turns(phi)
    part = (1 - 2 * (n % 2)) * sn**3 / 6 * sp.elliprd(cn * cn, 1, dn * dn)
    slope = -dn * (part + 2 * n * ellipk_dm(without(n, m)))
    return total(dy, cn * slope, -sn * slope, -sn * (sn / dn / 2 + m * cn / dn * slope), slope)


# fmt: off
primitive(sp.elliprc,   lambda dy, y, a, b: dy * elliprc_dx(y, a, b),
                        lambda dy, y, a, b: dy * elliprc_dy(y, a, b))
primitive(sp.elliprf,   lambda dy, y, a, b, c: -dy * sp.elliprd(b, c, a) / 6,
                        lambda dy, y, a, b, c: -dy * sp.elliprd(c, a, b) / 6,
                        lambda dy, y, a, b, c: -dy * sp.elliprd(a, b, c) / 6)
primitive(sp.elliprd,   lambda dy, y, a, b, c: dy * elliprd_d(a, b, c, (1, 1, 3)),
                        lambda dy, y, a, b, c: dy * elliprd_d(b, c, a, (1, 3, 1)),
                        lambda dy, y, a, b, c: dy * elliprd_d(c, a, b, (3, 1, 1)))
primitive(sp.elliprj,   lambda dy, y, a, b, c, p: dy * elliprj_dx(y, a, b, c, p),
                        lambda dy, y, a, b, c, p: dy * elliprj_dx(y, b, c, a, p),
                        lambda dy, y, a, b, c, p: dy * elliprj_dx(y, c, a, b, p),
                        lambda dy, y, a, b, c, p: dy * elliprj_dp(y, a, b, c, p))
primitive(sp.elliprg,   lambda dy, y, a, b, c: dy * elliprg_dx(a, b, c),
                        lambda dy, y, a, b, c: dy * elliprg_dx(b, c, a),
                        lambda dy, y, a, b, c: dy * elliprg_dx(c, a, b))
primitive(sp.ellipk,    lambda dy, y, m: dy * ellipk_dm(m))
primitive(sp.ellipkm1,  lambda dy, y, p: -dy * sp.elliprd(0, 1, p) / 6)
primitive(sp.ellipe,    lambda dy, y, m: dy * ellipe_dm(m))
primitive(sp.ellipkinc, lambda dy, y, phi, m: dy / np.sqrt(1 - m * np.sin(phi) ** 2),
                        lambda dy, y, phi, m: dy * ellipkinc_dm(phi, m))
primitive(sp.ellipeinc, lambda dy, y, phi, m: dy * np.sqrt(1 - m * np.sin(phi) ** 2),
                        lambda dy, y, phi, m: dy * ellipeinc_dm(phi, m))
primitive(sp.ellipj,    ellipj_du, ellipj_dm, several=True)
# fmt: on
