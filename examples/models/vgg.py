"""VGG: nothing but 3×3 convolutions and max pools, deeper than what had been before.

Images (batch, 3, height, width) in, scores (batch, classes) out.  The architecture is
torchvision's, which pools images of any size to 7×7; params and states come in its order.

Source:  Simonyan and Zisserman 2015, table 1: A, B, D and E; Ioffe and Szegedy 2015 for `norm`

>>> import numpy as np
>>> model = vgg11(classes=10, hidden_features=64)
>>> model(np.ones((2, 3, 64, 64), "float32")).shape
(2, 10)
>>> model[:6]
Chain(
  Conv2d(3 => 64, 3×3, padding=1)
  relu
  MaxPool2d(2)
  Conv2d(64 => 128, 3×3, padding=1)
  relu
  MaxPool2d(2)
)
"""

from functools import partial

from knetpy.nn import (
    BatchNorm,
    Chain,
    Conv2d,
    Dropout,
    Flatten,
    Interpolate,
    Linear,
    MaxPool2d,
    he_normal,
    normal,
)
from knetpy.ops import relu

CHANNELS = 64, 128, 256, 512, 512


def vgg(depths, *, norm=False, classes=1000, hidden_features=4096, dropout=0.5):
    """Five stages of `depths` convolutions, with norms or without, then three layers of rows."""
    layers, inputs = [], 3
    for depth, channels in zip(depths, CHANNELS, strict=True):
        for _ in range(depth):
            layers += [Conv2d(inputs, channels, 3, padding=1, init=he_normal)]
            layers += [BatchNorm(channels), relu] if norm else [relu]
            inputs = channels
        layers += [MaxPool2d(2)]
    layers += [Interpolate(7, mode="area"), Flatten()]
    for features in (7 * 7 * inputs, hidden_features):
        layers += [Linear(features, hidden_features, relu, init=normal), Dropout(dropout)]
    return Chain(*layers, Linear(hidden_features, classes, init=normal))


# fmt: off
vgg11    = partial(vgg, (1, 1, 2, 2, 2))             # 132,863,336
vgg13    = partial(vgg, (2, 2, 2, 2, 2))             # 133,047,848
vgg16    = partial(vgg, (2, 2, 3, 3, 3))             # 138,357,544
vgg19    = partial(vgg, (2, 2, 4, 4, 4))             # 143,667,240
vgg11_bn = partial(vgg, (1, 1, 2, 2, 2), norm=True)  # 132,868,840
vgg13_bn = partial(vgg, (2, 2, 2, 2, 2), norm=True)  # 133,053,736
vgg16_bn = partial(vgg, (2, 2, 3, 3, 3), norm=True)  # 138,365,992
vgg19_bn = partial(vgg, (2, 2, 4, 4, 4), norm=True)  # 143,678,248
# fmt: on
