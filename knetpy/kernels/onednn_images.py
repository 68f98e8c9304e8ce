"""Images as oneDNN sees them: dense memory, with the channels last or second."""

from typing import Any

import numpy as np

from .images import channels_end, channels_second
from .onednn_library import Handle, Refused
from .onednn_primitives import Primitive, layout, plan, reorder
from .window import Ints

__all__ = ["blank", "images", "lies_last", "pixels", "shaped"]

MOST = 5  # axes: volumes of channels in a batch


def images(shape: Ints, last: bool = True) -> Handle:
    """The layout of images; the channels of the memory behind them lie last, or second."""
    if len(shape) > MOST:
        raise Refused("it refuses more axes, or crashes")
    return layout(shape, (0, *range(2, len(shape)), 1) if last else tuple(range(len(shape))))


def pixels(x: Any, last: bool = True) -> Any:
    """The dense memory of images: a view wherever they lie so already."""
    if not last:
        return np.ascontiguousarray(x)
    end = channels_end(x)
    if not x.flags.c_contiguous or end.flags.c_contiguous:
        return np.ascontiguousarray(end)
    memory = blank(x.shape)
    turning(x.shape)(x, memory)  # several times faster than NumPy's copy
    return memory


@plan
def turning(shape: Ints) -> Primitive:
    return reorder(images(shape, last=False), images(shape))


def blank(shape: Ints, last: bool = True) -> Any:
    """Dense memory for images of this shape."""
    return np.empty((shape[0], *shape[2:], shape[1]) if last else shape, np.float32)


def shaped(memory: Any, last: bool = True) -> Any:
    """The images behind which this memory lies."""
    return channels_second(memory) if last else memory


def lies_last(x: Any) -> bool:
    """Whether to take images channels-last: all but those that lie densely the other way.

    NumPy's flags look past the strides of axes of size 1, which mean nothing.
    """
    return not x.flags.c_contiguous or bool(channels_end(x).flags.c_contiguous)
