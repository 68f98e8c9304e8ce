"""Polynomials as NumPy's older functions have them: coefficients in a line, the highest first."""

import warnings

import numpy as np
from numpy.exceptions import RankWarning
from numpy.lib.stride_tricks import sliding_window_view

from knetpy.autograd.mutation import written
from knetpy.autograd.primitive import primitive, rewrite
from knetpy.autograd.values import value

from .joining import gathered
from .places import beside, numbers, together


def product_da(dy, y, a, b):
    return sliding_window_view(dy, b.size) @ b


@primitive(rules=[product_da, lambda dy, y, a, b: product_da(dy, y, b, a)], broadcast=False)
def product(a, b):
    return np.convolve(a, b)


def vander_dx(dy, y, x, N=None, increasing=False):
    """k x**(k - 1) for the column of x**k, which is k times the column before it."""
    dy, y = (dy, y) if increasing else (np.flip(dy, 1), np.flip(y, 1))
    k = numbers(y.shape[1], y)[1:].astype(y.real.dtype)
    return (dy[:, 1:] * (y[:, :-1] * k)).sum(axis=1)


def roots_dp(dy, y, p):
    """What moves p(x) at a root moves the root against the slope there."""
    dp = -(dy / np.polyval(slope(p), y)) @ np.vander(y, p.size)
    return (dp if p.dtype.kind == "c" else np.real(dp)).astype(p.dtype)


primitive(np.vander, vander_dx)
primitive(np.roots, roots_dp)


@rewrite(np.poly)
def poly(seq_of_zeros):
    zeros = np.atleast_1d(seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] != 0:
        zeros = np.linalg.eigvals(zeros)
    elif zeros.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    zeros = zeros.astype(np.mintypecode(zeros.dtype.char))
    a = np.ones_like(zeros, shape=1)
    for zero in zeros:
        a = product(a, np.stack([np.ones_like(zero), -zero]))
    roots = value(zeros)
    pairs = roots.dtype.kind == "c" and np.all(np.sort(roots) == np.sort(roots.conj()))
    return a.real if pairs else a


@rewrite(np.polyval)
def polyval(p, x):
    y = np.zeros_like(x)
    for coefficient in p if hasattr(p, "dtype") else beside(p, x):
        y = y * x + coefficient
    return y


def aligned(a1, a2):
    """Both with as many coefficients as the longer one has."""
    a1, a2 = np.atleast_1d(*together(a1, a2))
    n = max(len(a1), len(a2))
    return [np.concatenate([np.zeros_like(a, shape=n - len(a)), a]) for a in (a1, a2)]


@rewrite(np.polyadd)
def polyadd(a1, a2):
    a, b = aligned(a1, a2)
    return a + b


@rewrite(np.polysub)
def polysub(a1, a2):
    a, b = aligned(a1, a2)
    return a - b


@rewrite(np.polymul)
def polymul(a1, a2):
    return product(*map(without_leading_zeros, np.atleast_1d(*together(a1, a2))))


def without_leading_zeros(a):
    a = a if a.size else np.concatenate([a, np.zeros_like(a, shape=1)])
    (places,) = value(a).nonzero()
    return a[int(places[0]) if places.size else len(a) - 1 :]


@rewrite(np.polydiv)
def polydiv(u, v):
    u, v = (x + 0.0 for x in np.atleast_1d(*together(u, v)))
    n, scale = len(v), 1.0 / v[0]
    r = u.astype((u[0] + v[0]).dtype)
    q = []
    for k in range(len(u) - n + 1):
        q.append(scale * r[k])
        r = written(r, r[k : k + n] - q[k] * v, index=slice(k, k + n))
    while len(r) > 1 and np.allclose(value(r[0]), 0, rtol=1e-14):
        r = r[1:]
    return np.stack(q) if q else np.zeros_like(r, shape=1), r


@rewrite(np.polyder)
def polyder(p, m=1):
    if m < 0:
        raise ValueError(f"the order of a derivative is 0 or more, got m={m}")
    for _ in range(int(m)):
        p = slope(p)
    return p


def slope(p):
    return falling(p)[:-1] * p[:-1]


@rewrite(np.polyint)
def polyint(p, m=1, k=None):
    if m < 0:
        raise ValueError(f"the order of an integral is 0 or more, got m={m}")
    k = np.atleast_1d(0.0 if k is None else gathered(k))
    if len(k) < m and len(k) != 1:
        raise ValueError(f"k must be one constant or at least {m}, got {len(k)}")
    for i in range(int(m)):
        p = np.concatenate([p / (falling(p) + 1), k[None, i if len(k) > 1 else 0]])
    return p


def falling(p):
    """The exponents."""
    return numbers(len(p), p)[::-1]


@rewrite(np.polyfit)
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    order, (x, y) = int(deg) + 1, (a + 0.0 for a in together(x, y))
    refuse_to_fit(x, y, order, w)
    rcond = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    lhs, rhs = np.vander(x, order), y
    if w is not None:
        w = together(x, w)[1] + 0.0
        lhs, rhs = lhs * w[:, None], rhs * (w[:, None] if rhs.ndim == 2 else w)
    scale = np.sqrt((lhs * lhs).sum(axis=0))
    lhs = lhs / scale
    c, resids, rank, s = np.linalg.lstsq(lhs, rhs, rcond)
    c = (c.T / scale).T
    if rank != order and not full:
        warnings.warn("Polyfit may be poorly conditioned", RankWarning, stacklevel=3)
    if full:
        return c, resids, rank, s, rcond
    return (c, covariance(lhs, scale, resids, len(x), order, cov, y.ndim)) if cov else c


def refuse_to_fit(x, y, order, w):
    if order < 1:
        raise ValueError(f"the degree is 0 or more, got deg={order - 1}")
    shapes = x.shape, y.shape, () if w is None else np.shape(w)
    if x.ndim != 1 or not x.size or y.ndim not in (1, 2) or len(x) != len(y):
        raise TypeError(f"polyfit needs x (n,) and y (n,) or (n, k), got {shapes[0]}, {shapes[1]}")
    if w is not None and shapes[2] != (len(y),):
        raise TypeError(f"polyfit needs weights of shape {(len(y),)}, got {shapes[2]}")


def covariance(lhs, scale, resids, n, order, cov, ndim):
    base = np.linalg.inv(lhs.T @ lhs) / np.outer(scale, scale)
    if cov == "unscaled":
        factor = 1
    elif n <= order:
        raise ValueError("the number of data points must exceed order to scale the covariance")
    else:
        factor = resids / (n - order)
    return base * factor if ndim == 1 else base[:, :, None] * factor
