"""Images in memory: shapes are (batch, channels, *image), but the channels may lie last."""

from typing import Any

from knetpy.arrays import full

__all__ = ["channels_end", "channels_last", "channels_second", "filled", "in_memory", "ordered"]


def channels_end(x: Any) -> Any:
    return x.transpose(0, *range(2, x.ndim), 1)


def channels_second(x: Any) -> Any:
    return x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1))


def channels_last(x: Any) -> bool:
    return bool(x.strides[1] < x.strides[-1])


def filled(fill: Any, like: Any, image: Any, dtype: Any = None) -> Any:
    """Images of one repeated value, in the memory order of the images `like`."""
    n, channels = like.shape[:2]
    if channels_last(like):
        return channels_second(full((n, *image, channels), fill, like=like, dtype=dtype))
    return full((n, channels, *image), fill, like=like, dtype=dtype)


def in_memory(x: Any) -> list[int]:
    """The axes from the slowest to the fastest: in this order what is dense is C-contiguous."""
    return sorted(range(x.ndim), key=lambda axis: -x.strides[axis])


def ordered(x: Any, like: Any) -> Any:
    """`x` in the memory order of `like`: one copy at most, cheaper than slices across the grain."""
    if channels_last(x) == channels_last(like):
        return x
    return channels_second(channels_end(x).copy()) if channels_last(like) else x.copy()
