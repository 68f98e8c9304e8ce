"""Convolution and filters of signals.

A convolution goes back as a convolution with the other array turned around; a filter goes back
as the same filter, run from the end to the start.  Left out: resampling, design of filters.
Source:  Oppenheim and Schafer 2010, section 6.5 (transposed filters)
"""

import numpy as np
from scipy import signal

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.fft import of_kind, resized
from knetpy.autograd.rules.reductions import axes_of

from .filters import filtfilt, lfilter, sosfilt

__all__ = [
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "detrend",
    "fftconvolve",
    "filtfilt",
    "hilbert",
    "lfilter",
    "oaconvolve",
    "sosfilt",
]


# Convolution


def turned(x, axes):
    """`x` turned around along the axes."""
    flip = slice(None, None, -1)
    return x[tuple(flip if i in axes else slice(None) for i in range(x.ndim))]


def padded(x, starts, shape):
    """`x` with zeros around it: from `starts` on, in an array of `shape`."""
    for axis, (start, n) in enumerate(zip(starts, shape, strict=True)):
        sizes = start, n - start - x.shape[axis]
        around = [x.shape[:axis] + (k,) + x.shape[axis + 1 :] for k in sizes]
        before, after = (np.zeros_like(x, shape=size) for size in around)
        if any(sizes):
            x = np.concatenate([before, x, after], axis=axis)
    return x


def whole(dy, a, b, axes, late=0):
    """`dy` as the gradient of the full convolution, of which every mode takes the middle.

    If there are two middles, `late` (0 or 1) tells which.
    """
    sizes = zip(dy.shape, a.shape, b.shape, strict=True)
    shape = [n + m - 1 if i in axes else k for i, (k, n, m) in enumerate(sizes)]
    return padded(dy, [(n - k + late) // 2 for n, k in zip(shape, dy.shape, strict=True)], shape)


def axes_tuple(axes):
    return axes if axes is None or np.ndim(axes) == 0 else tuple(axes)


def convolution_rules(f):
    """Rules of a convolution f(a, b, mode, option)."""

    def of(mine):
        def dx(dy, y, a, b, mode="full", **options):
            x, kernel = (b, a) if mine else (a, b)
            if x.ndim == 0:
                return of_kind(dy * kernel, x)
            axes = axes_of(x.ndim, axes_tuple(options.get("axes")))
            dy = whole(dy, a, b, axes)
            return of_kind(f()(dy, turned(kernel, axes), mode="valid", **options), x)

        return dx

    return [of(0), of(1)]


@primitive(rules=convolution_rules(lambda: convolve))
def convolve(in1, in2, mode="full", method="auto"):
    """The convolution of two arrays of any number of axes; mode is "full", "same" or "valid".

    >>> convolve([1, 2], [1, 10])
    array([ 1, 12, 20])
    """
    return signal.convolve(in1, in2, mode, method)


@primitive(rules=convolution_rules(lambda: fftconvolve))
def fftconvolve(in1, in2, mode="full", axes=None):
    """The convolution along axes, by Fourier transforms; the other axes broadcast.

    >>> fftconvolve([1.0, 2.0], [1.0, 10.0]).round(12)
    array([ 1., 12., 20.])
    """
    return signal.fftconvolve(in1, in2, mode, axes)


@primitive(rules=convolution_rules(lambda: oaconvolve))
def oaconvolve(in1, in2, mode="full", axes=None):
    """As fftconvolve, by parts that overlap, which suits arrays of different lengths.

    >>> oaconvolve([1.0, 2.0], [1.0, 10.0]).round(12)
    array([ 1., 12., 20.])
    """
    return signal.oaconvolve(in1, in2, mode, axes)


def correlate_da(dy, y, a, b, mode="full", method="auto"):
    kernel = turned(b, axes_of(b.ndim, None)).conj()
    return CONVOLVE[0](dy, y, a, kernel, mode=mode, method=method)


def correlate_db(dy, y, a, b, mode="full", method="auto"):
    axes = axes_of(b.ndim, None)
    kernel = turned(b, axes).conj()
    return of_kind(turned(CONVOLVE[1](dy, y, a, kernel, mode=mode, method=method), axes).conj(), b)


CONVOLVE = convolution_rules(lambda: convolve)


@primitive(rules=[correlate_da, correlate_db])
def correlate(in1, in2, mode="full", method="auto"):
    """The correlation: the convolution with in2 conjugated and turned around.

    >>> correlate([1, 2], [10, 1])
    array([ 1, 12, 20])
    """
    return signal.correlate(in1, in2, mode, method)


# Two axes with a boundary


def border(n, k, boundary):
    """The places that a boundary shows around n entries, k on each side; -1 for outside."""
    places = np.arange(-k, n + k)
    if boundary == "fill":
        return np.where((places >= 0) & (places < n), places, -1)
    if boundary == "wrap":
        return places % n
    places = places % (2 * n)
    return np.where(places < n, places, 2 * n - 1 - places)


def shown(x, places):
    """The matrix that picks the entries at `places`; none at -1."""
    return (places[:, None] == np.arange(x)).astype(float)


def borders(a, b, boundary):
    """For both axes the matrix of the extended array, in the precision of `a`."""
    sizes = zip(a.shape, b.shape, strict=True)
    return [shown(n, border(n, m - 1, boundary)).astype(a.real.dtype) for n, m in sizes]


def convolve2d_da(dy, y, a, b, mode="full", boundary="fill", fillvalue=0, late=0):
    """Back through the convolution of the extended array, and from its border to its inside."""
    if swapped(a, b, mode):
        return convolve2d_db(dy, y, b, a, mode, boundary, fillvalue)
    rows, columns = borders(a, b, boundary)
    dx = convolve(from_mode(dy, a, b, mode, late), turned(b, (0, 1)), method="direct")
    return of_kind(rows.T @ dx @ columns, a)


def convolve2d_db(dy, y, a, b, mode="full", boundary="fill", fillvalue=0, late=0):
    if swapped(a, b, mode):
        return convolve2d_da(dy, y, b, a, mode, boundary, fillvalue)
    rows, columns = borders(a, b, boundary)
    x = rows @ a @ columns.T
    if boundary == "fill":
        x = x + fillvalue * (1 - rows.sum(axis=1)[:, None] * columns.sum(axis=1))
    dy = from_mode(dy, a, b, mode, late)
    return of_kind(convolve(turned(x, (0, 1)), dy, mode="valid", method="direct"), b)


def swapped(a, b, mode):
    """Whether SciPy takes the second array for the larger one."""
    return mode == "valid" and any(n < m for n, m in zip(a.shape, b.shape, strict=True))


def from_mode(dy, a, b, mode, late):
    return dy if mode == "full" else whole(dy, a, b, (0, 1), late)


@primitive(rules=[convolve2d_da, convolve2d_db])
def convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """The convolution of two matrices; beyond its border in1 is filled, wrapped or mirrored.

    >>> convolve2d([[1, 2]], [[1, 10]], mode="same", boundary="wrap")
    array([[21, 12]])
    """
    return signal.convolve2d(in1, in2, mode, boundary, fillvalue)


def correlate2d_da(dy, y, a, b, mode="full", boundary="fill", fillvalue=0):
    if swapped(a, b, mode):  # where SciPy conjugates the other array
        return convolve2d_da(dy, y, a.conj(), turned(b, (0, 1)), mode).conj()
    return convolve2d_da(dy, y, a, turned(b, (0, 1)).conj(), mode, boundary, fillvalue, late=1)


def correlate2d_db(dy, y, a, b, mode="full", boundary="fill", fillvalue=0):
    if swapped(a, b, mode):
        return turned(convolve2d_db(dy, y, a.conj(), turned(b, (0, 1)), mode), (0, 1))
    kernel = turned(b, (0, 1)).conj()
    dx = convolve2d_db(dy, y, a, kernel, mode, boundary, fillvalue, late=1)
    return of_kind(turned(dx, (0, 1)).conj(), b)


@primitive(rules=[correlate2d_da, correlate2d_db])
def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """The correlation of two matrices; beyond its border in1 is filled, wrapped or mirrored.

    >>> correlate2d([[1, 2]], [[10, 1]], mode="same", boundary="wrap")
    array([[12, 21]])
    """
    return signal.correlate2d(in1, in2, mode, boundary, fillvalue)


# What is linear in its one array


@primitive(
    rules=[lambda dy, y, data, axis=-1, type="linear", bp=0, **_: detrend(dy, axis, type, bp)]
)
def detrend(data, axis=-1, type="linear", bp=0, overwrite_data=False):
    """`data` without its trend: a mean, or lines between the break points `bp`.

    >>> detrend([1.0, 2.0, 3.0], type="constant")
    array([-1.,  0.,  1.])
    """
    return signal.detrend(data, axis, type, bp)


def hilbert_dx(dy, y, x, N=None, axis=-1):
    """The matrix F^-1 D F with a diagonal D, whose transpose is F D F^-1."""
    n = y.shape[axis]
    gain = np.zeros(n, x.dtype)
    gain[0] = 1
    gain[1 : (n + 1) // 2] = 2
    if n % 2 == 0:
        gain[n // 2] = 1
    gain = gain.reshape([-1 if i == axis % y.ndim else 1 for i in range(y.ndim)])
    dx = np.fft.fft(gain * np.fft.ifft(dy, axis=axis), axis=axis)
    return of_kind(resized(dx, x.shape[axis], axis), x)


@primitive(rules=[hilbert_dx])
def hilbert(x, N=None, axis=-1):
    """The analytic signal x + i h, where h is the Hilbert transform of x.

    >>> abs(hilbert([1.0, 0.0, -1.0, 0.0])).round(12)
    array([1., 1., 1., 1.])
    """
    return signal.hilbert(x, N, axis)
