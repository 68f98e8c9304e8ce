"""diff(f, check=True): every overwritten array is found, with the operation and the line."""

import re
import sys

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad, primitive, value
from knetpy.autograd.check import user_line

HERE = re.escape(__file__)


def here():
    return sys._getframe(1).f_lineno


def test_a_write_into_an_argument_names_the_operation_and_the_line():
    w, x = Param([1.0, 2.0]), np.array([3.0, 4.0])

    def f():
        y = np.sum(w * x); lines.append(here())  # fmt: skip  # noqa: E702
        x[:] = 0
        return y

    lines = []
    with pytest.raises(RuntimeError) as info:
        diff(f, check=True)
    assert str(info.value) == (
        f"numpy.multiply, recorded at {__file__}:{lines[0]}: its argument 1 was overwritten "
        "afterwards, so the gradient would be wrong; write into a copy"
    )


WRITES = {
    "its argument 0": lambda w, x, i: (np.square(w), value(w)),
    "its argument 1": lambda w, x, i: (w @ x, x),
    "its index=": lambda w, x, i: (w[i], i),
}


@pytest.mark.parametrize("what", WRITES)
def test_every_array_of_an_operation_is_watched(what):
    def f():
        y, array = WRITES[what](w, np.array([3.0, 4.0]), np.array([1, 1]))
        total = np.sum(y)
        array[...] = 0
        return total

    w = Param([1.0, 2.0])
    with pytest.raises(RuntimeError, match=f"recorded at {HERE}:\\d+: {what} was overwritten"):
        diff(f, check=True)
    diff(f)  # without check nothing is promised, and nothing raises


def test_the_result_is_watched():
    @primitive(rules=[lambda dy, y, x: dy * y])
    def exp(x):
        return np.array(np.exp(x))

    def f():
        y = exp(w)
        value(y)[...] = 0
        return y

    w = Param(2.0)
    with pytest.raises(RuntimeError, match=f"recorded at {HERE}:\\d+: its result was overwritten"):
        diff(f, check=True)


def test_an_array_in_a_tuple_option_is_watched():
    w, i = Param(np.ones((2, 2))), np.array([0, 1])

    def f():
        y = np.sum(w[(slice(None), i)])
        i[:] = 0
        return y

    with pytest.raises(RuntimeError, match="its index= was overwritten"):
        diff(f, check=True)


def test_nothing_overwritten_gives_the_same_gradient():
    w = Param([1.0, 2.0])

    def f():
        return np.sum(np.tanh(w * 2.0 + w)) + grad(lambda x: x * x)(3.0)

    assert grad(diff(f, check=True), w).tolist() == grad(diff(f), w).tolist()


def test_what_the_walk_does_not_reach_may_be_overwritten():
    w, x = Param([1.0, 2.0]), np.array([3.0, 4.0])

    def f():
        unused = w * x
        x[:] = 0
        return (unused, np.sum(w))[1]

    assert grad(diff(f, check=True), w).tolist() == [1, 1]


def test_the_users_line_is_outside_of_the_package():
    assert user_line() == f"{__file__}:{here()}"
