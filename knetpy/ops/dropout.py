"""Dropout."""

from typing import Any

from knetpy.arrays import random
from knetpy.autograd import recording, value

__all__ = ["dropout"]


def dropout(x: Any, p: float, *, training: bool | None = None) -> Any:
    """`x` with the share `p` of its entries set to 0, the others divided by 1 - p.

    `training=None` means while `diff` records; else `x` itself is returned.

    Raises:  ValueError unless 0 <= p <= 1
    Source:  Srivastava et al. 2014; Knet.jl ops20/dropout.jl

    >>> import numpy as np
    >>> dropout(np.ones(3), 0.5)
    array([1., 1., 1.])
    >>> sorted(set(dropout(np.ones(99), 0.5, training=True).tolist()))
    [0.0, 2.0]
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout drops the share p of the entries, 0 <= p <= 1, got {p}")
    if p == 0 or not (recording() if training is None else training):
        return x
    kept = random(x.shape, like=value(x)) >= p
    return x * (kept * x.dtype.type(1 / (1 - p) if p < 1 else 0))
