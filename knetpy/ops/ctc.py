"""Connectionist temporal classification: labels in order, at times that nobody has marked."""

from typing import Any

import numpy as np

from knetpy.arrays import full
from knetpy.autograd import primitive, value
from knetpy.autograd.derivatives import vjp
from knetpy.autograd.values import Array

from .checks import require_floats
from .softmax import log_softmax, logsumexp
from .targets import constant, mean_or_pair, require_classes

__all__ = ["ctc"]

NEVER = -1e30  # the logarithm of 0, but finite, so that its differences are


def ctc(
    scores: Any,
    labels: Any,
    *,
    lengths: Any = None,
    label_lengths: Any = None,
    blank: int = 0,
    average: bool = True,
) -> Any:
    """Negative log likelihood of labels in order, over all ways to spread them, in nats each.

    At every time the scores choose a class or the `blank`; then repetitions are merged, and
    blanks left out.  The mean is over sequences, whatever their length.

    Shapes:  scores (time, batch, classes); labels (batch, most), padded with anything
             lengths and label_lengths (batch,), all of it unless given
             returns (), or the pair (total, batch) when average is False
    Raises:  ValueError for labels out of range or blank, or more than the time has room for
    Source:  Graves et al. 2006, eq. 6-16; PyTorch's mean divides by label lengths too

    >>> round(float(ctc(np.zeros((2, 1, 2)), np.array([[1]]))), 4)  # 1-, -1 and 11, of four
    0.2877
    """
    if scores.ndim != 3:
        raise ValueError(f"ctc needs scores (time, batch, classes), got shape {scores.shape}")
    require_floats("ctc", scores)
    time, batch, classes = scores.shape
    labels = constant("ctc", "labels", labels, scores)
    if labels.ndim != 2 or len(labels) != batch:
        raise ValueError(
            f"ctc needs labels ({batch}, most) for scores {scores.shape}, got {labels.shape}"
        )
    lengths = lengths_of("lengths", lengths, time, 1, scores)
    label_lengths = lengths_of("label_lengths", label_lengths, labels.shape[1], 0, scores)
    used = np.arange(labels.shape[1], like=labels) < label_lengths[:, None]
    require_classes("ctc", labels[used], classes)
    if (labels[used] == blank).any():
        raise ValueError(f"ctc needs labels without the blank {blank}; blank= names another class")
    paths = Paths(np.where(used, labels, blank), lengths, label_lengths, blank, time)
    classes_of = np.broadcast_to(paths.classes, (time, *paths.classes.shape))
    emitted = np.take_along_axis(log_softmax(scores), classes_of, axis=2)
    return mean_or_pair("ctc", -likelihood(emitted, paths=paths), average)


def lengths_of(name: str, lengths: Any, most: int, least: int, scores: Any) -> Any:
    batch = scores.shape[1]
    if lengths is None:
        return full((batch,), most, like=value(scores), dtype=np.intp)
    lengths = constant("ctc", name, lengths, scores)
    if lengths.shape != (batch,) or lengths.dtype.kind not in "iu":
        raise ValueError(
            f"ctc needs {name} ({batch},), an int for each sequence, got {lengths.dtype} of "
            f"shape {lengths.shape}"
        )
    if batch and not (lengths.min() >= least and lengths.max() <= most):
        raise ValueError(
            f"ctc needs {name} in {least}..{most}, got {lengths.min()}..{lengths.max()}"
        )
    return lengths


class Paths:
    """The ways through a label: blanks around every class, and what may follow what."""

    def __init__(self, labels: Any, lengths: Any, label_lengths: Any, blank: int, time: int):
        batch, most = labels.shape
        self.reached: list[Any] = []
        self.classes = full((batch, 2 * most + 1), blank, like=labels)
        self.classes[:, 1::2] = labels
        again = labels[:, 1:] == labels[:, :-1]
        inside = np.arange(1, max(most, 1), like=labels) < label_lengths[:, None]
        self.require_room(lengths, label_lengths + (again & inside).sum(axis=1))
        self.skips = self.classes != blank  # over a blank, from another class
        self.skips[:, 3::2] &= ~again
        self.ended = (np.arange(time, like=lengths)[:, None] >= lengths)[:, :, None]
        self.last = 2 * label_lengths
        self.each = np.arange(batch, like=labels)

    def require_room(self, lengths: Any, needed: Any) -> None:
        if (needed > lengths).any():
            n = int((needed > lengths).argmax())
            raise ValueError(
                f"ctc: sequence {n} of length {int(lengths[n])} has no room for its labels, which "
                f"need {int(needed[n])} times, one each and one between equal neighbours"
            )

    def start(self, emitted: Any) -> Any:
        """Before the first time all ways stand at the first blank; two columns are for `ways`."""
        first = full((len(self.last), emitted.shape[2] + 2), NEVER, like=value(emitted))
        first[:, 2] = 0
        return first

    def ways(self, reached: Any) -> Any:
        """How likely each place is reached by staying, by a step, by a skip."""
        skipping = np.where(self.skips, reached[:, :-2], NEVER)
        return np.stack([reached[:, 2:], reached[:, 1:-1], skipping])

    def forward(self, emitted: Any) -> tuple[Any, list[Any]]:
        """The logarithm of the likelihood, and of reaching each place before each time and last."""
        all_reached = [reached := self.start(emitted)]
        outside = reached[:, :2]
        for t in range(len(emitted)):
            new = emitted[t] + logsumexp(self.ways(reached), axis=0)
            new = np.where(self.ended[t], reached[:, 2:], new)
            reached = np.concatenate([outside, new], axis=1)
            all_reached.append(reached)
        return logsumexp(np.stack(self.ends(reached)), axis=0), all_reached

    def ends(self, reached: Any) -> list[Any]:
        return [reached[self.each, self.last + 2], reached[self.each, self.last + 1]]

    def posterior(self, y: Any) -> Any:
        """How likely each way goes through each place at each time, given the labels."""
        rows = np.zeros_like(self.reached[-1])
        for k, end in enumerate(self.ends(self.reached[-1])):
            rows[self.each, self.last + 2 - k] = np.exp(end - y)
        found = []
        for t in range(len(self.reached) - 2, -1, -1):
            here = rows[:, 2:]
            found.append(np.where(self.ended[t], 0, here))
            ways = self.ways(self.reached[t])
            shares = here * np.exp(ways - logsumexp(ways, axis=0))
            before = np.zeros_like(rows)
            for k in range(3):
                before[:, 2 - k : before.shape[1] - k] += shares[k]
            rows = np.where(self.ended[t], rows, before)
        return np.stack(found[::-1])


def likelihood_dx(dy: Any, y: Any, emitted: Any, *, paths: Paths) -> Any:
    if isinstance(dy, Array) or isinstance(emitted, Array):
        return vjp(lambda x: paths.forward(x)[0], emitted)[1](dy)[0]
    return dy[:, None] * paths.posterior(y)


@primitive(rules=[likelihood_dx])
def likelihood(emitted: Any, *, paths: Paths) -> Any:
    """The logarithm of the likelihood of each sequence's labels; `paths` keeps where it was."""
    y, paths.reached = paths.forward(emitted)
    return y
