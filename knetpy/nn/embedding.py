"""Embedding: a vector for each of many things."""

from functools import partial
from typing import Any

from knetpy.autograd import Param, value
from knetpy.ops.embedding import embedding, known_ids

from .init import normal
from .layer import Layer, shown

__all__ = ["Embedding"]

wide = partial(normal, std=1.0)


class Embedding(Layer):
    """The rows of `weight` that ids name; their gradient is Sparse, and holds those rows alone.

        y[…, :] = weight[ids[…]]

    The id `padding`, if any, gives zeros and learns nothing.

    Shapes:  ids ints of any shape, y (*ids.shape, features); weight (entries, features)
    Raises:  ValueError for ids that are not in 0..entries-1

    >>> import numpy as np
    >>> layer = Embedding(1000, 64)
    >>> layer, layer(np.array([[3, 1, 4], [1, 5, 9]])).shape
    (Embedding(1000 => 64), (2, 3, 64))
    """

    def __init__(
        self, entries: int, features: int, *, padding: int | None = None, init: Any = wide
    ) -> None:
        if padding is not None and not 0 <= padding < entries:
            raise ValueError(f"padding is an id in 0..{entries - 1}, got {padding!r}")
        self.padding = padding
        self.weight = Param(init((entries, features)))
        if padding is not None:
            self.weight.value[padding] = 0

    def __call__(self, ids: Any) -> Any:
        y = embedding(ids, self.weight)
        if self.padding is None:
            return y
        ids = known_ids("embedding", ids, len(value(self.weight)), self.weight)
        return y * (ids != self.padding)[..., None]

    def __repr__(self) -> str:
        entries, features = value(self.weight).shape
        return shown(self, f"{entries} => {features}", padding=self.padding)
