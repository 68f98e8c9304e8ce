"""Images of another size: interpolated, or with pixels made of channels."""

from functools import lru_cache
from math import ceil, floor, prod
from typing import Any

import numpy as np

import knetpy.kernels as kernels
from knetpy.autograd import primitive

from .checks import ints, require_floats

__all__ = ["interpolate", "pixel_shuffle", "pixel_unshuffle", "resampled"]

MODES = ("nearest", "linear", "area")


def interpolate(
    x: Any,
    size: Any = None,
    *,
    scale: Any = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> Any:
    """Images resized to `size`, or by the factor `scale`, each one number or one for each axis.

    Modes: "nearest"; "linear" between pixels, over any number of axes, whose first and last
    centres stay if `align_corners`, and else the outer edges; "area", the mean of what is covered.

    Shapes:  x (batch, channels, *image), returned with the image resized
    Raises:  ValueError unless one of size and scale is given, for an unknown mode, an empty image
    Source:  the conventions of PyTorch's interpolate; "area" is its adaptive_avg_pool

    >>> interpolate(np.array([[[0.0, 4.0]]]), scale=2, mode="linear")
    array([[[0., 1., 3., 4.]]])
    """
    require_image("interpolate", x)
    require_floats("interpolate", x)
    if mode not in MODES:
        raise ValueError(
            f"interpolate knows the modes {', '.join(MODES)}, got {mode!r}; linear has any "
            "number of axes, and so it is bilinear and trilinear too"
        )
    if align_corners and mode != "linear":
        raise ValueError(f"interpolate aligns corners in mode='linear' alone, got {mode!r}")
    for axis, (n, m, ratio) in enumerate(resizings(x.shape[2:], size, scale), 2):
        if n != m or ratio != 1:
            x = resampled(x, axis=axis, sampling=between(mode, n, m, ratio, align_corners))
    return x


def resizings(image: Any, size: Any, scale: Any) -> list[tuple[int, int, float]]:
    """For each axis its size before and after, and the factor between them."""
    axes = len(image)
    if (size is None) is (scale is None):
        raise ValueError(f"interpolate needs one of size= and scale=, got {size!r} and {scale!r}")
    if size is not None:
        sizes = ints("interpolate", "size", size, axes, 1)
        return [(n, m, m / max(n, 1)) for n, m in zip(image, sizes, strict=True)]
    factors = scale if isinstance(scale, (tuple, list)) else (scale,) * axes
    if len(factors) != axes:
        raise TypeError(f"interpolate needs a number or {axes} of them as scale=, got {scale!r}")
    sizes = tuple(floor(n * float(r)) for n, r in zip(image, factors, strict=True))
    if min(sizes) < 1:
        raise ValueError(f"interpolate: scale={scale!r} makes images of {sizes} out of {image}")
    return [(n, m, float(r)) for n, m, r in zip(image, sizes, factors, strict=True)]


@lru_cache(maxsize=256)
def between(mode: str, n: int, m: int, ratio: float, corners: bool) -> kernels.Sampling:
    """How each of `m` numbers is made of `n`."""
    out = np.arange(m)
    if mode == "area":
        runs = [range(k * n // m, ceil((k + 1) * n / m)) for k in out]
        lengths = [len(run) for run in runs]
        weight = np.repeat(1 / np.array(lengths), lengths)
        return kernels.Sampling((m, n), np.repeat(out, lengths), np.concatenate(runs), weight)
    # A given scale is kept, though floor may have made the images a little smaller.
    even = ratio == m / n
    if mode == "nearest":
        into = out * n // m if even else np.minimum(out / ratio, n - 1).astype(int)
        return kernels.Sampling((m, n), out, into, np.ones(m))
    if corners:
        at = out * ((n - 1) / max(m - 1, 1))
    else:
        at = np.maximum((out + 0.5) * (n / m if even else 1 / ratio) - 0.5, 0)
    low = at.astype(int)
    share = np.where(low < n - 1, at - low, 0)
    here = share > 0
    out, into = np.append(out, out[here]), np.append(low, low[here] + 1)
    return kernels.Sampling((m, n), out, into, np.append(1 - share, share[here]))


@primitive(
    rules=[lambda dy, y, x, *, axis, sampling: resampled(dy, axis=axis, sampling=sampling.T)]
)
def resampled(x: Any, *, axis: int, sampling: kernels.Sampling) -> Any:
    """A linear map along one axis, whose gradient is that by the transpose."""
    return kernels.sample(x, axis, sampling)


def pixel_shuffle(x: Any, factor: int) -> Any:
    """Images `factor` times as large along each axis, whose pixels come from channels.

    Shapes:  x (batch, channels * factor**axes, *image), returned with channels alone
    Raises:  ValueError if factor**axes does not divide the channels
    Source:  Shi et al. 2016, eq. 4

    >>> pixel_shuffle(np.array([[[[1]], [[2]], [[3]], [[4]]]]), 2)
    array([[[[1, 2],
             [3, 4]]]])
    """
    require_image("pixel_shuffle", x)
    n, channels, *image = x.shape
    axes = len(image)
    (factor,) = ints("pixel_shuffle", "factor", factor, 1, 1)
    if channels % factor**axes:
        raise ValueError(
            f"pixel_shuffle needs channels that {factor}**{axes} = {factor**axes} divides, "
            f"got {channels} in x {x.shape}"
        )
    split = x.reshape(n, channels // factor**axes, *[factor] * axes, *image)
    order = [axis for k in range(2, axes + 2) for axis in (axes + k, k)]
    return split.transpose(0, 1, *order).reshape(*split.shape[:2], *(k * factor for k in image))


def pixel_unshuffle(x: Any, factor: int) -> Any:
    """The inverse of `pixel_shuffle`: pixels become channels.

    Shapes:  x (batch, channels, *image), returned with channels * factor**axes
    Raises:  ValueError if the factor does not divide the size of the image
    Source:  Shi et al. 2016, eq. 4

    >>> pixel_unshuffle(np.array([[[[1, 2], [3, 4]]]]), 2).ravel()
    array([1, 2, 3, 4])
    """
    require_image("pixel_unshuffle", x)
    n, channels, *image = x.shape
    axes = len(image)
    (factor,) = ints("pixel_unshuffle", "factor", factor, 1, 1)
    if any(k % factor for k in image):
        raise ValueError(
            f"pixel_unshuffle needs images whose sizes {factor} divides, got {tuple(image)} in "
            f"x {x.shape}"
        )
    small = [k // factor for k in image]
    split = x.reshape(n, channels, *(part for k in small for part in (k, factor)))
    order = (*range(3, 2 * axes + 2, 2), *range(2, 2 * axes + 2, 2))
    return split.transpose(0, 1, *order).reshape(n, channels * factor**axes, *small)


def require_image(op: str, x: Any) -> None:
    if getattr(x, "ndim", 0) < 3 or not prod(x.shape[2:]):
        raise ValueError(
            f"{op} needs x (batch, channels, *image), with pixels, got shape {np.shape(x)}"
        )
