"""Morphology of grey images: the least and largest entries of windows, and what is made of them.

A structure raises each entry of the window before it is compared, and has a gradient, too.
"""

import numpy as np
from scipy import ndimage

from knetpy.autograd.scipy.exact import exact, require_no_array
from knetpy.autograd.scipy.signal import turned
from knetpy.autograd.scipy.wrap import array, composite

from .borders import across, per_axis
from .correlations import turned_origins
from .selections import FIXED, extreme

__all__ = [
    "black_tophat",
    "grey_closing",
    "grey_dilation",
    "grey_erosion",
    "grey_opening",
    "morphological_gradient",
    "morphological_laplace",
    "white_tophat",
]


def heights(structure, footprint, sign):
    """The footprint, and how much each of its entries is raised."""
    if structure is None:
        return footprint, None
    structure = array(structure)
    footprint = np.ones(structure.shape, bool) if footprint is None else np.asarray(footprint, bool)
    return footprint, sign * structure[footprint]


@exact(ndimage.grey_erosion, constant=FIXED)
def grey_erosion(
    input,
    size=None,
    footprint=None,
    structure=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
    known=0,
):
    """The least entry of each window, after the structure is taken off.

    >>> grey_erosion([3.0, 1.0, 2.0, 4.0], structure=[0, 1, 0])
    array([1., 0., 1., 2.])
    """
    footprint, raised = heights(structure, footprint, -1)
    return extreme(known, input, size, footprint, mode, cval, origin, axes, raised)


@exact(ndimage.grey_dilation, constant=FIXED)
def grey_dilation(
    input,
    size=None,
    footprint=None,
    structure=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
    known=0,
):
    """The largest entry of each window turned around, after the structure is added.

    >>> grey_dilation([3.0, 1.0, 2.0, 4.0], structure=[0, 1, 0])
    array([4., 3., 4., 5.])
    """
    listed = across(axes, known.ndim)
    if structure is not None:
        structure = array(structure)
        structure = turned(structure, range(structure.ndim))
    if footprint is not None:
        footprint = np.flip(np.asarray(footprint, bool))
    shaped = structure if footprint is None else footprint
    sizes = per_axis(size, len(listed)) if shaped is None else shaped.shape
    origins = turned_origins(per_axis(origin, len(listed)), sizes)
    footprint, raised = heights(structure, footprint, 1)
    return extreme(known, input, size, footprint, mode, cval, origins, axes, raised)


@composite(ndimage.grey_opening)
def grey_opening(
    input,
    size=None,
    footprint=None,
    structure=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
):
    """The image without peaks that are narrower than the window: dilation after erosion.

    >>> grey_opening([1.0, 5.0, 1.0, 3.0, 3.0], 2)
    array([1., 1., 1., 3., 3.])
    """
    y = grey_erosion(input, size, footprint, structure, None, mode, cval, origin, axes=axes)
    return grey_dilation(y, size, footprint, structure, output, mode, cval, origin, axes=axes)


@composite(ndimage.grey_closing)
def grey_closing(
    input,
    size=None,
    footprint=None,
    structure=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
):
    """The image without dips that are narrower than the window: erosion after dilation.

    >>> grey_closing([5.0, 1.0, 5.0, 3.0, 3.0], 2)
    array([5., 5., 5., 3., 3.])
    """
    y = grey_dilation(input, size, footprint, structure, None, mode, cval, origin, axes=axes)
    return grey_erosion(y, size, footprint, structure, output, mode, cval, origin, axes=axes)


@composite(ndimage.morphological_gradient)
def morphological_gradient(
    input,
    size=None,
    footprint=None,
    structure=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
):
    """How far the dilation lies above the erosion.

    >>> morphological_gradient([1.0, 2.0, 4.0], 3)
    array([1., 3., 2.])
    """
    require_no_array("scipy.ndimage.morphological_gradient", output)
    settings = size, footprint, structure, None, mode, cval, origin
    return grey_dilation(input, *settings, axes=axes) - grey_erosion(input, *settings, axes=axes)


@composite(ndimage.morphological_laplace)
def morphological_laplace(
    input,
    size=None,
    footprint=None,
    structure=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
):
    """The dilation and the erosion, less the image twice.

    >>> morphological_laplace([1.0, 2.0, 4.0], 3)
    array([ 1.,  1., -2.])
    """
    require_no_array("scipy.ndimage.morphological_laplace", output)
    x, settings = array(input), (size, footprint, structure, None, mode, cval, origin)
    return grey_dilation(x, *settings, axes=axes) + grey_erosion(x, *settings, axes=axes) - x - x


@composite(ndimage.white_tophat)
def white_tophat(
    input,
    size=None,
    footprint=None,
    structure=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
):
    """The peaks that are narrower than the window: the image less its opening.

    >>> white_tophat([1.0, 5.0, 1.0, 3.0, 3.0], 2)
    array([0., 4., 0., 0., 0.])
    """
    settings = size, footprint, structure, output, mode, cval, origin
    return array(input) - grey_opening(input, *settings, axes=axes)


@composite(ndimage.black_tophat)
def black_tophat(
    input,
    size=None,
    footprint=None,
    structure=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    *,
    axes=None,
):
    """The dips that are narrower than the window: the closing less the image.

    >>> black_tophat([5.0, 1.0, 5.0, 3.0, 3.0], 2)
    array([0., 4., 0., 0., 0.])
    """
    settings = size, footprint, structure, output, mode, cval, origin
    return grey_closing(input, *settings, axes=axes) - array(input)
