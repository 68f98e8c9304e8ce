"""The functions of scipy.special that are no ufuncs; these dispatch, and have their rules there.

Orders and counts (of comb and perm, too, unless they are floats) have no gradient.
Source:  DLMF 5
"""

from math import log

import numpy as np
from scipy import special as sp

from knetpy.autograd.primitive import fixed, primitive
from knetpy.autograd.rules.decompositions import whole
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.rules.reductions import keep
from knetpy.autograd.values import value

from . import bessel, ellipsoidal, legendre, sequences
from .bessel import (  # noqa: F401  named in its __all__
    h1vp,
    h2vp,
    ivp,
    jvp,
    kvp,
    spherical_in,
    spherical_jn,
    spherical_kn,
    spherical_yn,
    yvp,
)
from .ellipsoidal import (  # noqa: F401  named in its __all__
    ellip_harm,
    ellip_harm_2,
    ellip_normal,
)
from .legendre import (  # noqa: F401  named in its __all__
    assoc_legendre_p,
    assoc_legendre_p_all,
    legendre_p,
    legendre_p_all,
    sph_harm_y,
    sph_harm_y_all,
    sph_legendre_p,
    sph_legendre_p_all,
)
from .sequences import (  # noqa: F401  named in its __all__
    lmbda,
    lqmn,
    lqn,
    mathieu_even_coef,
    mathieu_odd_coef,
    obl_cv_seq,
    pbdn_seq,
    pbdv_seq,
    pbvv_seq,
    pro_cv_seq,
    riccati_jn,
    riccati_yn,
)
from .wrap import array, composite

__all__ = [
    "comb",
    "diric",
    "factorial",
    "factorial2",
    "factorialk",
    "log_softmax",
    "logsumexp",
    "multigammaln",
    "perm",
    "polygamma",
    "softmax",
]
__all__ += bessel.__all__
__all__ += ellipsoidal.__all__
__all__ += legendre.__all__
__all__ += sequences.__all__

# Written in Python by SciPy, of functions that have rules.
AS_THEY_STAND = "assoc_laguerre", "lambertw", "softplus", "zeta"


# Exponentials


def shares(a, log_sum):
    """exp(a - log_sum); where both are the same infinity there is no difference to take."""
    lost = (a == log_sum) & ~np.isfinite(log_sum)
    return np.exp(np.where(lost, 0, a - np.where(np.isfinite(log_sum) | ~lost, log_sum, 0)))


def log_sum_da(dy, y, a, b=None, *, axis=None, keepdims=False):
    part = keep(dy, a, axis, keepdims) * shares(a, keep(y, a, axis, keepdims))
    return part if b is None else part * b


def log_sum_db(dy, y, a, b=None, *, axis=None, keepdims=False):
    return keep(dy, a, axis, keepdims) * shares(a, keep(y, a, axis, keepdims))


@primitive(rules=[log_sum_da, log_sum_db])
def log_sum(a, b=None, *, axis=None, keepdims=False):
    return sp.logsumexp(a, axis, b, keepdims)


def signed_rule(rule):
    """The rule of a logarithm as one for its real part and its direction."""

    def dx(dys, ys, a, b=None, *, axis=None, keepdims=False):
        (dlog, dsign), (size, sign) = whole(dys, ys), ys
        if sign.dtype.kind == "c":
            dlog = dlog + 1j * (dsign * sign).imag
        return of_kind(rule(dlog * sign.conj(), size, a, b, axis=axis, keepdims=keepdims), a)

    return dx


@primitive(rules=[signed_rule(log_sum_da), signed_rule(log_sum_db)], several=True)
def signed_log_sum(a, b=None, *, axis=None, keepdims=False):
    return sp.logsumexp(a, axis, b, keepdims, return_sign=True)


@composite(sp.logsumexp)
def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    """log(sum(b * exp(a))), without overflow; with `return_sign` the pair (log |sum|, sign).

    >>> round(float(logsumexp([1000.0, 1000.0])), 3)
    1000.693
    """
    a, b = array(a), None if b is None else array(b)
    if b is not None:
        shape = np.broadcast_shapes(a.shape, b.shape)
        a, b = np.broadcast_to(a, shape), np.broadcast_to(b, shape)
    f = signed_log_sum if return_sign else log_sum
    return f(a, b, axis=axis, keepdims=keepdims)


def softmax_dx(dy, y, x, axis=None):
    return y * (dy - (dy * y).sum(axis=axis, keepdims=True))


@primitive(rules=[softmax_dx])
def softmax(x, axis=None):
    """exp(x) / sum(exp(x)) along an axis, or over all entries.

    >>> softmax([1.0, 1.0])
    array([0.5, 0.5])
    """
    return sp.softmax(x, axis)


@primitive(
    rules=[
        lambda dy, y, x, axis=None: dy - np.exp(y) * dy.sum(axis=axis, keepdims=True),
    ]
)
def log_softmax(x, axis=None):
    """The logarithm of softmax, also where that underflows.

    >>> log_softmax([0.0, 1000.0])
    array([-1000.,     0.])
    """
    return sp.log_softmax(x, axis)


# Gamma functions and counts


@primitive(rules=[lambda dy, y, a, d: dy * sum(sp.psi(a - j / 2) for j in range(d))])
def multigammaln(a, d):
    """The logarithm of the multivariate gamma function of dimension `d`.

    >>> multigammaln(2.5, 1) == sp.gammaln(2.5)
    np.True_
    """
    return sp.multigammaln(a, d)


@primitive(rules=[fixed("n"), lambda dy, y, n, x: dy * polygamma(n + 1, x)])
def polygamma(n, x):
    """Derivative number `n` of the digamma function.

    >>> round(float(polygamma(1, 1.0)), 6)
    1.644934
    """
    return sp.polygamma(n, x)


def within_range(f, N, k):
    """f(N, k), asked only where there are at least k of N things; 0 elsewhere."""
    n, m = value(N), value(k)
    inside = (m <= n) & (n >= 0) & (m >= 0)
    return np.where(inside, f(np.where(inside, N, 1), np.where(inside, k, 0)), 0)


def require_inexact(name, exact):
    if exact:
        raise TypeError(f"{name}(exact=True) counts integers, which have no gradient; use value(x)")


@composite(sp.comb)
def comb(N, k, *, exact=False, repetition=False):
    """How many ways there are to take k of N things; floats are counts by the gamma function.

    >>> comb(4, 2)
    np.float64(6.0)
    """
    require_inexact("comb", exact)
    if not repetition:
        return within_range(sp.binom, array(N), array(k))
    N, k = array(N), array(k)
    none = (value(k) == 0) & (value(N) >= 0)
    return np.where(none, 1, sp.binom(np.where(none, 1, N + k - 1), k))


@composite(sp.perm)
def perm(N, k, exact=False):
    """How many ordered ways there are to take k of N things.

    >>> perm(4, 2)
    np.float64(12.0)
    """
    require_inexact("perm", exact)
    return within_range(lambda N, k: sp.poch(N - k + 1, k), array(N), array(k))


def factorial_dx(dy, y, n, exact=False, extend="zero"):
    return factorialk_dx(dy, y, n, k=1, exact=exact, extend=extend)


def factorial2_dx(dy, y, n, exact=False, extend="zero"):
    return factorialk_dx(dy, y, n, k=2, exact=exact, extend=extend)


def factorialk_dx(dy, y, n, k, exact=False, extend="zero"):
    """By y = const k^(n / k) Gamma(n / k + 1), which is 0 for n < 0 if not extended."""
    below = (n < 0) & (extend == "zero")
    slope = (log(k) + sp.psi(np.where(below, 0, n) / k + 1)) / k
    return (dy * y * slope).astype(dy.dtype)


@primitive(rules=[factorial_dx])
def factorial(n, exact=False, extend="zero"):
    """The product 1 2 ... n, and Gamma(n + 1) between integers.

    >>> factorial(4.0)
    np.float64(24.0)
    """
    return sp.factorial(n, exact, extend)


@primitive(rules=[factorial2_dx])
def factorial2(n, exact=False, extend="zero"):
    """The product n (n - 2) (n - 4) ...; floats need extend="complex".

    >>> round(float(factorial2(5.0, extend="complex")), 9)
    15.0
    """
    return sp.factorial2(n, exact, extend)


@primitive(rules=[factorialk_dx])
def factorialk(n, k, exact=False, extend="zero"):
    """The product n (n - k) (n - 2 k) ...; floats need extend="complex".

    >>> round(float(factorialk(7.0, 3, extend="complex")))
    28
    """
    return sp.factorialk(n, k, exact, extend)


# Periodic sinc


def diric_dx(dy, y, x, n):
    """By the sum of cos(m x) / n over m = -(n - 1) / 2 ... (n - 1) / 2, smooth everywhere."""
    j = np.arange(np.max(n, initial=1)).reshape(-1, *[1] * np.ndim(y))
    m = np.where(j < n, j - (n - 1) / 2, 0)
    return (dy * -(m * np.sin(m * x)).sum(axis=0) / n).astype(dy.dtype)


@primitive(rules=[diric_dx])
def diric(x, n):
    """The periodic sinc sin(n x / 2) / (n sin(x / 2)), for whole n.

    >>> diric(0.0, 3)
    array(1.)
    """
    return sp.diric(x, n)
