"""A language model of characters: an LSTM that reads Python's own standard library.

After two readings of nine tenths of it, in two minutes on two cores, 1.84 bits of a character are
left unknown in the last tenth.  Asked to go on from "def main(" it writes:

    def main(self._group, path):
                        return self._main.__dict__
                    self._check(self, filename, (list):

Run: python examples/char_lm.py
"""

import sysconfig
from pathlib import Path

import numpy as np

from knetpy import minimize, ops, seed
from knetpy.arrays import generator
from knetpy.nn import LSTM, Embedding, Linear
from knetpy.optim import Adam

SIZE = 128  # characters of ASCII


class Reader:
    """Scores of the next character; what was read last call is remembered in `state`."""

    def __init__(self, hidden):
        self.embedding, self.lstm = Embedding(SIZE, 64), LSTM(64, hidden)
        self.output, self.state = Linear(hidden, SIZE), None

    def __call__(self, ids):
        y, self.state = self.lstm(self.embedding(ids), self.state)
        return self.output(y)


def source():
    """Every module at the top of the standard library, in one long array of characters."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    text = b"".join(path.read_bytes() for path in files)
    return np.array([c for c in text if c < SIZE])


def passages(ids, time=64, size=64):
    """Batches of `size` passages that go on in the next batch, and the characters to foretell."""
    columns = ids[: len(ids) // size * size].reshape(size, -1).T
    for start in range(0, len(columns) - 1, time):
        x = columns[start : start + time]
        y = columns[start + 1 : start + time + 1]
        yield x[: len(y)], y


def bits(model, ids):
    """What the model leaves unknown of a text, in bits per character."""
    model.state = None
    return np.log2(ops.perplexity(model, passages(ids)))


def write(model, start, length, boldness=0.7):
    """The text `start`, and how the model goes on; the less bold, the likelier what it takes."""
    ids, model.state = list(start.encode()), None
    scores = model(np.array(ids)[:, np.newaxis])
    for _ in range(length):
        p = ops.softmax(scores[-1, 0].astype("float64") / boldness)
        ids.append(int(generator().choice(SIZE, p=p)))
        scores = model(np.array([ids[-1:]]))
    return bytes(ids).decode()


def main(characters=None, hidden=256, epochs=2, length=400):
    seed(0)
    ids = source()[:characters]
    trn, tst = np.split(ids, [len(ids) * 9 // 10])
    model, adam, done = Reader(hidden), Adam(lr=3e-3), 0
    steps = len(list(passages(trn)))
    for _ in range(epochs):
        model.state = None
        for loss in minimize(lambda x, y: ops.nll(model(x), y), passages(trn), adam):
            if done % 100 == 0:
                print(f"step {done:5} of {steps * epochs}   {loss / np.log(2):.3f} bits")
            done += 1
            adam.lr = 3e-3 * (1 - done / (steps * epochs))
    print(f"held-out tenth: {(result := bits(model, tst)):.3f} bits per character")
    print(write(model, "def main(", length))
    return result


if __name__ == "__main__":
    main()
