"""Functions for networks, with gradients of any order: activations, layers as functions, losses.

Images are (batch, channels, height, width); a loss takes unnormalised scores.
"""

from .activations import relu, sigmoid, tanh
from .conv import conv1d, conv2d, conv3d
from .conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from .dropout import dropout
from .linear import linear
from .losses import accuracy, bce, mse, nll
from .pool import max_pool1d, max_pool2d, max_pool3d, mean_pool1d, mean_pool2d, mean_pool3d
from .softmax import log_softmax, softmax

__all__ = [
    "accuracy",
    "bce",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "dropout",
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
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
]
