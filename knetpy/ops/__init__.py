"""Functions for networks, with gradients of any order: activations, layers as functions, losses.

Images are (batch, channels, height, width); a loss takes unnormalised scores.
"""

from .activations import (
    elu,
    gelu,
    hard_sigmoid,
    hard_swish,
    leaky_relu,
    mish,
    relu,
    selu,
    sigmoid,
    softplus,
    swish,
    tanh,
)
from .attention import attention
from .batch_norm import batch_norm
from .conv import conv1d, conv2d, conv3d
from .conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from .ctc import ctc
from .distances import cosine_loss, cosine_similarity, huber, mae, mse, triplet
from .dropout import dropout
from .embedding import embedding, one_hot
from .flatten import flatten
from .linear import linear
from .losses import bce, hinge, kl_div, logistic, nll
from .metrics import (
    accuracy,
    confusion_matrix,
    evaluate,
    f1,
    perplexity,
    precision,
    recall,
    top_k_accuracy,
)
from .norm import group_norm, instance_norm, layer_norm, rms_norm
from .pad import zero_pad
from .pool import max_pool1d, max_pool2d, max_pool3d, mean_pool1d, mean_pool2d, mean_pool3d
from .recurrent import gru, lstm, rnn
from .resize import interpolate, pixel_shuffle, pixel_unshuffle
from .softmax import log_softmax, logsumexp, softmax
from .unpool import unpool

__all__ = [
    "accuracy",
    "attention",
    "batch_norm",
    "bce",
    "confusion_matrix",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_loss",
    "cosine_similarity",
    "ctc",
    "dropout",
    "elu",
    "embedding",
    "evaluate",
    "f1",
    "flatten",
    "gelu",
    "group_norm",
    "gru",
    "hard_sigmoid",
    "hard_swish",
    "hinge",
    "huber",
    "instance_norm",
    "interpolate",
    "kl_div",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logistic",
    "logsumexp",
    "lstm",
    "mae",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "mean_pool1d",
    "mean_pool2d",
    "mean_pool3d",
    "mish",
    "mse",
    "nll",
    "one_hot",
    "perplexity",
    "pixel_shuffle",
    "pixel_unshuffle",
    "precision",
    "recall",
    "relu",
    "rms_norm",
    "rnn",
    "selu",
    "sigmoid",
    "softmax",
    "softplus",
    "swish",
    "tanh",
    "top_k_accuracy",
    "triplet",
    "unpool",
    "zero_pad",
]
