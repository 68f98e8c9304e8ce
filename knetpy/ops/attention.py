"""Attention: values averaged by how well their keys match a query."""

from math import sqrt
from typing import Any

import numpy as np

from knetpy.autograd import value

from .checks import require_floats
from .dropout import dropout as drop
from .softmax import masked_softmax, softmax
from .targets import constant

__all__ = ["attention"]


def attention(
    q: Any,
    k: Any,
    v: Any,
    mask: Any = None,
    *,
    causal: bool = False,
    dropout: float = 0.0,
    training: bool | None = None,
) -> Any:
    """For each query the mean of the values, weighted by the softmax of how the keys match.

        y = softmax(q @ k.T / sqrt(features)) @ v

    `mask` is True where a query may attend to a key; `causal` lets query t attend to keys 0..t.
    A query that may attend to nothing gives zeros.  `dropout` acts on the weights, with
    `training` as in `ops.dropout`.

    Shapes:  q (..., time, features), k (..., keys, features), v (..., keys, values)
             mask broadcasts to (..., time, keys); returns (..., time, values)
    Raises:  ValueError for shapes that do not fit, TypeError for a mask that is not of bools
    Source:  Vaswani et al. 2017, eq. 1

    >>> attention(np.zeros((1, 2)), np.ones((3, 2)), np.array([[1.0], [2.0], [6.0]]))
    array([[3.]])
    """
    require_sets(q, k, v)
    scores = (q * (1 / sqrt(q.shape[-1]))) @ k.swapaxes(-1, -2)
    allowed = allowed_pairs(scores, mask, causal)
    weights = softmax(scores) if allowed is None else masked_softmax(scores, allowed=allowed)
    return drop(weights, dropout, training=training) @ v


def require_sets(q: Any, k: Any, v: Any) -> None:
    require_floats("attention", q)
    shapes = [x.shape for x in (q, k, v)]
    fit = min(map(len, shapes)) >= 2 and q.shape[-1] == k.shape[-1] and k.shape[-2] == v.shape[-2]
    if not fit or not q.shape[-1]:
        raise ValueError(
            "attention needs q (..., time, features), k (..., keys, features) and "
            "v (..., keys, values), got q {}, k {}, v {}".format(*shapes)
        )


def allowed_pairs(scores: Any, mask: Any, causal: bool) -> Any:
    """Where a query (row) may attend to a key (column); None if it may everywhere."""
    if mask is not None:
        mask = constant("attention", "mask", mask, scores)
        if mask.dtype != bool:
            raise TypeError(
                f"attention needs a mask of bools, True = may attend, got {mask.dtype}; "
                "mask > 0 makes one of zeros and ones"
            )
        require_broadcast(mask.shape, scores.shape)
    if not causal:
        return mask
    time, keys = scores.shape[-2:]
    plain = value(scores)
    past = np.arange(time, like=plain)[:, None] >= np.arange(keys, like=plain)
    return past if mask is None else past & mask


def require_broadcast(mask: tuple[int, ...], scores: tuple[int, ...]) -> None:
    padded = (1,) * (len(scores) - len(mask)) + mask
    if len(mask) > len(scores) or any(m not in (1, n) for m, n in zip(padded, scores, strict=True)):
        raise ValueError(
            f"attention needs a mask that broadcasts to (..., time, keys) {scores}, got {mask}"
        )
