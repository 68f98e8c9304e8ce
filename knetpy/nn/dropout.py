"""Dropout: noise while training."""

from typing import Any

from knetpy.ops.dropout import dropout

from .layer import Layer, shown

__all__ = ["Dropout"]


class Dropout(Layer):
    """Zeros for a share `p` of the entries, the others divided by 1 - p; only while training.

    Training means that `diff` is recording, unless `training` says True or False.  Entries fall
    one by one, or together along all but `axes`: axes=(0, 1) drops whole channels of images.

    Raises:  ValueError unless 0 <= p <= 1
    Source:  Srivastava et al. 2014; Tompson et al. 2015 for channels

    >>> import numpy as np
    >>> Dropout(0.3)
    Dropout(0.3)
    >>> Dropout(0.3)(np.ones(4)), Dropout(1.0, training=True)(np.ones(4))
    (array([1., 1., 1., 1.]), array([0., 0., 0., 0.]))
    """

    def __init__(self, p: float = 0.5, *, axes: Any = None, training: bool | None = None) -> None:
        self.p, self.axes, self.training = share(p), axes, training

    def __call__(self, x: Any) -> Any:
        return dropout(x, self.p, training=self.training, axes=self.axes)

    def __repr__(self) -> str:
        return shown(self, str(self.p), axes=self.axes, training=self.training)


def share(p: float) -> float:
    if not 0 <= p <= 1:
        raise ValueError(f"p is the share of entries to drop, 0 <= p <= 1, got {p!r}")
    return p
