"""What scores, labels and targets have to be, and what is said where they are not."""

from typing import Any

import numpy as np

from knetpy.arrays import asarray
from knetpy.autograd import Param, Result, value

from .checks import require_floats

__all__ = [
    "companion",
    "constant",
    "examples",
    "factor_of",
    "mean_or_pair",
    "require_classes",
    "require_some",
    "require_within",
]


def examples(op: str, scores: Any, labels: Any, axis: int, ignore: Any) -> tuple[Any, Any]:
    """Scores as (instances, classes) and their labels, checked, without those to ignore."""
    labels = constant(op, "labels", labels, scores)
    if len(shape := scores.shape) != 2 or axis not in (-1, 1):
        scores = np.moveaxis(scores, axis, -1)
        shape = scores.shape
    if not shape or labels.shape != shape[:-1]:
        raise ValueError(
            f"{op} needs a label for each instance: labels of shape {shape[:-1]} for "
            f"classes on axis {axis}, got shape {labels.shape}; take labels.reshape(-1) of a "
            "column, labels.argmax(axis) of one-hot rows"
        )
    if labels.ndim != 1:
        labels, scores = labels.reshape(-1), scores.reshape(labels.size, shape[-1])
    if ignore is not None and not (kept := labels != ignore).all():
        labels, scores = labels[kept], scores[kept]
    require_classes(op, labels, shape[-1])
    return scores, labels


def require_classes(op: str, labels: Any, classes: int) -> None:
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"{op} needs ints as labels, got {labels.dtype}; labels.astype(int) makes them, and "
            "probabilities of a yes are for bce"
        )
    unsigned = labels.view(labels.dtype.str.replace("i", "u"))  # -1 is the largest
    if labels.size and unsigned.max() >= classes:
        raise ValueError(
            f"{op} needs labels in 0..{classes - 1} for {classes} classes, got "
            f"{labels.min()}..{labels.max()}; labels count from 0, and ignore= names one to skip"
        )


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


def mean_or_pair(op: str, terms: Any, average: bool) -> Any:
    """The mean of all terms, or the pair (total, count)."""
    loss = terms.sum() * factor_of(op, terms.size, average)
    return loss if average else (loss, terms.size)


def require_within(op: str, labels: Any, low: int, hint: str) -> None:
    """Whether all of a plain array lies in [low, 1]."""
    if labels.size and not (labels.min() >= low and labels.max() <= 1):
        raise ValueError(
            f"{op} needs labels {low} and 1 (or between), got {labels.min()} to {labels.max()}; "
            + hint
        )
