"""Writing into Results: every way, to second order, what keeps its value, and what is refused."""

import re

import numpy as np
import pytest

from knetpy.autograd import Param, State, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.mutation import added, written

X = np.array([[1.0, 2.0, 3.0], [0.5, 0.7, 0.1]])
MASK = X > 0.6


def on_copy(write):
    """The function of arrays that writes into a copy of the first and returns it."""

    def f(x, *rest):
        y = x * 1
        write(y, *rest)
        return y

    return f


def in_place(y, v):
    y += v
    y -= v * v
    y *= v
    y /= v + 2
    y **= 2
    y %= 500


INDICES = [
    0,
    -1,
    (0, 1),
    ...,
    (..., None, 1),
    slice(None, None, -1),
    (slice(None), slice(0, 3, 2)),
    MASK,
    [1, 0],
    [1, 1],
    ([0, 1, 0], [1, 1, 1]),
    np.array([[0, -1], [1, 0]]),
    np.ix_([1, 0], [2, 2]),
    slice(1, 1),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
@pytest.mark.parametrize("size", ["whole", "one", "number", "tall"])
def test_item_assignment(index, size):
    place = X[index]
    v = {
        "whole": np.linspace(1, 2, max(place.size, 1))[: place.size].reshape(place.shape),
        "one": np.array([1.5]),
        "number": 1.5,
        "tall": np.full((1, 1, *place.shape), 1.5),
    }[size]
    f = on_copy(lambda y, v: y.__setitem__(index, v))
    try:
        f(X, v)
    except (TypeError, ValueError) as error:
        with pytest.raises(type(error), match=re.escape(str(error))):
            run(f, X, v)
        return
    np.testing.assert_array_equal(value(run(f, X, v)), f(X, v))
    assert gradcheck(f, X, v, order=2)
    assert gradcheck(lambda x: f(x, v), X, order=2)


def run(f, *args):
    """The result of `f` while recording, as it was when f ended."""
    found = []
    diff(lambda: found.append(f(*map(Param, args))) or 0.0)
    return value(found[0])


def test_a_place_written_twice_has_the_gradient_of_the_last_write_alone():
    v = Param([10.0, 20.0, 30.0])
    J = diff(lambda: np.sum(written(np.zeros(2), v, index=[1, 0, 1])))
    assert grad(J, v).tolist() == [0, 1, 1]
    J = diff(lambda: np.sum(added(np.zeros(2), v, index=[1, 0, 1])))
    assert grad(J, v).tolist() == [1, 1, 1]


WRITES = {
    "in place": (in_place, X[0]),
    "add.at": (lambda y, v: np.add.at(y, ([0, 0, 1], [1, 1, 2]), v), X[0]),
    "subtract.at": (lambda y, v: np.subtract.at(y, ([0, 0, 1], [1, 1, 2]), v), X[0]),
    "multiply.at": (lambda y, v: np.multiply.at(y, ([0, 0, 1], [1, 1, 2]), v), X[0]),
    "divide.at": (lambda y, v: np.divide.at(y, (0, [1, 1]), v), X[1, :2]),
    "maximum.at": (lambda y, v: np.maximum.at(y, [[0, 1], [0, 1]], v), X[::-1] + 0.3),
    "tanh.at": (lambda y: np.tanh.at(y, ([0, 0, 1], [1, 1, 2])),),
    "at nothing": (lambda y, v: np.multiply.at(y, [], v), X[0]),
    "copyto": (lambda y, v: np.copyto(y, v, where=MASK), X[1]),
    "copyto all": (lambda y, v: np.copyto(y, v), X[1]),
    "put": (lambda y, v: np.put(y, [0, 4, 0], v), X[1, :2]),
    "put wrapped": (lambda y, v: np.put(y, [-1, 7], v, mode="wrap"), 1.5),
    "place": (lambda y, v: np.place(y, MASK, v), X[1, :2]),
    "putmask": (lambda y, v: np.putmask(y, MASK, v), X[1, :2]),
    "fill_diagonal": (lambda y, v: np.fill_diagonal(y, v), X[1, :2]),
    "put_along_axis": (lambda y, v: np.put_along_axis(y, np.array([[0], [2]]), v, 1), X[:, :1] * 3),
    "put along all": (lambda y, v: np.put_along_axis(y, np.array([5, 0]), v, None), X[0, :2]),
    "out of a ufunc": (lambda y, v: np.multiply(y, v, out=y), X[0]),
    "out with where": (lambda y, v: np.log(v, out=y, where=v > 0.3), X),
    "out of a reduction": (lambda y, v: np.sum(v, axis=0, out=y), np.stack([X, X * X])),
    "out of a product": (lambda y, v: np.matmul(v, v.T @ y, out=y), np.array([[1.0, 2], [3, 4]])),
    "out of concatenate": (lambda y, v: np.concatenate([v, v * v], out=y), X[:1]),
    "out of a constant": (lambda y, v: np.sign(v, out=y), X),
}


@pytest.mark.parametrize("name", WRITES)
def test_writing(name):
    write, *rest = WRITES[name]
    f = on_copy(write)
    np.testing.assert_allclose(run(f, X, *rest), f(X, *rest), rtol=1e-14)
    assert gradcheck(f, X, *rest, order=2)


@pytest.mark.parametrize("wrap", [False, True])
def test_the_diagonal_of_a_tall_matrix(wrap):
    def f(x, v):
        y = np.concatenate([x.T, x.T])
        np.fill_diagonal(y, v, wrap=wrap)
        return y

    np.testing.assert_array_equal(run(f, X, X[0]), f(X, X[0]))
    assert gradcheck(f, X, X[0], order=2)


def test_what_was_computed_before_keeps_its_value():
    def f(x):
        y = x * 1
        view, square, same = y[0], y * y, y
        y[0] = 5.0
        y += 1
        assert same is y
        return view, square, same

    view, square, same = (run(lambda x, k=k: f(x)[k], X) for k in range(3))
    assert view.tolist() == X[0].tolist()
    assert square.tolist() == (X * X).tolist()
    assert same.tolist() == [[6, 6, 6], (X[1] + 1).tolist()]
    assert gradcheck(f, X, order=2)


def test_a_scalar_is_not_changed_but_replaced_as_in_numpy():
    def f(x):
        total, seen = 0.0, []
        for row in x:
            total += np.sum(row)
            seen.append(total)
        return seen[0] * seen[1]

    assert gradcheck(f, X, order=2)
    assert run(f, X) == 6.0 * 7.3


def test_writing_in_nested_diffs():
    def f(x):
        y = x * x
        y[0] = grad(lambda z: on_copy(lambda w: w.__setitem__(1, z[0] * x[1]))(z).prod())(x)[0]
        return y

    assert gradcheck(f, np.array([2.0, 3.0, 4.0]), order=2)


def test_the_argument_of_an_older_gradient_may_be_written_into():
    def f(x):
        x[0] = 5.0
        x *= 2
        return np.sum(x * x)

    x = np.array([1.0, 3.0])
    assert grad(f)(x).tolist() == [0, 24]
    assert x.tolist() == [1, 3]


def test_a_result_from_an_ended_diff_may_be_written_into_and_the_tape_stays_as_it_was():
    kept, x = [], Param(X)
    J = diff(lambda: np.sum((kept.append(x * 2) or kept[0]) ** 2), keep=True)
    before = J.show()
    kept[0][0] = 7.0
    kept[0] += 1
    assert value(kept[0])[:, 0].tolist() == [8, 2]
    assert J.show() == before and grad(J, x).tolist() == (8 * X).tolist()


def test_dtypes_stay_and_casts_are_those_of_numpy():
    def f(x, v):
        y = x.astype("float32")
        y += v
        y[0] = v[0]
        np.exp(v, out=y, casting="same_kind")
        assert y.dtype == np.float32
        return y

    assert run(f, X, X).dtype == np.float32
    with pytest.raises(TypeError, match="cannot write complex128 into .*float64 .*astype"):
        run(on_copy(lambda y: y.__iadd__(1j)), X)
    with pytest.raises(TypeError, match="cannot write complex128 into an array of float64"):
        run(on_copy(lambda y: np.multiply(y, 1j, out=y)), X)
    with pytest.raises(TypeError, match="cannot write float64 into .*float32 with casting 'no'"):
        run(lambda x: np.copyto(x.astype("float32"), x, casting="no"), X)


def test_a_result_that_is_not_asked_for_is_given_back():
    def f(x):
        y = x * 1
        whole = np.modf(x * 1.7, out=(y, None))
        assert whole[0] is y
        return y + x * whole[1]

    assert gradcheck(f, X + 0.1, order=2)


W, S = Param(X.copy()), State(X.copy())
PLAIN = r"numpy\.\w+(\.at)? is to write into a plain array or a Param.*write into a Result"


@pytest.mark.parametrize(
    "write, error, message",
    [
        (lambda: W.__setitem__(0, 1.0), TypeError, "a Param cannot be written into while diff rec"),
        (lambda: W.__iadd__(1.0), TypeError, "update Params after diff"),
        (lambda: S.__setitem__(0, W[0]), TypeError, r"a State by its update\(new\)"),
        (lambda: np.add(W, 1, out=np.zeros((2, 3))), TypeError, PLAIN),
        (lambda: np.zeros((2, 3)).__iadd__(W), TypeError, PLAIN),
        (lambda: np.add(W, 1, out=W), TypeError, PLAIN),
        (lambda: np.sum(W, axis=0, out=np.zeros(3)), TypeError, PLAIN),
        (lambda: np.copyto(np.zeros((2, 3)), W), TypeError, PLAIN),
        (lambda: np.add.at(W, 0, 1.0), TypeError, PLAIN),
        (lambda: np.add.at(np.zeros((2, 3)), 0, W[0]), TypeError, PLAIN),
        (lambda: np.sum(W).__setitem__(..., 1.0), TypeError, "a scalar of float64 cannot be writt"),
        (lambda: (W * 1).__setitem__(0, W), ValueError, "could not broadcast"),
        (lambda: (W * 1).__setitem__(7, 1.0), IndexError, "out of bounds"),
        (lambda: np.place(W * 1, MASK, []), ValueError, "empty array"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_lost(write, error, message):
    with pytest.raises(error, match=message):
        diff(lambda: write() or np.sum(W))
    assert value(W).tolist() == value(S).tolist() == X.tolist()
    assert grad(diff(lambda: np.sum(W * 2)), W).tolist() == np.full((2, 3), 2).tolist()


def test_a_plain_array_takes_no_result_and_the_error_says_what_to_do():
    with pytest.raises((TypeError, ValueError)) as caught:
        diff(lambda: np.zeros(3).__setitem__(0, W[0, 0]))
    assert "would cut the gradient" in f"{caught.value} {caught.value.__cause__}"
