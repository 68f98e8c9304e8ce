"""Layers: callable objects that hold their arrays, and the initialisers of those arrays.

A layer needs no base class; `Layer` adds a readable repr and a few short cuts.
"""

from . import init
from .attention import MultiHeadAttention
from .chain import Chain
from .combine import Add, Identity, Lambda, Mul
from .conv import Conv1d, Conv2d, Conv3d
from .conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .dropout import Dropout
from .embedding import Embedding
from .flatten import Flatten
from .init import (
    bilinear,
    constant,
    he_normal,
    he_uniform,
    normal,
    ones,
    orthogonal,
    truncated_normal,
    uniform,
    xavier_normal,
    xavier_uniform,
    zeros,
)
from .layer import Layer
from .linear import Linear
from .norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm
from .pool import (
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    MeanPool1d,
    MeanPool2d,
    MeanPool3d,
    Unpool,
)
from .positions import PositionalEmbedding, PositionalEncoding
from .recurrent import GRU, LSTM, RNN
from .resize import Interpolate, PixelShuffle, PixelUnshuffle, ZeroPad
from .summary import summary
from .transformer import TransformerDecoderLayer, TransformerEncoderLayer

__all__ = [
    "Add",
    "BatchNorm",
    "Chain",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRU",
    "GroupNorm",
    "Identity",
    "InstanceNorm",
    "Interpolate",
    "LSTM",
    "Lambda",
    "Layer",
    "LayerNorm",
    "Linear",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MeanPool1d",
    "MeanPool2d",
    "MeanPool3d",
    "Mul",
    "MultiHeadAttention",
    "PixelShuffle",
    "PixelUnshuffle",
    "PositionalEmbedding",
    "PositionalEncoding",
    "RMSNorm",
    "RNN",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
    "Unpool",
    "ZeroPad",
    "bilinear",
    "constant",
    "he_normal",
    "he_uniform",
    "init",
    "normal",
    "ones",
    "orthogonal",
    "summary",
    "truncated_normal",
    "uniform",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]
