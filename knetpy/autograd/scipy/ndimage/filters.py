"""Gaussian filters and derivatives of images, made of correlations as SciPy makes them.

The width sigma of a Gaussian has a gradient, too: that of its weights, on the window as it is.
"""

import numpy as np
from scipy import ndimage

from knetpy.autograd.scipy.exact import exact, require_no_array
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .borders import across, per_axis
from .correlations import along, correlate1d, weighted

__all__ = [
    "gaussian_filter",
    "gaussian_filter1d",
    "gaussian_gradient_magnitude",
    "gaussian_laplace",
    "generic_gradient_magnitude",
    "generic_laplace",
    "laplace",
    "prewitt",
    "sobel",
]


# Gaussians


def gaussian(sigma, order, radius):
    """The weights of a derivative of the Gaussian: a polynomial times the weights of order 0."""
    x, square = np.arange(-radius, radius + 1), sigma * sigma
    phi = np.exp(-0.5 / square * x**2)
    phi = phi / phi.sum()
    if not order:
        return phi
    powers = np.arange(order + 1)
    step = np.diag(powers[1:], 1) + np.eye(order + 1, k=-1) / -square
    q = np.eye(order + 1)[0]
    for _ in range(order):
        q = step @ q
    return (x[:, None] ** powers @ q) * phi


@exact(ndimage.gaussian_filter1d, constant="axis order truncate radius")
def gaussian_filter1d(
    input,
    sigma,
    axis=-1,
    order=0,
    output=None,
    mode="reflect",
    cval=0.0,
    truncate=4.0,
    *,
    radius=None,
    known=0,
):
    """The correlation along an axis with a Gaussian, or with a derivative of it.

    >>> gaussian_filter1d([0.0, 1.0, 0.0], 0.5, mode="constant").round(4)
    array([0.1065, 0.7866, 0.1065])
    """
    radius = int(truncate * float(value(sigma)) + 0.5) if radius is None else radius
    w = gaussian(array(sigma), order, radius)[::-1]
    return weighted(known, input, along(w, axis, known.ndim), mode, cval, [0] * known.ndim)


@composite(ndimage.gaussian_filter)
def gaussian_filter(
    input,
    sigma,
    order=0,
    output=None,
    mode="reflect",
    cval=0.0,
    truncate=4.0,
    *,
    radius=None,
    axes=None,
):
    """The correlation with Gaussians, or with derivatives of them, along every axis.

    >>> gaussian_filter(np.eye(2), (0.5, 0)).round(4)
    array([[0.893, 0.107],
           [0.107, 0.893]])
    """
    x = array(input)
    axes = across(axes, x.ndim)
    settings = [per_axis(setting, len(axes)) for setting in (sigma, order, mode, radius)]
    steps = [step for step in zip(axes, *settings, strict=True) if value(step[1]) > 1e-15]
    for axis, sigma, order, mode, radius in steps:
        x = gaussian_filter1d(x, sigma, axis, order, output, mode, cval, truncate, radius=radius)
    return x if steps else unchanged(x, output)


def unchanged(x, output):
    require_no_array("scipy.ndimage", output)
    return x.astype(x.dtype if output is None else output)


# Derivatives


def derived(input, axis, output, mode, cval, across_it):
    """Differences along an axis, smoothed along the others."""
    x = array(input)
    (axis,) = across(axis, x.ndim)
    modes = per_axis(mode, x.ndim)
    x = correlate1d(x, [-1, 0, 1], axis, output, modes[axis], cval)
    for k in range(x.ndim):
        if k != axis:
            x = correlate1d(x, across_it, k, output, modes[k], cval)
    return x


@composite(ndimage.prewitt)
def prewitt(input, axis=-1, output=None, mode="reflect", cval=0.0):
    """Differences along an axis, summed over three neighbours along the others.

    >>> prewitt([[0.0, 1.0, 3.0], [0.0, 1.0, 3.0]])
    array([[3., 9., 6.],
           [3., 9., 6.]])
    """
    return derived(input, axis, output, mode, cval, [1, 1, 1])


@composite(ndimage.sobel)
def sobel(input, axis=-1, output=None, mode="reflect", cval=0.0):
    """Differences along an axis, summed over neighbours with weights 1 2 1 along the others.

    >>> sobel([[0.0, 1.0, 3.0], [0.0, 1.0, 3.0]])
    array([[ 4., 12.,  8.],
           [ 4., 12.,  8.]])
    """
    return derived(input, axis, output, mode, cval, [1, 2, 1])


def derivatives(x, f, output, mode, cval, arguments, keywords, axes):
    """What `f` gives for each axis."""
    require_no_array("scipy.ndimage", output)
    axes = across(axes, x.ndim)
    dtype = x.dtype if output is None else np.dtype(output)
    modes = per_axis(mode, len(axes))
    return [
        f(x, axis, dtype, mode, cval, *arguments, **keywords or {})
        for axis, mode in zip(axes, modes, strict=True)
    ]


@composite(ndimage.generic_laplace)
def generic_laplace(
    input,
    derivative2,
    output=None,
    mode="reflect",
    cval=0.0,
    extra_arguments=(),
    extra_keywords=None,
    *,
    axes=None,
):
    """The sum over the axes of derivative2(input, axis, output, mode, cval, ...).

    While recording, `derivative2` gets a dtype as its output, and gives the result back.

    >>> def difference(x, axis, output, mode, cval):
    ...     return correlate1d(x, [1, -2, 1], axis, output, mode, cval)
    >>> generic_laplace([1.0, 2.0, 4.0], difference)
    array([ 1.,  1., -2.])
    """
    x, arguments = array(input), (output, mode, cval, extra_arguments, extra_keywords, axes)
    parts = derivatives(x, derivative2, *arguments)
    return sum(parts[1:], parts[0]) if parts else unchanged(x, output)


@composite(ndimage.generic_gradient_magnitude)
def generic_gradient_magnitude(
    input,
    derivative,
    output=None,
    mode="reflect",
    cval=0.0,
    extra_arguments=(),
    extra_keywords=None,
    *,
    axes=None,
):
    """The root of the sum over the axes of squares of derivative(input, axis, output, mode, ...).

    Its gradient is 0 where the image does not change.  While recording, `derivative` gets a
    dtype as its output, and gives the result back.

    >>> generic_gradient_magnitude([1.0, 2.0, 4.0], sobel)
    array([1., 3., 2.])
    """
    x, arguments = array(input), (output, mode, cval, extra_arguments, extra_keywords, axes)
    parts = [part * part for part in derivatives(x, derivative, *arguments)]
    if not parts:
        return unchanged(x, output)
    square = sum(parts[1:], parts[0])
    flat = square == 0
    return np.where(flat, square, np.sqrt(np.where(flat, 1, square)))


@composite(ndimage.laplace)
def laplace(input, output=None, mode="reflect", cval=0.0, *, axes=None):
    """The sum of second differences along the axes.

    >>> laplace([1.0, 2.0, 4.0])
    array([ 1.,  1., -2.])
    """

    def second(x, axis, output, mode, cval):
        return correlate1d(x, [1, -2, 1], axis, output, mode, cval)

    return generic_laplace(input, second, output, mode, cval, axes=axes)


def gaussian_derivative(n):
    """The derivative of order n along an axis, of the image smoothed by a Gaussian."""

    def derivative(x, axis, output, mode, cval, sigma, **kwargs):
        order = [n * (k == axis) for k in range(x.ndim)]
        return gaussian_filter(x, sigma, order, output, mode, cval, **kwargs)

    return derivative


@composite(ndimage.gaussian_laplace)
def gaussian_laplace(input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None, **kwargs):
    """The sum of second derivatives along the axes, of the image smoothed by a Gaussian.

    >>> gaussian_laplace([0.0, 0.0, 1.0, 0.0, 0.0], 1.0).round(4)
    array([ 0.1974,  0.002 , -0.3989,  0.002 ,  0.1974])
    """
    x = array(input)
    listed = across(axes, x.ndim)
    widths = dict(zip(listed, per_axis(sigma, len(listed)), strict=True))
    sigmas = [widths.get(k, 0) for k in range(x.ndim)]
    if len(listed) == x.ndim:
        sigmas = per_axis(sigma, x.ndim)
    f = gaussian_derivative(2)
    return generic_laplace(x, f, output, mode, cval, (sigmas,), kwargs, axes=axes)


@composite(ndimage.gaussian_gradient_magnitude)
def gaussian_gradient_magnitude(
    input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None, **kwargs
):
    """How steep the image is, smoothed by a Gaussian: the length of its gradient.

    >>> gaussian_gradient_magnitude([0.0, 1.0, 2.0, 3.0], 0.5).round(4)
    array([0.4279, 0.8579, 0.8579, 0.4279])
    """
    f = gaussian_derivative(1)
    return generic_gradient_magnitude(input, f, output, mode, cval, (sigma,), kwargs, axes=axes)
