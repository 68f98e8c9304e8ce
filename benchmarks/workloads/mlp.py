"""A perceptron with one hidden layer, 784-64-10, batch 100, SGD."""

from itertools import pairwise

import numpy as np

from benchmarks.training import (
    OF_JAX,
    OF_KNETPY,
    SETTINGS,
    drawn,
    jax_adam,
    jax_nll,
    jax_sgd,
    jax_step,
    knetpy_step,
    torch_step,
)

SIZES, BATCH = (784, 64, 10), 100
LR = {"SGD": 0.1, "Adam": 1e-3}
KNETPY, TORCH, JAX = OF_KNETPY, SETTINGS, OF_JAX


def flop(sizes, batch):
    """Three products a layer, but the first needs no gradient of its input."""
    products = [2 * batch * m * n for m, n in pairwise(sizes)]
    return 3 * sum(products) - products[0]


TARGET, FLOP = 0.65, flop(SIZES, BATCH)


def data(sizes, batch):
    rng = np.random.default_rng(0)
    return rng.random((batch, sizes[0]), "float32"), rng.integers(0, sizes[-1], batch)


def knetpy(*settings, sizes=SIZES, batch=BATCH, optimizer="SGD"):
    from knetpy import ops, optim
    from knetpy.nn import Chain, Linear

    *hidden, last = pairwise(sizes)
    model = Chain(*[Linear(m, n, ops.relu) for m, n in hidden], Linear(*last))
    update = getattr(optim, optimizer)(lr=LR[optimizer])
    weights = drawn(*pairwise(sizes))
    return knetpy_step(ops.nll, model, weights, data(sizes, batch), update, settings)


def torch(*settings, sizes=SIZES, batch=BATCH, optimizer="SGD"):
    from functools import partial

    from torch import nn, optim

    *hidden, last = pairwise(sizes)
    layers = [layer for m, n in hidden for layer in (nn.Linear(m, n), nn.ReLU())]
    model = nn.Sequential(*layers, nn.Linear(*last))
    update = partial(getattr(optim, optimizer), lr=LR[optimizer])
    weights = drawn(*pairwise(sizes))
    loss = nn.functional.cross_entropy
    return torch_step(loss, model, weights, data(sizes, batch), update, settings)


def jax(sizes=SIZES, batch=BATCH, optimizer="SGD"):
    import jax.nn
    import jax.numpy as jnp

    def loss(weights, biases, x, labels):
        for w, b in zip(weights[:-1], biases[:-1], strict=True):
            x = jax.nn.relu(x @ w + b)
        return jax_nll(x @ weights[-1] + biases[-1], labels)

    update = {"SGD": jax_sgd, "Adam": jax_adam}[optimizer](LR[optimizer])
    biases = [jnp.zeros(n) for n in sizes[1:]]
    return jax_step(loss, drawn(*pairwise(sizes)), biases, data(sizes, batch), update)


def autograd(sizes=SIZES, batch=BATCH):
    from autograd import value_and_grad

    x, labels = data(sizes, batch)
    gradient = value_and_grad(lambda params: autograd_loss(params, x, labels))
    params = [(w, np.zeros(w.shape[1], "float32")) for w in drawn(*pairwise(sizes))]

    def step():
        loss, grads = gradient(params)
        for p, g in zip(sum(params, ()), sum(grads, ()), strict=True):
            p -= LR["SGD"] * g
        return loss

    return step


def autograd_loss(params, x, labels):
    import autograd.numpy as anp

    for w, b in params[:-1]:
        x = anp.maximum(anp.dot(x, w) + b, 0)
    w, b = params[-1]
    scores = anp.dot(x, w) + b
    top = anp.max(scores, axis=1, keepdims=True)
    norm = anp.log(anp.sum(anp.exp(scores - top), axis=1)) + top[:, 0]
    return anp.mean(norm - scores[np.arange(len(labels)), labels])
