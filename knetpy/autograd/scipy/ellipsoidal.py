"""Ellipsoidal harmonics, with a gradient in s; in the chapter of scipy.special.

A Lame function is a product of roots and a polynomial of s^2, which its values determine.  The
function of the second kind is (2 n + 1) E(s) times the integral of 1 / (E^2 root) from s on.
Source:  DLMF 29.12; Dassios 2012, Ellipsoidal Harmonics, ch. 3
"""

import numpy as np
from numpy.polynomial import chebyshev
from scipy import special as sp

from knetpy.autograd.derivatives import vjp
from knetpy.autograd.primitive import fixed, primitive

__all__ = ["ellip_harm", "ellip_harm_2", "ellip_normal"]


def shape_of(n, p):
    """How many coefficients the polynomial has, and whether s and two roots go with it."""
    r, odd = n // 2, n % 2
    sizes = r + 1, n - r, n - r, r
    k = int(np.searchsorted(np.cumsum(sizes), p))
    return sizes[k], bool(odd if k in (0, 3) else 1 - odd), k in (1, 3), k in (2, 3)


def roots(h2, k2, n, p, s):
    """Their product; the roots of what is negative are those of its size."""
    _, linear, first, second = shape_of(n, p)
    y = s if linear else np.ones_like(s)
    y = y * np.sqrt(abs(s * s - h2)) if first else y
    return y * np.sqrt(abs(s * s - k2)) if second else y


def lame(h2, k2, n, p, s):
    """The function by the polynomial through its values at Chebyshev's points."""
    if any(map(np.ndim, (h2, k2, n, p))):
        raise NotImplementedError(
            "ellipsoidal harmonics have a gradient for single numbers h2, k2, n and p alone; take "
            "one harmonic after the other"
        )
    size = shape_of(n, p)[0]
    points = chebyshev.chebpts1(size)
    at = np.sqrt(h2 * (0.5 + 0.4 * points))
    values = sp.ellip_harm(h2, k2, n, p, at) / roots(h2, k2, n, p, at)
    x, y = (s * s / h2 - 0.5) / 0.4, 0.0
    for c in chebyshev.cheb2poly(chebyshev.chebfit(points, values, size - 1))[::-1]:
        y = y * x + c
    return y * roots(h2, k2, n, p, s)


def slope(h2, k2, n, p, s):
    _, pull = vjp(lambda s: lame(h2, k2, n, p, s), s)
    return pull(np.ones_like(s))[0]


def ellip_harm_ds(dy, y, h2, k2, n, p, s, signm=1, signn=1):
    _, _, first, second = shape_of(n, p) if not np.ndim(n) and not np.ndim(p) else (0,) * 4
    sign = (np.sign(signm) if first else 1) * (np.sign(signn) if second else 1)
    return dy * sign * slope(h2, k2, n, p, s)


NUMBERS = [fixed(name) for name in ("h2", "k2", "n", "p")]


@primitive(rules=[*NUMBERS, ellip_harm_ds])
def ellip_harm(h2, k2, n, p, s, signm=1, signn=1):
    """The ellipsoidal harmonic of the first kind, Lame's function number p of degree n, at s.

    >>> round(float(ellip_harm(5.0, 8.0, 1, 1, 2.5)), 12)
    2.5
    """
    return sp.ellip_harm(h2, k2, n, p, s, signm, signn)


def ellip_harm_2_ds(dy, y, h2, k2, n, p, s):
    e = lame(h2, k2, n, p, s)
    outside = (2 * n + 1) / (e * np.sqrt(s * s - k2) * np.sqrt(s * s - h2))
    return dy * (y * slope(h2, k2, n, p, s) / e - outside)


@primitive(rules=[*NUMBERS, ellip_harm_2_ds])
def ellip_harm_2(h2, k2, n, p, s):
    """The ellipsoidal harmonic of the second kind, for s above the root of k2.

    >>> from warnings import catch_warnings
    >>> with catch_warnings(action="ignore"):  # SciPy's integral warns of its last digits
    ...     round(float(ellip_harm_2(5.0, 8.0, 2, 1, 10.0)), 8)
    0.00108057
    """
    return sp.ellip_harm_2(h2, k2, n, p, s)


@primitive(rules=NUMBERS)
def ellip_normal(h2, k2, n, p):
    """The normalisation of an ellipsoidal harmonic, without a gradient.

    >>> from warnings import catch_warnings
    >>> with catch_warnings(action="ignore"):  # SciPy's integral warns of its last digits
    ...     round(float(ellip_normal(5.0, 8.0, 3, 7)), 4)
    1723.388
    """
    return sp.ellip_normal(h2, k2, n, p)
