"""MobileNet v1, v2 and v3: convolutions cut into filters of one channel each and sums of channels.

Images (batch, 3, height, width) in, scores (batch, classes) out.  v2 and v3 are torchvision's,
with params and states in its order; `width` multiplies all channels.

Source:  Howard et al. 2017, table 1; Sandler et al. 2018, table 2; Howard et al. 2019, tables 1, 2

>>> import numpy as np
>>> model = mobilenet_v2(classes=10)
>>> model(np.ones((2, 3, 64, 64), "float32")).shape
(2, 10)
>>> model[5]                           # the third block: as many channels out as in, so it adds
Add(
  Chain(
    Conv2d(24 => 144, 1×1, bias=False)
    BatchNorm(144)
    relu6
    Conv2d(144 => 144, 3×3, padding=1, groups=144, bias=False)
    BatchNorm(144)
    relu6
    Conv2d(144 => 24, 1×1, bias=False)
    BatchNorm(24)
  )
  Identity()
)
"""

from functools import partial

from knetpy import ops
from knetpy.nn import BatchNorm, Chain, Dropout, Flatten, Linear, MeanPool2d
from knetpy.ops import hard_swish, relu

from .blocks import conv, inverted, rounded, squeeze_excite


def relu6(x):
    return relu(x, max_value=6)


# fmt: off
V1 = [  # channels, stride
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
]
V2 = [  # expansion, channels, blocks, stride of the first
    (1,  16, 1, 1),
    (6,  24, 2, 2),
    (6,  32, 3, 2),
    (6,  64, 4, 2),
    (6,  96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]
LARGE = [  # size, hidden, channels, gated, activation, stride
    (3,  16,  16, False, relu,       1),
    (3,  64,  24, False, relu,       2),
    (3,  72,  24, False, relu,       1),
    (5,  72,  40, True,  relu,       2),
    (5, 120,  40, True,  relu,       1),
    (5, 120,  40, True,  relu,       1),
    (3, 240,  80, False, hard_swish, 2),
    (3, 200,  80, False, hard_swish, 1),
    (3, 184,  80, False, hard_swish, 1),
    (3, 184,  80, False, hard_swish, 1),
    (3, 480, 112, True,  hard_swish, 1),
    (3, 672, 112, True,  hard_swish, 1),
    (5, 672, 160, True,  hard_swish, 2),
    (5, 960, 160, True,  hard_swish, 1),
    (5, 960, 160, True,  hard_swish, 1),
]
SMALL = [
    (3,  16,  16, True,  relu,       2),
    (3,  72,  24, False, relu,       2),
    (3,  88,  24, False, relu,       1),
    (5,  96,  40, True,  hard_swish, 2),
    (5, 240,  40, True,  hard_swish, 1),
    (5, 240,  40, True,  hard_swish, 1),
    (5, 120,  48, True,  hard_swish, 1),
    (5, 144,  48, True,  hard_swish, 1),
    (5, 288,  96, True,  hard_swish, 2),
    (5, 576,  96, True,  hard_swish, 1),
    (5, 576,  96, True,  hard_swish, 1),
]
# fmt: on


def mobilenet1(rows, *, width=1.0, classes=1000, dropout=0.001):
    """Filters of one channel each, then sums of channels, in turns."""
    inputs = rounded(32 * width)
    layers = conv(3, inputs, 3, relu6, stride=2)
    for channels, stride in rows:
        outputs = rounded(channels * width)
        layers += conv(inputs, inputs, 3, relu6, stride=stride, groups=inputs)
        layers += conv(inputs, outputs, 1, relu6)
        inputs = outputs
    return Chain(*layers, *head(dropout), Linear(inputs, classes))


def mobilenet2(rows, *, width=1.0, classes=1000, dropout=0.2):
    """Blocks with many channels inside and few outside, where the short cuts are."""
    inputs = rounded(32 * width)
    layers = conv(3, inputs, 3, relu6, stride=2)
    for expansion, channels, blocks, first in rows:
        outputs = rounded(channels * width)
        for k in range(blocks):
            stride = 1 if k else first
            layers += [inverted(inputs, expansion * inputs, outputs, 3, relu6, stride=stride)]
            inputs = outputs
    last = rounded(1280 * max(1.0, width))
    return Chain(*layers, *conv(inputs, last, 1, relu6), *head(dropout), Linear(last, classes))


def mobilenet3(rows, last, *, width=1.0, classes=1000, dropout=0.2):
    """The same with gates of channels, in an order that was found by searching."""
    norm = partial(BatchNorm, eps=1e-3, momentum=0.01)
    inputs, last = rounded(16 * width), rounded(last * width)
    layers = conv(3, inputs, 3, hard_swish, stride=2, norm=norm)
    for size, hidden, channels, gated, activation, stride in rows:
        hidden, outputs = rounded(hidden * width), rounded(channels * width)
        gates = [squeeze_excite(hidden, rounded(hidden // 4), relu, ops.hard_sigmoid)] * gated
        layers += [
            inverted(inputs, hidden, outputs, size, activation, *gates, stride=stride, norm=norm)
        ]
        inputs = outputs
    layers += conv(inputs, 6 * inputs, 1, hard_swish, norm=norm)
    layers += [MeanPool2d(None), Flatten(), Linear(6 * inputs, last, hard_swish), Dropout(dropout)]
    return Chain(*layers, Linear(last, classes))


def head(dropout):
    return [MeanPool2d(None), Flatten(), Dropout(dropout)]


# fmt: off
mobilenet_v1       = partial(mobilenet1, V1)           # 4,231,976
mobilenet_v2       = partial(mobilenet2, V2)           # 3,504,872
mobilenet_v3_small = partial(mobilenet3, SMALL, 1024)  # 2,542,856
mobilenet_v3_large = partial(mobilenet3, LARGE, 1280)  # 5,483,032
# fmt: on
