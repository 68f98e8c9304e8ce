"""Linear regression, 100 inputs to 10 outputs, batch 32, plain gradient descent."""

import numpy as np

rng = np.random.default_rng(0)
X = rng.standard_normal((32, 100), "float32")
Y = rng.standard_normal((32, 10), "float32")
W = 0.1 * rng.standard_normal((100, 10), "float32")
B = np.zeros(10, "float32")
LR = 0.001


def knetpy():
    from knetpy import Param, diff, grad

    w, b = Param(W), Param(B)

    def step():
        tape = diff(lambda: np.mean(np.square(X @ w + b - Y)))
        for p in (w, b):
            p -= LR * grad(tape, p)

    return step


def torch():
    import torch

    w, b = (torch.tensor(p, requires_grad=True) for p in (W, B))
    x, y = torch.tensor(X), torch.tensor(Y)
    sgd = torch.optim.SGD([w, b], lr=LR)

    def step():
        sgd.zero_grad()
        torch.mean(torch.square(x @ w + b - y)).backward()
        sgd.step()

    return step


def autograd():
    import autograd.numpy as anp
    from autograd import grad

    gradient = grad(lambda w, b: anp.mean(anp.square(anp.dot(X, w) + b - Y)), (0, 1))
    w, b = W.copy(), B.copy()

    def step():
        for p, g in zip((w, b), gradient(w, b), strict=True):
            p -= LR * g

    return step
