"""Densities and distribution functions: `norm.logpdf(x, loc, scale)` and its like.

A distribution is a few formulas of the standardised variable z = (x - loc) / scale, written in
functions that have rules, with gradients in x, loc, scale and shapes.  Outside of the support a
density is 0 and does not move; where a shape or scale is not positive, all is NaN, as in SciPy.
The places of discrete distributions, and the number of trials, have no gradient.
Source:  Johnson, Kotz and Balakrishnan 1994, 1995, Continuous univariate distributions
"""

import inspect
from math import inf, log, pi

import numpy as np
from scipy import special as sp
from scipy import stats

from knetpy.autograd.values import value

from .distributions import Distribution, continuous, discrete, method
from .linalg import cholesky, solve_triangular
from .wrap import array

__all__ = [
    "bernoulli",
    "beta",
    "binom",
    "cauchy",
    "chi2",
    "dirichlet",
    "expon",
    "gamma",
    "gumbel_l",
    "gumbel_r",
    "laplace",
    "logistic",
    "lognorm",
    "multivariate_normal",
    "norm",
    "poisson",
    "t",
    "uniform",
]

LOG_2PI = log(2 * pi)


def normal_part(f):
    """A function of log(z) / s, for the lognormal distribution."""
    return lambda z, s: f(np.log(z) / s)


# fmt: off
norm = continuous(
    "norm", "0.5",
    logpdf=lambda z: -z * z / 2 - LOG_2PI / 2,
    cdf=sp.ndtr, sf=lambda z: sp.ndtr(-z), logcdf=sp.log_ndtr, logsf=lambda z: sp.log_ndtr(-z))
uniform = continuous(
    "uniform", "0.5", support=(0, 1),
    logpdf=lambda z: z * 0, cdf=lambda z: z, sf=lambda z: 1 - z)
expon = continuous(
    "expon", "0.5", support=(0, inf),
    logpdf=lambda z: -z, cdf=lambda z: -np.expm1(-z), sf=lambda z: np.exp(-z), logsf=lambda z: -z)
laplace = continuous(
    "laplace", "0.5",
    logpdf=lambda z: -log(2) - abs(z),
    cdf=lambda z: np.where(value(z) > 0, 1 - np.exp(-abs(z)) / 2, np.exp(-abs(z)) / 2),
    sf=lambda z: np.where(value(z) > 0, np.exp(-abs(z)) / 2, 1 - np.exp(-abs(z)) / 2))
logistic = continuous(
    "logistic", "0.5",
    logpdf=lambda z: sp.log_expit(z) + sp.log_expit(-z),
    cdf=sp.expit, sf=lambda z: sp.expit(-z),
    logcdf=sp.log_expit, logsf=lambda z: sp.log_expit(-z))
cauchy = continuous(
    "cauchy", "0.5",
    logpdf=lambda z: -log(pi) - np.log1p(z * z),
    cdf=lambda z: np.arctan2(1.0, -z) / pi, sf=lambda z: np.arctan2(1.0, z) / pi)
gumbel_r = continuous(
    "gumbel_r", "0.5",
    logpdf=lambda z: -z - np.exp(-z),
    cdf=lambda z: np.exp(-np.exp(-z)), sf=lambda z: -np.expm1(-np.exp(-z)),
    logcdf=lambda z: -np.exp(-z))
gumbel_l = continuous(
    "gumbel_l", "0.5",
    logpdf=lambda z: z - np.exp(z),
    cdf=lambda z: -np.expm1(-np.exp(z)), sf=lambda z: np.exp(-np.exp(z)),
    logsf=lambda z: -np.exp(z))
lognorm = continuous(
    "lognorm", "0.5, 2.0", support=(0, inf), closed=False,
    logpdf=lambda z, s: -(np.log(z) / s) ** 2 / 2 - np.log(s * z) - LOG_2PI / 2,
    cdf=normal_part(sp.ndtr), sf=normal_part(lambda u: sp.ndtr(-u)),
    logcdf=normal_part(sp.log_ndtr), logsf=normal_part(lambda u: sp.log_ndtr(-u)))
gamma = continuous(
    "gamma", "0.5, 2.0", support=(0, inf),
    logpdf=lambda z, a: sp.xlogy(a - 1, z) - z - sp.gammaln(a),
    cdf=lambda z, a: sp.gammainc(a, z), sf=lambda z, a: sp.gammaincc(a, z))
chi2 = continuous(
    "chi2", "0.5, 2.0", support=(0, inf),
    logpdf=lambda z, df: sp.xlogy(df / 2 - 1, z) - z / 2 - sp.gammaln(df / 2) - log(2) * df / 2,
    cdf=lambda z, df: sp.gammainc(df / 2, z / 2), sf=lambda z, df: sp.gammaincc(df / 2, z / 2))
beta = continuous(
    "beta", "0.5, 2.0, 3.0", support=(0, 1),
    logpdf=lambda z, a, b: sp.xlogy(a - 1, z) + sp.xlog1py(b - 1, -z) - sp.betaln(a, b),
    cdf=lambda z, a, b: sp.betainc(a, b, z), sf=lambda z, a, b: sp.betaincc(a, b, z))
t = continuous(
    "t", "0.5, 2.0",
    logpdf=lambda z, df: (sp.gammaln((df + 1) / 2) - sp.gammaln(df / 2) - np.log(df * pi) / 2
                          - (df + 1) / 2 * np.log1p(z * z / df)),
    cdf=lambda z, df: sp.stdtr(df, z), sf=lambda z, df: sp.stdtr(df, -z))
# fmt: on


# Discrete distributions


def binomial(k, n, p):
    n = value(n)
    ways = sp.gammaln(n + 1) - sp.gammaln(k + 1) - sp.gammaln(n - k + 1)
    return ways + sp.xlogy(k, p) + sp.xlog1py(n - k, -p)


def is_share(p):
    return (p >= 0) & (p <= 1)


# fmt: off
poisson = discrete(
    "poisson", "1, 2.5", end=lambda mu: inf, valid=lambda mu: mu >= 0,
    logpmf=lambda k, mu: sp.xlogy(k, mu) - sp.gammaln(k + 1) - mu,
    cdf=sp.pdtr, sf=sp.pdtrc)
binom = discrete(
    "binom", "1, 3, 0.25", end=lambda n, p: n,
    valid=lambda n, p: (n >= 0) & (n == np.floor(n)) & is_share(p),
    logpmf=binomial, cdf=lambda k, n, p: sp.bdtr(k, value(n).astype(int), p),
    sf=lambda k, n, p: sp.bdtrc(k, value(n).astype(int), p))
bernoulli = discrete(
    "bernoulli", "1, 0.25", end=lambda p: 1, valid=is_share,
    logpmf=lambda k, p: sp.xlogy(k, p) + sp.xlog1py(1 - k, -p),
    cdf=lambda k, p: 1 - p, sf=lambda k, p: p)
# fmt: on


# Distributions of vectors


def factor(mean, cov, allow_singular):
    """The mean, the covariance's lower factor, and the dimension, as SciPy reads them."""
    if allow_singular or isinstance(cov, stats.Covariance):
        raise NotImplementedError(
            "multivariate_normal has a gradient for a covariance matrix of full rank alone; "
            "leave allow_singular= out, and pass the matrix"
        )
    cov, mean = array(cov), None if mean is None else array(mean)
    n = len(mean) if mean is not None and mean.ndim else cov.shape[-1] if cov.ndim else 1
    if cov.ndim < 2:
        cov = cov[..., None] * np.eye(n)
    return np.zeros(n) if mean is None else mean, cholesky(cov, lower=True), n


def normal_logpdf(x, mean, cov, allow_singular):
    mean, low, n = factor(mean, cov, allow_singular)
    x = array(x)
    x = x[..., None] if x.ndim == 0 or (x.ndim == 1 and n == 1) else x
    off = x - mean
    z = solve_triangular(low, off.reshape(-1, n).T, lower=True)
    y = -((z * z).sum(axis=0) + n * LOG_2PI) / 2 - np.log(np.einsum("ii->i", low)).sum()
    return y.reshape(off.shape[:-1])


def normal_entropy(mean, cov):
    _, low, n = factor(mean, cov, False)
    return n * (LOG_2PI + 1) / 2 + np.log(np.einsum("ii->i", low)).sum()


def dirichlet_logpdf(x, alpha):
    """x holds all shares along its first axis, or all but the last, which is what is left."""
    x, alpha = array(x), array(alpha)
    stats.dirichlet.logpdf(value(x), value(alpha))
    if len(x) == len(alpha) - 1:
        x = np.concatenate([x, 1 - x.sum(axis=0, keepdims=True)])
    powers = (alpha - 1).reshape(-1, *[1] * (x.ndim - 1))
    return sp.xlogy(powers, x).sum(axis=0) + sp.gammaln(alpha.sum()) - sp.gammaln(alpha).sum()


def of_vectors(name, example, **bodies):
    """Methods with the signature of SciPy's."""
    known = getattr(stats, name)
    methods = {}
    for key, body in bodies.items():
        f = getattr(known, key)
        given = inspect.signature(f).parameters.values()
        arguments = {p.name: p.default for p in given}
        methods[key] = method(name, f, body, arguments, example)
    return Distribution(name, **methods)


multivariate_normal = of_vectors(
    "multivariate_normal",
    "[0.5, 1.0]",
    logpdf=normal_logpdf,
    pdf=lambda *args: np.exp(normal_logpdf(*args)),
    entropy=normal_entropy,
)
dirichlet = of_vectors(
    "dirichlet",
    "[0.25, 0.75], [2.0, 3.0]",
    logpdf=dirichlet_logpdf,
    pdf=lambda *args: np.exp(dirichlet_logpdf(*args)),
)
