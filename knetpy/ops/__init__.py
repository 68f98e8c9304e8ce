"""Functions for networks, with gradients of any order: activations, layers as functions, losses.

Images are (batch, channels, height, width); a loss takes unnormalised scores.
"""

from .activations import relu, sigmoid, tanh
from .conv import conv2d
from .dropout import dropout
from .linear import linear
from .losses import accuracy, bce, mse, nll
from .pool import max_pool2d, mean_pool2d
from .softmax import log_softmax, softmax

__all__ = [
    "accuracy",
    "bce",
    "conv2d",
    "dropout",
    "linear",
    "log_softmax",
    "max_pool2d",
    "mean_pool2d",
    "mse",
    "nll",
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
]
