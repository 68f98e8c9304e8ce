"""What an operation costs in Python calls, forward and back together: counted, and frozen."""

import sys

import numpy as np
import pytest
import scipy.special

from knetpy.autograd import Param, diff, grad, primitive


def calls(step, n):
    """The engine's Python-level calls for a tape of `n` steps; NumPy's and kernels' are not its."""
    counted = 0

    def count(frame, event, arg):
        nonlocal counted
        name = frame.f_globals.get("__name__", "")
        counted += event == "call" and name.startswith(("knetpy.autograd", __name__))

    z, w = Param(np.full((2, 2), 0.5)), Param(np.full((2, 2), 1.01))

    def f():
        x, y = z * 1.0, w * 1.0
        for _ in range(n):
            x = step(x, y)
        return np.sum(x)

    J = diff(f)
    sys.setprofile(count)
    try:
        J = diff(f)
    finally:
        sys.setprofile(None)
    assert grad(J, z) is not None
    return counted


def cost(step):
    """Calls of one more step, without the call of `step` itself."""
    return (calls(step, 30) - calls(step, 10)) / 20 - 1


@primitive(rules=[lambda dy, y, x: dy * y])
def own(x):
    return np.exp(x) * 0.3


# fmt: off
OPERATIONS = {
    "z * w":       (3, lambda z, w: z * w),
    "z + w":       (3, lambda z, w: z + w),
    "z - w":       (3, lambda z, w: z - w),
    "z @ w":       (3, lambda z, w: z @ w),
    "z * 1.01":    (2, lambda z, w: z * 1.01),
    "1.01 * z":    (3, lambda z, w: 1.01 * z),
    "-z":          (3, lambda z, w: -z),
    "tanh":        (2, lambda z, w: np.tanh(z)),
    "square":      (2, lambda z, w: np.square(z)),
    "multiply":    (3, lambda z, w: np.multiply(z, w)),
    "expit":       (2, lambda z, w: scipy.special.expit(z)),
}
FUNCTIONS = {
    "z.T":         (4, lambda z, w: z.T),
    "transpose":   (4, lambda z, w: np.transpose(z)),
    "reshape":     (9, lambda z, w: np.reshape(z, (2, 2))),
    "where":       (5, lambda z, w: np.where(True, z, w)),
    "a primitive": (4, lambda z, w: own(z)),
}
# fmt: on


@pytest.mark.parametrize("name", OPERATIONS)
def test_operators_and_ufuncs(name):
    expected, step = OPERATIONS[name]
    assert cost(step) == expected <= 3


@pytest.mark.parametrize("name", FUNCTIONS)
def test_other_functions(name):
    expected, step = FUNCTIONS[name]
    assert cost(step) == expected


def test_the_chain_of_three():
    assert cost(lambda z, w: np.tanh(z * 1.01 + 0.1)) == 6


def test_a_sum_and_a_product_of_it():
    assert cost(lambda z, w: np.sum(z) * z * 0.1) - cost(lambda z, w: z * 0.1) == 11
