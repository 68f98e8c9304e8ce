"""Integrals of samples and of functions, and differential equations (from odes.py).

Source:  Cartwright 2017, Simpson's Rule Cumulative Integration
"""

import numpy as np
from scipy import integrate

from .exact import exact
from .odes import odeint, solve_ivp
from .wrap import array

__all__ = [
    "cumulative_simpson",
    "cumulative_trapezoid",
    "fixed_quad",
    "odeint",
    "romb",
    "simpson",
    "solve_ivp",
    "trapezoid",
]

AS_THEY_STAND = ("fixed_quad",)


def last(y, x, dx, axis):
    """`y` with its axis at the end, and the steps between its samples."""
    y = np.moveaxis(array(y), axis, -1)
    if x is None:
        dx = (
            dx if hasattr(dx, "dtype") else np.asarray(dx, np.result_type(y.real.dtype, np.float16))
        )
        steps = dx[..., None] if dx.ndim == 0 else np.moveaxis(dx, axis, -1)
        return y, np.broadcast_to(steps, (*steps.shape[:-1], max(y.shape[-1] - 1, 0)))
    x = array(x)
    return y, np.diff(x if x.ndim == 1 else np.moveaxis(x, axis, -1), axis=-1)


def ratio(a, b):
    """a / b, and 0 where b is."""
    return np.where(b == 0, 0, a / np.where(b == 0, 1, b))


@exact(integrate.trapezoid)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral of samples along an axis, by straight lines between them.

    >>> trapezoid([1.0, 2.0, 3.0])
    np.float64(4.0)
    """
    y, steps = last(y, x, dx, axis)
    return (steps * (y[..., 1:] + y[..., :-1]) / 2).sum(axis=-1)


@exact(integrate.cumulative_trapezoid)
def cumulative_trapezoid(y, x=None, dx=1.0, axis=-1, initial=None):
    """The integrals up to each sample, by straight lines; with initial=0 the first one, too.

    >>> cumulative_trapezoid([1.0, 2.0, 3.0], initial=0)
    array([0. , 1.5, 4. ])
    """
    y, steps = last(y, x, dx, axis)
    return running(steps * (y[..., 1:] + y[..., :-1]) / 2, initial, axis)


def running(parts, initial, axis):
    y = np.cumsum(parts, axis=-1)
    if initial is not None:
        initial = array(initial).astype(y.dtype)
        start = initial if initial.ndim == 0 else np.moveaxis(initial, axis, -1)
        start = np.broadcast_to(start, (*y.shape[:-1], 1))
        y = np.concatenate([start, start + y], axis=-1)
    return np.moveaxis(y, -1, axis)


@exact(integrate.simpson)
def simpson(y, x=None, *, dx=1.0, axis=-1):
    """The integral of samples along an axis, by parabolas through three of them.

    >>> round(float(simpson([0.0, 1.0, 4.0])), 6)
    2.666667
    """
    y, steps = last(y, x, dx, axis)
    n = y.shape[-1]
    if n == 2:
        return (steps[..., 0] * (y[..., 0] + y[..., 1])) / 2
    m = n - 1 + n % 2  # samples that make whole pairs of intervals
    a, b = steps[..., : m - 1 : 2], steps[..., 1 : m - 1 : 2]
    left, middle, right = y[..., : m - 2 : 2], y[..., 1 : m - 1 : 2], y[..., 2:m:2]
    both = a + b
    parts = left * (2 - ratio(b, a)) + middle * both * ratio(both, a * b)
    whole = (both / 6 * (parts + right * (2 - ratio(a, b)))).sum(axis=-1)
    return whole + last_interval(y, steps) if n % 2 == 0 else whole


def last_interval(y, steps):
    """By the parabola through the last three samples: Cartwright 2017, equation 8."""
    a, b = steps[..., -2], steps[..., -1]
    alpha, beta = ratio(2 * b**2 + 3 * a * b, 6 * (a + b)), ratio(b**2 + 3 * a * b, 6 * a)
    return alpha * y[..., -1] + beta * y[..., -2] - ratio(b**3, 6 * a * (a + b)) * y[..., -3]


@exact(integrate.cumulative_simpson)
def cumulative_simpson(y, *, x=None, dx=1.0, axis=-1, initial=None):
    """The integrals up to each sample, by parabolas; with initial=0 the first one, too.

    >>> cumulative_simpson([0.0, 1.0, 4.0], initial=0).round(6)
    array([0.      , 0.333333, 2.666667])
    """
    y, steps = last(y, x, dx, axis)
    n = y.shape[-1]
    if n < 3:
        return running(steps * (y[..., 1:] + y[..., :-1]) / 2, initial, axis)
    steps = np.broadcast_to(steps, (*y.shape[:-1], n - 1))
    ahead, back = first_intervals(y, steps), first_intervals(y[..., ::-1], steps[..., ::-1])
    k = np.arange(n - 1)
    places = np.where((k % 2 == 0) & (k < n - 2), k, n - 3 + k)
    parts = np.concatenate([ahead, back[..., ::-1]], axis=-1)[..., places]
    return running(parts, initial, axis)


def first_intervals(y, steps):
    """For each three samples, what the parabola through them has between the first two."""
    a, b = steps[..., :-1], steps[..., 1:]
    share, bend = a / (a + b), a * a / (b * (a + b))
    return (
        a / 6 * ((3 - share) * y[..., :-2] + (3 + bend + share) * y[..., 1:-1] - bend * y[..., 2:])
    )


@exact(integrate.romb)
def romb(y, dx=1.0, axis=-1, show=False):
    """The integral of 2^k + 1 samples, by Romberg's extrapolation of the trapezoidal rule.

    >>> romb([0.0, 1.0, 4.0, 9.0, 16.0]).round(6)
    np.float64(21.333333)
    """
    y = np.moveaxis(array(y), axis, -1)
    return dx * (y @ integrate.romb(np.eye(y.shape[-1]), axis=0).astype(y.real.dtype))


def fixed_quad(func, a, b, args=(), n=5):
    """The pair (integral of func from a to b, None), by Gauss's rule with n points.

    >>> fixed_quad(lambda x: x**2, 0.0, 3.0)[0].round(12)
    np.float64(9.0)
    """
    return integrate.fixed_quad(func, a, b, args, n)
