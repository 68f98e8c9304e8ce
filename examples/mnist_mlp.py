"""A perceptron with one hidden layer on MNIST: 95.0 % of the test digits in two seconds.

Run: python examples/mnist_mlp.py
"""

from knetpy import minibatch, minimize, ops, seed
from knetpy.datasets import SHIPPED, mnist
from knetpy.nn import Chain, Dropout, Flatten, Linear
from knetpy.optim import Adam


def main(epochs=10):
    seed(0)
    (xtrn, ytrn), (xtst, ytst) = mnist(SHIPPED)
    model = Chain(Flatten(), Linear(784, 256, ops.relu), Dropout(0.2), Linear(256, 10))
    print(model)

    batches, adam = minibatch(xtrn, ytrn, 100, shuffle=True), Adam(lr=1e-3)
    for epoch in range(1, epochs + 1):
        losses = list(minimize(lambda x, y: ops.nll(model(x), y), batches, adam))
        mean, accuracy = sum(losses) / len(losses), ops.accuracy(model(xtst), ytst)
        print(f"epoch {epoch:2}   loss {mean:.4f}   test accuracy {accuracy:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
