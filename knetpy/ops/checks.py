"""What images and windows have to be, and what is said where they are not."""

import operator
from typing import Any

import numpy as np

from knetpy.kernels import Window

__all__ = ["pair", "require_images", "require_room"]


def pair(op: str, name: str, x: Any, least: int) -> tuple[int, int]:
    """A pair of ints, (rows, columns); one int stands for both."""
    try:
        rows, columns = map(operator.index, x if isinstance(x, (tuple, list)) else (x, x))
    except (TypeError, ValueError):
        raise TypeError(f"{op} needs an int or a pair of ints as {name}=, got {x!r}") from None
    if rows < least or columns < least:
        raise ValueError(f"{op} needs {name}= to be at least {least}, got {x!r}")
    return rows, columns


def require_images(op: str, x: Any) -> None:
    if getattr(x, "ndim", None) != 4:
        raise ValueError(
            f"{op} needs images (batch, channels, height, width), got shape {np.shape(x)}; "
            "a single image is x[None], a channel axis is x[:, None]"
        )


def require_room(op: str, x: Any, window: Window) -> None:
    """Whether the window fits into the padded image at least once."""
    padded = tuple(n + 2 * p for n, p in zip(x.shape[2:], window.padding, strict=True))
    reach = window.reach()
    if padded[0] < reach[0] or padded[1] < reach[1]:
        raise ValueError(
            f"{op}: a window that reaches over {reach} does not fit into images of {padded} "
            f"(padding {window.padding} included); pad more, or take a smaller window"
        )
