"""Linear maps along one axis that see few numbers each: what resizing an image is made of."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Layer", "Sampling"]


class Layer(NamedTuple):
    """Results `out` get `weight` times the numbers `into`; no result twice.

    Both are slices where the places are evenly apart, and a weight of None is one.
    """

    out: Any
    into: Any
    weight: Any


class Sampling:
    """The matrix of shape (results, numbers) with `weight` at each place (out, into).

    >>> last_two = Sampling((1, 3), [0, 0], [1, 2], [0.5, 0.5])
    >>> last_two.T.shape, len(last_two.layers), len(last_two.T.layers)
    ((3, 1), 2, 1)
    """

    def __init__(self, shape: tuple[int, int], out: Any, into: Any, weight: Any) -> None:
        self.shape = shape
        self.places = np.asarray(out, int), np.asarray(into, int), np.asarray(weight, float)

    @cached_property
    def T(self) -> "Sampling":  # noqa: N802 (NumPy's name)
        out, into, weight = self.places
        other = Sampling((self.shape[1], self.shape[0]), into, out, weight)
        other.__dict__["T"] = self
        return other

    @cached_property
    def layers(self) -> Sequence[Layer]:
        """The places, dealt so that in each layer every result stands at most once."""
        order = np.lexsort(self.places[1::-1])
        out, into, weight = (x[order] for x in self.places)
        turn = np.arange(len(out)) - np.searchsorted(out, out)
        return [self.layer(out, into, weight, turn == k) for k in range(turn.max(initial=-1) + 1)]

    def layer(self, out: Any, into: Any, weight: Any, here: Any) -> Layer:
        out, into, weight = out[here], into[here], weight[here]
        return Layer(
            run(out, self.shape[0]), run(into, None), None if (weight == 1).all() else weight
        )


def run(places: Any, whole: int | None) -> Any:
    """The slice that names these places, if there is one; slice(None) for all of the `whole`."""
    first, n = int(places[0]), len(places)
    step = int(places[1]) - first if n > 1 else 1
    if step < 1 or (np.diff(places) != step).any():
        return places
    return slice(None) if n == whole else slice(first, first + (n - 1) * step + 1, step)
