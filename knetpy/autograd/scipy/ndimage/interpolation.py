"""Images read between their entries: at coordinates, shifted, zoomed, turned, transformed.

Each function says at which coordinates its result reads the image; the rest is one node.  The
gradient goes to the image, to cval, and through the coordinates to shift, angle, matrix, offset.
"""

import numpy as np
from scipy import ndimage, special

from knetpy.autograd.scipy.exact import exact
from knetpy.autograd.scipy.wrap import array
from knetpy.autograd.values import value

from .borders import extended, per_axis
from .correlations import floating
from .splines import MIRRORED, coefficients, sampled

__all__ = [
    "affine_transform",
    "geometric_transform",
    "map_coordinates",
    "rotate",
    "shift",
    "zoom",
]

PADDED = {"nearest": "nearest", "grid-constant": "constant"}  # by SciPy, to get splines beyond
PAD = 12


def inside(c, n, mode):
    """The pair (sign, step) that leads a coordinate to the one that is read in place of it."""
    same, none = np.ones_like(c), np.zeros_like(c)
    if mode in ("constant", *PADDED):
        return same, none
    if n <= 1:
        return np.where(c == 0, 1.0, 0.0), none
    if mode == "wrap":
        turns = np.where(c < 0, np.floor(-c / (n - 1)) + 1, -np.floor(c / (n - 1)))
        return same, np.where((c < 0) | (c > n - 1), turns * (n - 1), 0)
    if mode == "grid-wrap":
        return same, -np.floor(c / n) * n
    period = 2 * n - 2 if mode == "mirror" else 2 * n
    turns = np.floor(c / period) * period
    behind = c - turns > (n - 1 if mode == "mirror" else n - 0.5)
    last = period - (mode != "mirror")
    return np.where(behind, -1.0, 1.0), np.where(behind, last + turns, -turns)


def prefiltered(x, order, mode, cval):
    """The coefficients of the splines, and how many entries were put before the image."""
    pad = PAD * (mode in PADDED)
    if pad:
        x = extended(x, borders=((pad, pad, PADDED[mode]),) * x.ndim)
    for axis in range(x.ndim):
        x = coefficients(x, order=order, axis=axis, mode=mode)
    return x, pad


def read(known, input, coordinates, order, mode, cval, prefilter):
    """The node of an image that was read at coordinates, one array for each axis."""
    x, cval = floating(input, known), array(cval)
    mode = "reflect" if mode == "grid-mirror" else mode
    x = x.astype(np.result_type(x.dtype, np.float64))
    x = x - cval if mode == "grid-constant" else x
    x, pad = prefiltered(x, order, mode, cval) if prefilter and order > 1 else (x, 0)
    beyond, places = False, []
    for c, n in zip(coordinates, x.shape, strict=True):
        c = array(c) + pad
        at = value(c)
        sign, step = inside(at, n, mode)
        beyond = beyond | (at < 0) | (at > n - 1)
        places.append(c * sign + step)
    edges = PADDED.get(mode, "mirror" if mode in MIRRORED else mode)
    edges = "wrap" if mode == "grid-wrap" else edges
    slopes = (0,) * x.ndim
    y = sampled(x, *places, order=order, mode=edges, slopes=slopes, known=known)
    if mode == "grid-constant":
        return y + cval
    return np.where(beyond, cval, y) if mode == "constant" else y


def mesh(shape):
    """The coordinates of an array, one array for each axis, which broadcast."""
    return np.ogrid[tuple(slice(0.0, n) for n in shape)]


def transformed(matrix, offset, shape):
    """The coordinates matrix @ index + offset."""
    grid = mesh(shape)
    if matrix.ndim == 1:
        return [grid[k] * matrix[k] + offset[k] for k in range(len(matrix))]
    terms = [[c * matrix[k, j] for j, c in enumerate(grid)] for k in range(len(matrix))]
    return [sum(row, offset[k]) for k, row in enumerate(terms)]


FIXED = "order output_shape axes reshape zoom"


@exact(ndimage.map_coordinates, constant=FIXED)
def map_coordinates(
    input, coordinates, output=None, order=3, mode="constant", cval=0.0, prefilter=True, known=0
):
    """The image at coordinates, of which the first axis tells the axes of the image.

    >>> map_coordinates([1.0, 2.0, 4.0], [[0.5, 1.5]], order=1)
    array([1.5, 3. ])
    """
    c = array(coordinates)
    places = [c[k] for k in range(len(c))]
    return read(known, input, places, order, mode, cval, prefilter)


@exact(ndimage.shift, constant=FIXED)
def shift(input, shift, output=None, order=3, mode="constant", cval=0.0, prefilter=True, known=0):
    """The image moved by `shift`, along every axis or by one for each.

    >>> shift([1.0, 2.0, 4.0], 0.5, order=1)
    array([0. , 1.5, 3. ])
    """
    steps = per_axis(shift, known.ndim)
    places = [c - step for c, step in zip(mesh(known.shape), steps, strict=True)]
    return read(known, input, places, order, mode, cval, prefilter)


@exact(ndimage.zoom, constant=FIXED)
def zoom(
    input,
    zoom,
    output=None,
    order=3,
    mode="constant",
    cval=0.0,
    prefilter=True,
    *,
    grid_mode=False,
    known=0,
):
    """The image with `zoom` times as many entries along each axis.

    >>> zoom([1.0, 2.0, 4.0], 5 / 3, order=1)
    array([1. , 1.5, 2. , 3. , 4. ])
    """
    x = array(input)
    if prefilter and all(factor == 1 for factor in per_axis(zoom, x.ndim)):
        return x
    places = []
    for c, n, m in zip(mesh(known.shape), x.shape, known.shape, strict=True):
        if grid_mode and x.dtype.kind != "c":  # SciPy forgets it for complex images
            places.append((c + 0.5) * (n / m if m else 1.0) - 0.5)
        else:
            places.append(c * ((n - 1) / (m - 1) if m != 1 else 1.0))
    return read(known, input, places, order, mode, cval, prefilter)


@exact(ndimage.affine_transform, constant=FIXED)
def affine_transform(
    input,
    matrix,
    offset=0.0,
    output_shape=None,
    output=None,
    order=3,
    mode="constant",
    cval=0.0,
    prefilter=True,
    known=0,
):
    """The image whose entry at i is the given one's at matrix @ i + offset.

    >>> affine_transform([1.0, 2.0, 4.0], [0.5], 0.5, order=1)
    array([1.5, 2. , 3. ])
    """
    matrix, n = array(matrix), array(input).ndim
    if matrix.ndim == 2 and matrix.shape[1] == n + 1:
        matrix, offset = matrix[:n, :n], matrix[:n, n]
    places = transformed(matrix, per_axis(offset, n), known.shape)
    return read(known, input, places, order, mode, cval, prefilter)


@exact(ndimage.rotate, constant=FIXED)
def rotate(
    input,
    angle,
    axes=(1, 0),
    reshape=True,
    output=None,
    order=3,
    mode="constant",
    cval=0.0,
    prefilter=True,
    known=0,
):
    """The image turned by an angle in degrees, in the plane of two axes; `reshape` fits its size.

    >>> rotate([[1.0, 2.0], [3.0, 4.0]], 90).round(12)
    array([[2., 4.],
           [1., 3.]])
    """
    x = array(input)
    plane = sorted(k % x.ndim for k in axes)
    c, s = special.cosdg(angle), special.sindg(angle)
    shapes = [[shape[k] for k in plane] for shape in (x.shape, known.shape)]
    (y0, x0), (y1, x1) = (((n - 1) / 2, (m - 1) / 2) for n, m in shapes)
    ends = np.moveaxis(known, plane, (-2, -1)).shape
    turned = np.moveaxis(x, plane, (-2, -1))
    rows, columns = mesh(shapes[1])
    rows, columns = rows - y1, columns - x1
    places = [c * rows + s * columns + y0, c * columns - s * rows + x0]
    parts = [
        read(part, image, places, order, mode, cval, prefilter)
        for part, image in zip(
            np.moveaxis(known, plane, (-2, -1)).reshape(-1, *ends[-2:]),
            turned.reshape(-1, *turned.shape[-2:]),
            strict=True,
        )
    ]
    return np.moveaxis(np.stack(parts).reshape(ends), (-2, -1), plane)


@exact(ndimage.geometric_transform, constant=FIXED)
def geometric_transform(
    input,
    mapping,
    output_shape=None,
    output=None,
    order=3,
    mode="constant",
    cval=0.0,
    prefilter=True,
    extra_arguments=(),
    extra_keywords=None,
    known=0,
):
    """The image whose entry at i is the given one's at mapping(i, *extra_arguments).

    `mapping` is called for each entry, as SciPy does it.

    >>> geometric_transform([1.0, 2.0, 4.0], lambda i: (i[0] - 1,), order=1)
    array([0., 1., 2.])
    """
    keywords = extra_keywords or {}
    found = [mapping(i, *extra_arguments, **keywords) for i in np.ndindex(known.shape)]
    axes = zip(*found, strict=True)
    places = [np.stack([array(c) for c in axis]).reshape(known.shape) for axis in axes]
    return read(known, input, places, order, mode, cval, prefilter)
