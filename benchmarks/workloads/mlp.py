"""A perceptron with one hidden layer, 784-64-10, batch 100, plain gradient descent."""

import numpy as np

rng = np.random.default_rng(0)
X = rng.random((100, 784), "float32")
LABELS = rng.integers(0, 10, 100)
SHAPES = [(784, 64), (64,), (64, 10), (10,)]
WEIGHTS = [0.05 * rng.standard_normal(shape, "float32") for shape in SHAPES]
LR = 0.01


def knetpy():
    from knetpy import minimize, ops
    from knetpy.nn import Chain, Linear
    from knetpy.optim import SGD

    model = Chain(Linear(784, 64, ops.relu), Linear(64, 10))
    for p, start in zip(model.params(), WEIGHTS, strict=True):
        p[...] = start
    batches = iter(lambda: (X, LABELS), None)
    losses = minimize(lambda x, labels: ops.nll(model(x), labels), batches, SGD(lr=LR))
    return lambda: next(losses)


def torch():
    import torch

    model = torch.nn.Sequential(torch.nn.Linear(784, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    for p, start in zip(model.parameters(), WEIGHTS, strict=True):
        p.data = torch.tensor(start.T).contiguous()
    x, labels = torch.tensor(X), torch.tensor(LABELS)
    sgd = torch.optim.SGD(model.parameters(), lr=LR)

    def step():
        sgd.zero_grad()
        torch.nn.functional.cross_entropy(model(x), labels).backward()
        sgd.step()

    return step


def autograd():
    import autograd.numpy as anp
    from autograd import grad

    def loss(w1, b1, w2, b2):
        scores = anp.dot(anp.maximum(anp.dot(X, w1) + b1, 0), w2) + b2
        top = anp.max(scores, axis=1, keepdims=True)
        norm = anp.log(anp.sum(anp.exp(scores - top), axis=1)) + top[:, 0]
        return anp.mean(norm - scores[anp.arange(len(LABELS)), LABELS])

    gradient = grad(loss, (0, 1, 2, 3))
    weights = [p.copy() for p in WEIGHTS]

    def step():
        for p, g in zip(weights, gradient(*weights), strict=True):
            p -= LR * g

    return step
