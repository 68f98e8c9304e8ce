"""3 times (convolution 3x3, batch norm, relu, max pooling), 32-64-128 channels on 32 by 32 pixels.

Batch 64, Adam, as in the networks of Simonyan and Zisserman 2015.
"""

from itertools import pairwise

import numpy as np

from benchmarks.training import (
    OF_IMAGES,
    OF_KNETPY,
    drawn,
    jax_adam,
    jax_nll,
    jax_step,
    knetpy_step,
    torch_step,
)

from .lenet import jax_max_pool

CHANNELS, BATCH_SIZE = (3, 32, 64, 128), 64
SHAPES = [(o, i, 3, 3) for i, o in pairwise(CHANNELS)]
KERNELS = [
    9 * i * o * size**2 for (i, o), size in zip(pairwise(CHANNELS), (32, 16, 8), strict=True)
]
TARGET = 0.95
FLOP = 2 * BATCH_SIZE * (3 * sum(KERNELS) - KERNELS[0] + 3 * 2048 * 10)
KNETPY, TORCH = OF_KNETPY, OF_IMAGES
CHECKED = 4  # steps; batch norm under Adam soon makes rounding visible

rng = np.random.default_rng(0)
BATCH = rng.standard_normal((64, 3, 32, 32), "float32"), rng.integers(0, 10, 64)
WEIGHTS = drawn(*SHAPES, (2048, 10))


def knetpy(*settings):
    from knetpy import ops
    from knetpy.nn import BatchNorm, Chain, Conv2d, Flatten, Linear, MaxPool2d
    from knetpy.optim import Adam

    def block(i, o):
        conv = Conv2d(i, o, 3, padding=1, bias=False)
        return conv, BatchNorm(o, ops.relu), MaxPool2d(2)

    layers = [layer for i, o in pairwise(CHANNELS) for layer in block(i, o)]
    vgg = Chain(*layers, Flatten(), Linear(2048, 10))
    return knetpy_step(ops.nll, vgg, WEIGHTS, BATCH, Adam(), settings)


def torch(*settings):
    from torch.nn import BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
    from torch.nn.functional import cross_entropy
    from torch.optim import Adam

    def block(i, o):
        conv = Conv2d(i, o, 3, padding=1, bias=False)
        return conv, BatchNorm2d(o), ReLU(inplace=True), MaxPool2d(2)

    layers = [layer for i, o in pairwise(CHANNELS) for layer in block(i, o)]
    vgg = Sequential(*layers, Flatten(), Linear(2048, 10))
    return torch_step(cross_entropy, vgg, WEIGHTS, BATCH, Adam, settings)


def jax():
    import jax
    import jax.numpy as jnp

    def normed(x, scale, shift):
        mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
        x = (x - mean) * jax.lax.rsqrt(var + 1e-5)
        return x * scale[:, None, None] + shift[:, None, None]

    def loss(weights, norms, x, labels):
        *scales_and_shifts, bias = norms
        for w, norm in zip(weights[:3], scales_and_shifts, strict=True):
            x = normed(jax.lax.conv(x, w, (1, 1), "SAME"), *norm)
            x = jax_max_pool(jax.nn.relu(x))
        return jax_nll(x.reshape(len(x), -1) @ weights[3] + bias, labels)

    norms = [*((jnp.ones(n), jnp.zeros(n)) for n in CHANNELS[1:]), jnp.zeros(10)]
    return jax_step(loss, WEIGHTS, norms, BATCH, jax_adam())
