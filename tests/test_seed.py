"""The page of AutoGrad.jl that knetpy grew from: every snippet of it, in its order, in Python."""

import numpy as np
import pytest

from knetpy import Param, diff, grad, gradcheck, minibatch, params, primitive, seed, value, zerograd
from knetpy.arrays import random

rng = np.random.default_rng(0)


# "It can differentiate regular code that includes loops, conditionals, helper functions, closures."


def test_regular_code():
    def helper(x):
        return x * x

    def f(x, n):
        y = 1.0
        for _ in range(n):
            y = y * helper(x) if x > 1 else y + x
        return y

    assert grad(f)(3.0, 2) == 4 * 3.0**3
    assert grad(f)(0.5, 2) == 2
    scale = Param(2.0)
    assert grad(diff(lambda: f(3.0, 1) * scale), scale) == 9


def test_many_inputs_to_one_scalar_and_gradients_of_gradients():
    x = Param(rng.standard_normal(1000))
    np.testing.assert_array_equal(grad(diff(lambda: np.sum(np.sin(x))), x), np.cos(x.value))
    third = grad(grad(grad(np.sin)))
    assert third(0.5) == -np.cos(0.5)


# "Interface"


def test_interface():
    x = Param([1, 2, 3])
    assert repr(x) == "P([1. 2. 3.])"
    assert type(value(x)) is np.ndarray and value(x).tolist() == [1, 2, 3]
    assert np.sum(np.square(x)) == 14
    y = diff(lambda: np.sum(np.square(x)))
    assert repr(y) == "T(14.0)"
    assert value(y) == 14
    assert grad(y, x).tolist() == [2, 4, 6]


# "Old interface"


def test_old_interface():
    x = np.array([1, 2, 3])

    def f(x):
        return np.sum(np.square(x))

    g = grad(f)
    assert f(x) == 14
    assert g(x).tolist() == [2, 4, 6]


# "Here is a linear regression example using callable objects"


class Linear:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, x):
        return x @ self.w + self.b


def test_linear_regression():
    truth = Linear(rng.standard_normal((100, 10)), rng.standard_normal(10))
    x = rng.standard_normal((200, 100))
    data = minibatch(x, truth(x), 10, shuffle=True)
    f = Linear(Param(rng.standard_normal((100, 10))), Param(rng.standard_normal(10)))

    first = last = None
    for _ in range(60):
        for xb, yb in data:
            loss = diff(lambda xb=xb, yb=yb: np.sum(np.square(f(xb) - yb)))
            for w in params(f):
                g = grad(loss, w)
                w -= 0.002 * g
            first, last = first or float(loss), float(loss)
    assert last < 1e-3 * first
    assert np.abs(f.w - truth.w).max() < 0.1


# "Extending AutoGrad"


def test_primitive_of_ones_own():
    @primitive(rules=[lambda dy, y, x: dy * (1 / x)])
    def log(x):
        return np.log(x)

    assert grad(log)(4.0) == 0.25
    assert grad(grad(log))(4.0) == -0.0625
    x = Param(np.array([1.0, 2.0, 4.0]))
    assert grad(diff(lambda: np.sum(log(x))), x).tolist() == [1, 0.5, 0.25]
    assert gradcheck(log, np.array([0.5, 3.0]), order=2)


def test_a_gradient_for_each_input_and_none_where_there_is_none():
    @primitive(rules=[lambda dy, y, a, b, c: dy * b, lambda dy, y, a, b, c: dy * a, None])
    def scaled(a, b, c):
        return a * b

    a, b, c = Param([1.0, 2.0]), Param(3.0), Param(5.0)
    J = diff(lambda: np.sum(scaled(a, b, c)))
    assert grad(J, a).tolist() == [3, 3]
    assert grad(J, b) == 3  # broadcasting was undone
    assert grad(J, c) is None


def test_primitive_without_broadcasting():
    @primitive(rules=[lambda dy, y, a, b: dy * b, lambda dy, y, a, b: dy * a], broadcast=False)
    def product(a, b):
        return a * b

    b = Param(3.0)
    with pytest.raises(ValueError, match=r"gradient rule of .*product for argument 1 .*shape \(2,"):
        diff(lambda: np.sum(product(np.ones(2), b)))


def test_methods_are_primitives_with_rules_of_their_own():
    class Degrees(np.ndarray):
        pass

    sine = primitive(rules=[lambda dy, y, x: dy * np.cos(x)])(lambda x: np.sin(x))
    sine.method(
        Degrees,
        lambda x: np.sin(np.asarray(x) * np.pi / 180),
        lambda dy, y, x: dy * np.cos(np.asarray(x) * np.pi / 180) * np.pi / 180,
    )
    x, degrees = Param(np.array([1.0])), Param(np.array([60.0]).view(Degrees))
    assert grad(diff(lambda: np.sum(sine(x))), x) == np.cos(1.0)
    slope = grad(diff(lambda: np.sum(sine(degrees))), degrees)
    np.testing.assert_allclose(np.asarray(slope), np.cos(np.pi / 3) * np.pi / 180)


def test_zerograd():
    @zerograd
    def rounded(x):
        return np.round(x)

    x = Param([1.4, 2.6])
    J = diff(lambda: np.sum(x * rounded(x)))
    assert grad(J, x).tolist() == [1, 3]
    assert grad(diff(lambda: np.sum(rounded(x))), x) is None


# "Debugging": the contents of the graph


@pytest.fixture
def graph():
    seed(0)
    w, b, x, y = (
        Param(random((2, 3), dtype="f8")),
        Param(random((2, 1), dtype="f8")),
        *map(rng.random, [(3, 4), (2, 4)]),
    )
    return w, b, x, y, diff(lambda: np.sum(np.square(w @ x + b - y)), keep=True)


def test_the_listing(graph):
    assert graph[-1].show() == (
        "1. P(float64(2, 3)) ∇ = float64(2, 3)\n"
        "2. float64(2, 4) = matmul(#1, float64(3, 4)) ∇ = float64(2, 4)\n"
        "3. P(float64(2, 1)) ∇ = float64(2, 1)\n"
        "4. float64(2, 4) = add(#2, #3) ∇ = float64(2, 4)\n"
        "5. float64(2, 4) = subtract(#4, float64(2, 4)) ∇ = float64(2, 4)\n"
        "6. float64(2, 4) = square(#5) ∇ = float64(2, 4)\n"
        f"7. {value(graph[-1])} = sum(#6) ∇ = 1.0"
    )


def test_individual_nodes(graph):
    w, b, x, y, J = graph
    assert len(J.nodes) == len(J.intermediate) == 7
    parents, args, options, product, operation = J.nodes[1]
    assert parents == ((0, 0),) and options == {}
    assert operation.f is np.matmul and args[0] is value(w) and args[1] is x
    np.testing.assert_array_equal(product, value(w) @ x)
    np.testing.assert_allclose(J.intermediate[1], 2 * (w @ x + b - y), rtol=1e-14)
    np.testing.assert_allclose(J.intermediate[0], grad(J, w), rtol=1e-14)


def test_without_keep_the_values_are_lost():
    w = Param(1.0)
    J = diff(lambda: w * w)
    assert J.nodes is None
    with pytest.raises(ValueError, match=r"died on the way back; use diff\(f, keep=True\)"):
        J.show()
