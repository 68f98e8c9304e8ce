"""Pooling of signals, images and volumes, and its right inverse."""

from collections.abc import Callable
from typing import Any, ClassVar

from knetpy.ops import (
    max_pool1d,
    max_pool2d,
    max_pool3d,
    mean_pool1d,
    mean_pool2d,
    mean_pool3d,
    unpool,
)

from .conv import Padding, Sizes
from .layer import Layer, by, shown

__all__ = [
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MeanPool1d",
    "MeanPool2d",
    "MeanPool3d",
    "Unpool",
]


class MaxPool(Layer):
    """What the max pools share."""

    op: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        window: Sizes | None = 2,
        *,
        stride: Sizes | None = None,
        padding: Padding = 0,
        dilation: Sizes = 1,
        ceil: bool = False,
    ) -> None:
        self.window, self.stride, self.padding = window, stride, padding
        self.dilation, self.ceil = dilation, ceil

    def __call__(self, x: Any) -> Any:
        return self.op(
            x,
            self.window,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil=self.ceil,
        )

    def __repr__(self) -> str:
        return shown(
            self,
            by(self.window),
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil=self.ceil,
        )


class MeanPool(Layer):
    """What the mean pools share."""

    op: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        window: Sizes | None = 2,
        *,
        stride: Sizes | None = None,
        padding: Padding = 0,
        dilation: Sizes = 1,
        ceil: bool = False,
        count_padding: bool = True,
    ) -> None:
        self.window, self.stride, self.padding = window, stride, padding
        self.dilation, self.ceil, self.count_padding = dilation, ceil, count_padding

    def __call__(self, x: Any) -> Any:
        return self.op(
            x,
            self.window,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil=self.ceil,
            count_padding=self.count_padding,
        )

    def __repr__(self) -> str:
        return shown(
            self,
            by(self.window),
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil=self.ceil,
            count_padding=self.count_padding,
        )


class MaxPool1d(MaxPool):
    """The largest entry of each window of a signal, with the options of `MaxPool2d`.

    Shapes:  x (batch, channels, length), y (batch, channels, …)

    >>> import numpy as np
    >>> MaxPool1d(2)(np.array([[[1.0, 5.0, 2.0, 3.0]]]))
    array([[[5., 3.]]])
    """

    op = staticmethod(max_pool1d)


class MaxPool2d(MaxPool):
    """The largest entry of each window; the first one in row-major order gets the gradient.

    Sizes are one int, or the pair (height, width); `stride` is the window unless given, and
    `window=None` the whole image.

    Shapes:  x (batch, channels, height, width), y (batch, channels, …, …)

    >>> import numpy as np
    >>> MaxPool2d(2)
    MaxPool2d(2)
    >>> MaxPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """

    op = staticmethod(max_pool2d)


class MaxPool3d(MaxPool):
    """The largest entry of each window of a volume, with the options of `MaxPool2d`.

    Shapes:  x (batch, channels, depth, height, width), y (batch, channels, …, …, …)

    >>> import numpy as np
    >>> MaxPool3d()(np.arange(8.0).reshape(1, 1, 2, 2, 2)).ravel()
    array([7.])
    """

    op = staticmethod(max_pool3d)


class MeanPool1d(MeanPool):
    """The mean of each window of a signal, with the options of `MeanPool2d`.

    Shapes:  x (batch, channels, length), y (batch, channels, …)

    >>> import numpy as np
    >>> MeanPool1d(2)(np.array([[[1.0, 5.0, 2.0, 3.0]]]))
    array([[[3. , 2.5]]])
    """

    op = staticmethod(mean_pool1d)


class MeanPool2d(MeanPool):
    """The mean of each window; the zeros of the padding count unless `count_padding=False`.

    The other options are those of `MaxPool2d`; `window=None` is global pooling.

    Shapes:  x (batch, channels, height, width), y (batch, channels, …, …)

    >>> import numpy as np
    >>> MeanPool2d(None)(np.arange(32.0).reshape(1, 2, 4, 4)).ravel()
    array([ 7.5, 23.5])
    """

    op = staticmethod(mean_pool2d)


class MeanPool3d(MeanPool):
    """The mean of each window of a volume, with the options of `MeanPool2d`.

    Shapes:  x (batch, channels, depth, height, width), y (batch, channels, …, …, …)

    >>> import numpy as np
    >>> MeanPool3d()(np.arange(8.0).reshape(1, 1, 2, 2, 2)).ravel()
    array([3.5])
    """

    op = staticmethod(mean_pool3d)


class Unpool(Layer):
    """Every number copied to all pixels of its window: pooling takes it back.

    Shapes:  x (batch, channels, *image), y (batch, channels, …)
    Raises:  ValueError if windows overlap

    >>> import numpy as np
    >>> Unpool(2)(np.array([[[1.0, 2.0]]]))
    array([[[1., 1., 2., 2.]]])
    """

    def __init__(
        self,
        window: Sizes = 2,
        *,
        stride: Sizes | None = None,
        padding: Padding = 0,
        count_padding: bool = False,
    ) -> None:
        self.window, self.stride, self.padding = window, stride, padding
        self.count_padding = count_padding

    def __call__(self, x: Any) -> Any:
        return unpool(
            x,
            self.window,
            stride=self.stride,
            padding=self.padding,
            count_padding=self.count_padding,
        )

    def __repr__(self) -> str:
        return shown(
            self,
            by(self.window),
            stride=self.stride,
            padding=self.padding,
            count_padding=self.count_padding,
        )
