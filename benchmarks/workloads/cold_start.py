"""A new process imports, trains 784-64-10 on the digits in data/mnist to 95 % of them and exits.

A step is such a process; what it gives is the number of epochs that it took, after each of which
all 9,000 digits are asked for.
"""

import subprocess
import sys
from pathlib import Path

from benchmarks.training import drawn

TARGET, FLOP, CHECKED = 0.50, 0, 1
TORCH = ("", "fused")
DATA = Path(__file__).parents[2] / "data" / "mnist"
ENOUGH, LR = 0.95, 5e-3


def knetpy():
    return process("train_knetpy")


def torch(*settings):
    return process("train_torch", *settings)


def process(program, *settings):
    call = f"from {__name__} import {program}; print({program}(*{settings}))"
    command = [sys.executable, "-c", call]
    return lambda: int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def train_knetpy():
    from knetpy import minibatch, ops
    from knetpy.datasets import SHIPPED, mnist
    from knetpy.nn import Chain, Flatten, Linear
    from knetpy.optim import Adam
    from knetpy.train import minimize

    (x, y), _ = mnist(SHIPPED)
    model = Chain(Flatten(), Linear(784, 64, ops.relu), Linear(64, 10))
    for layer, start in zip(model[1:], drawn((784, 64), (64, 10)), strict=True):
        layer.weight[...] = start
    batches, adam = minibatch(x, y, 100), Adam(lr=LR)
    epochs = 0
    while ops.accuracy(model(x), y) < ENOUGH:
        for _ in minimize(lambda x, y: ops.nll(model(x), y), batches, adam):
            pass
        epochs += 1
    return epochs


def train_torch(*settings):
    import torch
    from torch import nn

    from benchmarks.training import torch_start

    x, y = torch_digits()
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
    torch_start(model, drawn((784, 64), (64, 10)))
    adam = torch.optim.Adam(model.parameters(), lr=LR, fused="fused" in settings)
    epochs = 0
    while torch_accuracy(model, x, y) < ENOUGH:
        for xb, yb in zip(x.split(100), y.split(100), strict=True):
            adam.zero_grad()
            nn.functional.cross_entropy(model(xb), yb).backward()
            adam.step()
        epochs += 1
    return epochs


def torch_digits():
    """The images in [0, 1] and the labels, behind headers of 16 and 8 bytes."""
    import gzip

    import torch

    def bytes_of(name, header):
        content = gzip.decompress((DATA / f"train-{name}-ubyte.gz").read_bytes())
        return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=header)

    images = bytes_of("images-idx3", 16).view(-1, 1, 28, 28)
    return images.float() / 255, bytes_of("labels-idx1", 8).long()


def torch_accuracy(model, x, y):
    import torch

    with torch.inference_mode():
        return float((model(x).argmax(1) == y).float().mean())
