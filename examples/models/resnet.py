"""ResNet, wide ResNet and ResNeXt: blocks that add to their input what convolutions make of it.

    y = relu(block(x) + x)        so that depth does no harm: at worst a block adds nothing

Images (batch, 3, height, width) in, scores (batch, classes) out.  The architecture is
torchvision's, with the stride in the 3×3 convolution; params and states come in its order.

Source:  He, Zhang, Ren and Sun 2016, table 1; Zagoruyko and Komodakis 2016, table 1;
         Xie et al. 2017, table 1

>>> import numpy as np
>>> model = resnet18(classes=10)
>>> model(np.ones((2, 3, 64, 64), "float32")).shape
(2, 10)
>>> features = model[:-1]              # shares its layers with the model
>>> features(np.ones((2, 3, 64, 64), "float32")).shape
(2, 512)
>>> model[4][0]                        # the first block of the first stage
Add(
  Chain(
    Conv2d(64 => 64, 3×3, padding=1, bias=False)
    BatchNorm(64)
    relu
    Conv2d(64 => 64, 3×3, padding=1, bias=False)
    BatchNorm(64)
  )
  Identity()
  activation=relu
)
"""

from functools import partial

from knetpy.nn import Add, Chain, Flatten, Identity, Linear, MaxPool2d, MeanPool2d
from knetpy.ops import relu

from .blocks import conv


def resnet(block, depths, hidden=64, groups=1, *, outputs=256, classes=1000):
    """Four stages of `depths` blocks; each stage halves the image and doubles the channels.

    In the first stage a block has `hidden` channels inside, in `groups`, and `outputs` outside.
    """
    layers, inputs = [*conv(3, 64, 7, relu, stride=2), MaxPool2d(3, stride=2, padding=1)], 64
    for stage, depth in enumerate(depths):
        blocks = []
        for k in range(depth):
            stride = 2 if stage and not k else 1
            blocks.append(
                residual(block, inputs, hidden << stage, outputs << stage, stride, groups)
            )
            inputs = outputs << stage
        layers.append(Chain(*blocks))
    return Chain(*layers, MeanPool2d(None), Flatten(), Linear(inputs, classes))


def residual(block, inputs, hidden, outputs, stride, groups):
    same = stride == 1 and inputs == outputs
    shortcut = Identity() if same else Chain(*conv(inputs, outputs, 1, stride=stride))
    return Add(block(inputs, hidden, outputs, stride, groups), shortcut, activation=relu)


def basic(inputs, hidden, outputs, stride, groups):
    """Two wide convolutions."""
    return Chain(
        *conv(inputs, hidden, 3, relu, stride=stride, groups=groups),
        *conv(hidden, outputs, 3),
    )


def bottleneck(inputs, hidden, outputs, stride, groups):
    """A wide convolution, between two narrow ones that take channels away and bring them back."""
    return Chain(
        *conv(inputs, hidden, 1, relu),
        *conv(hidden, hidden, 3, relu, stride=stride, groups=groups),
        *conv(hidden, outputs, 1),
    )


# fmt: off
#                           block, depths, hidden, groups                          parameters
resnet18         = partial(resnet, basic,      (2, 2,  2, 2), outputs=64)     #  11,689,512
resnet34         = partial(resnet, basic,      (3, 4,  6, 3), outputs=64)     #  21,797,672
resnet50         = partial(resnet, bottleneck, (3, 4,  6, 3))                 #  25,557,032
resnet101        = partial(resnet, bottleneck, (3, 4, 23, 3))                 #  44,549,160
resnet152        = partial(resnet, bottleneck, (3, 8, 36, 3))                 #  60,192,808
wide_resnet50_2  = partial(resnet, bottleneck, (3, 4,  6, 3), 2 * 64)         #  68,883,240
wide_resnet101_2 = partial(resnet, bottleneck, (3, 4, 23, 3), 2 * 64)         # 126,886,696
resnext50_32x4d  = partial(resnet, bottleneck, (3, 4,  6, 3), 32 * 4, 32)     #  25,028,904
resnext101_32x8d = partial(resnet, bottleneck, (3, 4, 23, 3), 32 * 8, 32)     #  88,791,336
resnext101_64x4d = partial(resnet, bottleneck, (3, 4, 23, 3), 64 * 4, 64)     #  83,455,272
# fmt: on
