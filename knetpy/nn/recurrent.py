"""Recurrent layers: sequences in, sequences out."""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np

from knetpy.autograd import Param, value
from knetpy.ops import gru, lstm, rnn
from knetpy.ops.recurrent import require_sequences

from .dropout import share
from .init import xavier_uniform, zeros
from .layer import Layer, first_call, shown

__all__ = ["GRU", "LSTM", "RNN"]

ABSENT = object()  # state=None starts from zeros and gives the last state


class Weights(NamedTuple):
    """The arrays of one layer in one direction."""

    weight: Param
    recurrent_weight: Param
    bias: Param | None


class TwoBiases(NamedTuple):
    """The arrays of one layer of a GRU in one direction."""

    weight: Param
    recurrent_weight: Param
    bias: Param | None
    recurrent_bias: Param | None


class Both(NamedTuple):
    """A layer in both directions."""

    forward: Weights | TwoBiases
    backward: Weights | TwoBiases


class Recurrent(Layer):
    """What RNN, LSTM and GRU share."""

    op: ClassVar[Callable[..., Any]]
    gates: ClassVar[int]
    arrays: ClassVar[type[Weights] | type[TwoBiases]] = Weights

    def __init__(
        self,
        in_features: int | None,
        hidden_features: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        bias: bool = True,
        init: Any = xavier_uniform,
        recurrent_init: Any = None,
        training: bool | None = None,
    ) -> None:
        if layers < 1:
            raise ValueError(f"{type(self).__name__} needs layers of at least 1, got {layers!r}")
        self.in_features, self.hidden_features = in_features, hidden_features
        self.bidirectional, self.dropout, self.training = bidirectional, share(dropout), training
        self.init, self.bias = init, bias
        self.recurrent_init = recurrent_init or init
        wide = hidden_features * (2 if bidirectional else 1)
        self.weights = [self.layer(wide if k else in_features) for k in range(layers)]

    def layer(self, features: int | None) -> Any:
        if not self.bidirectional:
            return self.direction(features)
        return Both(self.direction(features), self.direction(features))

    def direction(self, features: int | None) -> Any:
        weight = Param(None if features is None else self.drawn(self.init, features))
        recurrent = Param(self.drawn(self.recurrent_init, self.hidden_features))
        count = len(self.arrays._fields) - 2
        biases = [Param(self.first_bias()) if self.bias else None for _ in range(count)]
        return self.arrays(weight, recurrent, *biases)

    def drawn(self, init: Any, features: int) -> Any:
        """Gate by gate, for each is a matrix of its own."""
        shape = (features, self.hidden_features)
        return np.concatenate([init(shape) for _ in range(self.gates)], axis=1)

    def first_bias(self) -> Any:
        return zeros((self.gates * self.hidden_features,))

    def __call__(self, x: Any, state: Any = ABSENT, *, lengths: Any = None) -> Any:
        if self.in_features is None and (waiting := self.waiting()):
            return first_call(self, waiting, x, state=state, lengths=lengths)
        start = None if state is ABSENT else state
        y, last = self.run(x, start, lengths=lengths)
        return y if state is ABSENT else (y, last)

    def run(self, x: Any, state: Any, **options: Any) -> Any:
        options |= {"dropout": self.dropout, "training": self.training}
        return self.op(x, self.weights, state, **options)

    def waiting(self) -> list[Param]:
        first = self.weights[0]
        directions = first if isinstance(first, Both) else (first,)
        return [own.weight for own in directions if value(own.weight) is None]

    def start(self, x: Any) -> Any:
        require_sequences(type(self).__name__, x)
        return self.drawn(self.init, x.shape[2])

    def described(self, **options: Any) -> str:
        waits = self.in_features is None and self.waiting()
        first = self.weights[0]
        weight = (first.forward if isinstance(first, Both) else first).weight
        features = None if waits else len(value(weight))
        return shown(
            self,
            f"{features} => {self.hidden_features}",
            **options,
            layers=len(self.weights),
            bidirectional=self.bidirectional,
            dropout=self.dropout,
            bias=self.bias,
            training=self.training,
        )

    def __repr__(self) -> str:
        return self.described()


class RNN(Recurrent):
    """The simplest recurrent layers: h = tanh(x[t] @ weight + h @ recurrent_weight + bias).

    With `relu=True` that takes the place of tanh; the other options are those of `LSTM`.

    Shapes:  x (time, batch, in_features), y (time, batch, directions * hidden_features),
             state (layers * directions, batch, hidden_features)
    Source:  Elman 1990

    >>> import numpy as np
    >>> RNN(3, 2, relu=True)(np.ones((5, 1, 3))).shape
    (5, 1, 2)
    """

    op, gates = staticmethod(rnn), 1

    def __init__(
        self, in_features: int | None, hidden_features: int, *, relu: bool = False, **options: Any
    ) -> None:
        self.relu = relu
        super().__init__(in_features, hidden_features, **options)

    def run(self, x: Any, state: Any, **options: Any) -> Any:
        return super().run(x, state, relu=self.relu, **options)

    def __repr__(self) -> str:
        return self.described(relu=self.relu)


class LSTM(Recurrent):
    """Layers of long short-term memory, in one direction or both, with gates i f g o.

    Called on x it gives y; with `state=`, of which None is zeros, it gives (y, (h, c)).
    `lengths` (batch,) are those of sequences that end before the last time.  `dropout` acts
    between layers in training.  The part of the bias for f starts at 1, all else at 0.  `weights`
    holds for each layer (weight, recurrent_weight, bias), or two of them, forward and backward.

    Shapes:  x (time, batch, in_features), y (time, batch, directions * hidden_features),
             h and c (layers * directions, batch, hidden_features)
    Source:  Hochreiter and Schmidhuber 1997; Jozefowicz et al. 2015 for the bias

    >>> import numpy as np
    >>> layer, x = LSTM(3, 2, layers=2, bidirectional=True), np.ones((5, 1, 3))
    >>> layer, layer(x).shape
    (LSTM(3 => 2, layers=2, bidirectional=True), (5, 1, 4))
    >>> y, (h, c) = layer(x, state=None)
    """

    op, gates = staticmethod(lstm), 4

    def first_bias(self) -> Any:
        bias = super().first_bias()
        bias[self.hidden_features : 2 * self.hidden_features] = 1
        return bias


class GRU(Recurrent):
    """Gated recurrent layers, with gates r z n; the options and calls are those of `LSTM`.

    Each layer has two biases, for the reset gate acts on what is multiplied and shifted already.

    Shapes:  x (time, batch, in_features), y (time, batch, directions * hidden_features),
             state (layers * directions, batch, hidden_features)
    Source:  Cho et al. 2014, reset after the product as in cuDNN

    >>> import numpy as np
    >>> y, h = GRU(3, 2)(np.ones((5, 1, 3)), state=np.zeros((1, 1, 2)))
    >>> y.shape, h.shape
    ((5, 1, 2), (1, 1, 2))
    """

    op, gates, arrays = staticmethod(gru), 3, TwoBiases
