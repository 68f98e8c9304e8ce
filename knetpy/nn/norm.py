"""Normalisation: numbers brought to mean 0 and variance 1, then scaled and shifted."""

from typing import Any

from knetpy.autograd import Param, State
from knetpy.ops import batch_norm, group_norm, instance_norm, layer_norm, relu, rms_norm

from .init import ones, zeros
from .layer import Activation, Layer, by, checked, shown

__all__ = ["BatchNorm", "GroupNorm", "InstanceNorm", "LayerNorm", "RMSNorm"]

Sizes = int | tuple[int, ...]


class Norm(Layer):
    """What the norms share: a scale that starts at 1, a shift that starts at 0, or neither."""

    weight: Param | None
    bias: Param | None

    def affine(self, shape: tuple[int, ...], weight: bool, bias: bool) -> None:
        self.weight = Param(ones(shape)) if weight else None
        self.bias = Param(zeros(shape)) if weight and bias else None

    def options(self) -> dict[str, bool]:
        weight = self.weight is not None
        return {"affine": weight} | ({"bias": self.bias is not None} if weight else {})


class BatchNorm(Norm):
    """Each channel with mean 0 and variance 1, in training over the batch, else by running means.

        y = (x - mean) / sqrt(var + eps) * weight + bias
        mean, var = (1 - momentum) * (mean, var) + momentum * (mean, unbiased var) of the batch

    Then an activation, if there is one: with `relu` all of it is one operation in training.
    Training means that `diff` is recording, unless `training` says True or False.  `mean` and
    `var` are States: saved and moved with the model, updated once in an outermost `diff`.  With
    `track=False` there are none, and the batch always decides.

    Shapes:  x and y (batch, channels, …); weight, bias, mean, var (channels,)
    Source:  Ioffe and Szegedy 2015

    >>> BatchNorm(32), BatchNorm(32, relu)
    (BatchNorm(32), BatchNorm(32, relu))
    >>> [p.shape for p in BatchNorm(32).params()], BatchNorm(2).states()
    ([(32,), (32,)], [S([0. 0.]), S([1. 1.])])
    """

    def __init__(
        self,
        channels: int,
        activation: Activation = None,
        *,
        momentum: float = 0.1,
        eps: float = 1e-5,
        affine: bool = True,
        bias: bool = True,
        track: bool = True,
        training: bool | None = None,
    ) -> None:
        self.channels, self.momentum, self.eps, self.training = channels, momentum, eps, training
        self.activation = checked(activation)
        self.affine((channels,), affine, bias)
        self.mean = State(zeros((channels,))) if track else None
        self.var = State(ones((channels,))) if track else None

    def __call__(self, x: Any) -> Any:
        y = batch_norm(
            x,
            self.mean,
            self.var,
            self.weight,
            self.bias,
            training=True if self.mean is None else self.training,
            momentum=self.momentum,
            eps=self.eps,
            relu=self.activation is relu,
        )
        return self.activation(y) if self.activation not in (None, relu) else y

    def __repr__(self) -> str:
        return shown(
            self,
            str(self.channels),
            self.activation,
            momentum=self.momentum,
            eps=self.eps,
            **self.options(),
            track=self.mean is not None,
            training=self.training,
        )


class LayerNorm(Norm):
    """Each example with mean 0 and variance 1 over its last axes, or `axes`, then scaled, shifted.

        y = (x - mean) / sqrt(var + eps) * weight + bias

    Shapes:  x and y of any shape, with the sizes `features` (an int or several) in these axes;
             weight and bias of these sizes
    Source:  Ba, Kiros and Hinton 2016

    >>> import numpy as np
    >>> LayerNorm(2)(np.array([[1.0, 3.0], [10.0, 30.0]])).round(4)
    array([[-1.,  1.],
           [-1.,  1.]])
    """

    def __init__(
        self,
        features: Sizes,
        *,
        axes: Sizes | None = None,
        eps: float = 1e-5,
        affine: bool = True,
        bias: bool = True,
    ) -> None:
        self.features, self.axes, self.eps = features, axes, eps
        self.over = last_axes(features) if axes is None else axes
        self.affine(sizes(features), affine, bias)

    def __call__(self, x: Any) -> Any:
        return layer_norm(x, self.weight, self.bias, axes=self.over, eps=self.eps)

    def __repr__(self) -> str:
        return shown(self, by(self.features), axes=self.axes, eps=self.eps, **self.options())


class RMSNorm(Norm):
    """Each example divided by its root mean square over its last axes, or `axes`, then scaled.

        y = x / sqrt(mean(x**2) + eps) * weight

    Shapes:  x and y of any shape, with the sizes `features` (an int or several) in these axes;
             weight of these sizes
    Source:  Zhang and Sennrich 2019

    >>> import numpy as np
    >>> RMSNorm(2)(np.array([[3.0, 3.0], [-5.0, 5.0]])).round(4)
    array([[ 1.,  1.],
           [-1.,  1.]])
    """

    def __init__(
        self,
        features: Sizes,
        *,
        axes: Sizes | None = None,
        eps: float = 1e-5,
        affine: bool = True,
    ) -> None:
        self.features, self.axes, self.eps = features, axes, eps
        self.over = last_axes(features) if axes is None else axes
        self.affine(sizes(features), affine, bias=False)

    def __call__(self, x: Any) -> Any:
        return rms_norm(x, self.weight, axes=self.over, eps=self.eps)

    def __repr__(self) -> str:
        affine = self.weight is not None
        return shown(self, by(self.features), axes=self.axes, eps=self.eps, affine=affine)


class GroupNorm(Norm):
    """Each example with mean 0 and variance 1 in each of `groups` of channels, then scaled.

    Shapes:  x and y (batch, channels, …); weight and bias (channels,)
    Raises:  ValueError if groups does not divide channels
    Source:  Wu and He 2018

    >>> import numpy as np
    >>> GroupNorm(2, 4)(np.array([[1.0, 3.0, 10.0, 30.0]])).round(4)
    array([[-1.,  1., -1.,  1.]])
    """

    def __init__(
        self,
        groups: int,
        channels: int,
        *,
        eps: float = 1e-5,
        affine: bool = True,
        bias: bool = True,
    ) -> None:
        if groups < 1 or channels % groups:
            raise ValueError(
                f"GroupNorm(groups, channels) needs groups that divide the channels, got "
                f"groups={groups} for channels={channels}"
            )
        self.groups, self.channels, self.eps = groups, channels, eps
        self.affine((channels,), affine, bias)

    def __call__(self, x: Any) -> Any:
        return group_norm(x, self.weight, self.bias, groups=self.groups, eps=self.eps)

    def __repr__(self) -> str:
        return shown(self, str(self.groups), str(self.channels), eps=self.eps, **self.options())


class InstanceNorm(Norm):
    """Each channel of each example with mean 0 and variance 1, then scaled and shifted.

    Shapes:  x and y (batch, channels, *image); weight and bias (channels,)
    Source:  Ulyanov, Vedaldi and Lempitsky 2016; PyTorch's is not affine unless it is told to be

    >>> import numpy as np
    >>> InstanceNorm(2)(np.array([[[1.0, 3.0], [10.0, 30.0]]])).round(4)
    array([[[-1.,  1.],
            [-1.,  1.]]])
    """

    def __init__(
        self, channels: int, *, eps: float = 1e-5, affine: bool = True, bias: bool = True
    ) -> None:
        self.channels, self.eps = channels, eps
        self.affine((channels,), affine, bias)

    def __call__(self, x: Any) -> Any:
        return instance_norm(x, self.weight, self.bias, eps=self.eps)

    def __repr__(self) -> str:
        return shown(self, str(self.channels), eps=self.eps, **self.options())


def sizes(features: Sizes) -> tuple[int, ...]:
    return features if isinstance(features, tuple) else (features,)


def last_axes(features: Sizes) -> tuple[int, ...]:
    return tuple(range(-len(sizes(features)), 0))
