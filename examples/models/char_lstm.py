"""A language model of characters: what comes next, by all that has been read.

Ids (time, batch) in, scores (time, batch, characters) out, and the state to go on reading from.

Source:  Karpathy 2015, The Unreasonable Effectiveness of Recurrent Neural Networks; the sizes are
         those of Knet's tutorial 80, for Shakespeare's plays and for Julia's own source

>>> import numpy as np
>>> model = CharLSTM(5, features=4, hidden_features=8)
>>> model
CharLSTM(
  embedding=Embedding(5 => 4)
  lstm=LSTM(4 => 8)
  dropout=Dropout(0.0)
  output=Linear(8 => 5)
)
>>> scores, state = model(np.array([[0, 1], [2, 3], [4, 0]]))
>>> scores.shape, model.generate(np.array([[0, 1]]), 7).shape
((3, 2, 5), (7, 2))
"""

from functools import partial

import numpy as np

from knetpy.nn import LSTM, Dropout, Embedding, Layer, Linear

from .blocks import drawn


class CharLSTM(Layer):
    """Vectors of characters, layers of LSTM with dropout behind each, scores."""

    def __init__(self, characters, features=168, hidden_features=334, *, layers=1, dropout=0.0):
        self.embedding = Embedding(characters, features)
        self.lstm = LSTM(features, hidden_features, layers=layers, dropout=dropout)
        self.dropout = Dropout(dropout)
        self.output = Linear(hidden_features, characters)

    def __call__(self, ids, state=None):
        y, state = self.lstm(self.embedding(ids), state)
        return self.output(self.dropout(y)), state

    def generate(self, ids, count, *, temperature=1.0):
        """`count` further ids for each text of `ids` (time, batch); a low temperature dares little.

        Shapes:  (count, batch)
        """
        new, state = ids[:0], None
        for _ in range(count):
            scores, state = self(ids, state)
            ids = drawn(scores[-1:], temperature)
            new = np.concatenate([new, ids])
        return new


# fmt: off
char_lstm_shakespeare = partial(CharLSTM,  84)                      #   714,260
char_lstm_julia       = partial(CharLSTM, 128, 512, 512, layers=2)  # 4,329,600
# fmt: on
