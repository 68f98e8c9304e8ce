"""Record PyTorch's functions: python tests/golden/record_ops.py writes ops_recorded.npz.

Of each case: the options (JSON, in knetpy's words), the inputs, the result, the gradient `dy`
that was put in, and the gradients of the floating-point inputs; all in float64.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(7)


def normal(*shape):
    return rng.standard_normal(shape)


def labels(classes, *shape):
    return rng.integers(0, classes, shape)


def conv2d(x, w, b=None, flip=False, **options):
    return F.conv2d(x, w.flip(2, 3) if flip else w, b, **options)


def max_pool2d(x, window=2, ceil=False, **options):
    return F.max_pool2d(x, window, ceil_mode=ceil, **options)


def mean_pool2d(x, window=2, ceil=False, count_padding=True, **options):
    return F.avg_pool2d(x, window, ceil_mode=ceil, count_include_pad=count_padding, **options)


def nll(scores, ids, axis=-1, ignore=-100, weight=None, smoothing=0.0):
    return F.cross_entropy(
        scores.movedim(axis, 1),
        ids,
        weight=None if weight is None else torch.tensor(weight, dtype=scores.dtype),
        ignore_index=ignore,
        label_smoothing=smoothing,
    )


def linear(x, w, b=None):
    return F.linear(x, w.T, b)


# fmt: off
CASES = [
    (conv2d, [normal(2, 3, 7, 6), normal(4, 3, 3, 3), normal(4)], {}),
    (conv2d, [normal(2, 3, 7, 6), normal(4, 3, 3, 3)], {}),
    (conv2d, [normal(2, 3, 7, 6), normal(4, 3, 2, 3), normal(4)], {"stride": 2}),
    (conv2d, [normal(2, 3, 7, 6), normal(4, 3, 3, 2), normal(4)], {"stride": [3, 2]}),
    (conv2d, [normal(2, 3, 7, 6), normal(4, 3, 3, 3), normal(4)], {"padding": 1}),
    (conv2d, [normal(2, 3, 7, 6), normal(4, 3, 3, 5), normal(4)], {"padding": [0, 2]}),
    (conv2d, [normal(2, 3, 4, 5), normal(4, 3, 2, 2), normal(4)], {"padding": [5, 3], "stride": 2}),
    (conv2d, [normal(2, 3, 7, 6), normal(4, 3, 3, 3), normal(4)], {"dilation": 2}),
    (conv2d, [normal(2, 3, 7, 6), normal(4, 3, 2, 3), normal(4)],
     {"dilation": [3, 1], "padding": [1, 2], "stride": [2, 1]}),
    (conv2d, [normal(2, 4, 7, 6), normal(6, 2, 3, 3), normal(6)], {"groups": 2}),
    (conv2d, [normal(2, 4, 7, 6), normal(8, 1, 3, 2), normal(8)], {"groups": 4, "padding": 1}),
    (conv2d, [normal(2, 10, 6, 7), normal(6, 5, 3, 3), normal(6)],
     {"groups": 2, "stride": [1, 2], "padding": [2, 1], "dilation": [2, 1]}),
    (conv2d, [normal(2, 3, 7, 6), normal(4, 3, 3, 2), normal(4)], {"flip": True}),
    (conv2d, [normal(2, 6, 7, 6), normal(4, 3, 3, 2), normal(4)],
     {"flip": True, "groups": 2, "stride": 2, "padding": 1}),
    (conv2d, [normal(2, 5, 4, 3), normal(4, 5, 1, 1), normal(4)], {}),
    (conv2d, [normal(2, 5, 4, 5), normal(4, 5, 1, 1), normal(4)], {"stride": 2}),
    (conv2d, [normal(1, 1, 1, 9), normal(1, 1, 1, 3), normal(1)], {}),
    (conv2d, [normal(3, 6, 5, 5), normal(2, 6, 5, 5), normal(2)], {}),
    (max_pool2d, [normal(2, 3, 6, 8)], {}),
    (max_pool2d, [normal(2, 3, 7, 8)], {"window": [2, 3]}),
    (max_pool2d, [normal(2, 3, 7, 8)], {"window": 3, "stride": 1}),
    (max_pool2d, [normal(2, 3, 7, 8)], {"window": 3, "stride": [2, 3], "padding": 1}),
    (max_pool2d, [normal(2, 3, 7, 8)], {"window": [2, 3], "stride": 2, "padding": [1, 0]}),
    (max_pool2d, [normal(2, 3, 9, 8)], {"window": 3, "dilation": 2, "stride": 1}),
    (max_pool2d, [normal(2, 3, 9, 8)],
     {"window": 2, "dilation": [3, 1], "stride": 2, "padding": 1}),
    (max_pool2d, [normal(2, 3, 7, 8)], {"window": 3, "ceil": True}),
    (max_pool2d, [normal(2, 3, 7, 8)], {"window": 2, "stride": 3, "padding": 1, "ceil": True}),
    (max_pool2d, [normal(1, 1, 1, 1)], {"window": 1}),
    (mean_pool2d, [normal(2, 3, 6, 8)], {}),
    (mean_pool2d, [normal(2, 3, 7, 8)], {"window": [3, 2], "stride": 1}),
    (mean_pool2d, [normal(2, 3, 7, 8)], {"window": 3, "padding": 1}),
    (mean_pool2d, [normal(2, 3, 7, 8)], {"window": 3, "padding": 1, "count_padding": False}),
    (mean_pool2d, [normal(2, 3, 7, 8)],
     {"window": 3, "stride": 2, "padding": [1, 0], "ceil": True}),
    (mean_pool2d, [normal(2, 3, 7, 8)], {"window": [2, 3], "stride": [2, 3], "padding": 1,
                                         "ceil": True, "count_padding": False}),
    (mean_pool2d, [normal(2, 3, 7, 8)], {"window": 3, "ceil": True}),
    (nll, [normal(5, 4), labels(4, 5)], {}),
    (nll, [normal(5, 4), labels(4, 5)], {"weight": [0.5, 2.0, 1.0, 0.0]}),
    (nll, [normal(5, 4), labels(4, 5)], {"smoothing": 0.1}),
    (nll, [normal(5, 4), np.array([0, 3, 1, 3, 2])], {"ignore": 3}),
    (nll, [normal(5, 4), np.array([0, -1, 1, -1, 2])], {"ignore": -1, "smoothing": 0.2}),
    (nll, [normal(5, 4), np.array([0, 9, 1, 9, 2])],
     {"ignore": 9, "smoothing": 0.3, "weight": [0.5, 2.0, 1.0, 3.0]}),
    (nll, [normal(5, 4, 2, 3), labels(4, 5, 2, 3)], {"axis": 1}),
    (nll, [normal(5, 2, 4), np.array([[0, 9], [2, 3], [9, 1], [0, 0], [3, 9]])],
     {"axis": 2, "ignore": 9, "weight": [0.5, 2.0, 1.0, 3.0]}),
    (nll, [100 * normal(5, 4), labels(4, 5)], {}),
    (F.binary_cross_entropy_with_logits, [normal(3, 4), labels(2, 3, 4).astype(float)], {}),
    (F.binary_cross_entropy_with_logits, [100 * normal(6), rng.random(6)], {}),
    (F.mse_loss, [normal(3, 4), normal(3, 4)], {}),
    (linear, [normal(5, 3), normal(3, 4), normal(4)], {}),
    (linear, [normal(5, 3), normal(3, 4)], {}),
    (linear, [normal(2, 5, 3), normal(3, 4), normal(4)], {}),
    (linear, [normal(3), normal(3, 4), normal(4)], {}),
    (torch.relu, [normal(3, 4)], {}),
    (torch.sigmoid, [10 * normal(3, 4)], {}),
    (torch.tanh, [normal(3, 4)], {}),
    (torch.softmax, [10 * normal(3, 4)], {"axis": -1}),
    (torch.softmax, [10 * normal(3, 4)], {"axis": 0}),
    (torch.log_softmax, [10 * normal(3, 4)], {"axis": -1}),
    (torch.log_softmax, [10 * normal(2, 3, 4)], {"axis": 1}),
]
# fmt: on
OURS = {"binary_cross_entropy_with_logits": "bce", "mse_loss": "mse"}
THEIRS = {"axis": "dim"}


def record(f, inputs, options):
    """The arrays of one case."""
    tensors = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    if f is nll:
        y = f(*tensors, **options)
    else:
        y = f(*tensors, **{THEIRS.get(name, name): x for name, x in options.items()})
    dy = torch.tensor(normal(*y.shape))
    y.backward(dy)
    case = {"options": json.dumps(options), "y": y.detach().numpy(), "dy": dy.numpy()}
    case |= {f"input{k}": x for k, x in enumerate(inputs)}
    return case | {f"grad{k}": t.grad.numpy() for k, t in enumerate(tensors) if t.grad is not None}


if __name__ == "__main__":
    arrays = {}
    for k, (f, inputs, options) in enumerate(CASES):
        name = OURS.get(f.__name__, f.__name__)
        case = record(f, inputs, options)
        arrays |= {f"{name}/{k}/{part}": np.asarray(x) for part, x in case.items()}
    np.savez_compressed(Path(__file__).with_name("ops_recorded.npz"), **arrays)
