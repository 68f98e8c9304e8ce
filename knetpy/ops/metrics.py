"""What a classifier is judged by: of one batch, or of a model over many; nothing is recorded.

Where scores and labels are expected, a model and its batches may stand: pairs (x, labels).
Totals and counts are summed over them before they are divided, so a last, smaller batch has its
due weight.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from knetpy.autograd import value
from knetpy.autograd.values import current

from .losses import nll
from .targets import examples, require_some

__all__ = [
    "accuracy",
    "confusion_matrix",
    "evaluate",
    "f1",
    "perplexity",
    "precision",
    "recall",
    "top_k_accuracy",
]


def evaluate(
    model: Callable[[Any], Any], batches: Iterable[Any], loss: Any = nll, **options: Any
) -> float:
    """The mean of a loss or metric over all batches, each weighted by what it counts.

    `loss` is any function of `(model(x), y, average=False)` that gives a pair (total, count).

    Raises:  ValueError if there is nothing to average
    Source:  Knet.jl ops20/loss.jl, nll(model; data)

    >>> from knetpy.ops import mse
    >>> batches = [(np.array([1.0, 2.0]), np.array([1.0, 1.0])), (np.array([5.0]), np.array([1.0]))]
    >>> evaluate(lambda x: x, batches, mse)
    5.666666666666667
    """
    total, count = summed(
        lambda y, targets: loss(y, targets, average=False, **options), model, batches
    )
    require_some("evaluate", count)
    return float(total) / float(count)


def accuracy(
    scores: Any, labels: Any, *, axis: int = -1, ignore: int | None = None, average: bool = True
) -> Any:
    """The fraction of instances, in [0, 1], whose highest score is at their label.

    Of equal scores the first counts.  Instances labelled `ignore` are left out.  A model and
    its batches may stand for scores and labels.

    Shapes:  as for `nll`; returns a float, or the pair (correct, count) when average is False
    Raises:  ValueError as for `nll`
    Source:  Knet.jl ops20/loss.jl, accuracy

    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    """

    def hits(scores: Any, labels: Any) -> tuple[int, int]:
        scores, ids = examples("accuracy", value(scores), labels, axis, ignore)
        return int((scores.argmax(axis=1) == ids).sum()), len(ids)

    return share("accuracy", summed(hits, scores, labels), average)


def top_k_accuracy(
    scores: Any,
    labels: Any,
    k: int = 5,
    *,
    axis: int = -1,
    ignore: int | None = None,
    average: bool = True,
) -> Any:
    """The fraction of instances, in [0, 1], whose label is among their `k` highest scores.

    Otherwise as `accuracy`.

    Raises:  ValueError as for `nll`, or unless k is in 1..classes

    >>> top_k_accuracy(np.array([[0.1, 0.7, 0.2], [0.8, 0.2, 0.0]]), np.array([2, 2]), k=2)
    0.5
    """

    def hits(scores: Any, labels: Any) -> tuple[int, int]:
        scores, ids = examples("top_k_accuracy", value(scores), labels, axis, ignore)
        if not 1 <= k <= scores.shape[1]:
            raise ValueError(f"top_k_accuracy needs k in 1..{scores.shape[1]} classes, got {k!r}")
        own = np.take_along_axis(scores, ids[:, None], axis=1)
        later = np.arange(scores.shape[1], like=scores) >= ids[:, None]
        above = ~((scores < own) | (scores == own) & later)
        return int((above.sum(axis=1) < k).sum()), len(ids)

    return share("top_k_accuracy", summed(hits, scores, labels), average)


def perplexity(scores: Any, labels: Any, *, axis: int = -1, ignore: int | None = None) -> float:
    """Between how many equally likely classes the scores leave the choice: exp(nll).

    A model and its batches may stand for scores and labels.

    Shapes:  as for `nll`; returns a float, at least 1
    Raises:  ValueError as for `nll`

    >>> round(perplexity(np.zeros((3, 10)), np.array([1, 5, 9])), 4)
    10.0
    """

    def nats(scores: Any, labels: Any) -> tuple[Any, int]:
        pair: tuple[Any, int] = nll(value(scores), labels, axis=axis, ignore=ignore, average=False)
        return pair

    mean = share("perplexity", summed(nats, scores, labels), True)
    return float(np.exp(np.float64(mean)))


def confusion_matrix(scores: Any, labels: Any, *, axis: int = -1, ignore: int | None = None) -> Any:
    """How often instances of each class (row) have their highest score at each class (column).

    A model and its batches may stand for scores and labels.

    Shapes:  as for `nll`; returns ints (classes, classes)
    Raises:  ValueError as for `nll`

    >>> confusion_matrix(np.array([[0.1, 0.9], [0.8, 0.2], [0.6, 0.4]]), np.array([1, 1, 0]))
    array([[1, 0],
           [1, 1]])
    """

    def counts(scores: Any, labels: Any) -> tuple[Any]:
        scores, ids = examples("confusion_matrix", value(scores), labels, axis, ignore)
        classes = scores.shape[1]
        places = ids.astype(np.intp) * classes + scores.argmax(axis=1)
        return (np.bincount(places, minlength=classes**2).reshape(classes, classes),)

    return summed(counts, scores, labels)[0]


def precision(scores: Any, labels: Any, *, mean: str | None = "macro", **options: Any) -> Any:
    """Of the instances that are taken for a class, the fraction that belongs to it, in [0, 1].

    `mean` over classes: "macro" all alike, "weighted" by their instances, "micro" of the totals,
    None for an array with one for each class.  A class without any prediction counts 0; one
    that has no instances either is left out of the macro mean.  Options are those of
    `confusion_matrix`, and a model and its batches may stand for scores and labels.

    >>> precision(np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]), np.array([1, 0, 0]), mean=None)
    array([1. , 0.5])
    """
    table = confusion_matrix(scores, labels, **options)
    return over_classes("precision", table, table.sum(axis=0), mean)


def recall(scores: Any, labels: Any, *, mean: str | None = "macro", **options: Any) -> Any:
    """Of the instances of a class, the fraction that is taken for it, in [0, 1].

    Otherwise as `precision`.

    >>> recall(np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]), np.array([1, 0, 0]), mean=None)
    array([0.5, 1. ])
    """
    table = confusion_matrix(scores, labels, **options)
    return over_classes("recall", table, table.sum(axis=1), mean)


def f1(scores: Any, labels: Any, *, mean: str | None = "macro", **options: Any) -> Any:
    """The harmonic mean of `precision` and `recall` of each class, in [0, 1].

    Otherwise as `precision`.

    >>> f1(np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]), np.array([1, 0, 0]), mean="micro")
    0.6666666666666666
    """
    table = confusion_matrix(scores, labels, **options)
    return over_classes("f1", table, (table.sum(axis=0) + table.sum(axis=1)) / 2, mean)


def over_classes(op: str, table: Any, of: Any, mean: str | None) -> Any:
    """The diagonal over `of`, in the mean that is asked for."""
    right, instances = table.diagonal(), table.sum(axis=1)
    rates = right / np.where(of == 0, 1, of)
    if mean is None:
        return rates
    weights = {
        "macro": (instances + table.sum(axis=0)) > 0,
        "weighted": instances,
        "micro": of,
    }
    if mean not in weights:
        raise ValueError(f"{op} takes mean= {', '.join(weights)} or None, got {mean!r}")
    require_some(op, int(table.sum()))
    return float((rates * weights[mean]).sum() / weights[mean].sum())


def share(op: str, parts: tuple[Any, ...], average: bool) -> Any:
    """The mean of a pair (total, count), or the pair itself."""
    total, count = parts
    if not average:
        return total, count
    require_some(op, count)
    return float(total) / count


def summed(count: Callable[..., tuple[Any, ...]], scores: Any, labels: Any) -> tuple[Any, ...]:
    """What `count(scores, labels)` gives; if scores is a model, summed over the batches."""
    if not callable(scores):
        return count(scores, labels)
    with unrecorded():
        batches = [count(scores(x), y) for x, y in labels]
    if not batches:
        raise ValueError("a metric of a model needs at least one batch, got none")
    return tuple(map(sum, zip(*batches, strict=True)))


@contextmanager
def unrecorded() -> Iterator[None]:
    token = current.set(None)
    try:
        yield
    finally:
        current.reset(token)
