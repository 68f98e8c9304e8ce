"""A convolutional network on Fashion-MNIST: 60,000 pictures of ten kinds of clothes and shoes.

After five epochs it tells 91.0 % of 10,000 new ones; two and a half minutes.  The pictures come
with Debian's package dataset-fashion-mnist; `knetpy.datasets.fashion_mnist` says where else they
may lie.  Run: python examples/fashion_cnn.py
"""

from knetpy import minibatch, ops, seed, train
from knetpy.datasets import fashion_mnist
from knetpy.nn import BatchNorm, Chain, Conv2d, Dropout, Flatten, Linear, MaxPool2d
from knetpy.optim import Adam


def main(epochs=5):
    seed(0)
    (xtrn, ytrn), (xtst, ytst) = fashion_mnist()
    # fmt: off
    model = Chain(
        Conv2d(1, 32, 3, padding="same", bias=False), BatchNorm(32, ops.relu), MaxPool2d(2),
        Conv2d(32, 64, 3, padding="same", bias=False), BatchNorm(64, ops.relu), MaxPool2d(2),
        Flatten(), Dropout(0.3), Linear(3136, 128, ops.relu), Dropout(0.3), Linear(128, 10),
    )
    # fmt: on
    batches, adam = minibatch(xtrn, ytrn, 100, shuffle=True), Adam(lr=2e-3)
    tests = minibatch(xtst, ytst, 500, partial=True)
    for epoch in range(epochs):
        adam.lr = 2e-3 * (1 - epoch / epochs)
        train(lambda x, y: ops.nll(model(x), y), batches, adam, progress=False)
        print(f"epoch {epoch + 1}   test accuracy {(result := ops.accuracy(model, tests)):.4f}")
    return result


if __name__ == "__main__":
    main()
