"""Derivatives of the zeta functions: in s to any order, and in q, also where q is complex.

    zeta(s, q) = sum_{k < N} (q + k)^-s + A^(1 - s) / (s - 1) + A^-s / 2
                 + sum_j B_2j / (2j)! s (s + 1) .. (s + 2j - 2) A^(1 - s - 2j),     A = q + N

is Euler and Maclaurin's sum (DLMF 25.11.28), evaluated on Taylor series in s.  Riemann's function
is reflected for negative s (DLMF 25.4.1).
"""

from functools import reduce
from math import factorial, log, pi

import numpy as np
import scipy.special as sp

from knetpy.autograd.primitive import primitive

from .blocks import blockwise

BERNOULLI = sp.bernoulli(28)[2::2]
START = 16


def times(p, q):
    """The product of two Taylor series of one length."""
    return [sum(p[i] * q[k - i] for i in range(k + 1)) for k in range(len(p))]


def power(x, s, n):
    """The Taylor series of x^-s in s, up to order n."""
    y, slope = x**-s, -np.log(x)
    return [y * slope**k / factorial(k) for k in range(n + 1)]


def euler_maclaurin(n, s, q):
    """Derivative number n in s, of Hurwitz's zeta function."""
    start = START + int(np.ceil(max(0, *-q.real, *np.abs(s.imag))))
    a = q + start
    leading = [a / 2 * 0 + (-1) ** k / (s - 1) ** (k + 1) * a for k in range(n + 1)]
    leading[0] = leading[0] + 0.5
    rising = [s, s * 0 + 1, *[s * 0] * n][: n + 1]
    for j, bernoulli in enumerate(BERNOULLI, 1):
        term = bernoulli / factorial(2 * j) * a ** (1 - 2 * j)
        leading = [x + term * r for x, r in zip(leading, rising, strict=True)]
        steps = ([s + i, 1, *[0] * n][: n + 1] for i in (2 * j - 1, 2 * j))
        rising = reduce(times, steps, rising)
    tail = times(power(a, s, n), leading)[n] * factorial(n)
    return sum((power(q + k, s, n)[n] for k in range(start)), 0 * a) * factorial(n) + tail


def hurwitz_dq(dy, y, s, q, n=0):
    moved = -s * hurwitz(s + 1, q, n=n)
    return dy * (moved - n * hurwitz(s + 1, q, n=n - 1) if n else moved)


@primitive(rules=[lambda dy, y, s, q, n=0: dy * hurwitz(s, q, n=n + 1), hurwitz_dq])
def hurwitz(s, q, n=0):
    """Derivative number n in s of scipy.special.zeta(s, q), for any q but 0, -1, -2, ...

    >>> round(float(hurwitz(2.0, 1.0)), 12), round(float(hurwitz(2.0, 1.0, n=1)), 12)
    (1.644934066848, -0.937548254316)
    """
    return blockwise(lambda s, q: euler_maclaurin(n, s, q), s, q)


def reflected_ds(s):
    """The derivative of Riemann's zeta function, from 1 - s."""
    r, sin, cos = 1 - s, np.sin(pi / 2 * s), np.cos(pi / 2 * s)
    scale = 2 * (2 * pi) ** (s - 1) * sp.gamma(r)
    turned = (log(2 * pi) - sp.psi(r)) * sin + pi / 2 * cos
    return scale * (turned * sp.zeta(r) - sin * hurwitz(r, 1, n=1))


def polygamma(n, x):
    """Derivative number n of digamma."""
    if n == 0:
        return sp.psi(x)
    zeta = hurwitz if np.result_type(x).kind == "c" else sp.zeta
    return (-1) ** (n + 1) * factorial(n) * zeta(n + 1, x)
