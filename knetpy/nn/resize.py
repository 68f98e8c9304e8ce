"""Images of another size: padded, interpolated, or with pixels made of channels."""

from typing import Any

from knetpy.ops import interpolate, pixel_shuffle, pixel_unshuffle, zero_pad

from .layer import Layer, shown

__all__ = ["Interpolate", "PixelShuffle", "PixelUnshuffle", "ZeroPad"]


class ZeroPad(Layer):
    """Zeros around images: an int for every end, or for each axis an int or (before, after).

    Shapes:  x (batch, channels, *image), y with a larger image

    >>> import numpy as np
    >>> ZeroPad(((0, 1), (2, 0)))(np.ones((1, 1, 1, 2)))[0, 0]
    array([[0., 0., 1., 1.],
           [0., 0., 0., 0.]])
    """

    def __init__(self, padding: Any) -> None:
        self.padding = padding

    def __call__(self, x: Any) -> Any:
        return zero_pad(x, self.padding)

    def __repr__(self) -> str:
        return shown(self, str(self.padding))


class Interpolate(Layer):
    """Images resized to `size`, or by the factor `scale`, each one number or one for each axis.

    Modes: "nearest", "linear" (with `align_corners` as an option) and "area", as
    `ops.interpolate` has them; "area" with a `size` is adaptive mean pooling.

    Shapes:  x (batch, channels, *image), y with the image resized

    >>> import numpy as np
    >>> Interpolate(scale=2, mode="linear")(np.array([[[0.0, 4.0]]]))
    array([[[0., 1., 3., 4.]]])
    """

    def __init__(
        self,
        size: Any = None,
        *,
        scale: Any = None,
        mode: str = "nearest",
        align_corners: bool = False,
    ) -> None:
        if (size is None) is (scale is None):
            raise ValueError(f"Interpolate needs one of size= and scale=, got {size!r}, {scale!r}")
        self.size, self.scale, self.mode, self.align_corners = size, scale, mode, align_corners

    def __call__(self, x: Any) -> Any:
        return interpolate(
            x, self.size, scale=self.scale, mode=self.mode, align_corners=self.align_corners
        )

    def __repr__(self) -> str:
        return shown(
            self,
            size=self.size,
            scale=self.scale,
            mode=self.mode,
            align_corners=self.align_corners,
        )


class PixelShuffle(Layer):
    """Images `factor` times as large along each axis, whose pixels come from channels.

    Shapes:  x (batch, channels * factor**axes, *image), y with channels alone
    Source:  Shi et al. 2016, eq. 4

    >>> import numpy as np
    >>> PixelShuffle(2)(np.ones((1, 8, 3, 3))).shape
    (1, 2, 6, 6)
    """

    def __init__(self, factor: int) -> None:
        self.factor = factor

    def __call__(self, x: Any) -> Any:
        return pixel_shuffle(x, self.factor)

    def __repr__(self) -> str:
        return shown(self, str(self.factor))


class PixelUnshuffle(Layer):
    """The inverse of `PixelShuffle`: pixels become channels.

    Shapes:  x (batch, channels, *image), y with channels * factor**axes

    >>> import numpy as np
    >>> PixelUnshuffle(2)(np.ones((1, 2, 6, 6))).shape
    (1, 8, 3, 3)
    """

    def __init__(self, factor: int) -> None:
        self.factor = factor

    def __call__(self, x: Any) -> Any:
        return pixel_unshuffle(x, self.factor)

    def __repr__(self) -> str:
        return shown(self, str(self.factor))
