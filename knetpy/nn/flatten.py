"""Flatten: from images to rows."""

from typing import Any

from knetpy.ops.flatten import flatten

from .layer import Layer, shown

__all__ = ["Flatten"]


class Flatten(Layer):
    """Each example of a batch as one row; with `dims`, that many axes joined to the rows.

    Shapes:  x (batch, …), y (batch, features)

    >>> import numpy as np
    >>> Flatten()(np.ones((100, 50, 4, 4))).shape, Flatten(2)(np.ones((100, 50, 4, 4))).shape
    ((100, 800), (5000, 16))
    """

    def __init__(self, dims: int = 1) -> None:
        self.dims = dims

    def __call__(self, x: Any) -> Any:
        return flatten(x, self.dims)

    def __repr__(self) -> str:
        return shown(self, dims=self.dims)
