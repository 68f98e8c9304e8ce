"""A generator draws digits until a critic cannot tell them from those of MNIST.

After 50 epochs its inception score is 6.6 by the judgement of a perceptron that tells 95 % of the
digits, and that of real test digits 8.5; a minute and a half.  Run: python examples/gan.py
"""

from functools import partial

import numpy as np

from knetpy import diff, grad, minibatch, ops, params, seed, train, value
from knetpy.arrays import generator
from knetpy.datasets import SHIPPED, mnist
from knetpy.nn import Chain, Dropout, Flatten, Linear
from knetpy.optim import Adam


def noise(size):
    return generator().standard_normal((size, 64), "float32")


def marks(mark, size):
    return np.full((size, 1), mark, "float32")


def update(adam, model, loss, *args):
    """The loss before a step of `model` alone, whatever else took part."""
    tape = diff(loss, *args)
    adam.step(params(model), [grad(tape, p) for p in params(model)])
    return float(value(tape))


def variety(judge, images):
    """The inception score: 1 if all look alike or like nothing, 10 if clear and of all kinds."""
    p = ops.softmax(judge(images).astype("float64"))
    return np.exp(np.mean(np.sum(p * np.log(p / p.mean(axis=0)), axis=1)))


def show(images):
    for row in np.hstack(images.reshape(-1, 28, 28))[4:24:2]:
        print("".join(" .:*#"[int(ink * 4.99)] for ink in row))


def main(epochs=50):
    seed(0)
    (xtrn, ytrn), (xtst, ytst) = mnist(SHIPPED)
    judge = Chain(Flatten(), Linear(784, 256, ops.relu), Dropout(0.3), Linear(256, 10))
    batches = minibatch(xtrn, ytrn, 100, shuffle=True)
    train(lambda x, y: ops.nll(judge(x), y), batches, Adam(), min(epochs, 10), progress=False)
    print(f"the judge of digits is right about {ops.accuracy(judge(xtst), ytst):.3f} of real ones")

    leaky = partial(ops.leaky_relu, negative_slope=0.2)
    draw = Chain(Linear(64, 256, leaky), Linear(256, 512, leaky), Linear(512, 784, np.tanh))
    # fmt: off
    critic = Chain(
        Flatten(), Linear(784, 512, leaky), Dropout(0.3),
        Linear(512, 256, leaky), Dropout(0.3), Linear(256, 1),
    )
    # fmt: on

    def mistaken(x, drawn):
        real, fake = ops.bce(critic(x), marks(0.9, len(x))), marks(0, len(drawn))
        return real + ops.bce(critic(drawn), fake)

    def seen_through(z):
        return ops.bce(critic(draw(z)), marks(1, len(z)))

    def digits(size):
        return (draw(noise(size)) + 1) / 2

    drawing, judging = Adam(lr=5e-4, beta1=0.5), Adam(lr=5e-4, beta1=0.5)
    for epoch in range(1, epochs + 1):
        for (x,) in minibatch(2 * xtrn - 1, size=50, shuffle=True):
            of_critic = update(judging, critic, mistaken, x, draw(noise(len(x))))
            of_draw = update(drawing, draw, seen_through, noise(len(x)))
        score = variety(judge, digits(5000))
        print(f"epoch {epoch:2}   losses {of_critic:.3f}, {of_draw:.3f}   score {score:.2f}")
    scores = variety(judge, digits(5000)), variety(judge, xtst)
    print(f"inception score of what was drawn {scores[0]:.2f}, of real digits {scores[1]:.2f}")
    show(digits(3))
    return scores


if __name__ == "__main__":
    main()
