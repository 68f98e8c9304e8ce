"""Spherical Bessel functions, and derivatives of Bessel functions; in the chapter of scipy.special.

Their orders have no gradient.
Source:  DLMF 10.51.2 (slopes of spherical functions)
"""

import numpy as np
from scipy import special as sp

from knetpy.autograd.primitive import fixed, primitive

__all__ = [
    "h1vp",
    "h2vp",
    "ivp",
    "jvp",
    "kvp",
    "spherical_in",
    "spherical_jn",
    "spherical_kn",
    "spherical_yn",
    "yvp",
]


def spherical(f, sign_below, sign_above, about):
    """A spherical function, whose slope is (+- n f_{n-1} +- (n + 1) f_{n+1}) / (2 n + 1).

    Source:  DLMF 10.51.2
    """

    def dz(dy, y, n, z, derivative=False):
        n = np.asarray(n)
        below = new(np.maximum(n - 1, 0), z, derivative=derivative)
        above = new(n + 1, z, derivative=derivative)
        slope = (sign_below * n * below + sign_above * (n + 1) * above) / (2 * n + 1)
        return dy * slope.astype(dy.dtype)

    def call(n, z, derivative=False):
        return f(n, z, derivative)

    call.__name__ = call.__qualname__ = f.__name__
    call.__doc__ = f"""The {about}, of order n, or its derivative in z.

    >>> {f.__name__}(0, 1.0) == sp.{f.__name__}(0, 1.0)
    np.True_
    """
    new = primitive(rules=[fixed("n"), dz])(call)
    return new


def derivative_of(f, about):
    """A derivative of given order of a Bessel function, whose slope is the next derivative."""

    def call(v, z, n=1):
        return f(v, z, n)

    call.__name__ = call.__qualname__ = f.__name__
    call.__doc__ = f"""Derivative number n, in z, of {about}.

    >>> {f.__name__}(1, 2.0) == sp.{f.__name__}(1, 2.0)
    np.True_
    """
    new = primitive(rules=[fixed("v"), lambda dy, y, v, z, n=1: dy * new(v, z, n=n + 1)])(call)
    return new


# fmt: off
spherical_jn = spherical(sp.spherical_jn,  1, -1, "spherical Bessel function j")
spherical_yn = spherical(sp.spherical_yn,  1, -1, "spherical Bessel function y")
spherical_in = spherical(sp.spherical_in,  1,  1, "modified spherical Bessel function i")
spherical_kn = spherical(sp.spherical_kn, -1, -1, "modified spherical Bessel function k")

jvp  = derivative_of(sp.jvp,  "the Bessel function of the first kind")
yvp  = derivative_of(sp.yvp,  "the Bessel function of the second kind")
ivp  = derivative_of(sp.ivp,  "the modified Bessel function of the first kind")
kvp  = derivative_of(sp.kvp,  "the modified Bessel function of the second kind")
h1vp = derivative_of(sp.h1vp, "the Hankel function of the first kind")
h2vp = derivative_of(sp.h2vp, "the Hankel function of the second kind")
# fmt: on
