"""scipy.special without its Bessel, elliptic and hypergeometric functions and their kin.

Orders, counts and truncated arguments are `fixed`: tracking one raises.  A cumulative distribution
has a tuple of slopes, one for each argument, and so has its inverse in any of these arguments.
Sources: DLMF 5-8 and 25; Owen 1956.
"""

from math import inf, log, pi, sqrt

import numpy as np
import scipy.special as sp

from knetpy.autograd.primitive import fixed, primitive, zerograd

from .blocks import split
from .incomplete import betainc_dab, betainc_dx, gammainc_da, gammainc_dx, shape_slope
from .noncentral import (
    chndtr_ddf,
    chndtr_dnc,
    chndtr_dx,
    ncfdtr_ddf,
    ncfdtr_df,
    ncfdtr_dnc,
    nctdtr_ddf,
    nctdtr_dnc,
    nctdtr_dt,
)
from .zeta import hurwitz, polygamma, reflected_ds

LN10, LN2, DEGREE = log(10), log(2), pi / 180
ROOT_PI, ROOT_2PI = sqrt(pi), sqrt(2 * pi)


def rules(slopes):
    """A rule for each argument, from the derivatives of the function as functions."""
    return [
        s if isinstance(s, fixed) else lambda dy, y, *x, slope=s: times(dy, slope(*x))
        for s in slopes
    ]


def times(dy, slope):
    """dy * slope in the precision of dy: of numbers, SciPy makes doubles."""
    return dy * (slope if slope.dtype == dy.dtype else slope.astype(dy.dtype))


def minus(slopes):
    return [s if isinstance(s, fixed) else lambda *x, slope=s: -slope(*x) for s in slopes]


def inverse(k, slopes, ends=None):
    """The rules of a function that gives argument k for which another has the value in its place.

    Where there is none, SciPy gives an end of its search, which does not move.
    """

    def rule(j):
        def dx(dy, y, *x):
            if ends:
                found = (y > ends[0]) & (y < ends[1])
                dy, y = dy * found, np.where(found, y, 1)
            solved = (*x[:k], y, *x[k + 1 :])
            dy = times(dy, 1 / slopes[k](*solved))
            return dy if j == k else times(-dy, slopes[j](*solved))

        return dx

    return [s if isinstance(s, fixed) else rule(j) for j, s in enumerate(slopes)]


def total(dy, *slopes):
    """For a function of several results: the sum over those that have a gradient."""
    return sum(d * slope for d, slope in zip(dy, slopes, strict=True) if d is not None)


# Error functions


def tail(r):
    """1 + 3/2 r + 15/4 r^2 + ..., by which the derivatives far out do not cancel."""
    return 1 + 1.5 * r * (1 + 2.5 * r * (1 + 3.5 * r * (1 + 4.5 * r)))


def erfcx_dx(x):
    far = np.real(x) > 30
    return split(
        far,
        x,
        lambda x: -tail(-1 / (x * x)) / (ROOT_PI * x * x),
        lambda x: 2 * x * sp.erfcx(x) - 2 / ROOT_PI,
    )


def dawsn_dx(x):
    far = np.real(x * x) > 900
    return split(
        far, x, lambda x: -tail(1 / (x * x)) / (2 * x * x), lambda x: 1 - 2 * x * sp.dawsn(x)
    )


def wofz_dx(x):
    far = (np.imag(x) >= 0) & (np.abs(x) > 30)
    return split(
        far,
        x,
        lambda x: -1j / ROOT_PI * tail(1 / (x * x)) / (x * x),
        lambda x: 2j / ROOT_PI - 2 * x * sp.wofz(x),
    )


def voigt_dz(x, sigma, gamma):
    """The derivative in x + i gamma of the complex function whose real part is the profile."""
    z, point = x + 1j * gamma, sigma == 0
    width = np.where(point, 1, sigma)
    curved = wofz_dx(z / (sqrt(2) * width)) / (2 * ROOT_PI * width * width)
    return np.where(point, -1j / (pi * z * z), curved)


def voigt_dsigma(dy, y, x, sigma, gamma):
    slope = y + np.real(voigt_dz(x, sigma, gamma) * (x + 1j * gamma))
    return -dy * np.where(sigma == 0, 0, slope) / np.where(sigma == 0, 1, sigma)


def fresnel_dx(dy, angle):
    return total(dy, np.sin(angle), np.cos(angle))


def modfresnel_dx(i, dy, y, x):
    return total(dy, -np.exp(i * x * x), -2 * i * x * y[1] - (1 - i) / ROOT_2PI)


def owens_dh(h, a):
    return -0.5 / ROOT_2PI * np.exp(-h * h / 2) * sp.erf(a * h / sqrt(2))


def owens_da(h, a):
    return np.exp(-h * h * (1 + a * a) / 2) / (2 * pi * (1 + a * a))


def ndtr_dx(x):
    return np.exp(-x * x / 2) / ROOT_2PI


def log_ndtr_dx(x):
    """The density over the integral; left of -1 by erfcx, where both vanish."""
    return split(
        np.real(x) < -1,
        x,
        lambda x: sqrt(2 / pi) / sp.erfcx(-x / sqrt(2)),
        lambda x: np.exp(-x * x / 2 - sp.log_ndtr(x)) / ROOT_2PI,
    )


# Gamma, beta and zeta functions


def rgamma_dx(x):
    """Reflected on the left, where gamma has poles and this function has none."""

    def reflected(x):
        return sp.gamma(1 - x) * (np.cos(pi * x) - np.sin(pi * x) * sp.psi(1 - x) / pi)

    return split(np.real(x) < 0.5, x, reflected, lambda x: -sp.rgamma(x) * sp.psi(x))


def zeta_ds(s):
    return split(np.real(s) < 0, s, reflected_ds, lambda s: hurwitz(s, 1, n=1))


# Roots, logarithms, integrals


def sinc(x):
    """sin(x) / x, smooth at 0."""
    small = np.abs(x) < 1
    return split(small, x, lambda x: sp.hyp0f1(1.5, -x * x / 4), lambda x: np.sin(x) / x)


def sinhc(x):
    """sinh(x) / x, smooth at 0."""
    small = np.abs(x) < 1
    return split(small, x, lambda x: sp.hyp0f1(1.5, x * x / 4), lambda x: np.sinh(x) / x)


def spence_dx(x):
    return split(
        np.abs(x - 1) < 0.3,
        x,
        lambda x: -sp.hyp2f1(1, 1, 2, 1 - x),
        lambda x: np.log(x) / (1 - x),
    )


def expn_dx(n, x):
    """E_{n - 1}, which SciPy has not for n = 0."""
    lower = sp.expn(np.maximum(n - 1, 0), x)
    return -np.where(n > 0, lower, (np.exp(-x) + sp.expn(n, x)) / x)


def off_pole(pole, a, x):
    """`x`, but not the pole where `a` is 0, for 0 log 0 has no slope."""
    return np.where((a == 0) & (x == pole), pole + 1, x)


def boxcox_dlmbda(log_x, lmbda):
    return log_x * log_x / 2 * sp.hyp1f1(2, 3, lmbda * log_x)


def tukey_dx(x, lmbda):
    """1 / (p^(lmbda - 1) + q^(lmbda - 1)) for the probabilities p, q of both sides of x."""
    p, q = sp.tklmbda(x, lmbda), sp.tklmbda(-x, lmbda)
    inside = (p > 0) & (q > 0)
    p, q = np.where(inside, p, 0.5), np.where(inside, q, 0.5)
    return np.where(inside, 1 / (p ** (lmbda - 1) + q ** (lmbda - 1)), 0)


def tukey_dlmbda(x, lmbda):
    p, q = sp.tklmbda(x, lmbda), sp.tklmbda(-x, lmbda)
    p, q = np.log(np.where(p > 0, p, 1)), np.log(np.where(q > 0, q, 1))
    return (boxcox_dlmbda(q, lmbda) - boxcox_dlmbda(p, lmbda)) * tukey_dx(x, lmbda)


def agm_da(y, a, b):
    """By agm(a, b) = pi (a + b) / 4 K(m), m = ((a - b) / (a + b))^2."""
    r = (a - b) / (a + b)
    return y / (a + b) * (1 - y * r / (2 * a) * sp.hyp2f1(0.5, 0.5, 2, r * r))


def pseudo_huber_ddelta(dy, y, delta, r):
    long = np.hypot(delta, r)
    return dy * (long - delta) * (long - delta) / long


# Slopes of distributions


def fdtr_dx(dfn, dfd, x):
    whole = dfn * x + dfd
    return betainc_dx(dfn / 2, dfd / 2, dfn * x / whole) * (dfn / whole) * (dfd / whole)


def fdtr_ddf(m, dfn, dfd, x):
    whole = dfn * x + dfd
    shape = shape_slope(m, dfn / 2, dfd / 2, dfn * x / whole, dfd / whole) / 2
    return shape + fdtr_dx(dfn, dfd, x) * (x / dfn if m else -x / dfd)


def stdtr_dt(df, t):
    log_density = -(df + 1) / 2 * np.log1p(t * t / df) - sp.betaln(df / 2, 0.5)
    return np.exp(log_density) / np.sqrt(df)


def stdtr_ddf(df, t):
    whole = df + t * t
    shape = shape_slope(0, 0.5, df / 2, t * t / whole, df / whole)
    return np.sign(t) * shape / 4 - t * stdtr_dt(df, t) / (2 * df)


def smirnov_dd(n, d):
    """The sum over j of binom(n, j) (d (d + j/n)^(j-1) (1 - d - j/n)^(n-j))', Smirnov 1944."""
    n = np.floor(n).astype(np.float64) if hasattr(n, "dtype") else float(n)
    j = np.arange(1, np.max(n, initial=1) + 1).reshape(-1, *[1] * max(np.ndim(n), np.ndim(d)))
    left, right = d + j / n, 1 - d - j / n
    inside = (j < n + 1) & (right > 0)
    left, right = np.where(inside, left, 1), np.where(inside, right, 1)
    binom = sp.gammaln(n + 1) - sp.gammaln(j + 1) - sp.gammaln(np.where(inside, n - j, 0) + 1)
    size = np.exp(binom + (j - 2) * np.log(left) + (n - j - 1) * np.log(right))
    slope = left * right + d * ((j - 1) * right - (n - j) * left)
    terms = np.where(inside, size * slope, 0)
    return (terms.sum(axis=0) - n * (1 - d) ** (n - 1)).astype(np.result_type(d))


def kolmogorov_dx(x):
    """The derivatives of both theta series, each where it needs few terms."""
    k = np.arange(1, 9).reshape(-1, *[1] * np.ndim(x))

    def near(x):
        c = ((2 * k - 1) * pi) ** 2 / 4 / (x * x)
        return -ROOT_2PI * (np.exp(-c / 2) * (c - 1)).sum(axis=0) / (x * x)

    def far(x):
        return -8 * x * ((-1.0) ** (k - 1) * k * k * np.exp(-2 * k * k * x * x)).sum(axis=0)

    slope = split(x < 0.8, x, lambda x: near(np.maximum(x, 0.04)), far)
    return slope.astype(np.result_type(x))


K, N = fixed("k"), fixed("n")
COUNTED, SEARCHED = (0, inf), (1e-30, 1e30)

# fmt: off
GAMMA = gammainc_da, gammainc_dx
BETA = (lambda a, b, x: betainc_dab(a, b, x, m=1, n=0),
        lambda a, b, x: betainc_dab(a, b, x, m=0, n=1),
        betainc_dx)
CHI2 = (lambda v, x: gammainc_da(v / 2, x / 2) / 2,
        lambda v, x: gammainc_dx(v / 2, x / 2) / 2)
GDTR = (lambda a, b, x: x * gammainc_dx(b, a * x),
        lambda a, b, x: gammainc_da(b, a * x),
        lambda a, b, x: a * gammainc_dx(b, a * x))
FDTR = (lambda dfn, dfd, x: fdtr_ddf(1, dfn, dfd, x),
        lambda dfn, dfd, x: fdtr_ddf(0, dfn, dfd, x),
        fdtr_dx)
STUDENT = stdtr_ddf, stdtr_dt
CHI2_NC = chndtr_dx, chndtr_ddf, chndtr_dnc
F_NC = (lambda *x: ncfdtr_ddf(1, *x),
        lambda *x: ncfdtr_ddf(0, *x),
        ncfdtr_dnc,
        ncfdtr_df)
T_NC = nctdtr_ddf, nctdtr_dnc, nctdtr_dt
BINOMIAL = K, N, lambda k, n, p: -betainc_dx(np.floor(k) + 1, n - np.floor(k), p)
BINOMIAL_REAL = (lambda k, n, p: BETA[1](k + 1, n - k, p) - BETA[0](k + 1, n - k, p),
                 lambda k, n, p: -BETA[1](k + 1, n - k, p),
                 lambda k, n, p: -betainc_dx(k + 1, n - k, p))
NEGATIVE = K, N, lambda k, n, p: betainc_dx(n, np.floor(k) + 1, p)
NEGATIVE_REAL = (lambda k, n, p: BETA[1](n, k + 1, p),
                 lambda k, n, p: BETA[0](n, k + 1, p),
                 lambda k, n, p: betainc_dx(n, k + 1, p))
POISSON = K, lambda k, m: -gammainc_dx(np.floor(k) + 1, m)
POISSON_REAL = lambda k, m: -gammainc_da(k + 1, m), lambda k, m: -gammainc_dx(k + 1, m)
SMIRNOV = N, smirnov_dd

# error functions
primitive(sp.erf,             lambda dy, y, x: dy * (2 / ROOT_PI) * np.exp(-x * x))
primitive(sp.erfc,            lambda dy, y, x: dy * (-2 / ROOT_PI) * np.exp(-x * x))
primitive(sp.erfi,            lambda dy, y, x: dy * (2 / ROOT_PI) * np.exp(x * x))
primitive(sp.erfcx,           lambda dy, y, x: dy * erfcx_dx(x))
primitive(sp.dawsn,           lambda dy, y, x: dy * dawsn_dx(x))
primitive(sp.wofz,            lambda dy, y, x: dy * wofz_dx(x))
primitive(sp.erfinv,          lambda dy, y, x: dy * (ROOT_PI / 2) * np.exp(y * y))
primitive(sp.erfcinv,         lambda dy, y, x: dy * (-ROOT_PI / 2) * np.exp(y * y))
primitive(sp.ndtr,            lambda dy, y, x: dy * ndtr_dx(x))
primitive(sp.log_ndtr,        lambda dy, y, x: dy * log_ndtr_dx(x))
primitive(sp.ndtri,           lambda dy, y, x: dy / ndtr_dx(y))
primitive(sp.ndtri_exp,       lambda dy, y, x: dy * sqrt(pi / 2) * sp.erfcx(-y / sqrt(2)))
primitive(sp.fresnel,         lambda dy, y, x: fresnel_dx(dy, pi / 2 * x * x), several=True)
primitive(sp.modfresnelp,     lambda dy, y, x: modfresnel_dx(1j, dy, y, x), several=True)
primitive(sp.modfresnelm,     lambda dy, y, x: modfresnel_dx(-1j, dy, y, x), several=True)
primitive(sp.voigt_profile,   lambda dy, y, x, s, g: dy * np.real(voigt_dz(x, s, g)),
                              voigt_dsigma,
                              lambda dy, y, x, s, g: -dy * np.imag(voigt_dz(x, s, g)))
primitive(sp.owens_t,         lambda dy, y, h, a: dy * owens_dh(h, a),
                              lambda dy, y, h, a: dy * owens_da(h, a))

# gamma, beta and zeta functions
primitive(sp.gamma,           lambda dy, y, x: dy * y * sp.psi(x))
primitive(sp.gammaln,         lambda dy, y, x: dy * sp.psi(x))
primitive(sp.loggamma,        lambda dy, y, x: dy * sp.psi(x))
primitive(sp.rgamma,          lambda dy, y, x: dy * rgamma_dx(x))
primitive(sp.psi,             lambda dy, y, x: dy * polygamma(1, x))
primitive(sp.poch,            lambda dy, y, x, m: dy * y * (sp.psi(x + m) - sp.psi(x)),
                              lambda dy, y, x, m: dy * y * sp.psi(x + m))
primitive(sp.beta,            lambda dy, y, a, b: dy * y * (sp.psi(a) - sp.psi(a + b)),
                              lambda dy, y, a, b: dy * y * (sp.psi(b) - sp.psi(a + b)))
primitive(sp.betaln,          lambda dy, y, a, b: dy * (sp.psi(a) - sp.psi(a + b)),
                              lambda dy, y, a, b: dy * (sp.psi(b) - sp.psi(a + b)))
primitive(sp.binom,           lambda dy, y, n, k: dy * y * (sp.psi(n + 1) - sp.psi(n - k + 1)),
                              lambda dy, y, n, k: dy * y * (sp.psi(n - k + 1) - sp.psi(k + 1)))
primitive(sp._ufuncs._zeta,   lambda dy, y, s, q: dy * hurwitz(s, q, n=1),
                              lambda dy, y, s, q: -dy * s * sp.zeta(s + 1, q))
primitive(sp._ufuncs._riemann_zeta, lambda dy, y, s: dy * zeta_ds(s))
primitive(sp.zetac,           lambda dy, y, s: dy * zeta_ds(s))

# logistic functions, logarithms, powers
primitive(sp.expit,           lambda dy, y, x: dy * y * sp.expit(-x))
primitive(sp.log_expit,       lambda dy, y, x: dy * sp.expit(-x))
primitive(sp.logit,           lambda dy, y, x: dy / (x * (1 - x)))
primitive(sp.xlogy,           lambda dy, y, a, x: dy * np.log(off_pole(0, a, x)),
                              lambda dy, y, a, x: dy * a / off_pole(0, a, x))
primitive(sp.xlog1py,         lambda dy, y, a, x: dy * np.log1p(off_pole(-1, a, x)),
                              lambda dy, y, a, x: dy * a / (1 + off_pole(-1, a, x)))
primitive(sp.entr,            lambda dy, y, x: -dy * (np.log(x) + 1))
primitive(sp.rel_entr,        lambda dy, y, a, b: dy * (np.log(a / b) + 1),
                              lambda dy, y, a, b: -dy * a / b)
primitive(sp.kl_div,          lambda dy, y, a, b: dy * np.log(a / b),
                              lambda dy, y, a, b: dy * (1 - a / b))
primitive(sp.huber,           lambda dy, y, delta, r: dy * np.maximum(abs(r) - delta, 0),
                              lambda dy, y, delta, r: dy * np.clip(r, -delta, delta))
primitive(sp.pseudo_huber,    pseudo_huber_ddelta,
                              lambda dy, y, delta, r: dy * r * (delta / np.hypot(delta, r)))
primitive(sp.boxcox,          lambda dy, y, x, lmbda: dy * x ** (lmbda - 1),
                              lambda dy, y, x, lmbda: times(dy, boxcox_dlmbda(np.log(x), lmbda)))
primitive(sp.boxcox1p,        lambda dy, y, x, lmbda: dy * (1 + x) ** (lmbda - 1),
                              lambda dy, y, x, lmbda: times(dy, boxcox_dlmbda(np.log1p(x), lmbda)))
primitive(sp.inv_boxcox,      lambda dy, y, x, lmbda: dy * y ** (1 - lmbda),
                              lambda dy, y, x, lmbda: (
                                  -dy * y ** (1 - lmbda) * boxcox_dlmbda(np.log(y), lmbda)
                              ))
primitive(sp.inv_boxcox1p,    lambda dy, y, x, lmbda: dy * (1 + y) ** (1 - lmbda),
                              lambda dy, y, x, lmbda: (
                                  -dy * (1 + y) ** (1 - lmbda) * boxcox_dlmbda(np.log1p(y), lmbda)
                              ))
primitive(sp.powm1,           lambda dy, y, a, b: dy * b * a ** (b - 1),
                              lambda dy, y, a, b: times(dy * (y + 1), np.log(a)))
primitive(sp.exprel,          lambda dy, y, x: dy * sp.hyp1f1(2, 3, x) / 2)
primitive(sp.expm1,           lambda dy, y, x: dy * (y + 1))
primitive(sp.log1p,           lambda dy, y, x: dy / (1 + x))
primitive(sp.cbrt,            lambda dy, y, x: dy / (3 * y * y))
primitive(sp.exp2,            lambda dy, y, x: dy * (LN2 * y))
primitive(sp.exp10,           lambda dy, y, x: dy * (LN10 * y))
primitive(sp.wrightomega,     lambda dy, y, x: dy * (y / (1 + y)))
primitive(sp._ufuncs._lambertw, lambda dy, y, x, k, tol: dy * np.exp(-y) / (1 + y), K, fixed("tol"))
primitive(sp.agm,             lambda dy, y, a, b: times(dy, agm_da(y, a, b)),
                              lambda dy, y, a, b: times(dy, agm_da(y, b, a)))

# angles
primitive(sp.sindg,           lambda dy, y, x: dy * DEGREE * sp.cosdg(x))
primitive(sp.cosdg,           lambda dy, y, x: dy * -DEGREE * sp.sindg(x))
primitive(sp.tandg,           lambda dy, y, x: dy * DEGREE * (1 + y * y))
primitive(sp.cotdg,           lambda dy, y, x: dy * -DEGREE * (1 + y * y))
primitive(sp.cosm1,           lambda dy, y, x: -dy * np.sin(x))
primitive(sp.radian,          lambda dy, y, d, m, s: dy * DEGREE,
                              lambda dy, y, d, m, s: dy * (DEGREE / 60),
                              lambda dy, y, d, m, s: dy * (DEGREE / 3600))

# integrals
primitive(sp.exp1,            lambda dy, y, x: -dy * np.exp(-x) / x)
primitive(sp.expi,            lambda dy, y, x: dy * np.exp(x) / x)
primitive(sp.expn, N,         lambda dy, y, n, x: dy * expn_dx(n, x))
primitive(sp.spence,          lambda dy, y, x: times(dy, spence_dx(x)))
primitive(sp.sici,            lambda dy, y, x: total(dy, sinc(x), dy[1] is None or np.cos(x) / x),
                              several=True)
primitive(sp.shichi,          lambda dy, y, x: total(dy, sinhc(x), dy[1] is None or np.cosh(x) / x),
                              several=True)

# distributions and their inverses
primitive(sp.gammainc,        *rules(GAMMA))
primitive(sp.gammaincc,       *rules(minus(GAMMA)))
primitive(sp.gammaincinv,     *inverse(1, GAMMA))
primitive(sp.gammainccinv,    *inverse(1, minus(GAMMA)))
primitive(sp.betainc,         *rules(BETA))
primitive(sp.betaincc,        *rules(minus(BETA)))
primitive(sp.betaincinv,      *inverse(2, BETA))
primitive(sp.betainccinv,     *inverse(2, minus(BETA)))
primitive(sp.btdtria,         *inverse(0, BETA))
primitive(sp.btdtrib,         *inverse(1, BETA))
primitive(sp.chdtr,           *rules(CHI2))
primitive(sp.chdtrc,          *rules(minus(CHI2)))
primitive(sp.chdtri,          *inverse(1, minus(CHI2)))
primitive(sp.chdtriv,         *inverse(0, CHI2))
primitive(sp.gdtr,            *rules(GDTR))
primitive(sp.gdtrc,           *rules(minus(GDTR)))
primitive(sp.gdtria,          *inverse(0, GDTR))
primitive(sp.gdtrib,          *inverse(1, GDTR))
primitive(sp.gdtrix,          *inverse(2, GDTR))
primitive(sp.fdtr,            *rules(FDTR))
primitive(sp.fdtrc,           *rules(minus(FDTR)))
primitive(sp.fdtri,           *inverse(2, FDTR))
primitive(sp.fdtridfd,        *inverse(1, FDTR))
primitive(sp.stdtr,           *rules(STUDENT))
primitive(sp.stdtridf,        *inverse(0, STUDENT))
primitive(sp.stdtrit,         *inverse(1, STUDENT))
primitive(sp.chndtr,          *rules(CHI2_NC))
primitive(sp.chndtrix,        *inverse(0, CHI2_NC))
primitive(sp.chndtrinc,       *inverse(2, CHI2_NC, ends=SEARCHED))
primitive(sp.chndtridf,       *inverse(1, CHI2_NC, ends=SEARCHED))
primitive(sp.ncfdtr,          *rules(F_NC))
primitive(sp.ncfdtri,         *inverse(3, F_NC))
primitive(sp.ncfdtrinc,       *inverse(2, F_NC, ends=SEARCHED))
primitive(sp.ncfdtridfn,      *inverse(0, F_NC, ends=SEARCHED))
primitive(sp.ncfdtridfd,      *inverse(1, F_NC, ends=SEARCHED))
primitive(sp.nctdtr,          *rules(T_NC))
primitive(sp.nctdtrit,        *inverse(2, T_NC))
primitive(sp.nctdtrinc,       *inverse(1, T_NC))
primitive(sp.nctdtridf,       *inverse(0, T_NC, ends=SEARCHED))
primitive(sp.bdtr,            *rules(BINOMIAL))
primitive(sp.bdtrc,           *rules(minus(BINOMIAL)))
primitive(sp.bdtri,           *inverse(2, BINOMIAL))
primitive(sp.bdtrik,          *inverse(0, BINOMIAL_REAL, ends=COUNTED))
primitive(sp.bdtrin,          *inverse(1, BINOMIAL_REAL))
primitive(sp.nbdtr,           *rules(NEGATIVE))
primitive(sp.nbdtrc,          *rules(minus(NEGATIVE)))
primitive(sp.nbdtri,          *inverse(2, NEGATIVE))
primitive(sp.nbdtrik,         *inverse(0, NEGATIVE_REAL, ends=COUNTED))
primitive(sp.nbdtrin,         *inverse(1, NEGATIVE_REAL))
primitive(sp.pdtr,            *rules(POISSON))
primitive(sp.pdtrc,           *rules(minus(POISSON)))
primitive(sp.pdtri,           *inverse(1, POISSON))
primitive(sp.pdtrik,          *inverse(0, POISSON_REAL, ends=COUNTED))
primitive(sp.nrdtrimn,        lambda dy, y, p, std, x: -dy * std / ndtr_dx((x - y) / std),
                              lambda dy, y, p, std, x: dy * (y - x) / std,
                              lambda dy, y, p, std, x: dy)
primitive(sp.nrdtrisd,        lambda dy, y, mn, p, x: -dy * y / (x - mn),
                              lambda dy, y, mn, p, x: dy * y * y / (mn - x) / ndtr_dx((x - mn) / y),
                              lambda dy, y, mn, p, x: dy * y / (x - mn))
primitive(sp.smirnov,         *rules(SMIRNOV))
primitive(sp.smirnovi,        *inverse(1, SMIRNOV))
primitive(sp.kolmogorov,      lambda dy, y, x: dy * kolmogorov_dx(x))
primitive(sp.kolmogi,         lambda dy, y, x: dy / kolmogorov_dx(y))
primitive(sp.tklmbda,         lambda dy, y, x, lmbda: dy * tukey_dx(x, lmbda),
                              lambda dy, y, x, lmbda: dy * tukey_dlmbda(x, lmbda))
# fmt: on

zerograd(sp.gammasgn, sp.round)
