"""901 operations on a vector of three: the cost of recording, and of walking back."""

import numpy as np

START = np.array([1, 2, 3], "float32")


def knetpy():
    from knetpy import Param, diff, grad

    z0 = Param(START)
    return lambda: grad(diff(chain, z0, np.tanh, np.sum), z0)


def torch():
    import torch

    z0 = torch.tensor(START, requires_grad=True)

    def step():
        z0.grad = None
        chain(z0, torch.tanh, torch.sum).backward()

    return step


def autograd():
    import autograd.numpy as anp
    from autograd import grad

    gradient = grad(lambda z: chain(z, anp.tanh, anp.sum))
    return lambda: gradient(START)


def chain(z, tanh, sum):
    for _ in range(300):
        z = tanh(z * 1.01 + 0.1)
    return sum(z)
