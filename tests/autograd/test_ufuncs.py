"""The methods of ufuncs and where=: values of NumPy, gradients to second order, refusals."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck

X = np.array([[1.0, 2.0, 3.0], [0.5, 0.7, 0.1]])
BINARY = [np.add, np.subtract, np.multiply, np.divide, np.hypot, np.logaddexp, np.logaddexp2]
BINARY += [np.maximum, np.minimum, np.fmax, np.fmin]
MASK = X > 0.3

REDUCTIONS = [
    {},
    {"axis": 1},
    {"axis": -1, "keepdims": True},
    {"initial": 1.93},
    {"where": MASK, "initial": 1.41, "axis": 1},
    {"where": MASK[:, :1], "initial": 0.37},
]


def names(options):
    return "-".join(options) or "plain"


def agrees(f, *args):
    inside = []
    diff(lambda: inside.append(f(*map(Param, args))) or 0.0)
    np.testing.assert_allclose(value(inside[0]), f(*args), rtol=1e-14, strict=True)
    np.testing.assert_array_equal(f(*map(Param, args)), f(*args), strict=True)
    return gradcheck(f, *args, order=2)


@pytest.mark.parametrize("options", REDUCTIONS, ids=names)
@pytest.mark.parametrize("f", BINARY, ids=lambda f: f.__name__)
def test_reduce(f, options):
    assert agrees(lambda x: f.reduce(x, **options), X)


@pytest.mark.parametrize("f", [np.add, np.multiply, np.hypot, np.maximum])
@pytest.mark.parametrize("axis", [None, (0, 1), (-1, 0), (0, 2)])
def test_reduce_over_several_axes(f, axis):
    x = np.stack([X, X + 0.11])
    assert agrees(lambda x: f.reduce(x, axis=axis), x)
    assert agrees(lambda x: f.reduce(x, axis=axis, keepdims=True), np.asfortranarray(x))


@pytest.mark.parametrize("f", BINARY, ids=lambda f: f.__name__)
def test_accumulate_outer_reduceat_at(f):
    assert agrees(lambda x: f.accumulate(x, axis=1), X)
    assert agrees(f.accumulate, X)
    assert agrees(lambda x, y: f.outer(x, y), X, X[0] + 0.3)
    assert agrees(lambda x: f.reduceat(x, [0, 2, 1], axis=1), X)
    assert agrees(lambda x: f.reduceat(x, np.array([0, 1])), X)


@pytest.mark.parametrize("f", [np.add, np.multiply, np.hypot])
def test_nothing_and_one(f):
    for x in (np.ones((1, 2)), np.ones(1)):
        assert agrees(f.reduce, x)
        assert agrees(f.accumulate, x)
    for x in (np.ones((0, 2)), np.ones((2, 0))):
        assert grad(lambda x: np.sum(f.reduce(x)))(x).shape == x.shape
        assert grad(lambda x: np.sum(f.accumulate(x)))(x).shape == x.shape
    assert agrees(f.outer, np.array(2.0), X)
    assert grad(lambda x: np.sum(f.outer(x, X)))(np.ones(0)).shape == (0,)


def test_a_product_of_zeros_and_ties_of_extremes():
    assert grad(np.multiply.reduce)(np.array([2.0, 0.0, 3.0])).tolist() == [0, 6, 0]
    assert grad(np.maximum.reduce)(np.array([2.0, 1.0, 2.0])).tolist() == [0.5, 0, 0.5]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.log(x, where=x > 0.3),
        lambda x: np.sqrt(x - 0.45, where=MASK),
        lambda x: np.multiply(x, x[0], where=MASK[0]),
        lambda x: np.multiply(2, x, where=[[True], [False]]),
        lambda x: np.divide(x, x - 3.0, where=x < 2.9, out=x * 3),
        lambda x: np.arctan2(x[0, 0], 2.0, where=True),
        lambda x: np.arctan2(x[0], 2.0, where=np.zeros(3, bool)),
        lambda x: np.add(x, 1, where=True),
    ],
)
def test_where_leaves_out_what_it_says_to_any_order(f):
    assert gradcheck(f, X, order=2)


def test_values_under_where():
    def inside(x):
        found.append(np.log(x, where=x > 0.3))
        found.append(np.log(x, where=x > 0.3, out=x * 10))
        return 0.0

    found = []
    diff(inside, Param(X))
    assert value(found[0]).tolist() == np.where(X > 0.3, np.log(X), 0).tolist()
    assert value(found[1]).tolist() == np.where(X > 0.3, np.log(X), 10 * X).tolist()


def test_methods_of_ufuncs_with_rules_of_ones_own_and_constant_ones():
    assert grad(lambda x: np.sum(np.logical_and.reduce(x) * x))(X).tolist() == [[1] * 3] * 2
    assert grad(lambda x: np.sum(np.less.outer(x, x) * 1.0) + x[0, 0])(X)[0].tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    "f, error, message",
    [
        (lambda x: np.add.reduceat(x, [0, 2]), IndexError, r"\[0, 2\] out of bounds in add.reduc"),
        (lambda x: np.subtract.reduce(x, axis=None), ValueError, "not reorderable"),
        (lambda x: np.divmod.reduce(x), ValueError, "only supported for functions return"),
        (lambda x: np.tanh.outer(x, x), ValueError, "outer product only supported for binary"),
        (lambda x: np.add.reduce(x, axis=3), np.exceptions.AxisError, "axis 3 is out of bounds"),
        (lambda x: np.matmul.reduce(x), RuntimeError, "Reduction not defined on ufunc with signat"),
        (lambda x: np.frompyfunc(max, 2, 1).reduce(x), NotImplementedError, "has no gradient rule"),
    ],
)
def test_what_numpy_refuses_is_refused(f, error, message):
    with pytest.raises(error, match=message):
        diff(lambda: np.sum(f(Param(X))))
