"""The perceptron 784-64-10, batch 100, with Adam."""

from functools import partial

from . import mlp

TARGET, FLOP, KNETPY, TORCH, JAX = 0.75, mlp.FLOP, mlp.KNETPY, mlp.TORCH, mlp.JAX
knetpy, torch, jax = (partial(f, optimizer="Adam") for f in (mlp.knetpy, mlp.torch, mlp.jax))
