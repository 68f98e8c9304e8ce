"""The Hessian of the loss of a perceptron 784-64-10, batch 100, times a direction."""

from functools import partial

import numpy as np

from benchmarks.training import OF_JAX, OF_KNETPY, drawn, jax_nll

from .mlp import SIZES, autograd_loss, data

TARGET = 0.70
FLOP = 2 * 100 * (784 * 64 * 4 + 64 * 10 * 9)  # a gradient has 2 + 3 products, their changes 2 + 6
KNETPY, TORCH, JAX = OF_KNETPY, ("", "forward", "compile forward"), OF_JAX
(X, LABELS), LAYERS = data(SIZES, 100), [(784, 64), (64, 10)]
WEIGHTS = [p for w in drawn(*LAYERS) for p in (w, np.zeros(w.shape[1], "float32"))]
rng = np.random.default_rng(1)
DIRECTION = [rng.standard_normal(w.shape, "float32") for w in WEIGHTS]


def knetpy(*settings):
    from knetpy import compile, hvp, ops

    def loss(params, x, labels):
        w1, b1, w2, b2 = params
        return ops.nll(ops.linear(ops.relu(ops.linear(x, w1, b1)), w2, b2), labels)

    def product(params, direction, x, labels):
        return hvp(lambda params: loss(params, x, labels), params, direction)

    run = compile(product) if "compile" in settings else product
    return partial(run, WEIGHTS, DIRECTION, X, LABELS)


def torch(*settings):
    import torch
    from torch.nn.functional import cross_entropy, linear, relu

    x, labels = torch.tensor(X), torch.tensor(LABELS)
    turned = [torch.tensor(p.T).contiguous() for p in WEIGHTS]
    direction = [torch.tensor(v.T).contiguous() for v in DIRECTION]

    def loss(w1, b1, w2, b2):
        return cross_entropy(linear(relu(linear(x, w1, b1)), w2, b2), labels)

    def backward_twice():
        params = [p.requires_grad_() for p in turned]
        grads = torch.autograd.grad(loss(*params), params, create_graph=True)
        return torch.autograd.grad(grads, params, direction)

    def forward_over_backward():
        gradient = torch.func.grad(loss, argnums=(0, 1, 2, 3))
        return torch.func.jvp(gradient, tuple(turned), tuple(direction))[1]

    step = forward_over_backward if "forward" in settings else backward_twice
    return torch.compile(step) if "compile" in settings else step


def jax():
    import jax
    import jax.numpy as jnp

    def loss(params, x, labels):
        w1, b1, w2, b2 = params
        return jax_nll(jax.nn.relu(x @ w1 + b1) @ w2 + b2, labels)

    @jax.jit
    def product(params, direction, x, labels):
        gradient = jax.grad(lambda params: loss(params, x, labels))
        return jax.jvp(gradient, (params,), (direction,))[1]

    arrays = jax.tree.map(jnp.asarray, (WEIGHTS, DIRECTION, X, LABELS))
    return lambda: product(*arrays)


def autograd():
    import autograd.numpy as anp
    from autograd import grad

    gradient = grad(lambda params: autograd_loss([params[:2], params[2:]], X, LABELS))

    def slope(params):
        pairs = zip(gradient(params), DIRECTION, strict=True)
        return sum(anp.sum(g * v) for g, v in pairs)

    product = grad(slope)
    return lambda: product(WEIGHTS)
