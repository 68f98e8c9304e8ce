"""Filters of images that are given as their Fourier transforms: products with a gain.

The sizes, widths and shifts have gradients, too.
"""

import numpy as np
from scipy import ndimage, special

from knetpy.autograd.scipy.exact import exact
from knetpy.autograd.scipy.wrap import array

from .borders import across, per_axis

__all__ = ["fourier_ellipsoid", "fourier_gaussian", "fourier_shift", "fourier_uniform"]


def double(x):
    """`x` as an array in double precision, in which SciPy computes."""
    x = array(x)
    return x.astype(np.result_type(x.dtype, np.float64))


def scaled(setting, shape, n, axis):
    """A setting for each axis, times the frequencies there, in turns for each entry.

    Along `axis` stands half a transform of n entries, unless n is negative.
    """
    axis = across(axis, len(shape))[0]
    settings, found = per_axis(setting, len(shape)), []
    for k, (m, s) in enumerate(zip(shape, settings, strict=True)):
        f = np.arange(m) / n if n >= 0 and k == axis else np.fft.fftfreq(m or 1)[:m]
        found.append(double(s) * f.reshape([-1 if i == k else 1 for i in range(len(shape))]))
    return found


def product(parts):
    y = parts[0]
    for part in parts[1:]:
        y = y * part
    return y


@exact(ndimage.fourier_gaussian, constant="n axis")
def fourier_gaussian(input, sigma, n=-1, axis=-1, output=None):
    """The transform of the image filtered by a Gaussian of width sigma.

    >>> fourier_gaussian([1.0, 1.0], 0.5).round(4)
    array([1.    , 0.2912])
    """
    x = double(input)
    turns = scaled(sigma, x.shape, n, axis)
    return x * product([np.exp(-2 * np.pi**2 * t * t) for t in turns])


@exact(ndimage.fourier_uniform, constant="n axis")
def fourier_uniform(input, size, n=-1, axis=-1, output=None):
    """The transform of the image averaged over boxes of a size.

    >>> fourier_uniform([1.0, 1.0], 1.0).round(4)
    array([1.    , 0.6366])
    """
    x = double(input)
    return x * product([np.sinc(t) for t in scaled(size, x.shape, n, axis)])


@exact(ndimage.fourier_shift, constant="n axis")
def fourier_shift(input, shift, n=-1, axis=-1, output=None):
    """The transform of the image moved by `shift`.

    >>> fourier_shift([1.0, 1.0], 1.0).round(4).real
    array([ 1., -1.])
    """
    x = double(input)
    turns = scaled(shift, x.shape, n, axis)
    return x * product([np.exp(-2j * np.pi * t) for t in turns])


@exact(ndimage.fourier_ellipsoid, constant="n axis")
def fourier_ellipsoid(input, size, n=-1, axis=-1, output=None):
    """The transform of the image averaged over ellipsoids whose axes have a size.

    >>> fourier_ellipsoid([1.0, 1.0], 1.0).round(4)
    array([1.    , 0.6366])
    """
    x = double(input)
    turns = scaled(size, x.shape, n, axis)
    if x.ndim == 1:
        return x * np.sinc(turns[0])
    square = turns[0] * turns[0] + turns[1] * turns[1]
    square = square if x.ndim == 2 else square + turns[2] * turns[2]
    middle = square == 0
    t = np.pi * np.sqrt(np.where(middle, 1, square))
    if x.ndim == 2:
        gain = 2 * special.jv(1, t) / t
    else:
        gain = 3 * (np.sin(t) - t * np.cos(t)) / t**3
    return x * np.where(middle, 1, gain)
