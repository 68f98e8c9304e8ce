"""Random weights that a model here and its like in PyTorch draw alike: by shape, in order."""

from math import prod

import numpy as np


def weight(rng, shape):
    """Matrices (in, out), filters (out, in, …) that keep signals alike in size; other numbers."""
    scale = {1: 1, 2: 1 / shape[0]}.get(len(shape), 2 / prod(shape[1:]))
    return scale**0.5 * rng.standard_normal(shape)


def statistic(rng, shape):
    """Running means and variances, neither of which is what a model starts with."""
    return rng.uniform(0.5, 1.5, shape)


def inputs(rng, name):
    """What each case of record_models.py is called on."""
    if name.startswith("bert"):
        return rng.integers(50, size=(9, 3)), rng.integers(2, size=(9, 3)), np.array([9, 2, 5])
    if name.startswith(("gpt", "char")):
        return (rng.integers(50, size=(9, 3)),)
    return (rng.standard_normal((2, 3, 64, 64)),)
