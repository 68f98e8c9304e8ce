"""A transformer block: 4 heads, width 128, 512 inside, time 128, batch 16, no dropout, Adam."""

import numpy as np

from benchmarks.training import (
    OF_KNETPY,
    SETTINGS,
    drawn,
    jax_adam,
    jax_step,
    knetpy_step,
    torch_step,
)

HEADS, WIDTH, INSIDE, TIME, SIZE = 4, 128, 512, 128, 16
PRODUCTS = 4 * WIDTH**2 + 2 * WIDTH * INSIDE + 2 * TIME * WIDTH
TARGET, KNETPY, TORCH = 0.95, OF_KNETPY, SETTINGS
FLOP = 2 * TIME * SIZE * 3 * (PRODUCTS - WIDTH**2)  # x needs no gradient
WEIGHTS = drawn((WIDTH, 3 * WIDTH), (WIDTH, WIDTH), (WIDTH, INSIDE), (INSIDE, WIDTH))

rng = np.random.default_rng(0)
BATCH = tuple(rng.standard_normal((2, TIME, SIZE, WIDTH), "float32"))
BATCH_FIRST = tuple(np.ascontiguousarray(x.swapaxes(0, 1)) for x in BATCH)


def knetpy(*settings):
    from knetpy import ops
    from knetpy.nn import TransformerEncoderLayer
    from knetpy.optim import Adam

    block = TransformerEncoderLayer(WIDTH, HEADS, INSIDE, dropout=0.0)
    weights = [*np.split(WEIGHTS[0], 3, axis=1), *WEIGHTS[1:]]
    return knetpy_step(ops.mse, block, weights, BATCH, Adam(), settings)


def torch(*settings):
    from torch import nn
    from torch.optim import Adam

    class Block(nn.Module):
        """As nn.TransformerEncoderLayer, without its many questions and its transposes."""

        def __init__(self):
            super().__init__()
            self.qkv, self.output = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.inside, self.outside = nn.Linear(WIDTH, INSIDE), nn.Linear(INSIDE, WIDTH)
            self.norms = nn.ModuleList([nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)])

        def forward(self, x):
            heads = self.qkv(x).view(SIZE, TIME, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
            y = nn.functional.scaled_dot_product_attention(*heads.unbind())
            y = self.output(y.transpose(1, 2).reshape(SIZE, TIME, WIDTH))
            x = self.norms[0](x + y)
            return self.norms[1](x + self.outside(nn.functional.relu(self.inside(x))))

    loss = nn.functional.mse_loss
    return torch_step(loss, Block(), WEIGHTS, BATCH_FIRST, Adam, settings)


def jax():
    import jax
    import jax.numpy as jnp

    def norm(x, scale, shift):
        x = x - x.mean(-1, keepdims=True)
        return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * scale + shift

    def loss(weights, others, x, targets):
        qkv, output, inside, outside = weights
        biases, norms = others
        heads = (x @ qkv + biases[0]).reshape(SIZE, TIME, 3, HEADS, -1)
        y = jax.nn.dot_product_attention(*jnp.moveaxis(heads, 2, 0))
        y = y.reshape(SIZE, TIME, WIDTH) @ output + biases[1]
        x = norm(x + y, *norms[0])
        y = jax.nn.relu(x @ inside + biases[2]) @ outside + biases[3]
        return jnp.mean((norm(x + y, *norms[1]) - targets) ** 2)

    biases = [jnp.zeros(w.shape[1]) for w in WEIGHTS]
    norms = [(jnp.ones(WIDTH), jnp.zeros(WIDTH)) for _ in range(2)]
    return jax_step(loss, WEIGHTS, (biases, norms), BATCH_FIRST, jax_adam())
