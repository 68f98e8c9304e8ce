"""The LeNet of the README on images 28 by 28, batch 100, Adam."""

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

KERNELS = 20 * 25 * 24 * 24, 50 * 20 * 25 * 8 * 8
TARGET = 0.80
FLOP = 2 * 100 * (2 * KERNELS[0] + 3 * (KERNELS[1] + 800 * 500 + 500 * 10))
KNETPY, TORCH = OF_KNETPY, OF_IMAGES

rng = np.random.default_rng(0)
BATCH = rng.random((100, 1, 28, 28), "float32"), rng.integers(0, 10, 100)
WEIGHTS = drawn((20, 1, 5, 5), (50, 20, 5, 5), (800, 500), (500, 10))


def knetpy(*settings):
    from knetpy import ops
    from knetpy.nn import Chain, Conv2d, Flatten, Linear, MaxPool2d
    from knetpy.optim import Adam

    # fmt: off
    lenet = Chain(
        Conv2d(1, 20, 5, ops.relu), MaxPool2d(2),
        Conv2d(20, 50, 5, ops.relu), MaxPool2d(2), Flatten(),
        Linear(800, 500, ops.relu), Linear(500, 10),
    )
    # fmt: on
    return knetpy_step(ops.nll, lenet, WEIGHTS, BATCH, Adam(), settings)


def torch(*settings):
    from torch.nn import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
    from torch.nn.functional import cross_entropy
    from torch.optim import Adam

    # fmt: off
    lenet = Sequential(
        Conv2d(1, 20, 5), ReLU(), MaxPool2d(2),
        Conv2d(20, 50, 5), ReLU(), MaxPool2d(2), Flatten(),
        Linear(800, 500), ReLU(), Linear(500, 10),
    )
    # fmt: on
    return torch_step(cross_entropy, lenet, WEIGHTS, BATCH, Adam, settings)


def jax():
    import jax
    import jax.numpy as jnp

    def loss(weights, biases, x, labels):
        for w, b in zip(weights[:2], biases[:2], strict=True):
            x = jax.lax.conv(x, w, (1, 1), "VALID") + b[:, None, None]
            x = jax_max_pool(jax.nn.relu(x))
        x = x.reshape(len(x), -1)
        x = jax.nn.relu(x @ weights[2] + biases[2])
        return jax_nll(x @ weights[3] + biases[3], labels)

    biases = [jnp.zeros(n) for n in (20, 50, 500, 10)]
    return jax_step(loss, WEIGHTS, biases, BATCH, jax_adam())


def jax_max_pool(x):
    import jax
    import jax.numpy as jnp

    window = (1, 1, 2, 2)
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")
