"""Indexing of every kind; repeated places add up, and what was looked up stays sparse."""

import operator

import numpy as np

from knetpy.autograd.primitive import primitive
from knetpy.autograd.sparse import Sparse
from knetpy.autograd.values import Array


@primitive(rules=[lambda d, dx, dy, shape, index: d[index]], broadcast=False)
def unindex(dy, *, shape, index):
    """Zeros of `shape` with `dy` added at `index`."""
    return Sparse(shape, dy.dtype, [index], [dy]).dense()


def getitem_dx(dy, y, x, index):
    """Sparse, so that many small reads cost what they read; dense where it is recorded again."""
    if isinstance(dy, Array):
        return unindex(dy, shape=x.shape, index=index)
    return Sparse(x.shape, np.dtype(dy.dtype), [index], [dy])


primitive(operator.getitem, getitem_dx, call=lambda x, index: x[index])
