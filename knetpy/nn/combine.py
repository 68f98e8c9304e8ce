"""Layers made of layers or functions beside each other: sums, gates, and what stays as it is."""

from collections.abc import Callable
from functools import reduce
from operator import add, mul
from typing import Any

from .layer import Activation, Layer, brief, callables, checked, located, shown, stacked

__all__ = ["Add", "Identity", "Lambda", "Mul"]


class Identity(Layer):
    """Its input as it is: the short cut in an `Add`, or what takes the place of a layer.

    >>> Identity()(3.0)
    3.0
    """

    def __call__(self, x: Any) -> Any:
        return x


class Lambda(Layer):
    """Any function of an array as a layer, with further arguments bound.

        y = f(x, *args, **options)

    >>> import numpy as np
    >>> layer = Lambda(np.clip, 0, 1)
    >>> layer, layer(np.array([-1.0, 0.5, 2.0]))
    (Lambda(clip, 0, 1), array([0. , 0.5, 1. ]))
    """

    def __init__(self, f: Callable[..., Any], *args: Any, **options: Any) -> None:
        if not callable(f):
            raise TypeError(f"Lambda calls a function, got {f!r}")
        self.f, self.args, self.options = f, args, options

    def __call__(self, x: Any) -> Any:
        return self.f(x, *self.args, **self.options)

    def __repr__(self) -> str:
        return shown(self, self.f, *map(brief, self.args), **self.options)


class Beside(Layer):
    """What Add and Mul share: layers called on the same input."""

    def __init__(self, *layers: Callable[[Any], Any], activation: Activation = None) -> None:
        name = type(self).__name__
        if not layers:
            raise TypeError(f"{name} needs at least one layer")
        self.layers, self.activation = callables(name, layers), checked(activation)

    def joined(self, join: Callable[[Any, Any], Any], x: Any) -> Any:
        y = reduce(join, [layer(x) for layer in self.layers])
        return self.activation(y) if self.activation else y

    def __repr__(self) -> str:
        lines = [brief(layer) for layer in self.layers]
        if self.activation:
            lines.append(f"activation={brief(self.activation)}")
        return stacked(self, lines)


class Add(Beside):
    """The sum of what layers make of the same input, then an activation: residual connections.

        y = activation(layers[0](x) + layers[1](x) + …)

    Source:  He, Zhang, Ren and Sun 2016; Knet.jl layers21/add.jl

    >>> import numpy as np
    >>> Add(Identity(), np.square)
    Add(
      Identity()
      square
    )
    >>> Add(Identity(), np.square)(3.0)
    np.float64(12.0)
    """

    @located
    def __call__(self, x: Any) -> Any:
        return self.joined(add, x)


class Mul(Beside):
    """The product of what layers make of the same input, then an activation: gates.

        y = activation(layers[0](x) * layers[1](x) * …)

    Source:  Hu, Shen and Sun 2018 for channels; Knet.jl layers21/mul.jl

    >>> import numpy as np
    >>> from knetpy import ops
    >>> Mul(Identity(), ops.sigmoid)(np.zeros(2))
    array([0., 0.])
    """

    @located
    def __call__(self, x: Any) -> Any:
        return self.joined(mul, x)
