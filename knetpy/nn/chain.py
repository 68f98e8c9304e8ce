"""Chain: layers called one after the other."""

from collections.abc import Callable, Iterator
from typing import Any

from .layer import Layer, brief, stacked

__all__ = ["Chain"]


class Chain(Layer):
    """Layers, or any functions of an array, called one after the other.

    An index gives a layer, a slice a Chain that shares its layers; `layers` is the list.  An
    error that comes up inside says in a note at which layer.

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
        for i, layer in enumerate(layers):
            if not callable(layer):
                raise TypeError(
                    f"Chain calls its layers, but number {i} is a {type(layer).__name__}; "
                    "of a list write Chain(*layers)"
                )
        self.layers = list(layers)

    def __call__(self, x: Any) -> Any:
        i, layer = 0, None
        try:
            for i, layer in enumerate(self.layers):  # noqa: B007
                x = layer(x)
            return x
        except Exception as error:
            locate(error, self, i, layer)
            raise

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __getitem__(self, index: Any) -> Any:
        return Chain(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __repr__(self) -> str:
        return stacked(self, [brief(layer) for layer in self.layers])


def locate(error: Exception, chain: Chain, i: int, layer: Any) -> None:
    """Note where in the model an error came up; a Chain around another extends its path."""
    here, inner = f"in {type(chain).__name__}/{i}", f"in {type(layer).__name__}/"
    notes = getattr(error, "__notes__", [""])
    if isinstance(layer, Chain) and notes[-1].startswith(inner):
        notes[-1] = f"{here}/{notes[-1].removeprefix(inner)}"
    else:
        error.add_note(f"{here} {brief(layer)}")
