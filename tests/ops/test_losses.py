"""Losses of scores: values, gradients, what is skipped, what bad labels are told."""

import numpy as np
import pytest

from knetpy.autograd import Param, State, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import accuracy, bce, hinge, kl_div, log_softmax, logistic, mse, nll
from tests import standin
from tests.ops.recorded import assert_agrees, assert_derivatives, cases

RNG = np.random.default_rng(3)
SCORES, LABELS = RNG.standard_normal((5, 4)), np.array([0, 3, 1, 3, 2])
OPTIONS = [
    {},
    {"ignore": 3},
    {"smoothing": 0.2},
    {"weight": [0.5, 2.0, 1.0, 3.0]},
    {"weight": [0.5, 2.0, 1.0, 3.0], "ignore": 1, "smoothing": 0.2},
    {"average": False},
]


@cases("nll")
def test_nll_is_pytorchs(case):
    assert_agrees(nll, case)
    assert_agrees(nll, case, lambda x: np.asfortranarray(x) if x.ndim > 1 else x)
    assert_agrees(nll, case, lambda x: x[::-1].copy()[::-1])


@cases("bce")
def test_bce_is_pytorchs(case):
    assert_agrees(bce, case)
    assert_agrees(bce, case, np.asfortranarray)


@cases("logistic")
def test_logistic_is_pytorchs(case):
    assert_agrees(logistic, case)


@cases("hinge")
def test_hinge_is_pytorchs(case):
    assert_agrees(hinge, case)
    assert_agrees(hinge, case, np.asfortranarray)


@cases("kl_div")
def test_kl_div_is_pytorchs(case):
    assert_agrees(kl_div, case)
    assert_agrees(kl_div, case, np.asfortranarray)


def test_nll_of_knets_example():
    scores = np.array([[12.2, 2.0, 0.0], [0.3, 21.5, -21.0]])
    assert abs(nll(scores, np.array([0, 1])) - 2.1100e-5) < 5e-10


def test_nll_of_no_knowledge_is_the_logarithm_of_the_classes():
    assert nll(np.zeros((7, 10)), np.zeros(7, int)) == pytest.approx(np.log(10))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_nll_has_two_orders_of_derivatives(options):
    def loss(scores):
        y = nll(scores, LABELS, **options)
        return np.square(y[0] if isinstance(y, tuple) else y)

    assert gradcheck(loss, SCORES, order=2)
    assert gradcheck(loss, np.asfortranarray(SCORES), order=2)


def test_nll_nests():
    gradient = grad(lambda s: np.sum(grad(lambda t: nll(t, LABELS))(s) ** 2))(SCORES)
    assert gradcheck(lambda s: nll(s * s, LABELS), SCORES, order=2)
    assert np.abs(gradient).max() > 0


@pytest.mark.parametrize("loss, targets", [(bce, (0.3, 1.0, 0.0)), (mse, (2.0, 0.0, -1.0))])
def test_bce_and_mse_have_two_orders_of_derivatives_in_both_arguments(loss, targets):
    x, t = RNG.standard_normal((3, 1)), np.array(targets)[:, None]
    assert gradcheck(lambda x: loss(x, t) ** 2, x, order=2)
    assert gradcheck(lambda t: loss(x, t) ** 2, 0.1 + 0.5 * np.abs(t) / 2, order=2)


def test_a_loss_can_be_differentiated_by_one_array_on_both_sides():
    x = Param(np.array([0.2, 0.4]))
    np.testing.assert_array_equal(grad(diff(lambda: mse(x, x)), x), 0)


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (2, 1, 3)], ids=str)
def test_totals_and_counts_of_awkward_shapes(shape):
    scores, labels = RNG.standard_normal(shape), np.zeros(shape[:-1], int)
    total, count = nll(scores, labels, average=False)
    assert count == labels.size
    assert total == pytest.approx(-log_softmax(scores)[..., 0].sum())
    assert_derivatives(lambda s: nll(s, labels, average=False)[0], scores)
    assert bce(scores, np.zeros(shape), average=False)[1] == scores.size
    assert mse(scores, scores, average=False) == (0, scores.size)


def test_one_instance_alone_needs_no_batch():
    assert nll(np.array([2.0, 0.0]), 0) == pytest.approx(np.log1p(np.exp(-2)))
    assert accuracy(np.array([2.0, 0.0]), 0) == 1


def test_totals_of_parts_add_up_to_the_mean_of_all():
    for options in OPTIONS[:-1]:
        parts = [
            nll(SCORES[s], LABELS[s], average=False, **options) for s in (slice(3), slice(3, 5))
        ]
        (a, n), (b, m) = parts
        assert (a + b) / (n + m) == pytest.approx(nll(SCORES, LABELS, **options))


def test_what_is_ignored_may_hold_nan_and_takes_no_gradient():
    scores = SCORES.copy()
    scores[LABELS == 3] = np.nan
    assert nll(scores, LABELS, ignore=3) == nll(SCORES, LABELS, ignore=3)
    g = grad(lambda s: nll(s, LABELS, ignore=3))(scores)
    assert (g[LABELS == 3] == 0).all() and np.isfinite(g).all()
    assert accuracy(scores, LABELS, ignore=3) == accuracy(SCORES, LABELS, ignore=3)


@pytest.mark.parametrize(
    "kind", [np.uint8, np.int32, np.int64, list, State], ids=lambda k: k.__name__
)
def test_labels_of_any_kind_of_int(kind):
    labels = LABELS.astype(kind) if issubclass(kind, np.generic) else kind(LABELS.tolist())
    assert nll(SCORES, labels) == nll(SCORES, LABELS)
    assert accuracy(SCORES, labels) == accuracy(SCORES, LABELS)


def test_bce_takes_bools_and_stays_finite_far_out():
    assert bce(np.array([1e4, -1e4]), np.array([True, False])) == 0
    assert bce(np.array([1e4, -1e4]), [0, 1]) == 1e4


def test_dtypes_stay():
    scores, labels = SCORES.astype("f4"), LABELS
    for options in OPTIONS[:-1]:
        assert nll(scores, labels, **options).dtype == "f4"
    assert bce(scores, np.ones((5, 4), int)).dtype == mse(scores, np.ones((5, 4))).dtype == "f4"
    w = Param(scores)
    for loss in (
        lambda: nll(w, labels, weight=np.ones(4), smoothing=0.1),
        lambda: bce(w, np.ones((5, 4))),
        lambda: mse(w, np.ones((5, 4))),
    ):
        tape = diff(lambda loss=loss: loss() + np.float32(0), keep=True)
        assert {g.dtype for g in tape.intermediate if g is not None} == {np.dtype("f4")}


def test_the_arguments_are_left_as_they_are():
    scores, labels = SCORES.copy(), LABELS.copy()
    grad(lambda s: nll(s, labels))(scores)
    grad(lambda s: bce(s, labels[:, None] / 3 + 0 * scores))(scores)
    grad(lambda s: mse(s, SCORES))(scores)
    np.testing.assert_array_equal(scores, SCORES)
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize("f", [nll, accuracy])
@pytest.mark.parametrize(
    "labels, error, words",
    [
        ([0, 1, 2, 3, 4], ValueError, r"0\.\.3 for 4 classes, got 0\.\.4; .*ignore="),
        ([0, 1, -1, 3, 3], ValueError, r"0\.\.3 for 4 classes, got -1\.\.3; labels count from 0"),
        ([0.0, 1.0, 2.0, 3.0, 3.0], TypeError, r"ints as labels, got float64; .*astype\(int\)"),
        ([True] * 5, TypeError, r"ints as labels, got bool; .*bce"),
        ([[0], [1], [2], [3], [3]], ValueError, r"shape \(5,\) .* got shape \(5, 1\).*reshape"),
        ([0, 1], ValueError, r"labels of shape \(5,\) for classes on axis -1, got shape \(2,\)"),
        (0, ValueError, r"labels of shape \(5,\)"),
    ],
    ids=str,
)
def test_bad_labels_are_told_what_is_right(f, labels, error, words):
    with pytest.raises(error, match=f"{f.__name__} needs .*{words}"):
        f(SCORES, np.array(labels))


@pytest.mark.parametrize("f", [nll, accuracy])
@pytest.mark.parametrize("kept", [0, 5])
def test_nothing_to_average_is_an_error_and_not_nan(f, kept):
    with pytest.raises(ValueError, match=f"{f.__name__} has nothing to average.*average=False"):
        f(SCORES[:kept], np.full(kept, 9), ignore=9)
    assert f(SCORES[:kept], np.full(kept, 9), ignore=9, average=False) == (0, 0)


def test_weights_of_zero_alone_are_nothing_to_average():
    with pytest.raises(ValueError, match="nll has nothing to average"):
        nll(SCORES, LABELS, weight=np.zeros(4))


@pytest.mark.parametrize("f, other", [(bce, "scores"), (mse, "y")])
@pytest.mark.parametrize("shapes", [((3, 1), (3,)), ((3,), (3, 1)), ((3,), ())], ids=str)
def test_shapes_that_would_broadcast_are_refused(f, other, shapes):
    a, b = map(np.zeros, shapes)
    words = rf"{f.__name__} needs .* same shape as {other}, got {other} .*; reshape.*every pair"
    with pytest.raises(ValueError, match=words) as error:
        f(a, b)
    assert str(shapes[0]) in str(error.value) and str(shapes[1]) in str(error.value)


@pytest.mark.parametrize("f", [bce, mse])
def test_empty_batches_are_nothing_to_average(f):
    with pytest.raises(
        ValueError, match=f"{f.__name__} has nothing to average: the batch is empty"
    ):
        f(np.zeros(0), np.zeros(0))


@pytest.mark.parametrize("labels", [[-1, 1], [0, 2], [0, np.nan]], ids=str)
def test_labels_that_are_no_probability_are_refused(labels):
    with pytest.raises(ValueError, match="bce needs labels 0 and 1.*-1 and 1 are for logistic"):
        bce(np.zeros(2), np.array(labels))


@pytest.mark.parametrize("f", [nll, bce, mse])
def test_integer_scores_are_refused(f):
    with pytest.raises(TypeError, match=rf"{f.__name__} needs real floats, got int64.*astype"):
        f(np.ones((2, 2), int), np.zeros(2, int))


def test_weights_are_checked():
    with pytest.raises(ValueError, match=r"nll needs a weight for each of 4 classes.*\(3,\)"):
        nll(SCORES, LABELS, weight=np.ones(3))
    with pytest.raises(TypeError, match=r"not differentiable in weight=; pass value\(weight\)"):
        diff(lambda: nll(SCORES, LABELS, weight=Param(np.ones(4))))


def test_a_smoothed_label_still_pulls_to_all_classes():
    g = grad(lambda s: nll(s, LABELS, smoothing=1.0))(np.zeros((5, 4)))
    np.testing.assert_allclose(g, 0, atol=1e-15)
    assert value(nll(SCORES, LABELS, smoothing=1.0)) == pytest.approx(-log_softmax(SCORES).mean())


def test_logistic_is_bce_of_other_labels():
    scores, labels = RNG.standard_normal(100), RNG.integers(0, 2, 100)
    assert logistic(scores, 2 * labels - 1) == bce(scores, labels)


def test_kl_div_of_one_hot_targets_is_nll_and_of_the_same_distribution_is_zero():
    targets = np.eye(4)[LABELS]
    assert kl_div(SCORES, targets) == pytest.approx(nll(SCORES, LABELS))
    assert kl_div(SCORES, np.exp(log_softmax(SCORES))) == pytest.approx(0, abs=1e-15)
    assert kl_div(SCORES.T, targets.T, axis=0) == pytest.approx(nll(SCORES, LABELS))


@pytest.mark.parametrize("loss", [logistic, hinge, kl_div])
def test_the_others_have_two_orders_of_derivatives_in_both_arguments(loss):
    scores, targets = RNG.standard_normal((3, 4)), np.array([[0.2, 0.3, 0.1, 0.4]] * 3)
    assert gradcheck(lambda s, t: loss(s, t) ** 2, scores, targets, order=2)


@pytest.mark.parametrize("loss", [logistic, hinge, kl_div])
def test_the_others_give_totals_and_counts_keep_dtypes_and_refuse_bad_targets(loss):
    scores, targets = RNG.standard_normal((3, 4)), np.full((3, 4), 0.25)
    total, count = loss(scores, targets, average=False)
    assert count == (3 if loss is kl_div else 12)
    assert total / count == pytest.approx(loss(scores, targets))
    assert loss(scores.astype("f4"), targets).dtype == "f4"
    with pytest.raises(ValueError, match=f"{loss.__name__} needs labels .* got 0.25 to 2.0"):
        loss(scores, np.array([[0.25, 0.5, 1, 2]] * 3))
    with pytest.raises(ValueError, match=f"{loss.__name__} needs labels .* got -1.5 to 0.5"):
        loss(scores, np.array([[0.5, 0.5, 0, -1.5]] * 3))
    with pytest.raises(ValueError, match=rf"{loss.__name__} needs .*\(3, 1\) and .*\(3,\)"):
        loss(scores[:, :1], np.ones(3))
    with pytest.raises(ValueError, match=f"{loss.__name__} has nothing to average"):
        loss(np.zeros((0, 4)), np.zeros((0, 4)))


def test_the_scores_of_a_certain_class_have_a_finite_divergence():
    targets = np.array([[1.0, 0.0]])
    assert kl_div(np.array([[1e4, 0.0]]), targets) == 0
    g = grad(lambda t: kl_div(np.array([[0.0, 0.0]]), t))(targets)
    assert np.isfinite(g).all()


def test_losses_run_on_any_device():
    there, labels = standin.asarray(SCORES), standin.asarray(LABELS)
    signs = standin.asarray(np.sign(SCORES))
    for options in ({}, {"ignore": 3}, {"smoothing": 0.2, "weight": standin.asarray(np.ones(4))}):
        expected = grad(lambda s, o=options: nll(s, LABELS, **without_device(o)))(SCORES)
        found = grad(lambda s, o=options: nll(s, labels, **o))(there)
        np.testing.assert_allclose(found._held, expected, atol=1e-15)
        grad(lambda s, o=options: np.sum(grad(lambda s: nll(s, labels, **o))(s) ** 2))(there)
    for loss in (logistic, hinge):
        assert float(loss(there, signs)) == loss(SCORES, np.sign(SCORES))
    shares = np.exp(log_softmax(SCORES))
    assert float(kl_div(there * 2, standin.asarray(shares))) == kl_div(SCORES * 2, shares)


def without_device(options):
    return {k: x._held if isinstance(x, standin.ndarray) else x for k, x in options.items()}
