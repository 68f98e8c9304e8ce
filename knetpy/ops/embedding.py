"""From numbers of classes to vectors."""

from typing import Any

import numpy as np

from knetpy.arrays import asarray, default_dtype
from knetpy.autograd import value

__all__ = ["embedding", "one_hot"]


def embedding(ids: Any, weight: Any) -> Any:
    """The rows of `weight` that `ids` name; their gradient is Sparse, and holds those rows alone.

        y[..., :] = weight[ids[...]]

    Shapes:  ids ints of any shape, weight (entries, features); returns (*ids.shape, features)
    Raises:  ValueError for ids out of range, TypeError if they are no ints
    Source:  Knet.jl layers21/embed.jl

    >>> embedding(np.array([2, 0]), np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
    array([[4., 5.],
           [0., 1.]])
    """
    if len(weight.shape) != 2:
        raise ValueError(f"embedding needs weight (entries, features), got shape {weight.shape}")
    return weight[known_ids("embedding", ids, len(weight), weight)]


def one_hot(ids: Any, classes: int, *, dtype: Any = default_dtype) -> Any:
    """Rows of zeros with a 1 at each id.

    Shapes:  ids ints of any shape; returns (*ids.shape, classes)
    Raises:  ValueError for ids out of range, TypeError if they are no ints

    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    return rows(known_ids("one_hot", ids, classes, ids), classes, dtype)


def rows(ids: Any, classes: int, dtype: Any) -> Any:
    """`one_hot` of ids that are known to be right."""
    return (ids[..., None] == np.arange(classes, like=ids)).astype(dtype)


def known_ids(op: str, ids: Any, n: int, like: Any) -> Any:
    """`ids` as an array of ints in 0..n-1."""
    ids = value(ids)
    ids = ids if hasattr(ids, "dtype") else asarray(ids, like=value(like))
    if ids.dtype.kind not in "iu" and ids.size:
        raise TypeError(f"{op} needs ints as ids, got {ids.dtype}; ids.astype(int) makes them")
    if ids.size and not (ids.min() >= 0 and ids.max() < n):
        raise ValueError(
            f"{op} needs ids in 0..{n - 1} for {n} entries, got {ids.min()}..{ids.max()}; "
            "ids count from 0"
        )
    return ids if ids.size else ids.astype(np.intp)
