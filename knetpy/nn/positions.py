"""Positions in time, added to sequences for layers that do not see them."""

from typing import Any

import numpy as np

from knetpy.autograd import Param, value

from .init import truncated_normal
from .layer import Layer, shown

__all__ = ["PositionalEmbedding", "PositionalEncoding"]


class PositionalEncoding(Layer):
    """x plus waves of many lengths over the times, which `start` lets count from another than 0.

        y[t, :, 2 k] = x + sin(t / period**(2 k / features)), and cos in the odd columns

    Shapes:  x and y (time, batch, features)
    Source:  Vaswani et al. 2017, section 3.5

    >>> PositionalEncoding()(np.zeros((3, 1, 2)))[:, 0].round(4)
    array([[ 0.    ,  1.    ],
           [ 0.8415,  0.5403],
           [ 0.9093, -0.4161]])
    """

    def __init__(self, *, period: float = 10_000.0) -> None:
        self.period = period

    def __call__(self, x: Any, start: int = 0) -> Any:
        require_sequence("PositionalEncoding", x)
        time, _, features = x.shape
        plain = value(x)
        k = np.arange(0, features, 2, like=plain)
        angles = np.arange(start, start + time, like=plain)[:, None] * self.period ** (
            -k / features
        )
        waves = np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(time, 2 * len(k))
        return x + waves[:, None, :features].astype(x.dtype)

    def __repr__(self) -> str:
        return shown(self, period=self.period)


class PositionalEmbedding(Layer):
    """x plus a vector for each time that is learned; `start` is the number of the first time.

    Shapes:  x and y (time, batch, features); weight (entries, features)
    Raises:  ValueError for more times than entries
    Source:  Gehring et al. 2017, section 3.1; the start of Devlin et al. 2019

    >>> layer = PositionalEmbedding(512, 64)
    >>> layer, layer(np.ones((5, 2, 64), "float32")).shape
    (PositionalEmbedding(512 => 64), (5, 2, 64))
    """

    def __init__(self, entries: int, features: int, *, init: Any = truncated_normal) -> None:
        self.weight = Param(init((entries, features)))

    def __call__(self, x: Any, start: int = 0) -> Any:
        require_sequence("PositionalEmbedding", x)
        entries, features = value(self.weight).shape
        if not 0 <= start <= entries - len(x) or x.shape[2] != features:
            raise ValueError(
                f"PositionalEmbedding has {entries} entries of {features} features, got x {x.shape}"
                f" from time {start} on"
            )
        weight: Any = self.weight
        return x + weight[start : start + len(x), None]

    def __repr__(self) -> str:
        entries, features = value(self.weight).shape
        return shown(self, f"{entries} => {features}")


def require_sequence(name: str, x: Any) -> None:
    if len(x.shape) != 3:
        raise ValueError(f"{name} needs x (time, batch, features), got shape {x.shape}")
