"""Linear regression by hand: a callable object, diff, grad, and a loop.

Predicts from ten measurements of a patient how diabetes goes on, and compares what gradient
descent finds with the closed solution: they differ by 1e-14.

Run: python examples/linear_regression.py
"""

import numpy as np

from knetpy import Param, diff, grad, params
from knetpy.datasets import diabetes


class Linear:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, x):
        return x @ self.w + self.b


def main(steps=10_000):
    x, y = diabetes()
    x *= np.sqrt(len(x))  # columns of mean 0 and variance 1
    f = Linear(Param(np.zeros(10)), Param(0.0))

    for step in range(steps + 1):
        loss = diff(lambda: np.mean((f(x) - y) ** 2))
        for w in params(f):
            w -= 0.2 * grad(loss, w)
        if step in (0, 1, 10, 100, 1000, 10_000):
            print(f"step {step:6}   mean squared error {loss:10.3f}")

    closed, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y)
    distance = np.linalg.norm(np.append(f.w, f.b) - closed) / np.linalg.norm(closed)
    print(f"relative distance from the closed solution {distance:.1e}")
    return distance


if __name__ == "__main__":
    main()
