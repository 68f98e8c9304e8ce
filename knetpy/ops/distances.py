"""Losses of values: how far they lie from their targets, or from each other."""

from typing import Any

import numpy as np

from knetpy.autograd import primitive, value

from .activations import relu
from .targets import companion, factor_of, mean_or_pair, require_within

__all__ = ["cosine_loss", "cosine_similarity", "huber", "mae", "mse", "triplet"]


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


def mae(y: Any, targets: Any, *, average: bool = True) -> Any:
    """Mean absolute error: mean(abs(y - targets)), over all entries.

    Shapes:  targets as y, of any shape
             returns (), or the pair (total, count) when average is False
    Raises:  ValueError for shapes that differ

    >>> mae(np.array([1.0, 2.0]), np.array([0.0, 0.0]))
    np.float64(1.5)
    """
    return mean_or_pair("mae", abs(y - companion("mae", "y", y, "targets", targets)), average)


def huber(y: Any, targets: Any, *, delta: float = 1.0, average: bool = True) -> Any:
    """Half of the squared error up to `delta`, and from there on its tangent; the mean of it.

        huber = mean(e**2 / 2 if e <= delta else delta * (e - delta / 2)), e = abs(y - targets)

    Shapes:  targets as y, of any shape
             returns (), or the pair (total, count) when average is False
    Raises:  ValueError for shapes that differ, or unless delta > 0
    Source:  Huber 1964

    >>> huber(np.array([1.0, 3.0]), np.array([0.0, 0.0]))
    np.float64(1.5)
    """
    if not delta > 0:
        raise ValueError(f"huber needs delta > 0, got {delta}")
    error = y - companion("huber", "y", y, "targets", targets)
    return mean_or_pair("huber", huber_terms(error, delta=delta), average)


def cosine_similarity(a: Any, b: Any, *, axis: int = -1, eps: float = 1e-8) -> Any:
    """The cosine of the angles between vectors along `axis`, in [-1, 1].

        y = sum(a * b) / (max(norm(a), eps) * max(norm(b), eps))

    Shapes:  a and b broadcast against each other; returns their shape without the axis

    >>> cosine_similarity(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([2.0, 0.0])).round(4)
    array([1.    , 0.7071])
    """
    norms = [np.sqrt(np.maximum((x * x).sum(axis=axis), eps * eps)) for x in (a, b)]
    return (a * b).sum(axis=axis) / (norms[0] * norms[1])


def cosine_loss(
    a: Any, b: Any, labels: Any, *, margin: float = 0.0, axis: int = -1, average: bool = True
) -> Any:
    """1 - cosine of pairs labelled 1; of those labelled -1, the cosine beyond the margin.

        cosine_loss = mean(1 - cos if label == 1 else max(0, cos - margin))

    Shapes:  a and b the same; labels the same without the axis
             returns (), or the pair (total, count) when average is False
    Raises:  ValueError for shapes that differ, for labels outside of [-1, 1]

    >>> a, b = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> cosine_loss(a, b, np.array([1, -1]), margin=0.5)
    np.float64(0.25)
    """
    cos = cosine_similarity(a, companion("cosine_loss", "a", a, "b", b), axis=axis)
    labels = companion("cosine_loss", "pairs", cos, "labels", labels)
    require_within("cosine_loss", value(labels), -1, "labels 0 and 1 become 2 * labels - 1")
    return mean_or_pair("cosine_loss", np.where(labels > 0, 1 - cos, relu(cos - margin)), average)


def triplet(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    average: bool = True,
) -> Any:
    """How much less than the margin an anchor is nearer to its positive than to its negative.

        triplet = mean(max(0, norm(anchor - positive) - norm(anchor - negative) + margin))

    The norm is that of order `p` over the last axis, of the differences plus `eps`, without
    which it has no slope at 0.

    Shapes:  all three (..., features)
             returns (), or the pair (total, count) when average is False
    Raises:  ValueError for shapes that differ
    Source:  Schroff et al. 2015, FaceNet; Balntas et al. 2016

    >>> round(float(triplet(np.array([[0.0]]), np.array([[2.0]]), np.array([[2.5]]))), 4)
    0.5
    """
    near = anchor - companion("triplet", "anchor", anchor, "positive", positive)
    far = anchor - companion("triplet", "anchor", anchor, "negative", negative)
    near, far = (np.linalg.norm(x + eps, p, axis=-1) for x in (near, far))
    return mean_or_pair("triplet", relu(near - far + margin), average)


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


@primitive(rules=[lambda dy, y, error, *, delta: dy * np.clip(error, -delta, delta)])
def huber_terms(error: Any, *, delta: float) -> Any:
    near = np.clip(error, -delta, delta)
    return near * (error - 0.5 * near)
