"""What several families share: layers around a convolution, gates of channels, draws of ids."""

import numpy as np

from knetpy import ops
from knetpy.arrays import random
from knetpy.nn import Add, BatchNorm, Chain, Conv2d, Dropout, Identity, MeanPool2d, Mul, he_normal


def conv(inputs, outputs, size, activation=None, *, norm=BatchNorm, **options):
    """A convolution that keeps the image's size (but for its stride), norm and activation: a list.

    >>> Chain(*conv(3, 8, 3, ops.relu, stride=2))
    Chain(
      Conv2d(3 => 8, 3×3, stride=2, padding=1, bias=False)
      BatchNorm(8)
      relu
    )
    """
    options |= {"padding": size // 2, "bias": False, "init": he_normal}
    layers = [Conv2d(inputs, outputs, size, **options), norm(outputs)]
    return [*layers, activation] if activation else layers


def inverted(inputs, hidden, outputs, size, activation, *gates, stride=1, norm=BatchNorm, drop=0.0):
    """More channels, each filtered by itself, perhaps gated, then fewer; around it a short cut.

    The short cut is there where input and output have one shape; `drop` is the share of examples
    that take it alone in training.

    Source:  Sandler et al. 2018, figure 4; Huang et al. 2016 for drop
    """
    expand = [] if hidden == inputs else conv(inputs, hidden, 1, activation, norm=norm)
    depthwise = conv(hidden, hidden, size, activation, norm=norm, stride=stride, groups=hidden)
    layers = [*expand, *depthwise, *gates, *conv(hidden, outputs, 1, norm=norm)]
    if stride > 1 or inputs != outputs:
        return Chain(*layers)
    return Add(Chain(*layers, *([Dropout(drop, axes=0)] if drop else [])), Identity())


def squeeze_excite(channels, squeezed, activation, gate):
    """Channels times a gate that the means of all channels open and close.

    Source:  Hu, Shen and Sun 2018

    >>> squeeze_excite(8, 2, ops.relu, ops.sigmoid)(np.ones((2, 8, 5, 5), "float32")).shape
    (2, 8, 5, 5)
    """
    shut, open = Conv2d(channels, squeezed, 1, activation), Conv2d(squeezed, channels, 1, gate)
    return Mul(Identity(), Chain(MeanPool2d(None), shut, open))


def rounded(channels, divisor=8):
    """The nearest multiple of `divisor` that does not take a tenth of the channels away.

    >>> rounded(36.0), rounded(24 * 1.4), rounded(10)
    (40, 32, 16)
    """
    near = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return near if near >= 0.9 * channels else near + divisor


def drawn(scores, temperature=1.0):
    """An id for each row of scores, drawn with the odds of their softmax.

    >>> drawn(np.array([[0.0, 99.0], [99.0, 0.0]]))
    array([1, 0])
    """
    odds = np.cumsum(ops.softmax(scores / temperature), axis=-1)[..., :-1]
    return (odds <= random((*odds.shape[:-1], 1), like=odds)).sum(axis=-1)
