"""Gradients of containers, and the older form grad(f) and gradloss(f)."""

from collections import namedtuple
from types import SimpleNamespace

import numpy as np
import pytest

from knetpy.autograd import Param, Sparse, State, diff, grad, gradloss, value

Pair = namedtuple("Pair", "w b")


class Layer:
    __slots__ = ("weight", "bias", "name", "__dict__")

    def __init__(self):
        self.weight, self.bias, self.name = Param([1.0, 2.0]), Param(0.0), "layer"


def square_sum(x):
    return np.sum(x * x)


def test_every_container_gives_its_whole_structure_with_none_where_untouched():
    a, b, c = Param(2.0), Param(3.0), Param(4.0)
    J = diff(lambda: a * a * b)
    assert grad(J, [a, c]) == [12.0, None]
    assert grad(J, (b, [c], "text")) == (4.0, [None], None)
    assert grad(J, {"a": a, "n": {"c": c}}) == {"a": 12.0, "n": {"c": None}}
    pair = grad(J, Pair(a, c))
    assert type(pair) is Pair and pair == (12.0, None)
    assert grad(J, []) == [] and grad(J, ()) == () and grad(J, {}) == {}
    assert grad(J, {a, c}) == {a: 12.0, c: None}


def test_an_object_of_params_gives_a_namespace():
    layer = Layer()
    layer.inner, layer.rate = [Layer()], 0.1
    layer.me = layer
    g = grad(diff(lambda: np.sum(layer.weight * 3) + layer.inner[0].bias), layer)
    assert g.weight.tolist() == [3, 3] and g.bias is None and g.name is None and g.rate is None
    assert g.inner[0].bias == 1 and g.inner[0].weight is None and g.me is g


def test_an_object_array_of_params():
    x = np.empty((2, 1), object)
    x[0, 0], x[1, 0] = Param([1.0, 2.0]), Param(3.0)
    g = grad(diff(lambda: square_sum(x[0, 0])), x)
    assert g.shape == (2, 1) and g[0, 0].tolist() == [2, 4] and g[1, 0] is None


def test_what_was_not_on_the_tape_has_no_gradient():
    J = diff(lambda: Param(1.0) * 2)
    assert grad(J, Param(1.0)) is None
    assert grad(J, 3.0) is None and grad(J, State(1.0)) is None and grad(J, np.ones(2)) is None


def test_results_have_gradients_on_a_kept_tape():
    seen = {}

    def f(x):
        seen["y"] = x * 2
        seen["unused"] = x + 1
        seen["z"] = seen["y"] ** 2
        return np.sum(seen["z"])

    w = Param([1.0, 3.0])
    J = diff(f, w, keep=True)
    g = grad(J, seen)
    assert g["y"].tolist() == [4, 12] and g["z"].tolist() == [1, 1] and g["unused"] is None
    g["y"][0] = 7  # a gradient that is changed changes no other
    assert grad(J, w).tolist() == [8, 24]
    J2 = diff(f, w, keep=True)
    assert grad(J2, w).tolist() == [8, 24]
    J3 = diff(f, w)
    with pytest.raises(ValueError, match=r"ask for them with diff\(f, keep=True\)"):
        grad(J3, seen["y"])


@pytest.mark.parametrize("argnum, expected", [(0, 6.0), (1, 2.0), (2, 1.0), (-1, 1.0), (-3, 6.0)])
def test_argnum_counts_from_both_ends(argnum, expected):
    def f(x, y, z):
        return 2 * x * y * z

    assert grad(f, argnum)(1.0, 3.0, 1.0 if expected == 6 else 0.5) == pytest.approx(
        {6.0: 6.0, 2.0: 1.0, 1.0: 6.0}[expected]
    )
    assert grad(f, argnum=argnum)(1.0, 3.0, 1.0) == grad(f, argnum)(1.0, 3.0, 1.0)


def test_the_example_of_knets_readme():
    x = Param([1.0, 2.0, 3.0])
    tape = diff(lambda: np.sum(x**2))
    assert value(tape) == 14 and grad(tape, x).tolist() == [2, 4, 6]
    g, loss = gradloss(lambda x: np.sum(x**2))(np.array([1.0, 2.0, 3.0]))
    assert g.tolist() == [2, 4, 6] and loss == 14


def test_keyword_arguments_are_passed_on_undifferentiated():
    assert gradloss(lambda x, *, n, deep=1: deep * x**n)(2.0, n=3, deep=2) == (24.0, 16.0)


@pytest.mark.parametrize("x", [3, np.int8(3), np.array(3), np.uint64(3)])
def test_ints_are_differentiated_as_floats(x):
    g, y = gradloss(lambda x: x * x)(x)
    assert (g, y) == (6.0, 9.0) and g.dtype == np.float64


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "F", "D"])
def test_gradients_have_the_dtype_of_the_argument(dtype):
    g = grad(lambda x: np.sum(np.real(x * x)))(np.ones(3, dtype))
    assert g.dtype == np.dtype(dtype) and g.tolist() == [2, 2, 2]


def test_containers_as_arguments():
    x = {"w": np.array([1.0, 2.0]), "b": [3.0, (4, "name")], "no": Pair(1.0, None)}
    g, y = gradloss(lambda x: np.sum(x["w"] * 2) + x["b"][1][0] ** 2)(x)
    assert y == 22 and g["w"].tolist() == [2, 2]
    assert g["b"] == [None, (8.0, None)] and g["no"] == Pair(None, None)
    assert grad(lambda x: 1.0)([1.0, 2.0]) == [None, None]
    assert grad(lambda x: 1.0)([]) == []


def test_the_same_array_at_two_places_has_a_gradient_at_each():
    x = np.array([1.0, 2.0])
    assert [g.tolist() for g in grad(lambda p: np.sum(p[0] * 3 + p[1]))([x, x])] == [[3, 3], [1, 1]]
    w = Param(2.0)
    assert grad(lambda p: p[0] * p[1] ** 2 * w)((w, w)) == (8.0, 16.0)


def test_gradients_of_the_older_form_are_dense():
    x, ids = Param(np.zeros((4, 2))), np.array([1, 1])
    assert type(grad(diff(lambda: np.sum(x[ids])), x)) is Sparse
    g = grad(lambda x: np.sum(x[ids]))(x)
    assert type(g) is np.ndarray and g[:, 0].tolist() == [0, 2, 0, 0]
    (g,) = grad(lambda p: np.sum(p[0][ids]))([np.zeros((4, 2))])
    assert type(g) is np.ndarray


def test_a_tracked_argument_is_linked_to_the_diff_around_it():
    w = Param(3.0)
    J = diff(lambda: grad(lambda x: x**3)(w))
    assert (value(J), grad(J, w)) == (27.0, 18.0)
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(5.0) == 1.0
    f = grad(grad(grad(np.sin)))
    assert f(0.3) == pytest.approx(-np.cos(0.3), rel=1e-14)


def test_has_aux_gives_plain_values_besides():
    def f(x):
        y = x * x
        return np.sum(y), {"y": y, "n": 3}

    g, loss, aux = gradloss(f, has_aux=True)(np.array([1.0, 2.0]))
    assert g.tolist() == [2, 4] and loss == 5 and aux["n"] == 3
    assert type(aux["y"]) is np.ndarray and aux["y"].tolist() == [1, 4]


def test_aux_of_an_inner_gradient_is_recorded_outside():
    def inner(x):
        return x**3, x**2

    def outer(x):
        g, _, aux = gradloss(inner, has_aux=True)(x)
        return g * aux  # 3 x**4

    assert grad(outer)(2.0) == pytest.approx(96)


def test_a_complex_gradient_ascends():
    z = 1 + 2j
    g = grad(lambda z: np.abs(z) ** 2)(z)
    assert g == pytest.approx(2 * z)
    assert grad(lambda z: np.real(z * (3 + 4j)))(z) == 3 - 4j


@pytest.mark.parametrize("x", [True, "abc", None, np.array([True]), np.array(["a"]), object()])
def test_an_argument_without_numbers_is_refused(x):
    name = type(x).__name__
    with pytest.raises(TypeError, match=f"argument 0 of f holds nothing .* got {name}, expected"):
        grad(f)(x)


def f(x):
    return x


def test_an_object_is_sent_to_the_newer_form():
    with pytest.raises(TypeError, match=r"take grad\(diff\(f, x\), x\)"):
        grad(lambda model: np.sum(model.weight))(Layer())
    assert grad(lambda p: p[0] * 2)([1.0, SimpleNamespace(rate=0.1)]) == [2.0, None]


@pytest.mark.parametrize("argnum, args", [(1, (1.0,)), (-2, (1.0,)), (0, ())])
def test_a_missing_argument_is_named(argnum, args):
    message = rf"f is to be differentiated by its argument {argnum}, but was given {len(args)}"
    with pytest.raises(TypeError, match=message):
        grad(f, argnum)(*args)


def test_wrong_calls_say_what_was_expected():
    with pytest.raises(TypeError, match=r"argnum is the number of one argument, got \[0, 1\]"):
        grad(f, [0, 1])(1.0, 2.0)
    with pytest.raises(TypeError, match="grad needs a Tape or a function, got float"):
        grad(1.0)
    with pytest.raises(TypeError, match="needs what to differentiate by"):
        grad(diff(lambda: 1.0))
    with pytest.raises(ValueError, match=r"scalar result, got shape \(2,\)"):
        grad(lambda x: x * 2)(np.ones(2))
    assert grad(lambda x: x * 2)(1.0) == 2  # and what failed left nothing behind
