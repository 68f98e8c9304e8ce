"""Ellipsoidal harmonics, with a gradient in s, and their norms; in the chapter of scipy.special.

A Lame function is a product of roots and a polynomial of s^2, which its values determine.  The
function of the second kind is (2 n + 1) E(s) times the integral of 1 / (E^2 root) from s on.

The norm is differentiated in h2 and k2, and takes the polynomial from its differential equation,
in the variable x = (s^2 - h2) / g with g^2 = h2 (k2 - h2).  Of both numbers there remains but
q = sqrt((k2 - h2) / h2): the singular points lie at x = -1/q, 0 and q.
Source:  DLMF 29.12, 31.5, 22.20; Dassios 2012, Ellipsoidal Harmonics, ch. 3;
         Bardhan & Knepley 2012, Computational science and re-discovery
"""

import numpy as np
from scipy import special as sp

from knetpy.autograd.derivatives import vjp
from knetpy.autograd.primitive import fixed, primitive
from knetpy.autograd.values import value

from .exact import exact

__all__ = ["ellip_harm", "ellip_harm_2", "ellip_normal"]


def shape_of(n, p):
    """The polynomial's size, its number among such, and whether s and two roots go with it."""
    r, odd = n // 2, n % 2
    sizes = r + 1, n - r, n - r, r
    k = int(np.searchsorted(np.cumsum(sizes), p))
    linear = bool(odd if k in (0, 3) else 1 - odd)
    return sizes[k], p - 1 - sum(sizes[:k]), linear, k in (1, 3), k in (2, 3)


def roots(h2, k2, n, p, s):
    """Their product; the roots of what is negative are those of its size."""
    *_, linear, first, second = shape_of(n, p)
    y = s if linear else np.ones_like(s)
    y = y * np.sqrt(abs(s * s - h2)) if first else y
    return y * np.sqrt(abs(s * s - k2)) if second else y


def march(middle, back, ahead):
    """The solution of ahead a[j+1] + back a[j-1] = middle a[j] that begins with 0, 1."""
    a = [0.0, 1.0]
    for z, b, c in zip(middle, back, ahead, strict=True):
        a.append((z * a[-1] - b * a[-2]) / c)
    return a[1:]


def coefficients(q, size, number, linear, first, second):
    """Those of the polynomial of x, from the constant one to the last, 1.

    They solve a three-term recurrence, an eigenvalue problem, of which the largest component of
    the eigenvector is a safe end of the way up and of the way down.
    """
    j = np.arange(size + 1.0)
    below = j * (j - 0.5 + first)
    above = (size - j) * (j + size - 1.5 + linear + first + second)
    diagonal = (q * j * (j + linear + first) - j * (j + first + second) / q)[:-1]
    matrix = diagonal[:, None] * np.eye(size)
    matrix = matrix + np.sqrt(below * above)[:-1, None] * np.eye(size, k=-1)
    middle = np.linalg.eigvalsh(matrix)[number] - diagonal
    k = int(np.argmax(abs(np.linalg.eigh(value(matrix))[1][:, number])))
    up = march(middle[:k], above[:k], below[1 : k + 1])
    down = march(middle[:k:-1], below[: k + 1 : -1], above[-2:k:-1])
    return [a * (down[-1] / up[-1]) for a in up[:-1]] + down[::-1]


def horner(polynomial, x):
    y = 0.0
    for c in polynomial[::-1]:
        y = y * x + c
    return y


def lame(h2, k2, n, p, s):
    """The function, by its polynomial."""
    if any(map(np.ndim, (h2, k2, n, p))):
        raise NotImplementedError(
            "ellipsoidal harmonics have a gradient for single numbers h2, k2, n and p alone; take "
            "one harmonic after the other"
        )
    size, *others = shape_of(n, p)
    g = np.sqrt(h2 * (k2 - h2))
    polynomial = coefficients(np.sqrt((k2 - h2) / h2), size, *others)
    y = g ** (size - 1) * horner(polynomial, (s * s - h2) / g)
    return y * roots(h2, k2, n, p, s)


def slope(h2, k2, n, p, s):
    _, pull = vjp(lambda s: lame(h2, k2, n, p, s), s)
    return pull(np.ones_like(s))[0]


def ellip_harm_ds(dy, y, h2, k2, n, p, s, signm=1, signn=1):
    *_, first, second = shape_of(n, p) if not np.ndim(n) and not np.ndim(p) else (0, 0)
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


def moments(end, polynomial, first, near, far):
    """The integrals of E^2 / root, times 1 and abs(x), for x from 0 to the singular point `end`.

    The substitution x = end cn^2 makes them periodic, for which equal steps are exact but for
    rounding.  Its points are numbers: no derivative of theirs is in that of an integral.
    """
    m, steps = 1 / (1 + value(end) ** -2.0), 48 + 8 * len(polynomial)
    step = sp.ellipk(m) / steps
    sn, cn, dn, _ = sp.ellipj((np.arange(steps) + 0.5) * step, m)
    size = abs(end)
    x, beyond = size * cn**2, 1 / size + size * cn**2
    y = horner(polynomial, np.sign(value(end)) * x) ** 2
    y = y * x**first * (size * sn**2) ** near * beyond**far * (dn * step) / np.sqrt(beyond)
    return np.sum(y), np.sum(y * x)


def norm(h2, k2, n, p, known):
    """The norm for single numbers, where SciPy knows one."""
    if not known > 0:
        return h2 * k2 * np.nan
    n, p = int(n), int(p)
    size, number, linear, first, second = shape_of(n, p)
    q = np.sqrt((k2 - h2) / h2)
    polynomial = coefficients(q, size, number, linear, first, second)
    inner, inner_x = moments(-1 / q, polynomial, first, linear, second)
    outer, outer_x = moments(q, polynomial, first, second, linear)
    return 8 * (h2 * (k2 - h2)) ** n * (outer_x * inner + outer * inner_x)


@exact(sp.ellip_normal, constant="n p")
def ellip_normal(h2, k2, n, p, known):
    """The normalisation of an ellipsoidal harmonic, an integral of its square over an ellipsoid.

    With r = sqrt((k2 - y^2) (y^2 - h2) (h2 - x^2) (k2 - x^2)), it is 8 times the
    integral of (y^2 - x^2) E(x)^2 E(y)^2 / r for x from 0 to h and y from h to k.  Where there is
    no such harmonic it is NaN, like SciPy's, and so are its gradients.

    >>> from warnings import catch_warnings
    >>> with catch_warnings(action="ignore"):  # SciPy's integral warns of its last digits
    ...     round(float(ellip_normal(5.0, 8.0, 3, 7)), 4)
    1723.388
    """
    every = [np.ravel(x).astype(float) for x in np.broadcast_arrays(h2, k2, n, p, known)]
    parts = [norm(*numbers) for numbers in zip(*every, strict=True)]
    return np.stack(parts).reshape(np.shape(known)) if parts else h2 * k2 * known
