"""scipy.special: hypergeometric functions, orthogonal polynomials, functions of Mathieu, parabolic
cylinders and spheroids.

Parameters, degrees and orders are `fixed`; an equation's parameter moves only its characteristic
values.  Polynomials are lowered by one degree, which holds at the ends of their intervals as well;
what comes with its derivative has the derivative of that from the differential equation.
Sources: DLMF 12.2, 13.3.15, 13.3.22, 14.6.1, 15.5.1, 18.9, 28.2.1, 28.4, 28.20.1, 30.2.1, 30.8;
Abramowitz and Stegun 1964, 21.6
"""

from functools import partial
from math import pi, sqrt

import numpy as np
import scipy.special as sp

from knetpy.autograd.primitive import fixed, primitive
from knetpy.autograd.values import value

from .special import total

DEGREE = pi / 180

# Polynomials


def lowered(f, n, *args):
    """`f` at degree n - 1, and 0 at n = 0."""
    return (n != 0) * f(n - (n != 0), *args)


gegenbauer = partial(lowered, sp.eval_gegenbauer)
genlaguerre = partial(lowered, sp.eval_genlaguerre)


def eval_jacobi_dx(dy, y, n, alpha, beta, x):
    slope = lowered(sp.eval_jacobi, n, alpha + 1.0, beta + 1.0, x)
    return dy * ((n + alpha + beta + 1) / 2) * slope


def lpmv_dx(m, v, x):
    """By the derivatives of Legendre's function of order 0, which are Gegenbauer's functions."""
    a, v = np.abs(m), np.maximum(v, -1.0 - v)
    none = (v < a) & (v == np.rint(v))
    n, w = np.where(none, 0.0, v - a), (1 - x) * (1 + x)
    scale = np.where(m < 0, 1 / sp.poch(n + 1, 2 * a), (-1.0) ** a) * 2.0**a * sp.poch(0.5, a)
    rising = (2 * a + 1) * w ** (a / 2) * gegenbauer(n, a + 1.5, x)
    falling = a * x * w ** np.where(a == 0, 0, a / 2 - 1) * sp.eval_gegenbauer(n, a + 0.5, x)
    return (np.where(none, 0, scale) * (rising - falling)).astype(np.result_type(x))


# Characteristic values: eigenvalues of symmetric matrices, diagonal + q * coupling


def eigenvalue_dq(q, k, diagonal, coupling):
    """The derivative of eigenvalue number k, which is v' coupling v for its vector v."""
    eye = np.eye(coupling.shape[-1])
    v = np.linalg.eigh(diagonal[..., None] * eye + q[..., None, None] * coupling)[1]
    v = (v * eye[k.astype(int)][..., None, :]).sum(axis=-1)
    return (v * (coupling @ v[..., None])[..., 0]).sum(axis=-1)


def tridiagonal(inside, beside):
    upper = np.eye(inside.shape[-1], k=1) * beside[..., None]
    return np.eye(inside.shape[-1]) * inside[..., None] + upper + upper.swapaxes(-1, -2)


def numbers(k, reach):
    """Of the basis functions that matter for the eigenvalues up to the largest `k`."""
    return np.arange(np.max(k, initial=0) + np.max(np.abs(value(reach)), initial=0) + 20)


def mathieu_dq(parity, m, q):
    """In cosines if `parity` is 1 and in sines if it is -1, both of every second frequency."""
    lowest = np.where(np.mod(m, 2) == 1, 1, 1 - parity)
    k = np.subtract(m, lowest) // 2
    j = numbers(k, np.abs(value(q)) ** 0.5)
    lowest = lowest[..., None]
    corner = np.where((j == 0) & (lowest == 1), parity, 0)
    beside = np.where((j == 0) & (lowest == 0), sqrt(2), 1)
    coupling = tridiagonal(corner, beside)
    return eigenvalue_dq(q.astype(np.float64), k, (lowest + 2.0 * j) ** 2, coupling).astype(q.dtype)


def spheroid_dc(sign, m, n, c):
    """In Legendre functions of order m, of which x^2 couples every second degree."""
    m, n = np.asarray(m, np.float64)[..., None], np.asarray(n, np.float64)[..., None]
    k = (n - m) // 2
    degree = m + (n - m) % 2 + 2 * numbers(k, c)
    below, above, next_above = (
        (d * d - m * m) / (4 * d * d - 1) for d in (degree, degree + 1, degree + 2)
    )
    coupling = tridiagonal(below + above, (above * next_above) ** 0.5)
    q = sign * c.astype(np.float64) ** 2
    slope = eigenvalue_dq(q, k[..., 0], degree * (degree + 1), coupling)
    return (2 * sign * c * slope).astype(c.dtype)


# Functions that come with their derivative: what the equation makes of its own


def cylinder(sign, shift):
    """The rule for y'' = sign (x^2 / 4 - v - shift) y."""
    return lambda dy, y, v, x: total(dy, y[1], sign * (x * x / 4 - v - shift) * y[0])


def odd(m, q):
    """The characteristic value of an odd Mathieu function; for m = 0 it is zero and has none."""
    return sp.mathieu_b(m + (m == 0), q)


def mathieu(characteristic):
    """The rule for y'' = (2 q cos 2x - a) y, where x is in degrees."""

    def rule(dy, y, m, q, x):
        slope = 2 * q * np.cos(2 * DEGREE * x) - characteristic(m, q)
        return DEGREE * total(dy, y[1], slope * y[0])

    return rule


def modified(characteristic):
    """The rule for y'' = (a - 2 q cosh 2x) y."""

    def rule(dy, y, m, q, x):
        return total(dy, y[1], (characteristic(m, q) - 2 * q * np.cosh(2 * x)) * y[0])

    return rule


def spheroidal(characteristic, squeeze, curvature):
    """The rules for ((1 - s x^2) y')' + s (cv - t c^2 x^2 - m^2 / (1 - s x^2)) y = 0.

    t is `squeeze` and s is `curvature`.  The first rules are without `cv` as an argument.
    """

    def with_cv(dy, y, m, n, c, cv, x):
        w = 1 - curvature * x * x
        rest = cv - squeeze * (c * x) ** 2 - m * (m / w)
        return total(dy, y[1], curvature * (2 * x * y[1] - rest * y[0]) / w)

    def without_cv(dy, y, m, n, c, x):
        return with_cv(dy, y, m, n, c, characteristic(m, n, c), x)

    return (M, N, C, without_cv), (M, N, C, CV, with_cv)


A, B, C, M, N, P, Q, V, X = map(fixed, "abcmnpqvx")
ALPHA, BETA, CV = map(fixed, ("alpha", "beta", "cv"))
PROLATE, PROLATE_CV = spheroidal(sp.pro_cv, 1, 1)
OBLATE_ANGLE, OBLATE_ANGLE_CV = spheroidal(sp.obl_cv, -1, 1)
OBLATE_RADIUS, OBLATE_RADIUS_CV = spheroidal(sp.obl_cv, 1, -1)


def where_right(first, rules):
    """The rules of obl_rad2, of which SciPy 1.17 gives neither value nor slope at x < 1.

    Its Wronskian with the `first` solution tells, r1 r2' - r1' r2 = 1 / (c (x^2 + 1)).
    """

    def dx(dy, y, *args):
        (r1, slope1), (r2, slope2) = first(*map(value, args)), map(value, y)
        c, x = value(args[2]), np.float64(1) * value(args[-1])
        error = abs((r1 * slope2 - slope1 * r2) * c * (x * x + 1) - 1)
        if not np.all(error < np.finfo(r2.dtype).eps ** 0.4):
            raise NotImplementedError(
                f"scipy.special.obl_rad2 has no gradient at x as small as {np.min(x):.3g}: SciPy's "
                "values there are not those of a function of the second kind (their Wronskian "
                f"with obl_rad1 is off by up to {np.max(error):.1g} of its value); take a larger x"
            )
        return rules[-1](dy, y, *args)

    return *rules[:-1], dx


# fmt: off
# hypergeometric functions
primitive(sp.hyp0f1, V,       lambda dy, y, v, z: dy / v * sp.hyp0f1(v + 1.0, z))
primitive(sp.hyp1f1, A, B,    lambda dy, y, a, b, z: dy * (a / b) * sp.hyp1f1(a + 1.0, b + 1.0, z))
primitive(sp.hyp2f1, A, B, C, lambda dy, y, a, b, c, z: dy * (a * b / c)
                                                        * sp.hyp2f1(a + 1.0, b + 1.0, c + 1.0, z))
primitive(sp.hyperu, A, B,    lambda dy, y, a, b, x: -dy * a * sp.hyperu(a + 1.0, b + 1.0, x))

# orthogonal polynomials
primitive(sp.eval_legendre, N,          lambda dy, y, n, x: dy * gegenbauer(n, 1.5, x))
primitive(sp.eval_sh_legendre, N,       lambda dy, y, n, x: dy * 2 * gegenbauer(n, 1.5, 2 * x - 1))
primitive(sp.eval_chebyt, N,            lambda dy, y, n, x: dy * n * lowered(sp.eval_chebyu, n, x))
primitive(sp.eval_chebyu, N,            lambda dy, y, n, x: dy * 2 * gegenbauer(n, 2.0, x))
primitive(sp.eval_chebyc, N,            lambda dy, y, n, x: dy * n * lowered(sp.eval_chebys, n, x))
primitive(sp.eval_chebys, N,            lambda dy, y, n, x: dy * gegenbauer(n, 2.0, x / 2))
primitive(sp.eval_sh_chebyt, N,         lambda dy, y, n, x: dy * 2 * n
                                                            * lowered(sp.eval_sh_chebyu, n, x))
primitive(sp.eval_sh_chebyu, N,         lambda dy, y, n, x: dy * 4 * gegenbauer(n, 2.0, 2 * x - 1))
primitive(sp.eval_gegenbauer, N, ALPHA, lambda dy, y, n, alpha, x: dy * (2 * alpha)
                                                                   * gegenbauer(n, alpha + 1.0, x))
primitive(sp.eval_jacobi, N, ALPHA, BETA, eval_jacobi_dx)
primitive(sp.eval_sh_jacobi, N, P, Q,   lambda dy, y, n, p, q, x: dy * n
                                        * lowered(sp.eval_sh_jacobi, n, p + 2.0, q + 1.0, x))
primitive(sp.eval_laguerre, N,          lambda dy, y, n, x: -dy * genlaguerre(n, 1.0, x))
primitive(sp.eval_genlaguerre, N, ALPHA, lambda dy, y, n, alpha, x: -dy
                                                               * genlaguerre(n, alpha + 1.0, x))
primitive(sp.eval_hermite, N,           lambda dy, y, n, x: dy * 2 * n
                                                            * lowered(sp.eval_hermite, n, x))
primitive(sp.eval_hermitenorm, N,       lambda dy, y, n, x: dy * n
                                                            * lowered(sp.eval_hermitenorm, n, x))
primitive(sp.lpmv, M, V,                lambda dy, y, m, v, x: dy * lpmv_dx(m, v, x))

# Mathieu functions
primitive(sp.mathieu_a, M,          lambda dy, y, m, q: dy * mathieu_dq(1, m, q))
primitive(sp.mathieu_b, M,          lambda dy, y, m, q: dy * mathieu_dq(-1, m, q))
primitive(sp.mathieu_cem, M, Q,     mathieu(sp.mathieu_a),  several=True)
primitive(sp.mathieu_sem, M, Q,     mathieu(odd),           several=True)
primitive(sp.mathieu_modcem1, M, Q, modified(sp.mathieu_a), several=True)
primitive(sp.mathieu_modcem2, M, Q, modified(sp.mathieu_a), several=True)
primitive(sp.mathieu_modsem1, M, Q, modified(odd),          several=True)
primitive(sp.mathieu_modsem2, M, Q, modified(odd),          several=True)

# parabolic cylinders
primitive(sp.pbdv, V, cylinder(1, 0.5), several=True)
primitive(sp.pbvv, V, cylinder(1, 0.5), several=True)
primitive(sp.pbwa, A, cylinder(-1, 0),  several=True)

# spheroids
primitive(sp.pro_cv, M, N, lambda dy, y, m, n, c: dy * spheroid_dc(1, m, n, c))
primitive(sp.obl_cv, M, N, lambda dy, y, m, n, c: dy * spheroid_dc(-1, m, n, c))
primitive(sp.pro_ang1, *PROLATE,             several=True)
primitive(sp.pro_rad1, *PROLATE,             several=True)
primitive(sp.pro_rad2, *PROLATE,             several=True)
primitive(sp.obl_ang1, *OBLATE_ANGLE,        several=True)
primitive(sp.obl_rad1, *OBLATE_RADIUS,       several=True)
primitive(sp.obl_rad2, *where_right(sp.obl_rad1, OBLATE_RADIUS), several=True)
primitive(sp.pro_ang1_cv, *PROLATE_CV,       several=True)
primitive(sp.pro_rad1_cv, *PROLATE_CV,       several=True)
primitive(sp.pro_rad2_cv, *PROLATE_CV,       several=True)
primitive(sp.obl_ang1_cv, *OBLATE_ANGLE_CV,  several=True)
primitive(sp.obl_rad1_cv, *OBLATE_RADIUS_CV, several=True)
primitive(sp.obl_rad2_cv, *where_right(sp.obl_rad1_cv, OBLATE_RADIUS_CV), several=True)
# fmt: on
