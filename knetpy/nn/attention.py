"""Attention between sequences, several times side by side."""

from typing import Any

import numpy as np

from knetpy.autograd import value
from knetpy.ops.attention import attention
from knetpy.ops.recurrent import require_sequences
from knetpy.ops.targets import constant

from .dropout import share
from .init import xavier_uniform
from .layer import Layer, located, shown
from .linear import Linear

__all__ = ["MultiHeadAttention"]


class MultiHeadAttention(Layer):
    """Every head lets each time of q look at all times of k, and brings back what it finds in v.

        y = output(concatenate(attention(query(q), key(k), value(v)) for each head))

    Called on q alone, k and v are q: self-attention.  `mask` is True where a query may attend to
    a key; `causal` lets time t attend to times 0..t; `lengths` (batch,) end the sequences of k
    early.  `dropout` acts on the weights of attention in training.

    Shapes:  q (time, batch, features), k (keys, batch, key_features), v (keys, batch,
             value_features), y (time, batch, features); mask (time, keys), (batch, time, keys)
             or (batch, heads, time, keys)
    Raises:  ValueError if heads does not divide features
    Source:  Vaswani et al. 2017, section 3.2.2

    >>> layer = MultiHeadAttention(64, 8)
    >>> layer, layer(np.ones((5, 2, 64), "float32"), causal=True).shape
    (MultiHeadAttention(64, heads=8), (5, 2, 64))
    """

    def __init__(
        self,
        features: int,
        heads: int,
        *,
        key_features: int | None = None,
        value_features: int | None = None,
        dropout: float = 0.0,
        bias: bool = True,
        init: Any = xavier_uniform,
        training: bool | None = None,
    ) -> None:
        if heads < 1 or features % heads:
            raise ValueError(f"heads must divide features, got heads={heads} for {features}")
        self.heads, self.dropout, self.training = heads, share(dropout), training
        self.key_features, self.value_features = key_features, value_features
        sizes = features, key_features or features, value_features or features, features
        self.query, self.key, self.value, self.output = (
            Linear(size, features, bias=bias, init=init) for size in sizes
        )

    @located
    def __call__(
        self,
        q: Any,
        k: Any = None,
        v: Any = None,
        mask: Any = None,
        *,
        causal: bool = False,
        lengths: Any = None,
    ) -> Any:
        k = q if k is None else k
        v = k if v is None else v
        for x in (q, k, v):
            require_sequences("MultiHeadAttention", x)
        y = attention(
            self.split(self.query(q)),
            self.split(self.key(k)),
            self.split(self.value(v)),
            allowed(mask, lengths, k),
            causal=causal,
            dropout=self.dropout,
            training=self.training,
        )
        batch, heads, time, size = y.shape
        return self.output(y.transpose(2, 0, 1, 3).reshape(time, batch, heads * size))

    def split(self, x: Any) -> Any:
        """From (time, batch, features) to (batch, heads, time, size of a head)."""
        time, batch, features = x.shape
        return x.reshape(time, batch, self.heads, features // self.heads).transpose(1, 2, 0, 3)

    def __repr__(self) -> str:
        return shown(
            self,
            str(self.output.out_features),
            heads=self.heads,
            key_features=self.key_features,
            value_features=self.value_features,
            dropout=self.dropout,
            bias=self.query.bias is not None,
            training=self.training,
        )


def allowed(mask: Any, lengths: Any, keys: Any) -> Any:
    """Who may attend to whom, by the mask and by the lengths of the sequences of keys."""
    if mask is not None:
        mask = constant("MultiHeadAttention", "mask", mask, keys)
        mask = mask[:, None] if mask.ndim == 3 else mask
    if lengths is None:
        return mask
    time, batch, _ = keys.shape
    lengths = constant("MultiHeadAttention", "lengths", lengths, keys)
    if lengths.shape != (batch,) or lengths.dtype.kind not in "iu":
        raise ValueError(
            f"MultiHeadAttention needs lengths ({batch},), an int for each sequence of the batch, "
            f"got {lengths.dtype} of shape {lengths.shape}"
        )
    reached = np.arange(time, like=value(lengths)) < lengths[:, None, None, None]
    return reached if mask is None else mask & reached
