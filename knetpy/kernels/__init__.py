"""How an operation is computed: plain arrays in, plain arrays out, nothing recorded.

An op says `kernels.conv(...)`; choose.py picks the family by the array's type, dtype, shape.
`reference` is right for any array, and what every other family is tested against.
"""

from .choose import chosen
from .sampling import Sampling
from .window import Window

__all__ = [
    "Sampling",
    "Window",
    "bias_relu",
    "bias_relu_dx",
    "conv",
    "conv_dw",
    "conv_dx",
    "log_softmax",
    "log_softmax_dx",
    "max_pool",
    "max_pool_dx",
    "max_pool_pick",
    "mean_pool",
    "mean_pool_dx",
    "nll",
    "nll_dx",
    "norm",
    "norm_back",
    "norm_relu",
    "over_pixels",
    "recurrent",
    "relu",
    "relu_dx",
    "sample",
    "sigmoid",
    "softmax",
    "softmax_dx",
    "sum_rows",
]

conv, conv_dx, conv_dw = map(chosen, ("conv", "conv_dx", "conv_dw"))
max_pool, max_pool_dx = map(chosen, ("max_pool", "max_pool_dx"))
max_pool_pick = chosen("max_pool_pick")
mean_pool, mean_pool_dx = map(chosen, ("mean_pool", "mean_pool_dx"))
norm, norm_relu, norm_back = map(chosen, ("norm", "norm_relu", "norm_back"))
recurrent = chosen("recurrent")
over_pixels, sample = map(chosen, ("over_pixels", "sample"))
sigmoid = chosen("sigmoid")
softmax, softmax_dx = map(chosen, ("softmax", "softmax_dx"))
relu, relu_dx = map(chosen, ("relu", "relu_dx"))
bias_relu, bias_relu_dx = map(chosen, ("bias_relu", "bias_relu_dx"))
sum_rows = chosen("sum_rows")
nll, nll_dx = map(chosen, ("nll", "nll_dx"))
log_softmax, log_softmax_dx = map(chosen, ("log_softmax", "log_softmax_dx"))
