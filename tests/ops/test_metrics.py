"""Metrics: ties, what is ignored, classes that are missing, models over ragged batches."""

import numpy as np
import pytest

from knetpy.arrays import seed
from knetpy.autograd import Param, diff, grad, value
from knetpy.ops import (
    accuracy,
    confusion_matrix,
    dropout,
    evaluate,
    f1,
    mse,
    nll,
    perplexity,
    precision,
    recall,
    top_k_accuracy,
)
from tests import standin

RNG = np.random.default_rng(3)
SCORES, LABELS = RNG.standard_normal((5, 4)), np.array([0, 3, 1, 3, 2])
X, Y = RNG.standard_normal((11, 4)), RNG.integers(0, 4, 11)
RAGGED = [(X[:4], Y[:4]), (X[4:8], Y[4:8]), (X[8:], Y[8:])]
METRICS = [accuracy, top_k_accuracy, perplexity, confusion_matrix, precision, recall, f1]
ALL = pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.__name__)


def of_k(metric):
    return {"k": 2} if metric is top_k_accuracy else {}


def double(x):
    return 2 * x


@ALL
def test_a_model_over_ragged_batches_is_as_all_at_once(metric):
    expected = metric(double(X), Y, **of_k(metric))
    np.testing.assert_allclose(metric(double, RAGGED, **of_k(metric)), expected, rtol=1e-14)
    np.testing.assert_allclose(metric(double, iter(RAGGED), **of_k(metric)), expected, rtol=1e-14)
    for options in ({"ignore": 3}, {"axis": 1}):
        found = metric(double, RAGGED, **of_k(metric), **options)
        np.testing.assert_allclose(found, metric(double(X), Y, **of_k(metric), **options))


@ALL
def test_a_model_needs_a_batch(metric):
    with pytest.raises(ValueError, match="a metric of a model needs at least one batch"):
        metric(double, [])


@ALL
def test_evaluation_records_nothing_and_does_not_train(metric):
    w, states = Param(np.eye(4)), []

    def model(x):
        states.append(dropout(x @ w, 0.9))
        return states[-1]

    def loss():
        seen.append(metric(model, RAGGED, **of_k(metric)))
        return nll(X @ w, Y)

    seen = []
    seed(1)
    tape = diff(loss, keep=True)
    np.testing.assert_allclose(seen[0], metric(X, Y, **of_k(metric)))
    assert {type(s) for s in states} == {np.ndarray}
    assert len([node for node in tape.nodes if node[4]]) == 2
    assert grad(tape, w) is not None


@ALL
def test_they_are_plain_numbers_on_any_device_too(metric):
    there = metric(standin.asarray(X), standin.asarray(Y), **of_k(metric))
    here = metric(X, Y, **of_k(metric))
    if metric is confusion_matrix:
        assert there.tolist() == here.tolist()
    else:
        assert type(there) is type(here) is float and there == pytest.approx(here)


def test_evaluate_weighs_every_batch_by_what_it_counts():
    assert evaluate(double, RAGGED) == pytest.approx(float(nll(double(X), Y)))
    assert evaluate(double, RAGGED, accuracy) == accuracy(double(X), Y)
    assert evaluate(double, RAGGED, nll, ignore=3) == pytest.approx(nll(double(X), Y, ignore=3))
    pairs = [(X[:3], X[:3] + 1), (X[3:4], X[3:4] * 5)]
    both = np.concatenate([t for _, t in pairs])
    assert evaluate(double, pairs, mse) == pytest.approx(mse(double(X[:4]), both))
    with pytest.raises(ValueError, match="evaluate has nothing to average"):
        evaluate(double, [(X, np.full(11, 9))], ignore=9)


def test_evaluate_inside_of_diff_leaves_the_tape_alone():
    w = Param(np.eye(4))
    tape = diff(lambda: evaluate(lambda x: x @ w, RAGGED) * np.sum(w))
    np.testing.assert_allclose(grad(tape, w), np.full((4, 4), float(nll(X, Y))), rtol=1e-14)


def test_accuracy_counts_the_first_of_equal_scores():
    scores = np.array([[1.0, 1.0], [0.0, 1.0], [2.0, 1.0]])
    assert accuracy(scores, np.array([0, 1, 1])) == 2 / 3
    assert accuracy(scores, np.array([1, 1, 1])) == 1 / 3
    assert accuracy(scores, np.array([0, 1, 1]), average=False) == (2, 3)
    assert accuracy(scores, np.array([0, 7, 1]), ignore=7, average=False) == (1, 2)
    assert accuracy(scores.T, np.array([0, 1, 1]), axis=0) == 2 / 3
    assert type(accuracy(scores, np.array([0, 1, 1]))) is float


def test_accuracy_inside_diff_is_a_plain_number():
    w, seen = Param(SCORES), []
    diff(lambda: seen.append(accuracy(w * 1, LABELS)) or nll(w, LABELS))
    assert seen == [accuracy(SCORES, LABELS)]


def test_accuracy_of_a_row_raised_is_the_share_of_its_labels():
    scores, labels = RNG.standard_normal((100, 10)), RNG.integers(0, 10, 100)
    scores[:, 3] += 1000
    assert accuracy(scores, labels) == (labels == 3).mean()


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_top_k_is_what_a_stable_sort_says(k):
    scores = RNG.integers(0, 3, (200, 4)) / 1.0  # full of ties
    labels = RNG.integers(0, 4, 200)
    best = (-scores).argsort(axis=1, kind="stable")[:, :k]
    assert top_k_accuracy(scores, labels, k) == (best == labels[:, None]).any(axis=1).mean()
    if k == 1:
        assert top_k_accuracy(scores, labels, 1) == accuracy(scores, labels)
    assert top_k_accuracy(scores.T, labels, k, axis=0) == top_k_accuracy(scores, labels, k)


def test_top_k_takes_nan_as_the_highest_as_argmax_does():
    scores = np.array([[np.nan, 1.0, 2.0]])
    assert top_k_accuracy(scores, [2], 1) == accuracy(scores, [2]) == 0
    assert top_k_accuracy(scores, [2], 2) == 1


@pytest.mark.parametrize("k", [0, 5, -1])
def test_a_k_beyond_the_classes_is_refused(k):
    with pytest.raises(ValueError, match=rf"top_k_accuracy needs k in 1\.\.4 classes, got {k}"):
        top_k_accuracy(SCORES, LABELS, k)


def test_perplexity_is_the_exponential_of_nll():
    assert perplexity(SCORES, LABELS) == pytest.approx(np.exp(nll(SCORES, LABELS)))
    assert perplexity(np.zeros((3, 7, 2)), np.zeros((3, 2), int), axis=1) == pytest.approx(7)


def test_a_confusion_matrix_has_labels_in_rows_and_guesses_in_columns():
    guesses = np.array([0, 1, 1, 2, 0, 0])
    table = confusion_matrix(np.eye(3)[guesses], np.array([0, 1, 2, 2, 0, 1]))
    assert table.tolist() == [[2, 0, 0], [1, 1, 0], [0, 1, 1]]
    ignored = confusion_matrix(np.eye(3)[guesses], np.array([0, 9, 2, 9, 0, 1]), ignore=9)
    assert ignored.tolist() == [[2, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert confusion_matrix(np.zeros((0, 2)), np.zeros(0, int)).tolist() == [[0, 0], [0, 0]]


# of labels 0 0 0 1 1 2 and guesses 0 0 1 1 0 1, with a class 3 that never occurs
TRUE, GUESSES = np.array([0, 0, 0, 1, 1, 2]), np.eye(4)[[0, 0, 1, 1, 0, 1]]


@pytest.mark.parametrize(
    "metric, by_class, macro, weighted",
    [
        (precision, [2 / 3, 1 / 3, 0, 0], 1 / 3, (3 * 2 / 3 + 2 * 1 / 3) / 6),
        (recall, [2 / 3, 1 / 2, 0, 0], 7 / 18, 1 / 2),
        (f1, [2 / 3, 2 / 5, 0, 0], 16 / 45, (3 * 2 / 3 + 2 * 2 / 5) / 6),
    ],
    ids=["precision", "recall", "f1"],
)
def test_means_over_classes(metric, by_class, macro, weighted):
    np.testing.assert_allclose(metric(GUESSES, TRUE, mean=None), by_class)
    assert metric(GUESSES, TRUE) == pytest.approx(macro)
    assert metric(GUESSES, TRUE, mean="weighted") == pytest.approx(weighted)
    assert metric(GUESSES, TRUE, mean="micro") == pytest.approx(accuracy(GUESSES, TRUE))
    with pytest.raises(ValueError, match=f"{metric.__name__} takes mean= macro, weighted, micro"):
        metric(GUESSES, TRUE, mean="binary")
    with pytest.raises(ValueError, match=f"{metric.__name__} has nothing to average"):
        metric(GUESSES[:0], TRUE[:0])


@pytest.mark.parametrize(
    "metric", [accuracy, top_k_accuracy, confusion_matrix], ids=lambda m: m.__name__
)
def test_bad_labels_are_told_what_is_right(metric):
    with pytest.raises(ValueError, match=rf"{metric.__name__} needs labels in 0\.\.3 for 4"):
        metric(SCORES, LABELS + 1, **of_k(metric))


def test_nothing_is_left_recorded_when_a_model_fails():
    def fail(x):
        raise KeyError("model")

    w = Param(np.ones(2))

    def loss():
        with pytest.raises(KeyError):
            accuracy(fail, RAGGED)
        return np.sum(w * 2)

    assert value(grad(diff(loss), w)).tolist() == [2, 2]
