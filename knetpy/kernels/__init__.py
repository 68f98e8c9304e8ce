"""How an operation is computed: plain arrays in, plain arrays out, nothing recorded.

An op says `kernels.conv2d(...)`; choose.py picks the family by the array's type, dtype, shape.
`reference` is right for any array, and what every other family is tested against.
"""

from .choose import chosen
from .window import Window

__all__ = [
    "Window",
    "conv2d",
    "conv2d_dw",
    "conv2d_dx",
    "max_pool2d",
    "max_pool2d_dx",
    "max_pool2d_pick",
    "mean_pool2d",
    "mean_pool2d_dx",
]

conv2d, conv2d_dx, conv2d_dw = map(chosen, ("conv2d", "conv2d_dx", "conv2d_dw"))
max_pool2d, max_pool2d_dx = map(chosen, ("max_pool2d", "max_pool2d_dx"))
max_pool2d_pick = chosen("max_pool2d_pick")
mean_pool2d, mean_pool2d_dx = map(chosen, ("mean_pool2d", "mean_pool2d_dx"))
