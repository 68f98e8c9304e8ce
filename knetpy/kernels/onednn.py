"""Kernels of oneDNN for NumPy's float32 arrays; whatever it refuses goes to the reference.

Each gives the reference's numbers to rounding.  How it works: onednn_library.py finds the
library, onednn_primitives.py compiles and calls, and the other files say what is computed.
"""

from typing import Any

import numpy as np

from .onednn_conv import conv, conv_dw, conv_dx, over_pixels
from .onednn_library import library
from .onednn_norm import norm, norm_back, norm_relu
from .onednn_pool import max_pool, max_pool_dx, mean_pool, mean_pool_dx
from .onednn_recurrent import recurrent
from .onednn_softmax import LARGE, log_softmax_dx, sigmoid, softmax, softmax_dx

__all__ = [
    "conv",
    "conv_dw",
    "conv_dx",
    "log_softmax_dx",
    "max_pool",
    "max_pool_dx",
    "mean_pool",
    "mean_pool_dx",
    "norm",
    "norm_back",
    "norm_relu",
    "over_pixels",
    "recurrent",
    "sigmoid",
    "softmax",
    "softmax_dx",
    "takes",
]

OURS = frozenset(__all__)
LEAST = dict.fromkeys(("sigmoid", "softmax", "softmax_dx", "log_softmax_dx"), LARGE)
FLOAT32 = np.dtype(np.float32)


def takes(name: str, x: Any) -> bool:
    """Whether oneDNN is there, and good at this operation on such an array."""
    ours = name in OURS and type(x) is np.ndarray and x.dtype == FLOAT32
    return ours and x.size >= LEAST.get(name, 0) and library() is not None
