"""The affine map of a layer."""

from typing import Any

import numpy as np

import knetpy.kernels as kernels
from knetpy.autograd import primitive
from knetpy.kernels.onednn_matmul import matmul
from knetpy.kernels.reference import bias_relu_dx

from .shared import Shared, recorded

__all__ = ["linear", "linear_relu"]


def linear_dw(dy: Any, y: Any, x: Any, weight: Any, bias: Any = None) -> Any:
    if x.ndim != 2:
        x, dy = x.reshape(-1, len(weight)), dy.reshape(-1, weight.shape[1])
    return matmul(x.T, dy)


def linear_mismatch(x: Any, weight: Any, bias: Any) -> ValueError:
    given = "" if bias is None else f", bias {np.shape(bias)}"
    return ValueError(
        "linear needs x (..., in), weight (in, out) and bias (out,), "
        f"got x {np.shape(x)}, weight {np.shape(weight)}{given}; "
        "flatten images with x.reshape(len(x), -1), and transpose weights that are (out, in)"
    )


@primitive(
    rules=[
        lambda dy, y, x, weight, bias=None: matmul(dy, weight.T),
        linear_dw,
        lambda dy, y, x, weight, bias=None: dy if recorded(dy) else kernels.sum_rows(dy),
    ]
)
def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """The affine map of a layer: y = x @ weight + bias.

    Shapes:  x (..., in), weight (in, out), bias (out,); returns (..., out)
    Raises:  ValueError if the shapes do not fit
    Source:  Knet.jl docs; PyTorch's weight is transposed

    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.array([0.5]))
    array([[11.5]])
    """
    shape = weight.shape
    if len(shape) != 2 or x.shape[-1:] != shape[:1] or bias is not None and bias.shape != shape[1:]:
        raise linear_mismatch(x, weight, bias)
    y = matmul(x, weight)
    if bias is not None:
        y = np.add(y, bias, out=y) if y.dtype == bias.dtype else y + bias
    return y


def biased_relu(dy: Any, y: Any, of: Shared) -> Any:
    """The pair of gradients of relu(z + bias) for z and for the bias."""
    return of(dy, bias_relu_dx if recorded(dy, y) else kernels.bias_relu_dx, y)


@primitive(
    rules=[
        lambda dy, y, x, weight, bias, *, of: matmul(biased_relu(dy, y, of)[0], weight.T),
        lambda dy, y, x, weight, bias, *, of: linear_dw(biased_relu(dy, y, of)[0], y, x, weight),
        lambda dy, y, x, weight, bias, *, of: biased_relu(dy, y, of)[1],
    ]
)
def linear_relu(x: Any, weight: Any, bias: Any, *, of: Shared) -> Any:
    """relu(linear(x, weight, bias)) as one operation.

    >>> x, weight = np.array([[1.0, 2.0]]), np.array([[3.0, -3.0], [4.0, 1.0]])
    >>> linear_relu(x, weight, np.zeros(2), of=Shared())
    array([[11.,  0.]])
    """
    shape = weight.shape
    if len(shape) != 2 or x.shape[-1:] != shape[:1] or bias.shape != shape[1:]:
        raise linear_mismatch(x, weight, bias)
    return kernels.bias_relu(matmul(x, weight), bias)
