"""Layers: callable objects that hold their arrays, and the initialisers of those arrays.

A layer needs no base class; `Layer` adds a readable repr and a few short cuts.
"""

from . import init
from .chain import Chain
from .conv import Conv2d, MaxPool2d
from .dropout import Dropout
from .flatten import Flatten
from .init import (
    constant,
    he_normal,
    he_uniform,
    normal,
    ones,
    uniform,
    xavier_normal,
    xavier_uniform,
    zeros,
)
from .layer import Layer
from .linear import Linear

__all__ = [
    "Chain",
    "Conv2d",
    "Dropout",
    "Flatten",
    "Layer",
    "Linear",
    "MaxPool2d",
    "constant",
    "he_normal",
    "he_uniform",
    "init",
    "normal",
    "ones",
    "uniform",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]
