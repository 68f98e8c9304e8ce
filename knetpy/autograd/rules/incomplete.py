"""Derivatives of the incomplete gamma and beta functions in their shape parameters, to any order.

Both are integrals of a density exp(L) from one end to x, with L = a log t - t - lgamma(a), or
a log t + b log(1 - t) - betaln(a, b), over log t or logit t.  Differentiating under the integral
multiplies the density by the complete Bell polynomial of the derivatives of L (DLMF 8.2.1, 8.17.1;
Comtet 1974, section 3.3).  It is integrated by Gauss and Legendre's rule, from x outwards to where
the density has fallen by exp(-DEPTH), on the side of x where the first derivative of L keeps its
sign, so that nothing cancels.  A parameter below 1 is raised first, by the recurrences DLMF 8.8.5
and 8.17.20, lest the range become long; the others' poles of log Gamma are divided out.
"""

from math import comb

import numpy as np
import scipy.special as sp

from knetpy.autograd.primitive import primitive

from .blocks import blockwise
from .zeta import polygamma

DEPTH = 40
NODES, WEIGHTS = ((x / 2)[:, None] for x in np.polynomial.legendre.leggauss(64))
NODES = NODES + 0.5


def bell(m, n, slope):
    """The derivative of exp(L), m times in a and n times in b, over exp(L); slope(i, j) is L's."""
    if m == 0:
        return bell(n, 0, lambda i, j: slope(j, i)) if n else 1
    return sum(
        comb(m - 1, i) * comb(n, j) * slope(i + 1, j) * bell(m - 1 - i, n - j, slope)
        for i in range(m)
        for j in range(n + 1)
    )


def log(x):
    """At 0, where a density is 0, any number will do."""
    return np.log(np.where(x == 0, 1, x))


def sides(inside, left, below, above):
    """below(where) on the left and above(where) on the right; 0 at the ends, NaN outside."""
    y = np.where(inside == 0, 0.0, np.nan)
    for side, f in (left, below), (~left, above):
        where = np.flatnonzero((inside > 0) & side)
        if where.size:
            y[where] = f(where)
    return y


def reach(p, q):
    """The positive root of p s^2 + q s = 2 DEPTH."""
    return 4 * DEPTH / (q + np.sqrt(q * q + 8 * DEPTH * p))


# The incomplete gamma function


def gamma_bell(n, u, a):
    return bell(n, 0, lambda i, _: u - sp.psi(a) if i == 1 else -polygamma(i - 1, a))


def gammainc_dx(a, x):
    """The density of the gamma distribution."""
    return np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))


def gamma_below(n, a, x):
    """By the integral from 0 to x, whose density falls at least as exp(-a s^2 / (2 + s))."""
    u, small = np.log(x), a < 1
    first = np.exp(a * u - x - sp.gammaln(a + 1)) * gamma_bell(n, u, a + 1)
    a = a + small
    length = reach(a, 2 * (a - x) - DEPTH)
    v = length * NODES
    w = length * WEIGHTS * np.exp(-a * v - x * np.expm1(-v))
    rest = np.exp(a * u - x - sp.gammaln(a)) * np.sum(w * gamma_bell(n, u - v, a), axis=0)
    return np.where(small, first, 0) + rest


def gamma_above(n, a, x):
    """By the integral from x on, with the pole of Gamma(a) = Gamma(a + 1) / a taken out."""
    u = np.log(x)
    length = np.log1p(reach(2 * x - a, 2 * (x - a - DEPTH)))
    v = length * NODES
    w = length * WEIGHTS * np.exp(a * v - x * np.expm1(v))
    m = a * gamma_bell(n, u + v, a + 1)
    m = m + (n and n * gamma_bell(n - 1, u + v, a + 1))
    return -np.exp(a * u - x - sp.gammaln(a + 1)) * np.sum(w * m, axis=0)


def gamma_derivative(n, a, x):
    inside = np.where((a >= 0) & (x >= 0), (x > 0) & (x < np.inf), np.nan)
    return sides(
        inside,
        np.log(x) < np.maximum(sp.psi(a), 0),
        lambda k: gamma_below(n, a[k], x[k]),
        lambda k: gamma_above(n, a[k], x[k]),
    )


@primitive(
    rules=[
        lambda dy, y, a, x, n=1: dy * gammainc_da(a, x, n=n + 1),
        lambda dy, y, a, x, n=1: dy * gammainc_dx(a, x) * gamma_bell(n, log(x), a),
    ]
)
def gammainc_da(a, x, n=1):
    """Derivative number n of scipy.special.gammainc in a.

    >>> round(float(gammainc_da(2.0, 3.0)), 12)
    -0.197425419579
    """
    return blockwise(lambda a, x: gamma_derivative(n, a, x), a, x)


# The incomplete beta function


def beta_bell(m, n, log_t, log_s, a, b, total):
    """With s = 1 - t; `total` is a + b, also where a or b was raised."""

    def slope(i, j):
        mine = log_t * (i == 1) - polygamma(i - 1, a) if j == 0 else 0
        other = log_s * (j == 1) - polygamma(j - 1, b) if i == 0 else 0
        return mine + other + polygamma(i + j - 1, total)

    return bell(m, n, slope)


def beta_density(a, b, log_x, log_y):
    return np.exp(a * log_x + b * log_y - sp.betaln(a, b))


def beta_below(m, n, a, b, log_x, log_y):
    """By the integral from 0 to x = 1 - y."""

    def factor(log_t, log_s, raised, a):
        m0 = beta_bell(m, n, log_t, log_s, raised, b + 1, a + b)
        return m0 + (n and n / b * beta_bell(m, n - 1, log_t, log_s, raised, b + 1, a + b))

    small = a < 1
    first = beta_density(a, b, log_x, log_y) / a * factor(log_x, log_y, a + 1, a)
    a = a + small
    u, w = beta_nodes(a, b, log_x, log_y)
    log_t, log_s = -np.logaddexp(0, -u), -np.logaddexp(0, u)
    w = w * np.exp(a * (log_t - log_x) + b * (log_s - log_y))
    rest = np.sum(w * factor(log_t, log_s, a, a), axis=0)
    return np.where(small, first, 0) + beta_density(a, b, log_x, log_y) * rest


def beta_nodes(a, b, log_x, log_y):
    """Places and weights over logit t in two panels, parted where the density's poles are near."""
    end = log_x - log_y
    slope = b * np.exp(end)
    low = log_x - reach(a, 2 * (a - slope) - DEPTH)
    start = low - np.log(-np.expm1(low))
    middle = np.where((start < 0) & (end > 0), 0, (start + end) / 2)
    u = np.concatenate([start + (middle - start) * NODES, middle + (end - middle) * NODES])
    return u, np.concatenate([(middle - start) * WEIGHTS, (end - middle) * WEIGHTS])


def beta_derivative(m, n, a, b, x):
    if n > m:
        return -beta_sides(n, m, b, a, np.log1p(-x), np.log(x))
    return beta_sides(m, n, a, b, np.log(x), np.log1p(-x))


def beta_sides(m, n, a, b, log_x, log_y):
    ends = np.isinf(log_x) | np.isinf(log_y)
    inside = np.where((a > 0) & (b > 0) & (log_x <= 0) & (log_y <= 0), ~ends, np.nan)
    return sides(
        inside,
        log_x < np.maximum(sp.psi(a) - sp.psi(a + b), -np.log1p(b)),
        lambda k: beta_below(m, n, a[k], b[k], log_x[k], log_y[k]),
        lambda k: -beta_below(n, m, b[k], a[k], log_y[k], log_x[k]),
    )


def betainc_dx(a, b, x):
    """The density of the beta distribution."""
    return np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))


@primitive(
    rules=[
        lambda dy, y, a, b, x, m, n: dy * betainc_dab(a, b, x, m=m + 1, n=n),
        lambda dy, y, a, b, x, m, n: dy * betainc_dab(a, b, x, m=m, n=n + 1),
        lambda dy, y, a, b, x, m, n: (
            dy * betainc_dx(a, b, x) * beta_bell(m, n, log(x), log(1 - x), a, b, a + b)
        ),
    ]
)
def betainc_dab(a, b, x, *, m, n):
    """The derivative of scipy.special.betainc, m times in a and n times in b, m + n > 0.

    >>> round(float(betainc_dab(2.0, 3.0, 0.5, m=1, n=0)), 12)
    -0.195288686635
    """
    return blockwise(lambda a, b, x: beta_derivative(m, n, a, b, x), a, b, x)


def shape_slope(m, a, b, x, y):
    """Of betainc, in a if m else in b, where x + y = 1, from the smaller of these."""
    near = betainc_dab(a, b, x, m=m, n=1 - m)
    return np.where(x < y, near, -betainc_dab(b, a, y, m=1 - m, n=m))
