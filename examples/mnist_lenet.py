"""LeNet on MNIST, its layers written here as in Knet's first program: 98.7 %.  Run: make run"""

from knetpy import Param, load, minibatch, ops, params, save, seed, train
from knetpy.datasets import SHIPPED, mnist
from knetpy.nn import Chain, xavier_uniform, zeros
from knetpy.optim import Adam


class Conv:
    def __init__(self, inputs, outputs, size):
        self.weight = Param(xavier_uniform((outputs, inputs, size, size)))
        self.bias = Param(zeros((outputs,)))

    def __call__(self, x):
        return ops.relu(ops.max_pool2d(ops.conv2d(x, self.weight, self.bias)))


class Dense:
    def __init__(self, inputs, outputs, activation=lambda y: y):
        self.weight, self.bias = Param(xavier_uniform((inputs, outputs))), Param(zeros((outputs,)))
        self.activation = activation

    def __call__(self, x):
        x = ops.dropout(x.reshape(len(x), -1), 0.3)
        return self.activation(ops.linear(x, self.weight, self.bias))


def LeNet():
    return Chain(Conv(1, 20, 5), Conv(20, 50, 5), Dense(800, 500, ops.relu), Dense(500, 10))


def main(epochs=10):
    seed(0)
    (xtrn, ytrn), (xtst, ytst) = mnist(SHIPPED)
    model, batches = LeNet(), minibatch(xtrn, ytrn, 100, shuffle=True)
    assert sum(p.size for p in params(model)) == 431_080
    train(lambda x, y: ops.nll(model(x), y), batches, Adam(lr=1e-3), epochs=epochs)
    print(f"test accuracy {(accuracy := ops.accuracy(model(xtst), ytst)):.3f}")

    save("lenet.h5", model)
    again = ops.accuracy(load("lenet.h5", LeNet())(xtst), ytst)
    print(f"test accuracy {again:.3f} after loading lenet.h5 into a fresh model")
    assert again == accuracy
    return accuracy


if __name__ == "__main__":
    main()
