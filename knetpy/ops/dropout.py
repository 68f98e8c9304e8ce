"""Dropout."""

from typing import Any

from numpy.lib.array_utils import normalize_axis_tuple

from knetpy.arrays import random
from knetpy.autograd import recording, value

__all__ = ["dropout"]


def dropout(x: Any, p: float, *, training: bool | None = None, axes: Any = None) -> Any:
    """`x` with the share `p` of its entries set to 0, the others divided by 1 - p.

    `training=None` means while `diff` records; else `x` itself is returned.  Entries fall one by
    one, or together along all but `axes`: axes=(0, 1) drops whole channels of images.

    Raises:  ValueError unless 0 <= p <= 1
    Source:  Srivastava et al. 2014; Tompson et al. 2015 for channels; Knet.jl ops20/dropout.jl

    >>> import numpy as np
    >>> dropout(np.ones(3), 0.5)
    array([1., 1., 1.])
    >>> sorted(set(dropout(np.ones(99), 0.5, training=True).tolist()))
    [0.0, 2.0]
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout drops the share p of the entries, 0 <= p <= 1, got {p}")
    if axes is not None:
        axes = normalize_axis_tuple(axes, x.ndim, "axes")
    if p == 0 or not (recording() if training is None else training):
        return x
    shape = [n if axes is None or axis in axes else 1 for axis, n in enumerate(x.shape)]
    kept = random(shape, like=value(x)) >= p
    return x * (kept * x.dtype.type(1 / (1 - p) if p < 1 else 0))
