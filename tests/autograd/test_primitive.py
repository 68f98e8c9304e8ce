"""The table of rules: registering, spellings, methods, lists, several results, refusals."""

from typing import NamedTuple

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad, primitive, value, zerograd
from knetpy.autograd.derivatives import vjp
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.primitive import Primitive, alias, rewrite, table


@primitive(rules=[lambda dy, y, a, b, scale=1.0: 10.0 * dy * b * scale,
                  lambda dy, y, a, b, scale=1.0: 20.0 * dy * a * scale])  # fmt: skip
def times(a, b=3.0, scale=1.0):
    """The product, with gradients of its own to be known by."""
    return a * b * scale


def test_the_decorator_keeps_name_and_docstring():
    assert times.__name__ == "times" and times.__doc__.startswith("The product")
    assert repr(times) == "<primitive times>"
    assert times(2.0) == 6.0 and times(2.0, b=4.0, scale=2.0) == 16.0


SPELLINGS = [
    (lambda a, b: times(a, b), 50.0, 40.0),
    (lambda a, b: times(a, b=b), 50.0, 40.0),
    (lambda a, b: times(a=a, b=b), 50.0, 40.0),
    (lambda a, b: times(b=b, a=a), 50.0, 40.0),
    (lambda a, b: times(a, b, 2.0), 100.0, 80.0),
    (lambda a, b: times(a, b, scale=2.0), 100.0, 80.0),
    (lambda a, b: times(scale=2.0, b=b, a=2.0), None, 80.0),
    (lambda a, b: times(b=5.0, a=a), 50.0, None),
    (lambda a, b: times(a), 30.0, None),
]


@pytest.mark.parametrize("f, da, db", SPELLINGS)
def test_every_spelling_meets_the_rules(f, da, db):
    a, b = Param(2.0), Param(5.0)
    J = diff(lambda: f(a, b))
    assert grad(J, a) == da and grad(J, b) == db
    assert f(a, b) == f(2.0, 5.0)


def test_a_missing_argument_before_a_given_one_takes_its_default():
    @primitive(rules=[lambda dy, y, a, b, c: dy, lambda dy, y, a, b, c: dy * c,
                      lambda dy, y, a, b, c: dy * b])  # fmt: skip
    def f(a, b=7.0, c=1.0):
        return a + b * c

    assert np.array_equal(np.where(Param([0.0, 1.0])), [[1]])
    a, c = Param(1.0), Param(2.0)
    J = diff(lambda: f(a, c=c))
    assert value(J) == 15.0 and grad(J, c) == 7.0
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
        f(c=c)


def test_what_python_refuses_is_refused():
    a = Param(2.0)
    with pytest.raises(TypeError, match="both by position and by name"):
        diff(lambda: times(a, a=a))
    with pytest.raises(TypeError, match="unexpected keyword argument 'foo'"):
        times(2.0, foo=1)
    with pytest.raises(NotImplementedError, match="times does not honour foo=1"):
        diff(lambda: times(a, foo=1))
    with pytest.raises(TypeError, match="times is not differentiable in scale, which diff is"):
        diff(lambda: times(2.0, scale=a))


def test_rules_for_a_function_that_exists():
    def cube(x):
        return np.asarray(value(x)) ** 3

    assert primitive(np.spacing, lambda dy, y, x: dy * 5.0) is np.spacing
    try:
        assert grad(np.spacing)(2.0) == 5.0
        row = table[np.spacing]
        zerograd(np.spacing)
        assert table[np.spacing] is row, "operators hold on to rows"
        assert grad(lambda x: np.spacing(x) + x)(2.0) == 1.0
    finally:
        zerograd(np.spacing)


def test_none_as_a_rule_and_from_a_rule_is_zero():
    @primitive(rules=[lambda dy, y, a, b: dy * b, None])
    def first(a, b):
        return a * b

    @primitive(rules=[lambda dy, y, a, b: None, lambda dy, y, a, b: dy * a])
    def second(a, b):
        return a * b

    a, b = Param(2.0), Param(5.0)
    J = diff(lambda: first(a, b))
    assert grad(J, a) == 5.0 and grad(J, b) is None
    J = diff(lambda: second(a, b))
    assert grad(J, a) is None and grad(J, b) == 2.0
    assert type(value(diff(lambda: first(3.0, b)))) in (float, np.float64)


def test_an_argument_beyond_the_rules_says_so():
    two = np.frompyfunc(lambda a, b: a + b, 2, 1)
    primitive(two, lambda dy, y, a, b: dy)
    try:
        with pytest.raises(NotImplementedError, match="has no gradient rule for argument 1"):
            diff(lambda x: two(1.0, x), Param(2.0))
        assert two(Param(1.0), 2.0) == 3.0
    finally:
        del table[two]


def test_rules_are_differentiated_themselves():
    @primitive(rules=[lambda dy, y, x: dy * 3 * x * x])
    def cube(x):
        return x**3

    assert gradcheck(cube, np.array([1.0, 2.0]), order=3)
    assert grad(grad(grad(cube)))(2.0) == 6.0


@pytest.mark.parametrize("result", [float, np.float64, np.array, lambda x: x])
def test_an_implementation_may_give_any_kind_of_scalar(result):
    @primitive(rules=[lambda dy, y, x: dy * 2 * x])
    def norm(x):
        return result(np.sum(np.asarray(x) * x))

    x = Param([1.0, 2.0])
    J = diff(lambda: norm(x) * norm(x))
    assert value(J) == 25.0 and grad(J, x).tolist() == [20, 40]
    assert grad(lambda x: np.sum(grad(lambda y: norm(y) * 1.0)(x)))(np.ones(2)).tolist() == [2, 2]
    assert diff(lambda: (norm(x).shape == ()) * norm(x)).value == 5.0


def test_a_constant_function_stops_the_gradient_of_all_that_it_is_given():
    @zerograd
    def stop(x, scale=1.0):
        parts = x if isinstance(x, (list, tuple)) else x.values() if isinstance(x, dict) else [x]
        assert all(type(part) is not Param for part in parts)
        return sum(parts) * scale

    x = Param(3.0)
    for given in (x, [x], (x,), {"a": x}):
        assert grad(diff(lambda g=given: stop(g) * x), x) == 3.0
        assert grad(diff(lambda g=given: stop(x=g) * x), x) == 3.0
    assert grad(diff(lambda: stop(2.0, scale=x) * x), x) == 6.0
    assert grad(diff(lambda: stop([x * x]) * x), x) == 9.0
    assert stop.__name__ == "stop"


def test_broadcasting_is_undone_once_for_all_rules():
    @primitive(rules=[lambda dy, y, a, b: dy * b, lambda dy, y, a, b: dy * a])
    def product(a, b):
        return a * b

    for shape in ((3,), (1, 3), (2, 1), (), (1, 1), (4, 1, 3)):
        x = np.linspace(1, 2, max(int(np.prod(shape)), 1))[: int(np.prod(shape))].reshape(shape)
        assert gradcheck(product, x, np.arange(6.0).reshape(2, 3), order=2)


def test_without_broadcasting_a_wrong_shape_names_the_rule():
    @primitive(rules=[lambda dy, y, a, b: dy, lambda dy, y, a, b: dy * a], broadcast=False)
    def plus(a, b):
        return a + b

    with pytest.raises(ValueError) as info:
        diff(lambda a: np.sum(plus(a, np.ones((2, 3)))), Param(np.ones(3)))
    assert str(info.value) == (
        "the gradient rule of plus for argument 0 gave shape (2, 3), "
        "but the argument has shape (3,)"
    )


@pytest.mark.parametrize("shape", [(3, 2), (2,), (2, 4), (1, 2, 3, 1)])
def test_a_shape_that_no_broadcasting_explains_names_the_rule(shape):
    @primitive(rules=[lambda dy, y, x: np.ones(shape)])
    def wrong(x):
        return x * 1.0

    with pytest.raises(ValueError, match="the gradient rule of wrong for argument 0 gave shape"):
        diff(lambda x: np.sum(wrong(x)), Param(np.ones((2, 3))))


def test_methods_by_the_type_of_the_first_array():
    class Units(np.ndarray):
        pass

    class Metres(Units):
        pass

    @primitive(rules=[lambda dy, y, x, b: dy, lambda dy, y, x, b: dy])
    def f(x, b=0.0):
        return x + b

    f.method(Units, lambda x, b=0.0: np.asarray(x) * 2 + b, lambda dy, y, x, b: dy * 2, None)
    x, u, m = (Param(np.ones(2).view(kind)) for kind in (np.ndarray, Units, Metres))
    b = Param(1.0)
    assert grad(diff(lambda: np.sum(f(x, b))), x).tolist() == [1, 1]
    for p in (u, m):
        J = diff(lambda p=p: np.sum(f(p, b)))
        assert value(J) == 6.0 and grad(J, p).tolist() == [2, 2] and grad(J, b) is None
        assert f(p).tolist() == f(value(p)).tolist() == [2, 2]
    assert grad(diff(lambda: np.sum(f(x, b))), b) == 2.0
    assert grad(diff(lambda: np.sum(f(u, 1.0) * f(m, 1.0))), m).tolist() == [6, 6]


def test_functions_of_a_list_take_one_rule():
    def spread(arrays, weights=(1, 2, 3)):
        return tuple(arrays), {"weights": weights}

    @primitive(rules=[lambda i, dy, y, *arrays, weights: dy * weights[i]], spread=spread)
    def mix(*arrays, weights):
        return sum(w * a for w, a in zip(weights, arrays, strict=False))

    a, b = Param(2.0), Param(5.0)
    assert mix([2.0, 5.0]) == 12.0 and mix([a, 5.0]) == 12.0 and mix(arrays=[a, b]) == 12.0
    J = diff(lambda: mix([a, b, 1.0, a][:3], weights=[7, 8, 9]))
    assert grad(J, a) == 7.0 and grad(J, b) == 8.0
    J = diff(lambda: mix(weights=[7, 8, 9], arrays=iter([a, 1.0, a])))
    assert grad(J, a) == 16.0 and grad(J, b) is None
    with pytest.raises(TypeError, match="mix is not differentiable in weights"):
        diff(lambda: mix([1.0], weights=[a]))


class Pair(NamedTuple):
    total: object
    count: object
    extra: object = None


def test_a_rule_sees_the_gradients_of_all_results_at_once_and_none_of_an_earlier_walk():
    seen = []

    @primitive(rules=[lambda dys, ys, x: seen.append(list(dys)) or 2 * dys[0]], several=True)
    def twice(x):
        return 2 * x, 3 * x, 4 * x

    _, pull = vjp(lambda x: twice(x)[:2], 1.0)
    pull((1.0, 10.0))
    assert seen == [[1.0, 10.0, None]]
    _, pull = vjp(lambda x: twice(x)[0], 1.0)
    assert (pull(1.0), pull(5.0), seen[1:]) == ((2.0,), (10.0,), [[1, None, None], [5, None, None]])


@pytest.mark.parametrize("kind", [tuple, list, Pair._make])
def test_several_results(kind):
    def rule(dys, ys, x):
        dtotal, dcount, dnone = dys
        assert dcount is None and dnone is None and len(ys) == 3
        return dtotal * np.ones_like(x)

    @primitive(rules=[rule], several=True)
    def stats(x):
        return kind([np.sum(x), np.int64(3), None])

    x = Param([1.0, 2.0])
    found = []
    J = diff(lambda: found.append(stats(x)) or found[0][0] * found[0][1])
    assert type(found[0]) is type(kind([1, 2, 3]))
    assert found[0][1] == 3 and type(found[0][1]) is np.int64 and found[0][2] is None
    assert grad(J, x).tolist() == [3, 3]
    assert grad(diff(lambda: stats(x)[0] * stats(x)[0] * 1.0), x).tolist() == [6, 6]
    assert type(stats(x)) is type(kind([1, 2, 3])) and stats(x)[0] == 3.0


def test_composites_and_aliases():
    def f(x):
        return np.tanh(x)

    @rewrite(f)
    def body(x):
        return np.tanh(x)

    def g(x):
        return x

    alias(f, g)
    try:
        assert table[g] is table[f] and table[f].body is body and table[f].rules is None
    finally:
        del table[f], table[g]


def test_the_engine_keeps_a_functions_implementation_beside_its_rule():
    row = table[np.square]
    assert isinstance(row, Primitive) and row.call is np.square
    x = Param(3.0)
    row.call = lambda x: np.square(x) + 1
    try:
        assert value(diff(lambda: np.square(x))) == 10.0 and grad(diff(np.square, x), x) == 6.0
    finally:
        row.call = np.square
