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
LOOKING = {  # at what a branch that np.where left out might divide by, or overflow to
    "z / w":       (5, lambda z, w: z / w),
    "exp":         (4, lambda z, w: np.exp(z * 0.1)),
    "log":         (4, lambda z, w: np.log(z + 3.0)),
}
SCALED = {"z / w": lambda z, w: z, "exp": lambda z, w: z * 0.1, "log": lambda z, w: z + 3.0}
FUNCTIONS = {
    "z.T":         (4, lambda z, w: z.T),
    "transpose":   (4, lambda z, w: np.transpose(z)),
    "swapaxes":    (6, lambda z, w: np.swapaxes(z, 0, 1)),
    "moveaxis":    (6, lambda z, w: np.moveaxis(z, 0, 1)),
    "reshape":     (8, lambda z, w: np.reshape(z, (2, 2))),
    "squeeze":     (3, lambda z, w: np.squeeze(z)),
    "where":       (5, lambda z, w: np.where(True, z, w)),
    "clip":        (5, lambda z, w: np.clip(z, 0, 1)),
    "dot":         (6, lambda z, w: np.dot(z, w)),
    "tensordot":   (7, lambda z, w: np.tensordot(z, w, 1)),
    "einsum":      (8, lambda z, w: np.einsum("ij,jk->ik", z, w)),
    "a primitive": (4, lambda z, w: own(z)),
}
OF_OTHER_SHAPE = {
    "sum":          (6, lambda z: np.sum(z)),
    "sum of rows":  (8, lambda z: np.sum(z, axis=0)),
    "mean":         (5, lambda z: np.mean(z)),
    "mean of rows": (8, lambda z: np.mean(z, axis=0)),
    "max":          (6, lambda z: np.max(z)),
    "max of rows":  (8, lambda z: np.max(z, axis=0)),
    "min of rows":  (8, lambda z: np.min(z, axis=0)),
    "prod of rows": (8, lambda z: np.prod(z, axis=0)),
    "var of rows":  (7, lambda z: np.var(z, axis=0)),
    "std of rows":  (8, lambda z: np.std(z, axis=0)),
    "expand_dims":  (6, lambda z: np.expand_dims(z, 0)),
    "broadcast_to": (8, lambda z: np.broadcast_to(z, (3, 2, 2))),
    "concatenate":  (8, lambda z: np.concatenate([z, z])),
    "stack":        (8, lambda z: np.stack([z, z])),
}
OF_TWO_RESULTS = {
    "split":              (6, lambda z: np.split(z, 2)),
    "split of columns":   (7, lambda z: np.split(z, 2, axis=1)),
    "split at":           (8, lambda z: np.split(z, [1])),
    "hsplit":             (7, lambda z: np.hsplit(z, 2)),
    "unstack":            (6, lambda z: np.unstack(z)),
    "array_split":        (8, lambda z: np.array_split(z, 2, 1)),
}
# fmt: on


@pytest.mark.parametrize("name", OPERATIONS)
def test_operators_and_ufuncs(name):
    expected, step = OPERATIONS[name]
    assert cost(step) == expected <= 3


@pytest.mark.parametrize("name", LOOKING)
def test_ufuncs_that_look_for_dead_branches(name):
    expected, step = LOOKING[name]
    assert cost(step) - cost(SCALED[name]) == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_other_functions(name):
    expected, step = FUNCTIONS[name]
    assert cost(step) == expected <= 8


@pytest.mark.parametrize("name", OF_OTHER_SHAPE)
def test_functions_that_change_the_shape(name):
    """Beside a known operation: tanh has 2, and a second use of z is gathered by 1."""
    expected, step = OF_OTHER_SHAPE[name]
    uses = 2 if name in ("concatenate", "stack") else 1
    assert once(step) - once(lambda z: np.tanh(z)) + 2 - (uses - 1) == expected <= 8


@pytest.mark.parametrize("name", OF_TWO_RESULTS)
def test_functions_of_two_results(name):
    """Both are used, by a product, which has 3."""
    expected, step = OF_TWO_RESULTS[name]
    both = once(lambda z: np.multiply(*step(z))) - 1  # the call of `step` itself
    assert both - 3 - once(lambda z: np.tanh(z)) + 2 == expected <= 8


def once(step):
    """Calls of a tape that sums what `step` gives."""
    return calls(lambda z, w: z + np.sum(step(w)) * 1.0, 1)


def test_the_chain_of_three():
    assert cost(lambda z, w: np.tanh(z * 1.01 + 0.1)) == 6
