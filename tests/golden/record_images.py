"""Record PyTorch on images: python tests/golden/record_images.py writes images_recorded.npz.

Of each case: the options (JSON, in knetpy's words), the inputs, the result, the gradient `dy`
that was put in, and the gradients of the inputs; all in float64.  Of batch norm in training also
the running statistics afterwards.
"""

import json
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(11)
MEAN, VAR = (0.3, -0.2, 1.5, 0.0), (1.2, 0.4, 2.0, 0.9)  # of four channels, before


def normal(*shape):
    return rng.standard_normal(shape)


def ends(padding, axes):
    """A pair (before, after) for each axis."""
    padding = [padding] * axes if isinstance(padding, int) else padding
    return [(p, p) if isinstance(p, int) else p for p in padding]


def padded(x, padding, axes, fill=0.0):
    flat = [n for pair in reversed(ends(padding, axes)) for n in pair]
    return F.pad(x, flat, value=fill)


def flipped(w):
    return w.flip(*range(2, w.ndim))


def conv(axes, x, w, b=None, padding=0, flip=False, **options):
    f = getattr(F, f"conv{axes}d")
    if padding == "same":
        return f(x, w, b, padding=padding, **options)
    return f(padded(x, padding, axes), flipped(w) if flip else w, b, **options)


def conv_transpose(axes, x, w, b=None, flip=False, padding=0, **options):
    f = getattr(F, f"conv_transpose{axes}d")
    y = f(x, flipped(w) if flip else w, b, **options)
    cuts = zip(ends(padding, axes), y.shape[2:], strict=True)
    return y[(..., *(slice(p, n - q) for (p, q), n in cuts))]


def max_pool(axes, x, window=2, padding=0, ceil=False, **options):
    f = getattr(F, f"max_pool{axes}d")
    if isinstance(padding, int):
        return f(x, window or x.shape[2:], padding=padding, ceil_mode=ceil, **options)
    return f(padded(x, padding, axes, -np.inf), window, ceil_mode=ceil, **options)


def mean_pool(axes, x, window=2, padding=0, ceil=False, count_padding=True, **options):
    f = partial(getattr(F, f"avg_pool{axes}d"), kernel_size=window or x.shape[2:], **options)
    if isinstance(padding, int):
        return f(x, padding=padding, ceil_mode=ceil, count_include_pad=count_padding)
    y, seen = f(padded(x, padding, axes)), f(padded(torch.ones_like(x), padding, axes))
    return y if count_padding else y / seen


def batch_norm(x, w=None, b=None, **options):
    mean, var = torch.tensor(MEAN, dtype=x.dtype), torch.tensor(VAR, dtype=x.dtype)
    y = F.batch_norm(x, mean, var, w, b, **options)
    y.running = mean.numpy(), var.numpy()
    return y


def layer_norm(x, w=None, b=None, axes=-1, **options):
    axes = [axes] if isinstance(axes, int) else axes
    last = list(range(-len(axes), 0))
    moved = x.movedim(axes, last)
    y = F.layer_norm(moved, moved.shape[-len(axes) :], w, b, **options)
    return y.movedim(last, axes)


def rms_norm(x, w=None, axes=-1, **options):
    axes = [axes] if isinstance(axes, int) else axes
    return F.rms_norm(x, x.shape[-len(axes) :], w, **options)


def group_norm(x, w=None, b=None, groups=1, **options):
    return F.group_norm(x, groups, w, b, **options)


def instance_norm(x, w=None, b=None, **options):
    return F.instance_norm(x, None, None, w, b, **options)


def interpolate(x, size=None, scale=None, mode="nearest", align_corners=False):
    mode = {"linear": {3: "linear", 4: "bilinear", 5: "trilinear"}[x.ndim]}.get(mode, mode)
    corners = None if mode in ("nearest", "area") else align_corners
    return F.interpolate(x, size, scale, mode, corners)


# fmt: off
CASES = [
    (conv, 1, [normal(2, 3, 9), normal(4, 3, 3), normal(4)], {}),
    (conv, 1, [normal(2, 4, 9), normal(6, 2, 3), normal(6)],
     {"groups": 2, "dilation": 2, "padding": [[3, 1]], "stride": 2}),
    (conv, 1, [normal(2, 6, 9), normal(6, 6, 4)], {"padding": "same", "dilation": 2}),
    (conv, 1, [normal(2, 6, 9), normal(6, 1, 3), normal(6)], {"groups": 6, "flip": True}),
    (conv, 2, [normal(2, 3, 7, 6), normal(4, 3, 3, 3), normal(4)], {"padding": [[1, 0], [0, 2]]}),
    (conv, 2, [normal(2, 8, 6, 7), normal(6, 4, 3, 2), normal(6)],
     {"padding": [2, [0, 1]], "stride": [1, 2], "groups": 2, "dilation": [2, 1]}),
    (conv, 2, [normal(2, 5, 6, 7), normal(3, 5, 4, 3), normal(3)], {"padding": "same"}),
    (conv, 3, [normal(2, 3, 4, 5, 4), normal(4, 3, 2, 3, 2), normal(4)], {}),
    (conv, 3, [normal(2, 4, 5, 4, 5), normal(4, 2, 2, 2, 3), normal(4)],
     {"groups": 2, "stride": [2, 1, 2], "padding": [[0, 1], 1, [2, 0]], "dilation": [2, 1, 1]}),
    (conv, 3, [normal(1, 5, 3, 4, 3), normal(2, 5, 2, 2, 2)], {"flip": True, "padding": 1}),
    (conv, 3, [normal(1, 5, 3, 4, 3), normal(2, 5, 2, 3, 1)], {"padding": "same"}),
    (conv_transpose, 1, [normal(2, 3, 5), normal(3, 4, 3), normal(4)], {}),
    (conv_transpose, 1, [normal(2, 4, 5), normal(4, 3, 3), normal(6)],
     {"stride": 3, "groups": 2, "output_padding": 2, "padding": 1}),
    (conv_transpose, 1, [normal(2, 4, 5), normal(4, 5, 3)],
     {"stride": 2, "dilation": 3, "output_padding": 2, "padding": [[2, 1]]}),
    (conv_transpose, 2, [normal(2, 3, 4, 3), normal(3, 4, 3, 2), normal(4)], {}),
    (conv_transpose, 2, [normal(2, 6, 4, 3), normal(6, 2, 3, 3), normal(4)],
     {"groups": 2, "stride": 2, "padding": 1, "output_padding": [1, 0]}),
    (conv_transpose, 2, [normal(2, 6, 4, 3), normal(6, 5, 3, 2)],
     {"stride": [1, 2], "dilation": 2, "padding": [[1, 0], 2], "output_padding": [0, 1]}),
    (conv_transpose, 2, [normal(2, 3, 4, 3), normal(3, 4, 3, 2), normal(4)], {"flip": True}),
    (conv_transpose, 2, [normal(2, 5, 4, 3), normal(5, 6, 1, 1), normal(6)], {}),
    (conv_transpose, 3, [normal(1, 3, 2, 3, 2), normal(3, 4, 2, 2, 3), normal(4)], {}),
    (conv_transpose, 3, [normal(1, 4, 2, 3, 2), normal(4, 5, 2, 2, 3), normal(10)],
     {"groups": 2, "stride": 2, "output_padding": 1, "padding": [0, 1, [1, 0]]}),
    (conv_transpose, 3, [normal(1, 4, 2, 3, 2), normal(4, 5, 2, 1, 2)],
     {"dilation": [1, 2, 3], "stride": [3, 1, 2]}),
    (max_pool, 1, [normal(2, 3, 9)], {}),
    (max_pool, 1, [normal(2, 3, 9)], {"window": 3, "stride": 2, "padding": 1, "ceil": True}),
    (max_pool, 1, [normal(2, 3, 9)], {"window": 3, "dilation": 2, "padding": [[2, 0]]}),
    (max_pool, 2, [normal(2, 3, 7, 6)], {"window": 3, "stride": 2, "padding": [[1, 0], [0, 2]]}),
    (max_pool, 2, [normal(2, 3, 7, 6)], {"window": None}),
    (max_pool, 3, [normal(2, 2, 4, 5, 6)], {}),
    (max_pool, 3, [normal(2, 2, 4, 5, 6)],
     {"window": [2, 3, 2], "stride": [1, 2, 3], "padding": 1, "ceil": True}),
    (max_pool, 3, [normal(2, 2, 4, 5, 6)], {"window": None}),
    (mean_pool, 1, [normal(2, 3, 9)], {}),
    (mean_pool, 1, [normal(2, 3, 9)], {"window": 3, "stride": 2, "padding": 1, "ceil": True}),
    (mean_pool, 1, [normal(2, 3, 9)],
     {"window": 3, "stride": 2, "padding": 1, "ceil": True, "count_padding": False}),
    (mean_pool, 2, [normal(2, 3, 7, 6)], {"window": 3, "stride": 2, "padding": [[1, 0], [0, 2]]}),
    (mean_pool, 2, [normal(2, 3, 7, 6)],
     {"window": 3, "stride": 2, "padding": [[1, 0], [0, 2]], "count_padding": False}),
    (mean_pool, 2, [normal(2, 3, 7, 6)], {"window": None}),
    (mean_pool, 3, [normal(2, 2, 4, 5, 6)], {}),
    (mean_pool, 3, [normal(2, 2, 4, 5, 6)],
     {"window": [2, 3, 2], "stride": [1, 2, 3], "padding": 1, "count_padding": False}),
    (mean_pool, 3, [normal(2, 2, 4, 5, 6)], {"window": None}),
    (batch_norm, None, [normal(5, 4), normal(4), normal(4)], {"training": True}),
    (batch_norm, None, [normal(5, 4)], {"training": True, "momentum": 0.3, "eps": 0.1}),
    (batch_norm, None, [3 + 2 * normal(3, 4, 5), normal(4), normal(4)], {"training": True}),
    (batch_norm, None, [3 + 2 * normal(2, 4, 3, 2), normal(4), normal(4)], {"training": True}),
    (batch_norm, None, [normal(2, 4, 3, 2, 2), normal(4)], {"training": True}),
    (batch_norm, None, [normal(5, 4), normal(4), normal(4)], {"training": False}),
    (batch_norm, None, [normal(2, 4, 3, 2)], {"training": False, "eps": 0.1}),
    (batch_norm, None, [normal(2, 4, 3, 2), normal(4), normal(4)], {"training": False}),
    (layer_norm, None, [normal(5, 4), normal(4), normal(4)], {}),
    (layer_norm, None, [normal(2, 3, 4)], {"eps": 0.1}),
    (layer_norm, None, [normal(2, 3, 4), normal(3, 4), normal(3, 4)], {"axes": [-2, -1]}),
    (layer_norm, None, [normal(2, 3, 4, 2), normal(3), normal(3)], {"axes": 1}),
    (layer_norm, None, [normal(2, 3, 4, 2), normal(3, 2)], {"axes": [1, 3]}),
    (rms_norm, None, [normal(5, 4), normal(4)], {"eps": 1e-5}),
    (rms_norm, None, [normal(2, 3, 4)], {"eps": 0.1}),
    (rms_norm, None, [normal(2, 3, 4), normal(3, 4)], {"eps": 1e-6, "axes": [-2, -1]}),
    (group_norm, None, [normal(2, 6, 3), normal(6), normal(6)], {"groups": 2}),
    (group_norm, None, [normal(2, 6, 3, 2), normal(6), normal(6)], {"groups": 3, "eps": 0.1}),
    (group_norm, None, [normal(3, 6)], {"groups": 1}),
    (group_norm, None, [normal(2, 4, 3, 2, 2), normal(4)], {"groups": 4}),
    (instance_norm, None, [normal(2, 3, 5), normal(3), normal(3)], {}),
    (instance_norm, None, [normal(2, 3, 4, 3)], {"eps": 0.1}),
    (instance_norm, None, [normal(2, 3, 2, 3, 2), normal(3), normal(3)], {}),
    (interpolate, None, [normal(2, 3, 5)], {"size": 8}),
    (interpolate, None, [normal(2, 3, 5)], {"scale": 3}),
    (interpolate, None, [normal(2, 3, 5, 7)], {"size": [3, 10]}),
    (interpolate, None, [normal(2, 3, 5, 7)], {"scale": [0.5, 1.7]}),
    (interpolate, None, [normal(1, 2, 3, 2, 4)], {"scale": 2}),
    (interpolate, None, [normal(2, 3, 5)], {"size": 8, "mode": "linear"}),
    (interpolate, None, [normal(2, 3, 5)], {"size": 8, "mode": "linear", "align_corners": True}),
    (interpolate, None, [normal(2, 3, 9)], {"scale": 0.4, "mode": "linear"}),
    (interpolate, None, [normal(2, 3, 5, 7)], {"scale": 2, "mode": "linear"}),
    (interpolate, None, [normal(2, 3, 5, 7)], {"scale": [1.7, 0.6], "mode": "linear"}),
    (interpolate, None, [normal(2, 3, 5, 7)],
     {"size": [1, 9], "mode": "linear", "align_corners": True}),
    (interpolate, None, [normal(2, 3, 1, 7)],
     {"scale": [3, 1.3], "mode": "linear", "align_corners": True}),
    (interpolate, None, [normal(1, 2, 3, 2, 4)], {"size": [4, 5, 2], "mode": "linear"}),
    (interpolate, None, [normal(1, 2, 3, 2, 4)],
     {"scale": 2, "mode": "linear", "align_corners": True}),
    (interpolate, None, [normal(2, 3, 7)], {"size": 3, "mode": "area"}),
    (interpolate, None, [normal(2, 3, 7, 5)], {"size": [3, 8], "mode": "area"}),
    (interpolate, None, [normal(1, 2, 4, 3, 5)], {"size": 2, "mode": "area"}),
    (F.pixel_shuffle, None, [normal(2, 8, 3, 2)], {"factor": 2}),
    (F.pixel_shuffle, None, [normal(1, 9, 1, 2)], {"factor": 3}),
    (F.pixel_shuffle, None, [normal(1, 3, 2, 2)], {"factor": 1}),
    (F.pixel_unshuffle, None, [normal(2, 3, 4, 6)], {"factor": 2}),
    (F.pixel_unshuffle, None, [normal(1, 1, 3, 6)], {"factor": 3}),
    (F.pixel_unshuffle, None, [normal(1, 2, 3, 2)], {"factor": 1}),
]
# fmt: on


def record(f, inputs, options):
    """The arrays of one case."""
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    given = dict(options)
    factor = [given.pop("factor")] if "factor" in given else []
    y = f(*tensors, *factor, **given)
    dy = torch.tensor(normal(*y.shape))
    y.backward(dy)
    case = {"options": json.dumps(options), "y": y.detach().numpy(), "dy": dy.numpy()}
    case |= {f"input{k}": x for k, x in enumerate(inputs)}
    case |= {f"grad{k}": t.grad.numpy() for k, t in enumerate(tensors)}
    return case | dict(zip(("mean", "var"), getattr(y, "running", ()), strict=False))


if __name__ == "__main__":
    arrays = {}
    for k, (f, axes, inputs, options) in enumerate(CASES):
        name = f.__name__ if axes is None else f"{f.__name__}{axes}d"
        case = record(f if axes is None else partial(f, axes), inputs, options)
        arrays |= {f"{name}/{k}/{part}": np.asarray(x) for part, x in case.items()}
    np.savez_compressed(Path(__file__).with_name("images_recorded.npz"), **arrays)
