"""mse, mae, huber, cosine, triplet: values, gradients of both sides, shapes that are refused."""

from functools import partial

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import cosine_loss, cosine_similarity, huber, mae, mse, triplet
from tests import standin
from tests.ops.recorded import assert_agrees, cases

RNG = np.random.default_rng(5)
A, B, C = RNG.standard_normal((3, 6, 4))
SIGNS = np.array([1, -1, 1, 1, -1, -1])
LOSSES = {
    "mse": (mse, A, B),
    "mae": (mae, A, B),
    "huber": (huber, A, B),
    "huber, delta": (partial(huber, delta=0.3), A, B),
    "cosine_loss": (lambda a, b, **o: cosine_loss(a, b, SIGNS[: len(a)], margin=0.1, **o), A, B),
    "triplet": (triplet, A, B, C),
    "triplet, p": (partial(triplet, p=1, margin=3.0), A, B, C),
}
ALL = pytest.mark.parametrize("loss, inputs", [(f, x) for f, *x in LOSSES.values()], ids=LOSSES)


@cases("mse")
def test_mse_is_pytorchs(case):
    assert_agrees(mse, case)


@cases("mae")
def test_mae_is_pytorchs(case):
    assert_agrees(mae, case)


@cases("huber")
def test_huber_is_pytorchs(case):
    assert_agrees(huber, case)
    assert_agrees(huber, case, np.asfortranarray)


@cases("cosine_similarity")
def test_cosine_similarity_is_pytorchs(case):
    assert_agrees(cosine_similarity, case)
    assert_agrees(cosine_similarity, case, np.asfortranarray)


@cases("cosine_loss")
def test_cosine_loss_is_pytorchs(case):
    assert_agrees(cosine_loss, case)


@cases("triplet")
def test_triplet_is_pytorchs(case):
    assert_agrees(triplet, case)
    assert_agrees(triplet, case, lambda x: x[::-1].copy()[::-1])


@ALL
def test_two_orders_of_derivatives_in_every_argument(loss, inputs):
    assert gradcheck(lambda *x: loss(*x) ** 2, *(x[:3] for x in inputs), order=2)


@ALL
def test_totals_counts_and_dtypes(loss, inputs):
    total, count = loss(*inputs, average=False)
    assert count in (6, 24) and total / count == pytest.approx(loss(*inputs))
    single = [x.astype("f4") for x in inputs]
    assert loss(*single).dtype == grad(loss)(*single).dtype == "f4"


def test_they_run_on_any_device():
    a, b, c = map(standin.asarray, (A, B, C))
    for loss in (mse, mae, huber, cosine_similarity):
        np.testing.assert_allclose(loss(a, b)._held, loss(A, B))
    np.testing.assert_allclose(triplet(a, b, c)._held, triplet(A, B, C))
    signs = standin.asarray(SIGNS)
    np.testing.assert_allclose(cosine_loss(a, b, signs)._held, cosine_loss(A, B, SIGNS))


def test_huber_is_mse_near_and_mae_far():
    y, zero = np.array([0.5, -0.5]), np.zeros(2)
    assert huber(y, zero) == mse(y, zero) / 2
    assert huber(1e3 * y, zero, delta=1e-9) == pytest.approx(1e-9 * mae(1e3 * y, zero))
    with pytest.raises(ValueError, match="huber needs delta > 0, got -1"):
        huber(y, zero, delta=-1)


def test_what_has_no_direction_has_no_slope_and_no_nan():
    zero = np.zeros((1, 3))
    g = grad(lambda a: np.sum(cosine_similarity(a, np.ones((1, 3)))))(zero)
    assert np.isfinite(g).all()
    assert (grad(lambda a: mae(a, zero))(zero) == 0).all()
    assert np.isfinite(grad(lambda a: triplet(a, zero, zero + 1))(zero)).all()


@pytest.mark.parametrize(
    "f",
    [mse, mae, huber, lambda a, b: triplet(a, a, b), lambda a, b: cosine_loss(a, b, [1, 1, 1])],
    ids=["mse", "mae", "huber", "triplet", "cosine_loss"],
)
def test_shapes_that_would_broadcast_are_refused(f, request):
    name = request.node.callspec.id
    with pytest.raises(ValueError, match=rf"{name} needs .*same shape.*\(3, 1\) and .*\(3,\)"):
        f(np.ones((3, 1)), np.ones(3))
    with pytest.raises(TypeError, match=f"{name} needs real floats, got int64"):
        f(np.ones((3, 1), int), np.ones((3, 1)))


def test_labels_of_pairs_are_checked():
    with pytest.raises(ValueError, match=r"labels of the same shape as pairs, got pairs \(6,\)"):
        cosine_loss(A, B, SIGNS[:, None])
    with pytest.raises(ValueError, match="cosine_loss needs labels -1 and 1.* got 2.0 to 2.0"):
        cosine_loss(A, B, np.full(6, 2))


@pytest.mark.parametrize("f", [mse, mae, huber])
def test_empty_batches_are_nothing_to_average(f):
    with pytest.raises(ValueError, match=f"{f.__name__} has nothing to average"):
        f(np.zeros(0), np.zeros(0))
    assert f(np.zeros(0), np.zeros(0), average=False) == (0, 0)
