"""Sequences into ten classes by a GRU: 32 features, 128 hidden, time 100, batch 64, Adam."""

import numpy as np

from benchmarks.training import (
    OF_KNETPY,
    SETTINGS,
    drawn,
    jax_adam,
    jax_nll,
    jax_step,
    knetpy_step,
    torch_step,
)

FEATURES, HIDDEN, TIME, SIZE = 32, 128, 100, 64
TARGET, KNETPY, TORCH = 0.90, OF_KNETPY, SETTINGS
PRODUCTS = TIME * (2 * FEATURES + 3 * HIDDEN) - HIDDEN  # x, the first state need no gradient
FLOP = 2 * SIZE * 3 * HIDDEN * (PRODUCTS + 10)
WEIGHTS = drawn((FEATURES, 3 * HIDDEN), (HIDDEN, 3 * HIDDEN), (HIDDEN, 10))

rng = np.random.default_rng(0)
BATCH = rng.standard_normal((TIME, SIZE, FEATURES), "float32"), rng.integers(0, 10, SIZE)


def knetpy(*settings):
    from knetpy import ops
    from knetpy.nn import GRU, Chain, Linear
    from knetpy.optim import Adam

    model = Chain(GRU(FEATURES, HIDDEN), lambda y: y[-1], Linear(HIDDEN, 10))
    return knetpy_step(ops.nll, model, WEIGHTS, BATCH, Adam(), settings)


def torch(*settings):
    from torch import nn
    from torch.optim import Adam

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(FEATURES, HIDDEN)
            self.output = nn.Linear(HIDDEN, 10)

        def forward(self, x):
            return self.output(self.gru(x)[0][-1])

    return torch_step(nn.functional.cross_entropy, Model(), WEIGHTS, BATCH, Adam, settings)


def jax():
    import jax
    import jax.numpy as jnp

    def loss(weights, biases, x, labels):
        w, r, output = weights
        z = x @ w + biases[0]

        def advance(h, z):
            (xr, xz, xn), (hr, hz, hn) = (jnp.split(a, 3, axis=1) for a in (z, h @ r + biases[1]))
            new, old = jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn), jax.nn.sigmoid(xz + hz)
            return (1 - old) * new + old * h, None

        h, _ = jax.lax.scan(advance, jnp.zeros((SIZE, HIDDEN)), z)
        return jax_nll(h @ output + biases[2], labels)

    biases = [jnp.zeros(n) for n in (3 * HIDDEN, 3 * HIDDEN, 10)]
    return jax_step(loss, WEIGHTS, biases, BATCH, jax_adam())
