"""Correlation and convolution with weights, and means of boxes.

    y[i] = sum_j w[j] x[i + j - start],    and beyond its edges x goes on as its mode says

Back goes the correlation of the gradient, zero beyond its edges, with the weights turned around;
what it gives beyond the edges of x falls back to the places that x showed there.
"""

import numpy as np
from scipy import ndimage

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy import signal
from knetpy.autograd.scipy.exact import exact
from knetpy.autograd.scipy.signal import turned
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .borders import across, extended, filled, folded, per_axis, usual

__all__ = [
    "convolve",
    "convolve1d",
    "correlate",
    "correlate1d",
    "uniform_filter",
    "uniform_filter1d",
]


def borders_of(sizes, starts, mode):
    """What a window of these sizes sees beyond the edges."""
    return tuple((s, n - 1 - s, mode) for n, s in zip(sizes, starts, strict=True))


def back(dy, sizes, starts, mode, run):
    """The transpose of a filter: `run` is the filter turned around, with zeros beyond the edges."""
    ends = [n - 1 - s for n, s in zip(sizes, starts, strict=True)]
    if mode != "constant":
        dy = extended(dy, borders=borders_of(sizes, starts, "constant"))
    dx = run(dy, ends)
    return dx if mode == "constant" else folded(dx, borders=borders_of(sizes, starts, mode))


# Weights


def correlated_dx(dy, y, x, w, cval, *, starts, mode, known=None):
    w = turned(w, range(w.ndim))
    zero = np.zeros_like(value(cval))
    dx = back(
        dy,
        w.shape,
        starts,
        mode,
        lambda dy, ends: correlated(dy, w, zero, starts=tuple(ends), mode="constant"),
    )
    return of_kind(dx, x)


def correlated_dw(dy, y, x, w, cval, *, starts, mode, known=None):
    if not dy.size:
        return np.zeros_like(w)
    x = filled(x, cval, borders_of(w.shape, starts, mode))
    dw = signal.correlate(x.astype(np.result_type(x, dy)), dy.conj(), mode="valid")
    return of_kind(dw, w)


def correlated_dcval(dy, y, x, w, cval, *, starts, mode, known=None):
    """What the weights see of a one beyond the edges."""
    if mode != "constant":
        return np.zeros_like(cval)
    zeros, one = np.zeros_like(value(x)), np.ones_like(value(cval))
    seen = correlated(zeros, w, one, starts=starts, mode=mode)
    return of_kind((dy * seen).sum(), cval)


@primitive(rules=[correlated_dx, correlated_dw, correlated_dcval], broadcast=False)
def correlated(x, w, cval, *, starts, mode, known=None):
    """The sum over j of w[j] x[i + j - start], or what is known of it.

    >>> x = np.array([1.0, 2.0, 4.0])
    >>> correlated(x, np.array([1.0, -1.0]), np.zeros(()), starts=(1,), mode="nearest")
    array([ 0., -1., -2.])
    """
    if known is not None:
        return known
    long = [axis for axis, n in enumerate(w.shape) if n > 1]
    origins = [s - n // 2 for n, s in zip(w.shape, starts, strict=True)]
    w, options = w.conj(), {"mode": mode, "cval": cval[()]}
    if len(long) == 1:
        k = long[0]
        return ndimage.correlate1d(x, w.reshape(-1), k, origin=origins[k], **options)
    return ndimage.correlate(x, w, origin=origins, **options)


def weighted(known, x, w, mode, cval, origins):
    """The node of a correlation whose result is known, of weights with all axes of x."""
    x = floating(x, known)
    starts = tuple(n // 2 + origin for n, origin in zip(w.shape, origins, strict=True))
    return correlated(x, w, array(cval), starts=starts, mode=usual(mode), known=known)


def floating(x, y):
    """`x` as an array of floats, as `y` is one."""
    x = array(x)
    return x.astype(y.dtype) if x.dtype.kind in "biu" else x


def along(w, axes, ndim):
    """Weights of some axes of an image, in their order there, with ones for the other axes."""
    sizes = dict(zip(sorted(across(axes, ndim)), w.shape, strict=True))
    return w.reshape([sizes.get(k, 1) for k in range(ndim)])


def spread(origin, axes, ndim):
    """The origins of a filter along some axes, for all; SciPy sorts them only if they are fewer."""
    axes = across(axes, ndim)
    origins = per_axis(origin, len(axes))
    found = dict(zip(axes, origins, strict=True))
    return origins if len(axes) == ndim else [found.get(k, 0) for k in range(ndim)]


def turned_origins(origins, sizes):
    """The origins of the same filter with its weights turned around."""
    return [-origin - (n % 2 == 0) for origin, n in zip(origins, sizes, strict=True)]


@exact(ndimage.correlate1d, constant="axis origin")
def correlate1d(input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0, known=0):
    """The correlation with a row of weights, along an axis.

    >>> correlate1d([1.0, 2.0, 4.0], [-1, 1], mode="nearest")
    array([0., 1., 2.])
    """
    w, ndim = array(weights).conj(), known.ndim
    return weighted(known, input, along(w, axis, ndim), mode, cval, spread(origin, axis, ndim))


@exact(ndimage.convolve1d, constant="axis origin")
def convolve1d(input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0, known=0):
    """The convolution with a row of weights, along an axis.

    >>> convolve1d([1.0, 2.0, 4.0], [1, -1], mode="nearest", origin=-1)
    array([0., 1., 2.])
    """
    w, ndim = array(weights)[::-1], known.ndim
    origins = spread(turned_origins([origin], w.shape)[0], axis, ndim)
    return weighted(known, input, along(w, axis, ndim), mode, cval, origins)


@exact(ndimage.correlate, constant="origin axes")
def correlate(
    input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None, known=0
):
    """The correlation with an array of weights, centred at each entry.

    >>> correlate([[1.0, 2.0], [3.0, 4.0]], [[0, 1]], mode="wrap", origin=(0, -1))
    array([[2., 1.],
           [4., 3.]])
    """
    w = along(array(weights).conj(), axes, known.ndim)
    return weighted(known, input, w, mode, cval, spread(origin, axes, known.ndim))


@exact(ndimage.convolve, constant="origin axes")
def convolve(
    input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None, known=0
):
    """The convolution with an array of weights, centred at each entry.

    >>> convolve([[1.0, 2.0], [3.0, 4.0]], [[1, 0]], mode="wrap")
    array([[2., 1.],
           [4., 3.]])
    """
    w = along(array(weights), axes, known.ndim)
    origins = turned_origins(spread(origin, axes, known.ndim), w.shape)
    return weighted(known, input, turned(w, range(w.ndim)), mode, cval, origins)


# Boxes


def boxed_dx(dy, y, x, cval, *, size, axis, start, mode, known=None):
    sizes, starts = (
        [n if k == axis else m for k in range(x.ndim)] for n, m in ((size, 1), (start, 0))
    )

    def run(dy, ends):
        zero = np.zeros_like(value(cval))
        return boxed(dy, zero, size=size, axis=axis, start=ends[axis], mode="constant")

    return back(dy, sizes, starts, mode, run)


def boxed_dcval(dy, y, x, cval, *, size, axis, start, mode, known=None):
    if mode != "constant":
        return np.zeros_like(cval)
    seen = boxed(
        np.zeros_like(value(x)),
        np.ones_like(value(cval)),
        size=size,
        axis=axis,
        start=start,
        mode=mode,
    )
    return of_kind((dy * seen).sum(), cval)


@primitive(rules=[boxed_dx, boxed_dcval], broadcast=False)
def boxed(x, cval, *, size, axis, start, mode, known=None):
    """The means of `size` entries along an axis, or what is known of them.

    >>> boxed(np.array([2.0, 4.0]), np.zeros(()), size=2, axis=0, start=1, mode="constant")
    array([1., 3.])
    """
    if known is not None:
        return known
    origin = start - size // 2
    return ndimage.uniform_filter1d(x, size, axis, mode=mode, cval=cval[()], origin=origin)


@exact(ndimage.uniform_filter1d, constant="size axis origin")
def uniform_filter1d(
    input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0, known=0
):
    """The means of `size` entries along an axis.

    >>> uniform_filter1d([3.0, 6.0, 9.0], 3)
    array([4., 6., 8.])
    """
    axis = across(axis, known.ndim)[0]
    options = {"size": size, "axis": axis, "start": size // 2 + origin, "mode": usual(mode)}
    return boxed(floating(input, known), array(cval), known=known, **options)


@composite(ndimage.uniform_filter)
def uniform_filter(input, size=3, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    """The means of boxes.

    >>> uniform_filter([[4.0, 0.0], [0.0, 0.0]], 2, mode="constant")
    array([[1., 1.],
           [1., 1.]])
    """
    x = array(input)
    axes = across(axes, x.ndim)
    settings = [per_axis(setting, len(axes)) for setting in (size, mode, origin)]
    for axis, size, mode, origin in zip(axes, *settings, strict=True):
        if size > 1:
            x = uniform_filter1d(x, int(size), axis, output, mode, cval, origin)
    return x
