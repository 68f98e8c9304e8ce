"""BERT: an encoder that reads a text in both directions at once.

Ids (time, batch) in; out come what it makes of every time, (time, batch, features), and of the
whole text, (batch, features), which it pools from the first time.

Source:  Devlin, Chang, Lee and Toutanova 2019, section 3; Turc et al. 2019 for the small ones

>>> import numpy as np
>>> model = bert_tiny(vocabulary=100)
>>> y, pooled = model(np.array([[2, 2], [37, 5], [3, 3], [8, 0]]), lengths=[4, 3])
>>> y.shape, pooled.shape
((4, 2, 128), (2, 128))
>>> model.blocks[0]
TransformerEncoderLayer(128, heads=2, hidden_features=512, activation=gelu, eps=1e-12)
"""

from functools import partial

import numpy as np

from knetpy.nn import (
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Linear,
    PositionalEmbedding,
    TransformerEncoderLayer,
    truncated_normal,
)
from knetpy.ops import gelu

narrow = partial(truncated_normal, std=0.02)


class BERT(Layer):
    """Vectors of words, positions and segments, then `layers` of a transformer, and a pooler.

    `segments` says of each id in which part of the text it is, 0 unless given; `lengths` (batch,)
    end texts early.  English is cut into the 30,522 pieces of words of the uncased models.
    """

    def __init__(
        self,
        features,
        layers,
        heads,
        *,
        vocabulary=30_522,
        times=512,
        segments=2,
        dropout=0.1,
    ):
        self.words = Embedding(vocabulary, features, init=narrow)
        self.positions = PositionalEmbedding(times, features, init=narrow)
        self.segments = Embedding(segments, features, init=narrow)
        self.norm = LayerNorm(features, eps=1e-12)
        self.dropout = Dropout(dropout)
        self.blocks = [block(features, heads, dropout) for _ in range(layers)]
        self.pooler = Linear(features, features, np.tanh, init=narrow)

    def __call__(self, ids, segments=None, *, lengths=None):
        segments = np.zeros_like(ids) if segments is None else segments
        x = self.positions(self.words(ids) + self.segments(segments))
        x = self.dropout(self.norm(x))
        for block in self.blocks:
            x = block(x, lengths=lengths)
        return x, self.pooler(x[0])


def block(features, heads, dropout):
    layer = TransformerEncoderLayer(
        features, heads, 4 * features, gelu, dropout=dropout, eps=1e-12, init=narrow
    )
    del layer.feedforward[1]  # a dropout inside of the network, which BERT has behind it alone
    return layer


# fmt: off
#                  features, layers, heads      parameters
bert_tiny   = partial(BERT,  128,  2,  2)  #   4,385,920
bert_mini   = partial(BERT,  256,  4,  4)  #  11,170,560
bert_small  = partial(BERT,  512,  4,  8)  #  28,763,648
bert_medium = partial(BERT,  512,  8,  8)  #  41,373,184
bert_base   = partial(BERT,  768, 12, 12)  # 109,482,240
bert_large  = partial(BERT, 1024, 24, 16)  # 335,141,888
# fmt: on
