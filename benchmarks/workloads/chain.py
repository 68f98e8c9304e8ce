"""901 operations on a vector of three, new ones each time: the cost of recording and walking back.

What compiles is left out: it would see the operations once.
"""

import numpy as np

TARGET, FLOP = 0.45, 0
START = np.array([1, 2, 3], "float32")


def knetpy(length=300):
    from knetpy import Param, diff, grad

    z0 = Param(START)
    return lambda: grad(diff(chain, z0, np.tanh, np.sum, length), z0)


def torch(length=300):
    import torch

    z0 = torch.tensor(START, requires_grad=True)

    def step():
        z0.grad = None
        chain(z0, torch.tanh, torch.sum, length).backward()
        return z0.grad

    return step


def autograd(length=300):
    import autograd.numpy as anp
    from autograd import grad

    gradient = grad(lambda z: chain(z, anp.tanh, anp.sum, length))
    return lambda: gradient(START)


def chain(z, tanh, sum, length):
    for _ in range(length):
        z = tanh(z * 1.001 + 1e-6)  # neither explodes nor vanishes
    return sum(z)
