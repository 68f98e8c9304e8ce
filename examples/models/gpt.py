"""GPT-2: a transformer that goes on with a text, each time reading what it has written so far.

Ids (time, batch) in, scores (time, batch, vocabulary) of the ids that follow each out.  The vectors
of the words that go in also score those that come out.

Source:  Radford et al. 2019, table 2 (whose counts are too low); Karpathy's nanoGPT for gpt_char

>>> import numpy as np
>>> model = gpt_char(vocabulary=20)
>>> model(np.array([[3, 1], [4, 1], [5, 9]])).shape
(3, 2, 20)
>>> model.generate(np.array([[3], [1]]), 4).shape
(4, 1)
>>> model.blocks[0]
TransformerEncoderLayer(384, heads=6, activation=gelu_tanh, prenorm=True, bias=False)
"""

from functools import partial
from math import sqrt

import numpy as np

from knetpy import ops
from knetpy.nn import (
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    PositionalEmbedding,
    TransformerEncoderLayer,
    normal,
)

from .blocks import drawn

narrow = partial(normal, std=0.02)


def gelu_tanh(x):
    return ops.gelu(x, approximate=True)


class GPT(Layer):
    """Vectors of words and positions, `layers` of a causal transformer, a norm, scores."""

    def __init__(
        self,
        features,
        layers,
        heads,
        *,
        vocabulary=50_257,
        times=1024,
        dropout=0.1,
        bias=True,
    ):
        self.times = times
        self.words = Embedding(vocabulary, features, init=narrow)
        self.positions = PositionalEmbedding(times, features, init=narrow)
        self.dropout = Dropout(dropout)
        self.blocks = [block(features, heads, dropout, bias, layers) for _ in range(layers)]
        self.norm = LayerNorm(features, bias=bias)

    def __call__(self, ids):
        x = self.dropout(self.positions(self.words(ids)))
        for block in self.blocks:
            x = block(x, causal=True)
        return self.norm(x) @ self.words.weight.T

    def generate(self, ids, count, *, temperature=1.0):
        """`count` further ids for each text of `ids` (time, batch); a low temperature dares little.

        Shapes:  (count, batch)
        """
        start = len(ids)
        for _ in range(count):
            scores = self(ids[-self.times :])
            ids = np.concatenate([ids, drawn(scores[-1:], temperature)])
        return ids[start:]


def block(features, heads, dropout, bias, layers):
    layer = TransformerEncoderLayer(
        features,
        heads,
        activation=gelu_tanh,
        dropout=dropout,
        prenorm=True,
        bias=bias,
        init=narrow,
    )
    del layer.feedforward[1]  # a dropout inside of the network, which GPT has behind it alone
    for last in (layer.attention.output, layer.feedforward[-1]):
        last.weight /= sqrt(2 * layers)  # so that the sum of all blocks starts no larger than x
    return layer


# fmt: off
#           features, layers, heads         parameters
gpt_char    = partial(GPT,  384,  6,  6, vocabulary=65, times=256, bias=False)  # 10,745,088
gpt2        = partial(GPT,  768, 12, 12)  #   124,439,808
gpt2_medium = partial(GPT, 1024, 24, 16)  #   354,823,168
gpt2_large  = partial(GPT, 1280, 36, 20)  #   774,030,080
gpt2_xl     = partial(GPT, 1600, 48, 25)  # 1,557,611,200
# fmt: on
