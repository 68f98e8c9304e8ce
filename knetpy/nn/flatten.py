"""Flatten: from images to rows."""

import math
from typing import Any

from .layer import Layer, shown

__all__ = ["Flatten"]


class Flatten(Layer):
    """Each example of a batch as one row.

    Shapes:  x (batch, …), y (batch, features)

    >>> import numpy as np
    >>> Flatten()(np.ones((100, 50, 4, 4))).shape
    (100, 800)
    """

    def __call__(self, x: Any) -> Any:
        batch, *axes = x.shape
        return x.reshape(batch, math.prod(axes))

    def __repr__(self) -> str:
        return shown(self)
