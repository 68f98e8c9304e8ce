"""Functions for networks, with gradients of any order: activations, layers as functions, losses.

Images are (batch, channels, height, width); a loss takes unnormalised scores.
"""

from .activations import relu, sigmoid, tanh
from .batch_norm import batch_norm
from .conv import conv1d, conv2d, conv3d
from .conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from .dropout import dropout
from .flatten import flatten
from .linear import linear
from .losses import accuracy, bce, mse, nll
from .norm import group_norm, instance_norm, layer_norm, rms_norm
from .pad import zero_pad
from .pool import max_pool1d, max_pool2d, max_pool3d, mean_pool1d, mean_pool2d, mean_pool3d
from .resize import interpolate, pixel_shuffle, pixel_unshuffle
from .softmax import log_softmax, softmax
from .unpool import unpool

__all__ = [
    "accuracy",
    "batch_norm",
    "bce",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "dropout",
    "flatten",
    "group_norm",
    "instance_norm",
    "interpolate",
    "layer_norm",
    "linear",
    "log_softmax",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "mean_pool1d",
    "mean_pool2d",
    "mean_pool3d",
    "mse",
    "nll",
    "pixel_shuffle",
    "pixel_unshuffle",
    "relu",
    "rms_norm",
    "sigmoid",
    "softmax",
    "tanh",
    "unpool",
    "zero_pad",
]
