"""Every loop in C gives the reference's numbers to rounding, at any size and thread count."""

import numpy as np
import pytest

from knetpy.kernels import choose, native, reference
from knetpy.kernels.threads import threads
from knetpy.optim import SGD, Adam, Momentum
from tests.kernels.native_help import needs_native
from tests.kernels.onednn_help import ORDERS

pytestmark = needs_native
RNG = np.random.default_rng(31)
EPS = float(np.finfo("f4").eps)
SHAPES = [(1, 1), (3, 1), (1, 17), (100, 10), (5, 64), (300, 257), (7, 3, 2, 33)]
sizes = pytest.mark.parametrize("shape", SHAPES, ids=str)
several = pytest.mark.parametrize("n", [1, 2, 3])


def normal(*shape):
    return RNG.standard_normal(shape, dtype="f4")


def agree(got, exact, room=4 * EPS):
    assert got.dtype == np.float32 and got.shape == exact.shape
    np.testing.assert_allclose(got, exact, rtol=room, atol=room)


@pytest.mark.parametrize("order", ORDERS)
@several
def test_relu_in_any_memory_order(order, n):
    x, dy = (ORDERS[order](normal(30, 40, 50)) for _ in range(2))
    assert native.takes("relu", x) and native.takes("relu_dx", dy)
    with threads(n):
        y, dx = native.relu(x), native.relu_dx(dy, x)
    np.testing.assert_array_equal(y, reference.relu(x))
    np.testing.assert_array_equal(dx, reference.relu_dx(dy, x))
    np.testing.assert_array_equal(native.relu_dx(np.ascontiguousarray(dy), x), dx)
    if order in ("first", "last", "fortran"):
        assert y.strides == dx.strides == x.strides


def test_relu_keeps_nan_and_small_arrays_are_numpys():
    x = normal(40000)
    x[::7], x[::5] = np.nan, np.inf
    np.testing.assert_array_equal(native.relu(x), np.maximum(x, 0))
    assert not native.takes("relu", normal(100)) and not native.takes("relu", np.ones(40000))


@sizes
@several
def test_bias_and_relu(shape, n):
    z, bias = normal(*shape), normal(shape[-1])
    with threads(n):
        y = native.bias_relu(z.copy(), bias)
    np.testing.assert_array_equal(y, reference.bias_relu(z.copy(), bias))


@sizes
@several
def test_the_gradients_of_bias_and_relu(shape, n):
    dy, y = normal(*shape), reference.bias_relu(normal(*shape), normal(shape[-1]))
    with threads(n):
        dz, total = native.bias_relu_dx(dy, y)
    np.testing.assert_array_equal(dz, reference.bias_relu_dx(dy, y)[0])
    exact = reference.bias_relu_dx(dy.astype(float), y)[1]
    agree(total, exact, EPS * (1 + np.abs(dy).sum()))


@sizes
@several
def test_the_sum_of_rows(shape, n):
    x = normal(*shape)
    with threads(n):
        total = native.sum_rows(x)
    agree(total, reference.sum_rows(x.astype(float)), EPS * (1 + np.abs(x).sum()))


SCORES = [(1, 1), (3, 2), (100, 10), (64, 257), (1000, 50), (3, 2500)]  # short rows and long ones


@pytest.mark.parametrize("rows, classes", SCORES)
@several
def test_nll(rows, classes, n):
    x, ids = 20 * normal(rows, classes), RNG.integers(0, classes, rows)
    exact, probabilities = reference.nll(x.astype(float), ids, 1 / rows)
    with threads(n):
        loss, likely = native.nll(x, ids, 1 / rows)
        again = native.nll(x, ids, 1 / rows)[0]
        dx = native.nll_dx(likely, ids, np.float32(0.25))
    assert loss.dtype == np.float32 and loss == again
    assert loss == pytest.approx(exact, rel=8 * EPS, abs=8 * EPS)
    agree(likely, probabilities, 16 * EPS)
    agree(dx, reference.nll_dx(probabilities, ids, np.float64(0.25)), 16 * EPS)


def test_the_exponential_over_its_whole_range():
    """Two classes: the second probability is exp(-d) / (1 + exp(-d)), down to subnormal."""
    d = np.linspace(0, 87, 10001, dtype="f4")
    likely = native.nll(np.stack([0 * d, -d], 1), np.zeros(len(d), int), 1.0)[1]
    exact = np.exp(-d.astype(float)) / (1 + np.exp(-d.astype(float)))
    np.testing.assert_allclose(likely[:, 1], exact, rtol=6 * EPS)
    assert native.nll(np.array([[0, -90.0]], "f4"), np.zeros(1, int), 1.0)[1][0, 1] == 0


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_nan_and_infinities_are_the_references(special):
    x = normal(4, 5)
    x[1, 2] = special
    ids = np.array([0, 1, 2, 3])
    with np.errstate(invalid="ignore"):
        loss, likely = reference.nll(x, ids, 1.0)
    found, probabilities = native.nll(x, ids, 1.0)
    np.testing.assert_allclose(found, loss, rtol=8 * EPS)
    np.testing.assert_allclose(probabilities, likely, rtol=8 * EPS)
    z = native.bias_relu(x.copy(), np.zeros(5, "f4"))
    np.testing.assert_array_equal(z, np.maximum(x, 0))


def test_a_column_of_scales_and_other_labels_are_the_references():
    x, ids = normal(6, 4), RNG.integers(0, 4, 6)
    scale = RNG.random((6, 1), "f4")
    for args in ((x, ids, scale), (x, ids.astype("i4"), 0.5), (x, ids[::-1], 0.5)):
        for got, exact in zip(native.nll(*args), reference.nll(*args), strict=True):
            np.testing.assert_array_equal(got, exact)
    y = reference.softmax(x, 1)
    np.testing.assert_array_equal(native.nll_dx(y, ids, scale), reference.nll_dx(y, ids, scale))


@pytest.mark.parametrize("order", ORDERS)
def test_every_memory_order_is_computed_by_whoever_takes_it(order):
    x = ORDERS[order](normal(6, 4))
    dense = order in ("first", "last")
    assert native.takes("nll", x) == native.takes("bias_relu_dx", x) == dense
    loss = choose.chosen("nll")(x, np.arange(6) % 4, 1.0)[0]
    assert loss == pytest.approx(reference.nll(x, np.arange(6) % 4, 1.0)[0], rel=8 * EPS)
    y = np.ascontiguousarray(np.abs(x))
    for dy, kept in ((x, y), (y, x)):
        dz, total = choose.chosen("bias_relu_dx")(dy, kept)
        exact = reference.bias_relu_dx(dy, kept)
        agree(dz, exact[0])
        agree(total, exact[1], 8 * EPS)


@pytest.mark.parametrize("x", [np.ones((2, 0), "f4"), np.ones((2, 3)), np.ones((2, 3), ">f4")])
def test_what_is_empty_or_of_another_dtype_is_not_taken(x):
    assert not native.takes("nll", x) and not native.fits(x)


def test_operations_that_are_not_ours_are_not_taken():
    assert not native.takes("conv", normal(2, 3))


@pytest.mark.parametrize(
    "rule", [SGD(0.1), Momentum(0.1), Adam(0.1)], ids=lambda r: type(r).__name__
)
@several
def test_steps_of_many_arrays_at_once(rule, n):
    shapes = [(1,), (33,), (5, 7), (300, 257)]
    arrays = [[normal(*shape) for shape in shapes] for _ in range(3)]
    arrays.append([np.abs(normal(*shape)) for shape in shapes])
    states = [rule.init(x) for x in arrays[0]]
    if isinstance(rule, Momentum):
        states = [v.copy() for v in arrays[2]]
    if isinstance(rule, Adam):
        states = [(m.copy(), v.copy(), t) for t, (m, v) in enumerate(zip(*arrays[2:], strict=True))]
    exact = [expected(rule, *x) for x in zip(*arrays[:2], states, strict=True)]
    ws = [w.copy() for w in arrays[0]]
    rows = [rule.row(*x) for x in zip(ws, arrays[1], states, strict=True)]
    with threads(n):
        after = rule.at_once(rows, states)
    for w, state, (want, then) in zip(ws, after, exact, strict=True):
        agree(w, want, 8 * EPS)
        for found, wanted in zip(arrays_of(state), arrays_of(then), strict=True):
            agree(np.asarray(found, "f4"), np.asarray(wanted), 8 * EPS)


def expected(rule, w, g, state):
    """The same step by NumPy in float64."""
    from knetpy.autograd import Param

    exact = Param(w.astype(float))
    wider = [x.astype(float) if isinstance(x, np.ndarray) else x for x in arrays_of(state)]
    state = tuple(wider) if isinstance(state, tuple) else wider[0] if wider else None
    after = rule.apply(exact, g.astype(float), state)
    return exact.value, after


def arrays_of(state):
    return state if isinstance(state, tuple) else [] if state is None else [state]
