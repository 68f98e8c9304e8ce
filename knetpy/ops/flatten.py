"""From images to rows."""

import operator
from math import prod
from typing import Any

import numpy as np

__all__ = ["flatten"]


def flatten(x: Any, dims: int = 1) -> Any:
    """A matrix: the first `dims` axes of `x` joined to its rows, the others to its columns.

    Shapes:  x (batch, ...), returned (batch, features) unless dims is another than 1
    Raises:  ValueError unless 0 <= dims <= x.ndim
    Source:  Knet.jl ops20/reshape.jl, mat, whose dims count the axes of the features

    >>> import numpy as np
    >>> x = np.ones((3, 2, 8, 8))
    >>> flatten(x).shape, flatten(x, 2).shape, flatten(x, 0).shape
    ((3, 128), (6, 64), (1, 384))
    """
    dims = operator.index(dims)
    if not 0 <= dims <= np.ndim(x):
        raise ValueError(f"flatten needs 0 <= dims <= {np.ndim(x)}, the axes of x, got dims={dims}")
    return x.reshape(prod(x.shape[:dims]), prod(x.shape[dims:]))
