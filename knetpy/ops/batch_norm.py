"""Batch normalisation, by the statistics of the batch or by running ones."""

from math import prod
from typing import Any

import numpy as np

from knetpy.autograd import Param, Result, State, primitive, recording, value

from . import activations
from .checks import require_floats
from .norm import Norm, normed, require_affine

__all__ = ["batch_norm"]


def batch_norm(
    x: Any,
    mean: Any,
    var: Any,
    weight: Any = None,
    bias: Any = None,
    *,
    training: bool | None = None,
    momentum: float = 0.1,
    eps: float = 1e-5,
    relu: bool = False,
) -> Any:
    """Each channel with mean 0 and variance 1, then an affine map: in training over the batch,
    else by the running statistics `mean` and `var`.

        mean, var = (1 - momentum) * (mean, var) + momentum * (mean, unbiased var) of the batch

    `mean` and `var` are States, which training updates once a `diff`, or None: then the batch's
    are used, and forgotten.  `training=None` means while `diff` records.  `relu=True` gives the
    positive part, in training by one operation, which needs less memory and time than two.

    Shapes:  x (batch, channels, ...), returned; all others (channels,)
    Raises:  ValueError if the shapes do not fit, or training sees a single number a channel
    Source:  Ioffe & Szegedy 2015; Knet.jl ops20/batchnorm.jl, batchnorm

    >>> mean, var = State(np.zeros(1)), State(np.ones(1))
    >>> batch_norm(np.array([[1.0], [3.0]]), mean, var, training=True).round(4).ravel(), mean, var
    (array([-1.,  1.]), S([0.2]), S([1.1]))
    """
    training = recording() if training is None else training
    require_channels(x, weight, bias)
    require_statistics(x, mean, var, training)
    axes, shape = (0, *range(2, x.ndim)), (1, x.shape[1], *[1] * (x.ndim - 2))
    if not training:
        y = frozen(x, mean, var, weight, bias, shape, eps)
        return activations.relu(y) if relu else y
    count = prod(x.shape[axis] for axis in axes)
    if count < 2:
        raise ValueError(
            f"batch_norm needs more than one number a channel in training, got x {x.shape}; "
            "take a larger batch, or training=False"
        )
    y, mean_now, var_now = normed(x, weight, bias, Norm(x.shape, axes, shape, eps, relu=relu))
    if mean is not None:
        share = momentum * count / (count - 1)
        update(mean, 1 - momentum, momentum * value(mean_now))
        update(var, 1 - momentum, share * value(var_now))
    return y


def update(running: State, kept: float, new: Any) -> None:
    old = running.value
    running.update((kept * old + new.reshape(-1)).astype(old.dtype))


def frozen(x: Any, mean: Any, var: Any, weight: Any, bias: Any, shape: Any, eps: float) -> Any:
    """The affine map that batch norm is where its statistics are constants."""
    mean, var = (value(s).astype(x.dtype).reshape(shape) for s in (mean, var))
    scale = (var + x.dtype.type(eps)) ** -0.5
    scale = scale if weight is None else scale * weight.reshape(shape)
    bias = np.zeros_like(mean) if bias is None else bias.reshape(shape)
    return shifted(x, mean, scale, bias)


@primitive(
    rules=[
        lambda dy, y, x, mean, scale, bias: dy * scale,
        None,
        lambda dy, y, x, mean, scale, bias: dy * (x - mean),
        lambda dy, y, x, mean, scale, bias: dy,
    ]
)
def shifted(x: Any, mean: Any, scale: Any, bias: Any) -> Any:
    y = x - mean
    y = np.multiply(y, scale, out=y) if y.dtype == scale.dtype else y * scale
    return np.add(y, bias, out=y) if y.dtype == bias.dtype else y + bias


def require_channels(x: Any, weight: Any, bias: Any) -> None:
    if getattr(x, "ndim", 0) < 2:
        raise ValueError(f"batch_norm needs x (batch, channels, ...), got shape {np.shape(x)}")
    require_floats("batch_norm", x)
    require_affine("batch_norm", x.shape[1:2], weight, bias, f"the channels of x {x.shape}")


def require_statistics(x: Any, mean: Any, var: Any, training: bool) -> None:
    given = (("mean", mean), ("var", var))
    if (mean is None) is not (var is None) or (mean is None and not training):
        raise ValueError(
            "batch_norm needs both mean= and var=; only in training both may be None, "
            "and then nothing is remembered"
        )
    for name, s in given if mean is not None else ():
        if isinstance(s, (Param, Result)) or (training and not isinstance(s, State)):
            raise TypeError(
                f"batch_norm keeps {name}= as a running statistic, in a State; "
                f"got a {type(s).__name__}, make State(value({name})) once, beside the weights"
            )
        if s.shape != x.shape[1:2]:
            raise ValueError(
                f"batch_norm needs {name} {x.shape[1:2]}, the channels of x {x.shape}, "
                f"got {s.shape}"
            )
