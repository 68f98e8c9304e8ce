"""The step of training in each framework, as its manual writes it.

Matrices and kernels start as a workload says, biases at 0, the scales of norms at 1.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np

Step = Callable[[], Any]

# The settings under which we are a contender, and PyTorch, with those that images have beside them;
# and JAX's where a step is so short that what it goes on with behind the caller's back counts.
OF_KNETPY = ("", "compile")
SETTINGS = ("", "foreach", "fused", "compile fused")
OF_IMAGES = (*SETTINGS, "channels_last fused", "compile channels_last fused")
OF_JAX = ("", "waiting")


def drawn(*shapes: tuple[int, ...]) -> list[Any]:
    """Random weights (in, out), or (out, in, *kernel): the same ones for all contenders."""
    rng = np.random.default_rng(0)
    deviations = [np.prod(s[1:] if len(s) > 2 else s[:1]) ** -0.5 for s in shapes]
    pairs = zip(shapes, deviations, strict=True)
    return [rng.standard_normal(shape, "float32") * np.float32(std) for shape, std in pairs]


def knetpy_step(
    loss: Any, model: Any, weights: Sequence[Any], batch: Any, optimizer: Any, settings: Any
) -> Step:
    from knetpy import minimize, params

    matrices = [p for p in params(model) if p.ndim > 1]
    for p, start in zip(matrices, weights, strict=True):
        p[...] = start
    compiled = "compile" in settings
    steps = minimize(lambda x, y: loss(model(x), y), repeat(batch), optimizer, compile=compiled)
    return partial(next, steps)


def torch_step(
    loss: Any, model: Any, weights: Sequence[Any], batch: Any, optimizer: Any, settings: Any
) -> Step:
    import torch

    torch_start(model, weights)
    x, y = map(torch.tensor, batch)
    if "channels_last" in settings:
        model.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    options = {name: True for name in ("foreach", "fused") if name in settings}
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = optimizer(trained, **options)

    def forward(x: Any, y: Any) -> Any:
        return loss(model(x), y)

    if "compile" in settings:
        forward = torch.compile(forward)

    def step() -> Any:
        optimizer.zero_grad()  # to None, by default
        value = forward(x, y)
        value.backward()
        optimizer.step()
        return value

    return step


def torch_start(model: Any, weights: Sequence[Any]) -> None:
    """PyTorch's Linear and recurrent layers hold their matrices transposed."""
    from torch import from_numpy, nn

    left = iter(weights)
    for module in model.modules():
        turned = isinstance(module, nn.Linear | nn.RNNBase)
        for name, p in module.named_parameters(recurse=False):
            if p.ndim > 1:
                start = from_numpy(next(left))
                p.data.copy_(start.T if turned else start)
            elif name.startswith("bias"):
                p.data.zero_()


def jax_step(
    loss: Any, weights: Sequence[Any], biases: Sequence[Any], batch: Any, optimizer: Any
) -> Step:
    """`loss(weights, biases, x, y)` and the update of all are one program, compiled once."""
    import jax
    import jax.numpy as jnp

    start, update = optimizer

    def advance(state: Any, params: Any, x: Any, y: Any) -> Any:
        value, grads = jax.value_and_grad(lambda p: loss(*p, x, y))(params)
        return *update(params, grads, state), value

    advance = jax.jit(advance, donate_argnums=(0, 1))
    params = jax.tree.map(jnp.asarray, (list(weights), list(biases)))
    state, (x, y) = start(params), map(jnp.asarray, batch)

    def step() -> Any:
        nonlocal state, params
        params, state, value = advance(state, params, x, y)
        return value

    return step


def jax_sgd(lr: float) -> Any:
    """How the state of an optimizer starts, and its update."""
    import jax

    def update(params: Any, grads: Any, state: Any) -> Any:
        return jax.tree.map(lambda p, g: p - lr * g, params, grads), state

    return lambda params: (), update


def jax_adam(lr: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> Any:
    import jax
    import jax.numpy as jnp

    def start(params: Any) -> Any:
        return jnp.float32(0), *(jax.tree.map(jnp.zeros_like, params) for _ in range(2))

    def update(params: Any, grads: Any, state: Any) -> Any:
        t, m, v = state
        t = t + 1
        m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, m, grads)
        v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, grads)
        scale, unbias = lr / (1 - beta1**t), 1 / jnp.sqrt(1 - beta2**t)

        def moved(p: Any, m: Any, v: Any) -> Any:
            return p - scale * m / (jnp.sqrt(v) * unbias + eps)

        return jax.tree.map(moved, params, m, v), (t, m, v)

    return start, update


def jax_nll(scores: Any, labels: Any) -> Any:
    import jax
    import jax.numpy as jnp

    logs = jax.nn.log_softmax(scores)
    return -jnp.mean(jnp.take_along_axis(logs, labels[..., None], -1))
