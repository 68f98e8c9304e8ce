"""Linear regression, 100 inputs to 10 outputs, batch 32, gradient descent by hand."""

from functools import partial

import numpy as np

from benchmarks.training import OF_JAX, OF_KNETPY, SETTINGS, jax_sgd, jax_step

TARGET, FLOP = 0.45, 2 * 2 * 32 * 100 * 10
KNETPY, TORCH, JAX = OF_KNETPY, SETTINGS, OF_JAX
LR = 0.1

rng = np.random.default_rng(0)
X = rng.standard_normal((32, 100), "float32")
Y = rng.standard_normal((32, 10), "float32")
W = 0.1 * rng.standard_normal((100, 10), "float32")
B = np.zeros(10, "float32")


def knetpy(*settings):
    from knetpy import Param, compile, diff, grad, value

    w, b = Param(W), Param(B)

    def step(x, y):
        tape = diff(lambda: np.mean(np.square(x @ w + b - y)))
        for p in (w, b):
            p -= LR * grad(tape, p)
        return value(tape)

    return partial(compile(step) if "compile" in settings else step, X, Y)


def torch(*settings):
    import torch

    w, b = (torch.tensor(p, requires_grad=True) for p in (W, B))
    x, y = torch.tensor(X), torch.tensor(Y)
    options = {name: True for name in ("foreach", "fused") if name in settings}
    sgd = torch.optim.SGD([w, b], lr=LR, **options)

    def forward():
        return torch.mean(torch.square(x @ w + b - y))

    if "compile" in settings:
        forward = torch.compile(forward)

    def step():
        sgd.zero_grad()
        loss = forward()
        loss.backward()
        sgd.step()
        return loss

    return step


def jax():
    import jax.numpy as jnp

    def loss(w, b, x, y):
        return jnp.mean(jnp.square(x @ w[0] + b[0] - y))

    return jax_step(loss, [W], [B], (X, Y), jax_sgd(LR))


def autograd():
    import autograd.numpy as anp
    from autograd import value_and_grad

    gradient = value_and_grad(lambda p: anp.mean(anp.square(anp.dot(X, p[0]) + p[1] - Y)))
    weights = [W.copy(), B.copy()]

    def step():
        loss, grads = gradient(weights)
        for p, g in zip(weights, grads, strict=True):
            p -= LR * g
        return loss

    return step
