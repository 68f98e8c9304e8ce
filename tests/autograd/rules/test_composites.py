"""Composite functions: calls by name, NumPy's own values and errors, gradients of the body."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.primitive import table
from knetpy.autograd.rules.composites import array, composite, exactly


def slow_sum(a, axis=None, out=None, *, twice=False):
    raise AssertionError("only its row is of interest")


@pytest.fixture
def body():
    """What a row of slow_sum makes of a call."""
    seen = []

    @composite(slow_sum)
    def told(**given):
        seen.append(given)

    yield table.pop(slow_sum).body, seen


def test_a_body_is_told_by_name_what_was_given(body):
    call, seen = body
    call(1, 2, twice=np._NoValue)
    call(axis=3, a=4)
    assert seen == [{"a": 1, "axis": 2}, {"a": 4, "axis": 3}]


def test_a_call_that_does_not_fit_is_refused(body):
    call, seen = body
    with pytest.raises(TypeError, match="missing a required argument: 'a'"):
        call(axis=1)
    assert seen == []


def test_values_are_those_of_the_second_and_gradients_those_of_the_first():
    x = Param(np.array([1.0, 2.0]))

    def loss():
        y, (z, n) = exactly((x * 2, [x.sum(), 7]), (np.array([2.5, 4.0]), [3.5, 8]))
        assert value(y)[0] == 2.5 and value(z) == 3.5 and n == 8
        return y[0] + z

    J = diff(loss)
    assert value(J) == 6
    np.testing.assert_array_equal(grad(J, x), [3, 1])


def test_a_gradient_goes_back_in_the_precision_of_the_body():
    x = Param(np.array([1.0, 2.0], np.float32))
    J = diff(lambda: np.sum(exactly(x * 3, np.array([3.0, 6.0])) ** 2), keep=True)
    assert grad(J, x).dtype == np.float32
    np.testing.assert_array_equal(grad(J, x), [18, 36])


def test_lists_of_numbers_become_arrays_and_of_results_are_refused():
    x = Param(1.0)
    assert array(x) is x and array([1, 2]).dtype == int
    with pytest.raises(TypeError, match=r"np\.stack"):
        diff(lambda: array([x * 1]))
