"""EfficientNet: one small network, made deeper, wider and sharper-eyed at once.

Images (batch, 3, height, width) in, scores (batch, classes) out.  The architecture is
torchvision's, with params and states in its order.

Source:  Tan and Le 2019, table 1; the factors are those of the authors' code

>>> import numpy as np
>>> model = efficientnet_b0(classes=10)
>>> model(np.ones((2, 3, 64, 64), "float32")).shape
(2, 10)
>>> model[3][0]                        # the gate lies behind the filters of single channels
Chain(
  Conv2d(32 => 32, 3×3, padding=1, groups=32, bias=False)
  BatchNorm(32)
  swish
  Mul(
    Identity()
    Chain(
      MeanPool2d(None)
      Conv2d(32 => 8, 1×1, swish)
      Conv2d(8 => 32, 1×1, sigmoid)
    )
  )
  Conv2d(32 => 16, 1×1, bias=False)
  BatchNorm(16)
)
"""

from functools import partial
from math import ceil

from knetpy.nn import BatchNorm, Chain, Dropout, Flatten, Linear, MeanPool2d
from knetpy.ops import sigmoid, swish

from .blocks import conv, inverted, rounded, squeeze_excite

# fmt: off
STAGES = [  # expansion, size, stride of the first block, channels, blocks
    (1, 3, 1,  16, 1),
    (6, 3, 2,  24, 2),
    (6, 5, 2,  40, 2),
    (6, 3, 2,  80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
]
# fmt: on


def efficientnet(width, depth, dropout, *, norm=BatchNorm, classes=1000, drop=0.2):
    """STAGES with `width` times the channels and `depth` times the blocks.

    In training ever more examples skip a block, up to the share `drop` before the last one.
    """
    inputs = rounded(32 * width)
    layers = conv(3, inputs, 3, swish, stride=2, norm=norm)
    total, before = sum(ceil(blocks * depth) for *_, blocks in STAGES), 0
    for expansion, size, first, channels, blocks in STAGES:
        outputs, stage = rounded(channels * width), []
        for k in range(ceil(blocks * depth)):
            hidden, stride = rounded(expansion * inputs), 1 if k else first
            gate = squeeze_excite(hidden, inputs // 4, swish, sigmoid)
            options = {"stride": stride, "norm": norm, "drop": drop * before / total}
            stage += [inverted(inputs, hidden, outputs, size, swish, gate, **options)]
            inputs, before = outputs, before + 1
        layers += [Chain(*stage)]
    layers += [*conv(inputs, 4 * inputs, 1, swish, norm=norm), MeanPool2d(None), Flatten()]
    return Chain(*layers, Dropout(dropout), Linear(4 * inputs, classes))


# The authors' own norm; the smaller ones have PyTorch's, with which torchvision trained them.
slow = partial(BatchNorm, eps=1e-3, momentum=0.01)

# fmt: off
#                       width, depth, dropout     for images of  parameters
efficientnet_b0 = partial(efficientnet, 1.0, 1.0, 0.2)             # 224×224:  5,288,548
efficientnet_b1 = partial(efficientnet, 1.0, 1.1, 0.2)             # 240×240:  7,794,184
efficientnet_b2 = partial(efficientnet, 1.1, 1.2, 0.3)             # 260×260:  9,109,994
efficientnet_b3 = partial(efficientnet, 1.2, 1.4, 0.3)             # 300×300: 12,233,232
efficientnet_b4 = partial(efficientnet, 1.4, 1.8, 0.4)             # 380×380: 19,341,616
efficientnet_b5 = partial(efficientnet, 1.6, 2.2, 0.4, norm=slow)  # 456×456: 30,389,784
efficientnet_b6 = partial(efficientnet, 1.8, 2.6, 0.5, norm=slow)  # 528×528: 43,040,704
efficientnet_b7 = partial(efficientnet, 2.0, 3.1, 0.5, norm=slow)  # 600×600: 66,347,960
# fmt: on
