"""Losses of scores: means over a batch, or pairs (total, count)."""

from typing import Any

import numpy as np

import knetpy.kernels as kernels
from knetpy.autograd import Result, primitive, value

from .activations import relu, sigmoid
from .checks import require_floats
from .embedding import rows
from .softmax import log_softmax, softmax
from .targets import (
    companion,
    constant,
    examples,
    factor_of,
    mean_or_pair,
    require_within,
)

__all__ = ["bce", "hinge", "kl_div", "logistic", "nll"]


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
    loss = label_nll(scores, ids=ids, scale=scale, likely=[])
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
    require_within("bce", value(labels), 0, "labels -1 and 1 are for logistic")
    loss = binary_nll(scores, labels, scale=factor_of("bce", labels.size, average))
    return loss if average else (loss, labels.size)


def logistic(scores: Any, labels: Any, *, average: bool = True) -> Any:
    """`bce` with labels -1 and 1, in nats: mean(log(1 + exp(-labels * scores))).

    Shapes:  labels as scores, of any shape
             returns (), or the pair (total, count) when average is False
    Raises:  ValueError for shapes that differ, for labels outside of [-1, 1]
    Source:  Knet.jl ops20/loss.jl, logistic

    >>> round(float(logistic(np.array([2.0]), np.array([1]))), 4)
    0.1269
    """
    labels = companion("logistic", "scores", scores, "labels", labels)
    require_within("logistic", value(labels), -1, "labels 0 and 1 are for bce")
    loss = binary_nll(scores, (labels + 1) / 2, scale=factor_of("logistic", labels.size, average))
    return loss if average else (loss, labels.size)


def hinge(scores: Any, labels: Any, *, margin: float = 1.0, average: bool = True) -> Any:
    """How far scores fall short of the margin on the side of their labels, -1 or 1.

        hinge = mean(max(0, margin - labels * scores))

    Shapes:  labels as scores, of any shape
             returns (), or the pair (total, count) when average is False
    Raises:  ValueError for shapes that differ, for labels outside of [-1, 1]

    >>> hinge(np.array([0.25, 2.0, -1.0]), np.array([1, 1, -1]))
    np.float64(0.25)
    """
    labels = companion("hinge", "scores", scores, "labels", labels)
    require_within("hinge", value(labels), -1, "labels 0 and 1 become 2 * labels - 1")
    return mean_or_pair("hinge", relu(margin - labels * scores), average)


def kl_div(scores: Any, targets: Any, *, axis: int = -1, average: bool = True) -> Any:
    """Divergence of the probabilities of scores from those in `targets`, in nats per example.

        kl_div = mean_i sum_c targets[i, c] * (log(targets[i, c]) - log_softmax(scores[i])[c])

    Logarithms of probabilities may stand for scores.

    Shapes:  scores (batch, classes), or with the classes on `axis`; targets the same
             returns (), or the pair (total, count) when average is False
    Raises:  ValueError for shapes that differ, for targets outside of [0, 1]
    Source:  Kullback & Leibler 1951

    >>> round(float(kl_div(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]))), 4)
    0.6931
    """
    targets = companion("kl_div", "scores", scores, "targets", targets)
    require_within("kl_div", value(targets), 0, "a softmax makes probabilities of scores")
    entropy = targets * np.log(np.where(targets > 0, targets, 1))
    terms = (entropy - targets * log_softmax(scores, axis)).sum(axis=axis)
    return mean_or_pair("kl_div", terms, average)


def label_nll_dx(dy: Any, loss: Any, scores: Any, *, ids: Any, scale: Any, likely: Any) -> Any:
    """(softmax(scores) - onehot(ids)) * scale * dy."""
    share = scale * dy
    if Result in (type(dy), type(scores)):
        return (softmax(scores) - rows(ids, scores.shape[1], scores.dtype)) * share
    return kernels.nll_dx(likely[0], ids, share)


@primitive(rules=[label_nll_dx])
def label_nll(scores: Any, *, ids: Any, scale: Any, likely: Any) -> Any:
    """The scaled sum of nll over the rows of `scores`; leaves their softmax in `likely`."""
    loss, softmaxed = kernels.nll(scores, ids, scale)
    likely[:] = [softmaxed]
    return loss


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


def class_weights(weight: Any, scores: Any) -> Any:
    weight = constant("nll", "weight", weight, scores)
    if weight.shape != scores.shape[1:]:
        raise ValueError(
            f"nll needs a weight for each of {scores.shape[1]} classes, got shape {weight.shape}"
        )
    return weight.astype(scores.dtype)
