"""A perceptron with two wide hidden layers, 784-1024-1024-10, batch 256, Adam."""

from functools import partial

from . import mlp

SIZES, BATCH = (784, 1024, 1024, 10), 256
TARGET, FLOP = 0.95, mlp.flop(SIZES, BATCH)
KNETPY, TORCH = mlp.KNETPY, mlp.TORCH
knetpy, torch, jax = (
    partial(f, sizes=SIZES, batch=BATCH, optimizer="Adam") for f in (mlp.knetpy, mlp.torch, mlp.jax)
)
