"""Chain: layers called one after the other."""

from collections.abc import Callable, Iterator, MutableSequence
from typing import Any

from .layer import Layer, brief, callables, locate, stacked

__all__ = ["Chain"]


class Chain(Layer, MutableSequence[Any]):
    """Layers, or any functions of an array, called one after the other.

    A Chain is a list of its layers: it has indices, `append`, `insert`, `pop` and the like; a
    slice gives a Chain that shares its layers.  An error inside says in a note at which layer.

    Raises:  TypeError for what cannot be called

    >>> import numpy as np
    >>> from knetpy.nn import Flatten
    >>> model = Chain(Flatten(), np.tanh)
    >>> model
    Chain(
      Flatten()
      tanh
    )
    >>> model(np.ones((2, 3, 4))).shape, len(model), model[:1](np.ones((1, 1, 1)))
    ((2, 12), 2, array([[1.]]))
    """

    def __init__(self, *layers: Callable[[Any], Any]) -> None:
        self.layers = callables("Chain", layers)

    def __call__(self, x: Any) -> Any:
        i, layer = 0, None
        try:
            for i, layer in enumerate(self.layers):  # noqa: B007
                x = layer(x)
            return x
        except Exception as error:
            locate(error, self, [str(i)], layer)
            raise

    __call__.located = True  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __getitem__(self, index: Any) -> Any:
        return Chain(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __setitem__(self, index: Any, layer: Any) -> None:
        several = isinstance(index, slice)
        layers = callables("Chain", layer if several else [layer])
        self.layers[index] = layers if several else layer

    def __delitem__(self, index: Any) -> None:
        del self.layers[index]

    def insert(self, index: int, layer: Callable[[Any], Any]) -> None:
        self.layers[index:index] = callables("Chain", [layer])

    def __repr__(self) -> str:
        return stacked(self, [brief(layer) for layer in self.layers])
