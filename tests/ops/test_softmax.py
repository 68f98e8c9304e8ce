"""softmax, log_softmax, logsumexp: values, gradients over every kind of axis, far scores."""

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import log_softmax, logsumexp, softmax
from knetpy.ops.softmax import masked_softmax
from tests.ops.recorded import assert_agrees, assert_derivatives, cases

BOTH = pytest.mark.parametrize("f", [softmax, log_softmax], ids=["softmax", "log_softmax"])


@cases("softmax")
def test_softmax_is_pytorchs(case):
    assert_agrees(softmax, case)


@cases("log_softmax")
def test_log_softmax_is_pytorchs(case):
    assert_agrees(log_softmax, case)


@BOTH
@pytest.mark.parametrize("axis", [-1, 0, 1, (0, 2), (2, 1), None], ids=str)
def test_two_orders_of_derivatives_over_any_axes(f, axis):
    x = np.random.default_rng(1).standard_normal((2, 3, 2))
    assert gradcheck(lambda x: f(x, axis=axis), x, order=2)
    p = softmax(x, axis)
    np.testing.assert_allclose(p.sum(axis=axis), 1)
    np.testing.assert_allclose(log_softmax(x, axis), np.log(p))


@BOTH
@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (0, 3), (3, 0)], ids=str)
def test_awkward_shapes(f, shape):
    x = np.random.default_rng(1).standard_normal(shape)
    assert f(x).shape == shape
    assert_derivatives(f, x)


@BOTH
def test_any_memory(f):
    x = np.random.default_rng(1).standard_normal((4, 6))
    for same in (np.asfortranarray(x), np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1]):
        np.testing.assert_array_equal(f(same), f(x))


@BOTH
def test_float32_stays(f):
    x = np.ones((2, 3), "float32")
    assert f(x).dtype == grad(lambda x: np.sum(f(x) * f(x)))(x).dtype == "float32"


def test_scores_far_apart_neither_overflow_nor_lose_their_logarithm():
    x = np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, -np.inf]])
    np.testing.assert_allclose(softmax(x), [[1, 0, 0], [0.5, 0.5, 0]])
    np.testing.assert_allclose(log_softmax(x)[0], [0, -1e4, -2e4])


@cases("logsumexp")
def test_logsumexp_is_pytorchs(case):
    def f(x, axis=-1, keepdims=False):
        return logsumexp(x, tuple(axis) if isinstance(axis, list) else axis, keepdims)

    assert_agrees(f, case)
    assert_agrees(f, case, np.asfortranarray)


@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("axis", [-1, 0, (0, 2), (2, 1), None], ids=str)
def test_logsumexp_has_two_orders_of_derivatives_over_any_axes(axis, keepdims):
    x = np.random.default_rng(1).standard_normal((2, 3, 2))
    y = logsumexp(x, axis, keepdims)
    assert y.shape == x.sum(axis=axis, keepdims=keepdims).shape
    assert gradcheck(lambda x: logsumexp(x, axis=axis, keepdims=keepdims), x, order=2)
    np.testing.assert_allclose(log_softmax(x, axis), x - logsumexp(x, axis, True), atol=1e-14)


def test_logsumexp_of_far_scores_and_of_none():
    x = np.array([[1e4, 1e4], [-1e4, -1e4], [-np.inf, -np.inf], [-np.inf, 3]])
    y = logsumexp(x)
    np.testing.assert_allclose(y, [1e4 + np.log(2), -1e4 + np.log(2), -np.inf, 3])
    g = grad(lambda x: np.sum(np.where(np.isfinite(logsumexp(x)), logsumexp(x), 0)))(x)
    np.testing.assert_array_equal(g, [[0.5, 0.5], [0.5, 0.5], [0, 0], [0, 1]])
    assert gradcheck(lambda x: logsumexp(np.concatenate([x, [-np.inf]])), np.ones(2), order=2)
    assert logsumexp(np.zeros((0, 3))).shape == (0,)
    with pytest.raises(ValueError):
        logsumexp(np.zeros((3, 0)))
    assert type(logsumexp(np.ones(2))) is np.float64
    assert logsumexp(np.ones((2, 2), "f4")).dtype == "f4"


def test_masked_softmax_is_softmax_of_what_is_allowed_and_zero_elsewhere():
    x = np.random.default_rng(1).standard_normal((4, 5))
    allowed = np.array([[1, 0, 1, 1, 0]] * 3 + [[0] * 5], bool)
    y = masked_softmax(x, allowed=allowed)
    np.testing.assert_allclose(y[:3][:, [0, 2, 3]], softmax(x[:3][:, [0, 2, 3]]))
    assert (y[~allowed] == 0).all()
    assert gradcheck(lambda x: masked_softmax(x, allowed=allowed) ** 2, x, order=2)
    assert masked_softmax(x.astype("f4"), allowed=allowed).dtype == "f4"
