"""Activations: values, slopes of any order, options, kinks, far tails, dtypes."""

from functools import partial

import numpy as np
import pytest

from knetpy import ops
from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import relu, sigmoid
from tests import standin
from tests.ops.recorded import assert_agrees, assert_derivatives, cases

AWKWARD = [
    np.array(0.7),
    np.zeros((0, 3)),
    np.array([[0.5], [-2.0]]),
    np.asfortranarray([[0.5, -1.0, 2.2], [-0.1, 3.5, -4.0]]),
    np.array([1.5, -0.5, 2.5, -3.5])[::-2],
]
EVERY = {
    name: getattr(ops, name)
    for name in (
        "elu gelu hard_sigmoid hard_swish leaky_relu mish relu selu sigmoid softplus swish tanh"
    ).split()
}
OPTIONS = {
    "elu, alpha": partial(ops.elu, alpha=0.3),
    "gelu, approximate": partial(ops.gelu, approximate=True),
    "leaky_relu, slope": partial(ops.leaky_relu, negative_slope=0.3),
    "relu, max_value": partial(relu, max_value=1.0),
    "relu, all": partial(relu, max_value=2.0, negative_slope=0.5, threshold=0.3),
    "softplus, beta": partial(ops.softplus, beta=3.0),
}
ALL = pytest.mark.parametrize("f", (EVERY | OPTIONS).values(), ids=(EVERY | OPTIONS).keys())


def every_case(test):
    """A test for each recorded case of each activation."""
    marks = {name: cases(name) for name in EVERY}
    pairs = [(f, case) for name, f in EVERY.items() for case in marks[name].args[1]]
    ids = [f"{name}-{i}" for name in EVERY for i in marks[name].kwargs["ids"]]
    return pytest.mark.parametrize("f, case", pairs, ids=ids)(test)


@every_case
def test_they_are_pytorchs(f, case):
    assert_agrees(f, case)
    assert_agrees(f, case, np.asfortranarray)


@ALL
@pytest.mark.parametrize("x", AWKWARD, ids=lambda x: str(x.shape))
def test_two_orders_of_derivatives(f, x):
    assert_derivatives(f, x)
    assert f(x).shape == x.shape


@pytest.mark.parametrize("f", [relu, ops.elu, ops.selu, sigmoid, ops.tanh])
def test_three_orders_of_derivatives(f):
    assert gradcheck(lambda x: f(x) ** 2, np.array([-1.5, 0.7]), order=3)


@ALL
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_stays(f, dtype):
    x = np.array([-1.0, 2.0], dtype)
    first = grad(lambda x: np.sum(f(x) * f(x)))
    assert f(x).dtype == first(x).dtype == dtype
    tape = diff(lambda: np.sum(f(Param(x))) + np.float32(0), keep=True)
    assert {g.dtype for g in tape.intermediate} <= {np.dtype(dtype), tape.value.dtype}


@ALL
def test_they_run_on_any_device(f):
    x = np.array([-4.0, -0.5, 0.25, 5.0])

    def slopes(x):
        return f(x), grad(lambda x: np.sum(grad(lambda x: np.sum(f(x) ** 2))(x)))(x)

    before = dict(standin.counts)
    found = slopes(standin.asarray(x))
    assert standin.counts["to_host"] == before["to_host"]
    for ours, expected in zip(found, slopes(x), strict=True):
        np.testing.assert_allclose(ours._held, expected, rtol=1e-12, atol=1e-14)


@ALL
def test_they_stay_finite_far_out_and_pass_nan_on(f):
    x = np.array([-1e4, 1e4])
    assert np.isfinite(f(x)).all() and np.isfinite(grad(lambda x: np.sum(f(x)))(x)).all()
    assert np.isnan(f(np.array([np.nan]))).all()


@pytest.mark.parametrize("name", EVERY)
def test_each_is_one_node(name):
    x = Param(np.ones(3))
    tape = diff(lambda: np.sum(EVERY[name](x)), keep=True)
    assert len([node for node in tape.nodes if node[4]]) == 2


@pytest.mark.parametrize(
    "f, x, slope",
    [
        (relu, 0.0, 0.0),
        (ops.leaky_relu, 0.0, 0.01),
        (ops.elu, 0.0, 1.0),
        (ops.selu, 0.0, 1.7580993408473773),
        (OPTIONS["relu, max_value"], 1.0, 0.0),
        (OPTIONS["relu, all"], 0.3, 0.5),
        (ops.hard_sigmoid, 3.0, 0.0),
        (ops.hard_sigmoid, -3.0, 0.0),
        (ops.hard_swish, -3.0, 0.0),
        (ops.hard_swish, 3.0, 1.0),
    ],
)
def test_slopes_at_the_kinks(f, x, slope):
    assert grad(lambda x: np.sum(f(x)))(np.array([x])) == slope


def test_relu_takes_the_options_of_knet():
    x = np.array([-2.0, 0.5, 1.5, 9.0])
    y = relu(x, max_value=6.0, negative_slope=0.5, threshold=1.0)
    np.testing.assert_array_equal(y, [-1.5, -0.25, 1.5, 6.0])
    np.testing.assert_array_equal(relu(np.array([-np.inf, np.inf]), max_value=6), [0, 6])


def test_sigmoid_is_right_in_both_tails_without_a_warning():
    x = np.array([-1e4, -700.0, -40.0, 40.0, 1e4])
    expected = [0.0, np.exp(-700), np.exp(-40), 1 - np.exp(-40), 1.0]
    np.testing.assert_allclose(sigmoid(x), expected, rtol=1e-14)
    assert np.isnan(sigmoid(np.nan))


def test_gelu_and_softplus_keep_their_digits_in_the_left_tail():
    assert ops.gelu(np.array([-10.0])) == pytest.approx(
        -10 * 7.61985302416052e-24, rel=1e-12, abs=0
    )
    assert ops.softplus(np.array([-50.0])) == pytest.approx(np.exp(-50.0), rel=1e-14, abs=0)
