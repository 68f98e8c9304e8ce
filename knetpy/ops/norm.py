"""Normalisation: numbers brought to mean 0 and variance 1, over whichever axes."""

from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

import knetpy.kernels as kernels
from knetpy.autograd import primitive
from knetpy.kernels.reference_norm import summed as over

from .checks import Ints, require_floats
from .shared import Shared, recorded

__all__ = ["Norm", "group_norm", "instance_norm", "layer_norm", "normed", "rms_norm"]


class Norm(NamedTuple):
    """How an op normalises: what it sees `x` as, over which axes, and its weight against that;
    whether it takes the mean off, and whether it gives the positive part of all that.
    """

    shape: Ints
    axes: Ints
    weight: Ints
    eps: float
    centred: bool = True
    relu: bool = False


def layer_norm(
    x: Any, weight: Any = None, bias: Any = None, *, axes: Any = -1, eps: float = 1e-5
) -> Any:
    """Each example with mean 0 and variance 1 over `axes` (an int or several), then an affine map.

        y = (x - mean) / sqrt(var + eps) * weight + bias

    Shapes:  x of any shape, returned; weight and bias of the sizes of its `axes`
    Raises:  ValueError if the shapes do not fit
    Source:  Ba et al. 2016, Layer Normalization

    >>> layer_norm(np.array([[1.0, 3.0], [10.0, 30.0]])).round(4)
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    return normed(x, weight, bias, over_axes("layer_norm", x, weight, bias, axes, eps))[0]


def rms_norm(x: Any, weight: Any = None, *, axes: Any = -1, eps: float = 1e-5) -> Any:
    """Each example divided by its root mean square over `axes`, times `weight`.

        y = x / sqrt(mean(x**2) + eps) * weight

    Shapes:  x of any shape, returned; weight of the sizes of its `axes`
    Raises:  ValueError if the shapes do not fit
    Source:  Zhang & Sennrich 2019, Root Mean Square Layer Normalization

    >>> rms_norm(np.array([[3.0, 3.0], [-5.0, 5.0]])).round(4)
    array([[ 1.,  1.],
           [-1.,  1.]])
    """
    how = over_axes("rms_norm", x, weight, None, axes, eps)
    return normed(x, weight, None, how._replace(centred=False))[0]


def group_norm(
    x: Any, weight: Any = None, bias: Any = None, *, groups: int, eps: float = 1e-5
) -> Any:
    """Each example with mean 0 and variance 1 in each of `groups` of channels, then an affine map.

    Shapes:  x (batch, channels, ...), returned; weight and bias (channels,)
    Raises:  ValueError if the groups do not divide the channels, or hold a single number
    Source:  Wu & He 2018, Group Normalization

    >>> group_norm(np.array([[1.0, 3.0, 10.0, 30.0]]), groups=2).round(4)
    array([[-1.,  1., -1.,  1.]])
    """
    return normed(x, weight, bias, in_groups("group_norm", x, weight, bias, groups, eps))[0]


def instance_norm(x: Any, weight: Any = None, bias: Any = None, *, eps: float = 1e-5) -> Any:
    """Each channel of each example with mean 0 and variance 1, then an affine map.

    Shapes:  x (batch, channels, *image), returned; weight and bias (channels,)
    Raises:  ValueError if the shapes do not fit, or the image is a single number
    Source:  Ulyanov et al. 2016, Instance Normalization

    >>> instance_norm(np.array([[[1.0, 3.0], [10.0, 30.0]]])).round(4)
    array([[[-1.,  1.],
            [-1.,  1.]]])
    """
    channels = (*np.shape(x), 0, 0)[1]
    how = in_groups("instance_norm", x, weight, bias, channels, eps)
    return normed(x, weight, bias, how)[0]


def over_axes(op: str, x: Any, weight: Any, bias: Any, axes: Any, eps: float) -> Norm:
    require_floats(op, x)
    axes = tuple(sorted(normalize_axis_tuple(axes, x.ndim, "axes")))
    sizes = tuple(x.shape[axis] for axis in axes)
    if not prod(sizes):
        raise ValueError(f"{op} has nothing to average over axes {axes} of shape {x.shape}")
    require_affine(op, sizes, weight, bias, f"the sizes of axes {axes} of x {x.shape}")
    spread = tuple(n if axis in axes else 1 for axis, n in enumerate(x.shape))
    return Norm(x.shape, axes, spread, eps)


def in_groups(op: str, x: Any, weight: Any, bias: Any, groups: int, eps: float) -> Norm:
    least = 3 if op == "instance_norm" else 2
    if getattr(x, "ndim", 0) < least:
        expected = "(batch, channels, *image)" if least == 3 else "(batch, channels, ...)"
        raise ValueError(f"{op} needs x {expected}, got shape {np.shape(x)}")
    require_floats(op, x)
    batch, channels, *image = x.shape
    if groups < 1 or channels % groups:
        raise ValueError(f"{op}: {channels} channels cannot be divided into groups={groups!r}")
    if channels // groups * prod(image) < 2:
        raise ValueError(
            f"{op} needs more than one number to average, got x {x.shape} with {groups} groups "
            "of channels; one number is its own mean, so that nothing of it would be left"
        )
    require_affine(op, (channels,), weight, bias, f"the channels of x {x.shape}")
    shape = batch, groups, channels // groups, *image
    spread = 1, *shape[1:3], *[1] * len(image)
    return Norm(shape, tuple(range(2, len(shape))), spread, eps)


def require_affine(op: str, sizes: Ints, weight: Any, bias: Any, what: str) -> None:
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.shape != sizes:
            raise ValueError(f"{op} needs {name} {sizes}, {what}, got {x.shape}")


def normed(x: Any, weight: Any, bias: Any, how: Norm) -> Any:
    """(normalised, mean, variance), of half precision computed in single: squares outgrow it."""
    if x.dtype != np.float16:
        return norm(x, weight, bias, how=how, of=Shared())
    y, mean, var = norm(x.astype(np.float32), weight, bias, how=how, of=Shared())
    return y.astype(np.float16), mean, var


def norm_dx(
    dys: Any, ys: Any, x: Any, weight: Any = None, bias: Any = None, *, how: Norm, of: Shared
) -> Any:
    (dy, dmean, dvar), (y, mean, var), seen, dx = dys, ys, x.reshape(how.shape), []
    if dy is not None and recorded(dy, x, weight, mean, var):
        dy = before_relu(dy, y, how)
        dx.append(norm_through(dy.reshape(how.shape), seen, against(weight, how), mean, var, how))
    elif dy is not None:
        dx.append(back(dy, ys, x, weight, bias, how, of)[0].reshape(how.shape))
    count = prod(how.shape[axis] for axis in how.axes)
    if dmean is not None:
        dx.append(np.broadcast_to(dmean / count, how.shape))
    if dvar is not None:
        dx.append(residue(seen, mean, how.axes) * (dvar * (2 / count)))
    return sum(dx[1:], dx[0]).reshape(x.shape)


def norm_dw(
    dys: Any, ys: Any, x: Any, weight: Any, bias: Any = None, *, how: Norm, of: Shared
) -> Any:
    (dy, *_), (y, mean, var) = dys, ys
    if dy is None or not recorded(dy, x, weight, mean, var):
        return None if dy is None else back(dy, ys, x, weight, bias, how, of)[1]
    dy = before_relu(dy, y, how)
    off = residue(x.reshape(how.shape), mean, how.axes)
    return summed(dy.reshape(how.shape) * off * (var + how.eps) ** -0.5, weight, how)


def back(dy: Any, ys: Any, x: Any, weight: Any, bias: Any, how: Norm, of: Shared) -> Any:
    """The gradients for x, weight and bias, by one kernel."""

    def compute(dy: Any) -> list[Any]:
        seen, scale, shift = x.reshape(how.shape), against(weight, how), against(bias, how)
        relu = (ys[0].reshape(how.shape), of.kept) if how.relu else ()
        dy = dy.reshape(how.shape)
        found = kernels.norm_back(dy, seen, scale, shift, *ys[1:], how.axes, how.eps, *relu)
        pairs = zip((x, weight, bias), found, strict=True)
        return [None if w is None else dw.reshape(w.shape) for w, dw in pairs]

    return of(dy, compute)


def norm_db(dys: Any, ys: Any, x: Any, weight: Any, bias: Any, *, how: Norm, of: Shared) -> Any:
    dy = dys[0]
    if dy is None or not recorded(dy, x, weight, *ys[1:]):
        return None if dy is None else back(dy, ys, x, weight, bias, how, of)[2]
    return summed(before_relu(dy, ys[0], how).reshape(how.shape), bias, how)


def before_relu(dy: Any, y: Any, how: Norm) -> Any:
    """The gradient for what was normalised, of that for its positive part `y`."""
    return dy * (y > 0) if how.relu else dy


def summed(dy: Any, weight: Any, how: Norm) -> Any:
    """`dy` over the axes along which the weight was spread."""
    return over(dy, how.weight).reshape(weight.shape)


def residue(x: Any, mean: Any, axes: Ints) -> Any:
    """`x` less its mean, and less what rounding left of a large one; `x` where there is none."""
    if mean is None:
        return x
    off = x - mean
    return off - off.mean(axis=axes, keepdims=True)


def against(weight: Any, how: Norm) -> Any:
    return None if weight is None else weight.reshape(how.weight)


@primitive(several=True, broadcast=False, rules=[norm_dx, norm_dw, norm_db])
def norm(x: Any, weight: Any = None, bias: Any = None, *, how: Norm, of: Shared) -> Any:
    """The triple (normalised, mean, variance), as kernels.norm, of which each has its gradient."""
    given = x.reshape(how.shape), against(weight, how), against(bias, how), how.axes, how.eps
    if how.relu:
        y, mean, var, of.kept = kernels.norm_relu(*given)
    else:
        y, mean, var = kernels.norm(*given, how.centred)
    return y.reshape(x.shape), mean, var


def norm_through(dy: Any, x: Any, weight: Any, mean: Any, var: Any, how: Norm) -> Any:
    """What kernels.norm_back gives for x, in words that can be differentiated."""

    def average(x: Any) -> Any:
        return x.mean(axis=how.axes, keepdims=True)

    scale = (var + how.eps) ** -0.5
    dx = (dy if weight is None else dy * weight) * scale
    off = residue(x, mean, how.axes)
    along = off * (average(dx * off) * scale * scale)
    return dx - along if mean is None else dx - along - average(dx)
