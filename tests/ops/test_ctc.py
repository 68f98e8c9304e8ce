"""ctc: values against every path, gradients, lengths, labels without room."""

from itertools import groupby, product

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import ctc, log_softmax
from tests import standin
from tests.ops.recorded import assert_agrees, cases

RNG = np.random.default_rng(6)
SCORES, LABELS = RNG.standard_normal((5, 3, 4)), np.array([[1, 1, 2], [3, 0, 0], [2, 3, 2]])
RAGGED = {"lengths": [5, 2, 4], "label_lengths": [3, 1, 3]}


@cases("ctc")
def test_it_is_pytorchs(case):
    assert_agrees(ctc, case)
    assert_agrees(ctc, case, np.asfortranarray)


@pytest.mark.parametrize("label", [[], [1], [1, 1], [2, 1], [1, 2, 1]], ids=str)
def test_it_sums_over_every_path(label):
    logs = log_softmax(SCORES[:4, 0, :3])
    total = sum(
        np.exp(sum(logs[t, c] for t, c in enumerate(path)))
        for path in product(range(3), repeat=4)
        if [c for c, _ in groupby(path) if c] == label
    )
    found = ctc(SCORES[:4, :1, :3], np.array([label], int))
    assert found == pytest.approx(-np.log(total))


@pytest.mark.parametrize("options", [{"label_lengths": [3, 1, 2]}, RAGGED], ids=str)
def test_two_orders_of_derivatives(options):
    assert gradcheck(lambda x: ctc(x, LABELS, **options) ** 2, SCORES, order=2)


def test_what_lies_beyond_a_length_does_not_matter_and_takes_no_gradient():
    scores, labels = SCORES.copy(), LABELS.copy()
    scores[2:, 1], scores[4:, 2], labels[1, 1:] = 99, -99, 77
    assert ctc(scores, labels, **RAGGED) == ctc(SCORES, LABELS, **RAGGED)
    g = grad(lambda x: ctc(x, labels, **RAGGED))(scores)
    assert (g[2:, 1] == 0).all() and (g[4:, 2] == 0).all() and (g[:2, 1] != 0).all()


def test_long_sequences_keep_their_digits():
    scores, labels = 30 * RNG.standard_normal((400, 2, 6)), RNG.integers(1, 6, (2, 60))
    y, g = (f(lambda x: ctc(x, labels))(scores) for f in (lambda f: f, grad))
    assert np.isfinite(y) and np.isfinite(g).all()
    np.testing.assert_allclose(g.sum(axis=2), 0, atol=1e-12)
    single = grad(lambda x: ctc(x, labels))(scores.astype("f4"))
    assert single.dtype == "f4"
    np.testing.assert_allclose(single, g, atol=2e-3)


def test_padding_takes_no_room():
    logs = log_softmax(SCORES[:1, :1])[0, 0]
    padded = np.array([[2, 0, 0, 0]])
    assert ctc(SCORES[:1, :1], padded, label_lengths=[1]) == pytest.approx(-logs[2])


def test_totals_and_counts():
    total, count = ctc(SCORES, LABELS, **RAGGED, average=False)
    assert count == 3 and total / count == pytest.approx(ctc(SCORES, LABELS, **RAGGED))
    with pytest.raises(ValueError, match="ctc has nothing to average"):
        ctc(np.zeros((3, 0, 2)), np.zeros((0, 1), int))


def test_it_runs_on_any_device():
    def slopes(x, labels):
        first = grad(lambda x: ctc(x, labels, **RAGGED) ** 2)
        return first(x), grad(lambda x: np.sum(first(x) ** 2))(x)

    found = slopes(standin.asarray(SCORES), standin.asarray(LABELS))
    for ours, expected in zip(found, slopes(SCORES, LABELS), strict=True):
        np.testing.assert_allclose(ours._held, expected, atol=1e-12)


@pytest.mark.parametrize(
    "labels, options, error, words",
    [
        (LABELS[:2], {}, ValueError, r"ctc needs labels \(3, most\) for scores .*, got \(2,"),
        (LABELS[0], {}, ValueError, r"got \(3,\)"),
        (LABELS + 2, {}, ValueError, r"labels in 0\.\.3 for 4 classes, got 2\.\.5"),
        (LABELS, {}, ValueError, "ctc needs labels without the blank 0; blank= names another"),
        (LABELS / 1, {}, TypeError, "ctc needs ints as labels, got float64"),
        (LABELS, {"lengths": [1, 2]}, ValueError, r"lengths \(3,\), an int for each .* \(2,\)"),
        (LABELS, {"lengths": [1, 2, 6]}, ValueError, r"needs lengths in 1\.\.5, got 1\.\.6"),
        (LABELS, {"label_lengths": [1, 2, 4]}, ValueError, r"label_lengths in 0\.\.3, got 1\.\.4"),
        (LABELS, RAGGED | {"lengths": [3, 5, 5]}, ValueError,
         "sequence 0 of length 3 has no room for its labels, which need 4 times"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_what_is_right(labels, options, error, words):
    with pytest.raises(error, match=words):
        ctc(SCORES, labels, **options)


def test_scores_of_another_rank_or_of_ints_are_refused():
    with pytest.raises(
        ValueError, match=r"ctc needs scores \(time, batch, classes\), got .*\(5, 4"
    ):
        ctc(SCORES[:, 0], LABELS)
    with pytest.raises(TypeError, match="ctc needs real floats, got int64"):
        ctc(np.ones((5, 3, 4), int), LABELS)
