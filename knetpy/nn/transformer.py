"""The layers of a transformer: attention and a network at each time, each around a short cut."""

from collections.abc import Callable
from typing import Any, ClassVar

from knetpy.ops import relu

from .attention import MultiHeadAttention
from .chain import Chain
from .dropout import Dropout
from .init import xavier_uniform
from .layer import Activation, Layer, located, shown
from .linear import Linear
from .norm import LayerNorm

__all__ = ["TransformerDecoderLayer", "TransformerEncoderLayer"]


class Block(Layer):
    """What encoder and decoder share: the network at each time, the short cut, the repr."""

    remembers: ClassVar[bool] = False

    def __init__(
        self,
        features: int,
        heads: int,
        hidden_features: int | None = None,
        activation: Activation = relu,
        *,
        dropout: float = 0.1,
        prenorm: bool = False,
        eps: float = 1e-5,
        bias: bool = True,
        init: Any = xavier_uniform,
        training: bool | None = None,
    ) -> None:
        self.features, self.heads, self.hidden_features = features, heads, hidden_features
        self.prenorm, self.eps, self.bias = prenorm, eps, bias
        self.init, self.training = init, training
        hidden = hidden_features or 4 * features
        self.dropout = Dropout(dropout, training=training)
        self.attention = self.attends()
        self.feedforward = Chain(
            Linear(features, hidden, activation, bias=bias, init=init),
            self.dropout,
            Linear(hidden, features, bias=bias, init=init),
        )
        self.attention_norm, self.feedforward_norm = self.norm(), self.norm()
        if self.remembers:
            self.memory_attention, self.memory_norm = self.attends(), self.norm()

    def attends(self) -> MultiHeadAttention:
        return MultiHeadAttention(
            self.features,
            self.heads,
            dropout=self.dropout.p,
            bias=self.bias,
            init=self.init,
            training=self.training,
        )

    def norm(self) -> LayerNorm:
        return LayerNorm(self.features, eps=self.eps, bias=self.bias)

    def around(self, part: Callable[[Any], Any], norm: LayerNorm, x: Any) -> Any:
        """The short cut around a part, with the norm before the part or after the sum."""
        if self.prenorm:
            return x + self.dropout(part(norm(x)))
        return norm(x + self.dropout(part(x)))

    def __repr__(self) -> str:
        first = self.feedforward[0]
        return shown(
            self,
            str(self.features),
            heads=self.heads,
            hidden_features=self.hidden_features,
            activation=first.activation,
            dropout=self.dropout.p,
            prenorm=self.prenorm,
            eps=self.eps,
            bias=self.bias,
            training=self.training,
        )


class TransformerEncoderLayer(Block):
    """Self-attention, then the same small network at each time, both around a short cut.

        x = norm(x + dropout(attention(x)));  y = norm(x + dropout(feedforward(x)))

    With `prenorm` the norms come first: x + dropout(attention(norm(x))).  The network has
    `hidden_features` inside, 4 * features unless given.  `mask`, `causal` and `lengths` are those
    of `MultiHeadAttention`.

    Shapes:  x and y (time, batch, features)
    Source:  Vaswani et al. 2017, section 3.1; Xiong et al. 2020 for prenorm

    >>> import numpy as np
    >>> layer = TransformerEncoderLayer(64, 8, prenorm=True)
    >>> layer, layer(np.ones((5, 2, 64), "float32"), lengths=[5, 3]).shape
    (TransformerEncoderLayer(64, heads=8, prenorm=True), (5, 2, 64))
    """

    @located
    def __call__(
        self, x: Any, mask: Any = None, *, causal: bool = False, lengths: Any = None
    ) -> Any:
        def attend(x: Any) -> Any:
            return self.attention(x, mask=mask, causal=causal, lengths=lengths)

        x = self.around(attend, self.attention_norm, x)
        return self.around(self.feedforward, self.feedforward_norm, x)


class TransformerDecoderLayer(Block):
    """As the encoder's, with attention to a `memory` in between: what the encoder made.

    Self-attention is `causal` unless that is False.  `mask` and `lengths` are about x itself,
    `memory_mask` and `memory_lengths` about the memory.

    Shapes:  x and y (time, batch, features), memory (keys, batch, features)
    Source:  Vaswani et al. 2017, section 3.1; Xiong et al. 2020 for prenorm

    >>> import numpy as np
    >>> layer, memory = TransformerDecoderLayer(64, 8), np.ones((7, 2, 64), "float32")
    >>> layer(np.ones((5, 2, 64), "float32"), memory, memory_lengths=[7, 3]).shape
    (5, 2, 64)
    """

    remembers = True

    @located
    def __call__(
        self,
        x: Any,
        memory: Any,
        mask: Any = None,
        memory_mask: Any = None,
        *,
        causal: bool = True,
        lengths: Any = None,
        memory_lengths: Any = None,
    ) -> Any:
        def attend(x: Any) -> Any:
            return self.attention(x, mask=mask, causal=causal, lengths=lengths)

        def remember(x: Any) -> Any:
            return self.memory_attention(x, memory, mask=memory_mask, lengths=memory_lengths)

        x = self.around(attend, self.attention_norm, x)
        x = self.around(remember, self.memory_norm, x)
        return self.around(self.feedforward, self.feedforward_norm, x)
