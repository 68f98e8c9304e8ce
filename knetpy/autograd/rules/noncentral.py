"""Slopes of the noncentral distributions, in every argument and to any order.

The noncentral chi-squared and F distributions are means, over a Poisson count j, of incomplete
gamma and beta functions whose first shape parameter is raised by j, and which have derivatives in
it.  The terms are of one sign and fall off, around their largest one, faster than a Poisson
distribution of that mean does.  The noncentral t distribution is the mean of the normal
distribution of t V - nc, where df V^2 has the chi-squared distribution: an integral over log V, by
the trapezoidal rule on a double exponential scale.  Its nodes are constants, for an integral
does not depend on them.
Source:  Johnson, Kotz and Balakrishnan 1995, chapters 29-31; Takahasi and Mori 1974
"""

from math import pi, sqrt

import numpy as np
import scipy.special as sp

from knetpy.autograd.primitive import fixed, primitive
from knetpy.autograd.values import value

from .incomplete import DEPTH, betainc_dx, gammainc_da, gammainc_dx, shape_slope

STEP = 1 / 8
SCALE = np.arange(-12, 7, STEP)


def along_first(nodes, x):
    """The nodes along a new first axis of `x`."""
    return nodes.reshape(-1, *[1] * np.ndim(x))


# Means over a count


def poisson_dmean(dy, y, count, mean):
    return dy * (poisson(count - 1, mean) - y)


@primitive(rules=[fixed("count"), poisson_dmean])
def poisson(count, mean):
    """The probability of a count, 0 below 0.

    >>> poisson(np.arange(-1, 2), 0.0)
    array([0., 1., 0.])
    """
    at = np.maximum(count, 0)
    return np.where(count < 0, 0, np.exp(sp.xlogy(at, mean) - mean - sp.gammaln(at + 1)))


def counts(peak):
    """Those around the largest term that matter, along a new first axis."""
    peak = np.nan_to_num(peak)
    low = np.floor(np.maximum(peak - np.sqrt(2 * DEPTH * peak), 0))
    high = peak + DEPTH / 3 + np.sqrt(DEPTH * DEPTH / 9 + 2 * DEPTH * peak)
    return low + along_first(np.arange(np.max(high - low, initial=1)), low)


def larger_root(p, q):
    """Of j (j + p) = q, where q is positive."""
    root = np.sqrt(np.maximum(p * p + 4 * q, 0))
    return np.where(p > 0, 2 * q / np.where(p > 0, p + root, 1), (root - p) / 2)


def chi2_mean(f, x, df, nc):
    """The mean of f(a, x / 2), where a is half the degrees of freedom."""
    plain = [value(z) for z in (x, df, nc)]
    j = counts(larger_root(plain[1] / 2, plain[2] * plain[0] / 4))
    return (poisson(j, nc / 2) * f(df / 2 + j, x / 2)).sum(axis=0)


def chndtr_dx(x, df, nc):
    return chi2_mean(gammainc_dx, x, df, nc) / 2


def chndtr_ddf(x, df, nc):
    return chi2_mean(gammainc_da, x, df, nc) / 2


def chndtr_dnc(x, df, nc):
    return -chndtr_dx(x, df + 2, nc)


def f_mean(slope, dfn, dfd, nc, f):
    """The mean of slope(a, b, x, y), where a and b are half the degrees of freedom."""
    whole = dfn * f + dfd
    x, y = dfn * f / whole, dfd / whole
    a, b, raised = (value(z) for z in (dfn / 2, dfd / 2, nc / 2 * x))
    j = counts(larger_root(a - raised, raised * (a + b)))
    return (poisson(j, nc / 2) * slope(dfn / 2 + j, dfd / 2, x, y)).sum(axis=0)


def ncfdtr_df(dfn, dfd, nc, f):
    def slope(a, b, x, y):
        return betainc_dx(a, b, x) * y

    return f_mean(slope, dfn, dfd, nc, f) * (dfn / (dfn * f + dfd))


def ncfdtr_dnc(dfn, dfd, nc, f):
    def slope(a, b, x, y):
        return betainc_dx(a, b, x) * x * y / a

    return -f_mean(slope, dfn, dfd, nc, f) / 2


def ncfdtr_ddf(m, dfn, dfd, nc, f):
    """In dfn if m else in dfd."""

    def slope(a, b, x, y):
        moved = betainc_dx(a, b, x) * x * y
        return shape_slope(m, a, b, x, y) / 2 + (moved / dfn if m else -moved / dfd)

    return f_mean(slope, dfn, dfd, nc, f)


# Means over the size of a normal vector


def chi_nodes(df, nc, t):
    """Values of V and their weights, around the one that adds most."""
    whole, drift = df + t * t, t * nc
    root = np.sqrt(np.maximum(drift * drift + 4 * df * whole, 0))
    peak = np.where(drift > 0, (root + drift) / (2 * whole), 2 * df / (root + abs(drift)))
    width = 1 / np.sqrt(np.maximum(1 + df + whole * peak * peak, 1))
    s = along_first(SCALE, width)
    v = peak * np.exp(np.clip(width * (s + 1 - np.exp(-s)), -300, 50))
    return v, STEP * width * (1 + np.exp(-s))


def nct_mean(f, df, nc, t):
    """The integral over log V of a normal density and f(V, a, x), with a = df / 2, x = a V^2."""
    v, weight = chi_nodes(*(value(z) for z in (df, nc, t)))
    shift = t * v - nc
    y = weight * np.exp(-shift * shift / 2) * f(v, df / 2, df / 2 * (v * v))
    return y.sum(axis=0) / sqrt(2 * pi)


def log_density(a, x):
    """The density of the gamma distribution over log x."""
    return np.exp(a * np.log(x) - x - sp.gammaln(a))


def nctdtr_dt(df, nc, t):
    return nct_mean(lambda v, a, x: 2 * v * log_density(a, x), df, nc, t)


def nctdtr_dnc(df, nc, t):
    return -nct_mean(lambda v, a, x: 2 * log_density(a, x), df, nc, t)


def nctdtr_ddf(df, nc, t):
    """By parts: the distribution of V moves, and the normal density stands for its slope."""
    slope = nct_mean(lambda v, a, x: v * (gammainc_da(a, x) + log_density(a, x) / a), df, nc, t)
    return -t / 2 * slope
