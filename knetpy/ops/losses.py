"""Losses, means over a batch or pairs (total, count), and the accuracy of a classifier."""

from typing import Any

import numpy as np

from knetpy.arrays import asarray, empty
from knetpy.autograd import Param, Result, primitive, value

from .activations import sigmoid
from .softmax import highest, log_softmax, softmax

__all__ = ["accuracy", "bce", "mse", "nll"]


def nll(
    scores: Any,
    labels: Any,
    *,
    axis: int = -1,
    ignore: int | None = None,
    weight: Any = None,
    smoothing: float = 0.0,
    average: bool = True,
) -> Any:
    """Negative log likelihood of the right labels, in nats per example.

        nll = -mean_i log_softmax(scores[i])[labels[i]]

    Instances labelled `ignore` are left out.  `weight` (classes,) gives each class its weight in
    the mean.  `smoothing` is the share of the target that is spread evenly over all classes.

    Shapes:  scores (batch, classes), or with the classes on `axis`; labels the same without it
             returns (), or the pair (total, count) when average is False; count is in weights
    Raises:  ValueError for a label out of range, for shapes that differ, if nothing is left
    Source:  Knet.jl ops20/loss.jl, nll

    >>> round(float(nll(np.array([[2.0, 0.0]]), np.array([0]))), 4)
    0.1269
    """
    require_floats("nll", scores)
    scores, ids = examples("nll", scores, labels, axis, ignore)
    shares = None if weight is None else class_weights(weight, scores)[ids]
    count = len(ids) if shares is None else float(shares.sum())
    factor = factor_of("nll", count, average)
    scale = factor if shares is None else shares[:, None] * factor
    likely = empty(scores.shape, like=value(scores))
    loss = label_nll(scores, ids=ids, scale=scale, likely=likely)
    if smoothing:
        even = class_nll(scores, weight, factor)
        loss = (1 - smoothing) * loss + smoothing * even
    return loss if average else (loss, count)


def bce(scores: Any, labels: Any, *, average: bool = True) -> Any:
    """Binary cross entropy of scores whose `sigmoid` is the probability of label 1, in nats.

        bce = mean(log(1 + exp(scores)) - labels * scores)

    Shapes:  labels as scores, of any shape; 0, 1, bools, or probabilities between
             returns (), or the pair (total, count) when average is False
    Raises:  ValueError for shapes that differ, for labels outside of [0, 1]
    Source:  Knet.jl ops20/loss.jl, bce

    >>> round(float(bce(np.array([2.0]), np.array([1]))), 4)
    0.1269
    """
    labels = companion("bce", "scores", scores, "labels", labels)
    plain = value(labels)
    if plain.size and not (plain.min() >= 0 and plain.max() <= 1):
        raise ValueError(
            f"bce needs labels 0 and 1 (or between), got {plain.min()} to {plain.max()}; "
            "labels -1 and 1 become (labels + 1) / 2"
        )
    loss = binary_nll(scores, labels, scale=factor_of("bce", plain.size, average))
    return loss if average else (loss, plain.size)


def mse(y: Any, targets: Any, *, average: bool = True) -> Any:
    """Mean squared error: mean((y - targets)**2), over all entries.

    Shapes:  targets as y, of any shape
             returns (), or the pair (total, count) when average is False
    Raises:  ValueError for shapes that differ: broadcasting would compare every pair

    >>> mse(np.array([1.0, 2.0]), np.array([0.0, 0.0]))
    np.float64(2.5)
    """
    targets = companion("mse", "y", y, "targets", targets)
    loss = squares(y, targets, scale=factor_of("mse", y.size, average))
    return loss if average else (loss, y.size)


def accuracy(
    scores: Any, labels: Any, *, axis: int = -1, ignore: int | None = None, average: bool = True
) -> Any:
    """The fraction of instances, in [0, 1], whose highest score is at their label.

    Of equal scores the first counts.  Instances labelled `ignore` are left out.

    Shapes:  as for `nll`; returns a float, or the pair (correct, count) when average is False
    Raises:  ValueError as for `nll`
    Source:  Knet.jl ops20/loss.jl, accuracy

    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    """
    scores, ids = examples("accuracy", value(scores), labels, axis, ignore)
    correct = int((scores.argmax(axis=1) == ids).sum())
    if not average:
        return correct, len(ids)
    require_some("accuracy", len(ids))
    return correct / len(ids)


def label_nll_dx(dy: Any, loss: Any, scores: Any, *, ids: Any, scale: Any, likely: Any) -> Any:
    """(softmax(scores) - onehot(ids)) * scale * dy."""
    share = scale * dy
    if Result in (type(dy), type(scores)):
        return (softmax(scores) - onehot(ids, likely)) * share
    dx = likely * share
    dx[np.arange(len(ids), like=dx), ids] -= share.reshape(-1)
    return dx


@primitive(rules=[label_nll_dx])
def label_nll(scores: Any, *, ids: Any, scale: Any, likely: Any) -> Any:
    """The scaled sum of nll over the rows of `scores`; leaves their softmax in `likely`."""
    np.subtract(scores, highest(scores, 1), out=likely)
    right = likely[np.arange(len(ids), like=likely), ids]
    np.exp(likely, out=likely)
    total = likely.sum(axis=1, keepdims=True)
    likely /= total
    return ((np.log(total) - right[:, None]) * scale).sum()


def class_nll(scores: Any, weight: Any, factor: float) -> Any:
    """The scaled sum of nll where every class of an instance is equally right."""
    logs = log_softmax(scores)
    if weight is not None:
        logs = logs * class_weights(weight, scores)
    return logs.sum() * (-factor / scores.shape[1])


@primitive(
    rules=[
        lambda dy, loss, scores, labels, *, scale: (sigmoid(scores) - labels) * (dy * scale),
        lambda dy, loss, scores, labels, *, scale: scores * (dy * -scale),
    ]
)
def binary_nll(scores: Any, labels: Any, *, scale: float) -> Any:
    """The scaled sum of bce."""
    tail = np.log1p(np.exp(-np.abs(scores)))
    return (np.maximum(scores, 0) - scores * labels + tail).sum() * scale


@primitive(
    rules=[
        lambda dy, loss, y, targets, *, scale: (y - targets) * (dy * (2 * scale)),
        lambda dy, loss, y, targets, *, scale: (targets - y) * (dy * (2 * scale)),
    ]
)
def squares(y: Any, targets: Any, *, scale: float) -> Any:
    """The scaled sum of squared differences."""
    error = y - targets
    error *= error
    return error.sum() * scale


def onehot(ids: Any, like: Any) -> Any:
    rows = np.zeros_like(like)
    rows[np.arange(len(ids), like=like), ids] = 1
    return rows


def examples(op: str, scores: Any, labels: Any, axis: int, ignore: Any) -> tuple[Any, Any]:
    """Scores as (instances, classes) and their labels, checked, without those to ignore."""
    labels = constant(op, "labels", labels, scores)
    if scores.ndim != 2 or axis not in (-1, 1):
        scores = np.moveaxis(scores, axis, -1)
    if not scores.ndim or labels.shape != scores.shape[:-1]:
        raise ValueError(
            f"{op} needs a label for each instance: labels of shape {scores.shape[:-1]} for "
            f"classes on axis {axis}, got shape {labels.shape}; take labels.reshape(-1) of a "
            "column, labels.argmax(axis) of one-hot rows"
        )
    if labels.ndim != 1:
        labels, scores = labels.reshape(-1), scores.reshape(labels.size, scores.shape[-1])
    if ignore is not None and not (kept := labels != ignore).all():
        labels, scores = labels[kept], scores[kept]
    require_classes(op, labels, scores.shape[1])
    return scores, labels


def require_classes(op: str, labels: Any, classes: int) -> None:
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"{op} needs ints as labels, got {labels.dtype}; labels.astype(int) makes them, and "
            "probabilities of a yes are for bce"
        )
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(
            f"{op} needs labels in 0..{classes - 1} for {classes} classes, got "
            f"{labels.min()}..{labels.max()}; labels count from 0, and ignore= names one to skip"
        )


def class_weights(weight: Any, scores: Any) -> Any:
    weight = constant("nll", "weight", weight, scores)
    if weight.shape != scores.shape[1:]:
        raise ValueError(
            f"nll needs a weight for each of {scores.shape[1]} classes, got shape {weight.shape}"
        )
    return weight.astype(scores.dtype)


def constant(op: str, name: str, x: Any, like: Any) -> Any:
    """`x` as a plain array; lists and numbers go where `like` is."""
    if isinstance(x, (Param, Result)):
        raise TypeError(f"{op} is not differentiable in {name}=; pass value({name})")
    x = value(x)
    return x if hasattr(x, "dtype") else asarray(x, like=value(like))


def companion(op: str, name: str, x: Any, other: str, z: Any) -> Any:
    """`z` of the shape of `x`, and in its dtype."""
    require_floats(op, x)
    z = z if hasattr(z, "dtype") else asarray(z, like=value(x))
    if z.shape != x.shape:
        raise ValueError(
            f"{op} needs {other} of the same shape as {name}, got {name} {x.shape} and "
            f"{other} {z.shape}; reshape one of them, for broadcasting would compare every pair"
        )
    return z if z.dtype == x.dtype else z.astype(x.dtype)


def require_floats(op: str, x: Any) -> None:
    if x.dtype.kind != "f":
        raise TypeError(f"{op} needs real floats, got {x.dtype}; convert with x.astype(float)")


def require_some(op: str, count: Any) -> None:
    if not count:
        raise ValueError(
            f"{op} has nothing to average: the batch is empty, or ignore= or weight= leave out "
            "all of it; average=False gives the pair (total, count)"
        )


def factor_of(op: str, count: Any, average: bool) -> float:
    """What a total is multiplied by."""
    if not average:
        return 1.0
    require_some(op, count)
    return 1.0 / float(count)
