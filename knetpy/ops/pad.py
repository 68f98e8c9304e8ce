"""Zeros around images."""

from typing import Any

import numpy as np

from .checks import int_pairs
from .resize import require_image

__all__ = ["zero_pad"]


def zero_pad(x: Any, padding: Any) -> Any:
    """Images with zeros around: an int for every end, or for each axis an int or (before, after).

    Shapes:  x (batch, channels, *image), returned with a larger image
    Raises:  ValueError for images of no axes, negative padding
    Source:  Knet.jl ops21/zeropad.jl, zeropad

    >>> zero_pad(np.ones((1, 1, 1, 2)), ((0, 1), (2, 0)))[0, 0]
    array([[0., 0., 1., 1.],
           [0., 0., 0., 0.]])
    """
    require_image("zero_pad", x)
    pairs = int_pairs("zero_pad", "padding", padding, x.ndim - 2, 0)
    return np.pad(x, ((0, 0), (0, 0), *pairs))
