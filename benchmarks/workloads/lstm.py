"""The next of 256 characters by an LSTM: embed 128, hidden 256, time 64, batch 32, Adam."""

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

VOCABULARY, EMBEDDED, HIDDEN, TIME, BATCH = 256, 128, 256, 64, 32
TARGET, KNETPY, TORCH = 0.90, OF_KNETPY, SETTINGS
PRODUCTS = TIME * (4 * (EMBEDDED + HIDDEN) + VOCABULARY)
FLOP = 2 * BATCH * HIDDEN * (3 * PRODUCTS - 4 * HIDDEN)  # the first state needs no gradient
WEIGHTS = drawn(
    (VOCABULARY, EMBEDDED), (EMBEDDED, 4 * HIDDEN), (HIDDEN, 4 * HIDDEN), (HIDDEN, VOCABULARY)
)


def data(time):
    text = np.random.default_rng(0).integers(0, VOCABULARY, (time + 1, BATCH))
    return text[:-1], text[1:]


def knetpy(*settings, time=TIME):
    from knetpy import ops
    from knetpy.nn import LSTM, Chain, Embedding, Linear
    from knetpy.optim import Adam

    embedding, lstm = Embedding(VOCABULARY, EMBEDDED), LSTM(EMBEDDED, HIDDEN)
    lstm.weights[0].bias[...] = 0
    model = Chain(embedding, lstm, Linear(HIDDEN, VOCABULARY))
    return knetpy_step(ops.nll, model, WEIGHTS, data(time), Adam(), settings)


def torch(*settings, time=TIME):
    from torch import nn
    from torch.optim import Adam

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(VOCABULARY, EMBEDDED)
            self.lstm = nn.LSTM(EMBEDDED, HIDDEN)
            self.lstm.bias_hh_l0.requires_grad_(False)  # it has two, where one is enough
            self.output = nn.Linear(HIDDEN, VOCABULARY)

        def forward(self, ids):
            return self.output(self.lstm(self.embedding(ids))[0])

    def loss(scores, labels):
        return nn.functional.cross_entropy(scores.view(-1, VOCABULARY), labels.view(-1))

    return torch_step(loss, Model(), WEIGHTS, data(time), Adam, settings)


def jax(time=TIME):
    import jax
    import jax.numpy as jnp

    def loss(weights, biases, ids, labels):
        table, w, r, output = weights
        z = table[ids] @ w + biases[0]

        def advance(state, z):
            h, c = state
            i, f, g, o = jnp.split(z + h @ r, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zeros = jnp.zeros((BATCH, HIDDEN))
        _, y = jax.lax.scan(advance, (zeros, zeros), z)
        return jax_nll(y @ output + biases[1], labels)

    biases = jnp.zeros(4 * HIDDEN), jnp.zeros(VOCABULARY)
    return jax_step(loss, WEIGHTS, biases, data(time), jax_adam())
