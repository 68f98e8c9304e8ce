"""Programs have no more steps than they need, and in an order in which they can still go back."""

import operator

import numpy as np
import pytest

import knetpy
from knetpy import kernels
from knetpy.arrays import random
from knetpy.autograd import Param, State, diff, grad, value
from knetpy.program import arrange, replay
from knetpy.program.arrange import arranged, used
from knetpy.program.parts import Ref, memory
from knetpy.program.steps import Condition, Step
from knetpy.program.traced import CannotCompile, Method

RNG = np.random.default_rng(3)


def normal(*shape):
    return RNG.standard_normal(shape)


def names(steps):
    conditions = (isinstance(step.f, Condition) for step in steps)
    return ["condition" if c else s.f.__name__ for c, s in zip(conditions, steps, strict=True)]


def steps_of(compiled):
    """The names of the steps of the one program that there is."""
    ((program,),) = compiled.programs.values()
    return names(program.steps)


def check(f, make):
    """`f` compiled gives and writes what `f` does, three times; the names of its steps."""
    compiled = knetpy.compile(f)
    for _ in range(3):
        args = make()
        others = [x.copy() for x in args]
        got, exact = compiled(*args), f(*others)
        for y, z in zip([*got, *args], [*exact, *others], strict=True):
            np.testing.assert_allclose(y, z, rtol=1e-12)
    return steps_of(compiled)


# Constants

C = np.linspace(1, 2, 4)


def test_what_does_not_depend_on_an_argument_is_computed_once():
    found = check(lambda x: [x * np.exp(np.add(np.ones_like(x), C) * 2)], lambda: [normal(4)])
    assert found == ["multiply"]


@pytest.mark.parametrize("f", [np.ones_like, np.zeros_like])
def test_ones_and_zeros_depend_on_the_shape_alone(f):
    assert check(lambda x: [x + f(x), x - f(x) * 3], lambda: [normal(4)]) == ["add", "subtract"]


def test_arrays_filled_with_what_changes_are_no_constants():
    found = check(lambda x: [np.full_like(x, x[0]) * x], lambda: [normal(4)])
    assert found == ["getitem", "full_like", "multiply"]


def test_a_constant_that_is_written_into_is_made_in_every_call():
    def f(x):
        y = np.zeros_like(x)
        y += x
        y[0] = 7
        return [y * 2]

    assert check(f, lambda: [normal(4)]) == ["zeros_like", "add", "setitem", "multiply"]


def test_so_is_one_whose_view_is_written_into():
    def f(x):
        y = np.ones_like(x)
        y[1:] += x[1:]
        return [y * 2, y[0] + 1]

    found = check(f, lambda: [normal(4)])
    assert found[0] == "ones_like" and {"add", "setitem"} <= {*found}


def test_constants_beside_those_that_are_written_into_are_folded():
    def f(x):
        y, z = np.zeros_like(x), np.ones_like(x) * 3
        y += z
        return [y * x]

    found = check(f, lambda: [normal(4)])
    assert found[0] == "zeros_like" and "ones_like" not in found


def test_a_constant_that_is_returned_is_made_in_every_call():
    compiled = knetpy.compile(lambda x: (x + 1, np.ones_like(x) * 2, np.zeros_like(x)))
    for _ in range(3):
        _, twos, zeros = compiled(normal(4))
        assert (twos == 2).all() and (zeros == 0).all()
        twos[...] = zeros[...] = 5
    assert steps_of(compiled) == ["add", "multiply", "zeros_like"]


@pytest.mark.parametrize(
    "view", [np.transpose, lambda x: x[1:], np.ravel], ids=["T", "rows", "flat"]
)
def test_so_is_a_constant_whose_view_is_returned(view):
    compiled = knetpy.compile(lambda x: (x + 1, view(np.ones_like(x))))
    for _ in range(3):
        _, ones = compiled(normal(2, 3))
        assert (ones == 1).all()
        ones[...] = 5


def test_a_constant_in_a_container_of_results_is_made_in_every_call():
    compiled = knetpy.compile(lambda x: {"a": [x * 2, (np.ones_like(x),)]})
    for _ in range(3):
        y = compiled(normal(3))["a"][1][0]
        assert (y == 1).all()
        y[...] = 4


def test_random_numbers_are_no_constants():
    compiled = knetpy.compile(lambda x: x * 0 + random(3, x))
    first, second, third = (compiled(normal(3)) for _ in range(3))
    assert (first != second).all() and (second != third).all()


# Steps that nobody wants


def test_steps_that_nobody_wants_are_left_out():
    def f(x):
        y = np.exp(x)
        z = np.sum(y @ x)
        np.cumsum(y * z)
        return [x + 1]

    assert check(f, lambda: [normal(4)]) == ["add"]


def test_steps_that_change_something_are_wanted():
    def f(x):
        y = x * 2
        y += 1  # nobody looks at it afterwards, and it is gone
        x += 3
        return [x[0] - 1]

    found = check(f, lambda: [normal(4)])
    assert found.count("add") >= 1 and found[-2:] == ["getitem", "subtract"]


def test_one_of_several_outcomes_is_enough():
    assert check(lambda x: [np.divmod(x, 2)[1]], lambda: [normal(4)]) == ["divmod"]


def perceptron(kind):
    x, v, w = (normal(*s).astype(kind) for s in ((7, 5), (8, 3), (5, 8)))
    loss = lambda w: np.sum(np.square(np.tanh(x @ w) @ v))  # noqa: E731
    return loss, w


@pytest.mark.parametrize("kind", ["f8", "f4"])
def test_a_hessian_times_a_direction_takes_seven_products(kind, monkeypatch):
    """Two of the loss, two of its gradient's way back to the hidden layer, three of the rest:
    nobody wants the gradient itself, nor x's.
    """
    seen = []
    monkeypatch.setattr(replay, "arranged", lambda *given: seen.append(given) or arranged(*given))
    loss, w = perceptron(kind)
    f = lambda w, d: knetpy.hvp(loss, w, d)  # noqa: E731
    compiled = knetpy.compile(f)
    for _ in range(2):
        d = normal(5, 8).astype(kind)
        np.testing.assert_allclose(compiled(w, d), f(w, d), rtol=1e-3, atol=1e-3)
        w = w * 0.9
    ((program,),) = compiled.programs.values()
    assert names(program.steps).count("matmul") == 7
    assert names(seen[0][0]).count("matmul") > 7


def test_a_loss_without_its_gradient_takes_no_way_back():
    w = Param(normal(3))
    compiled = knetpy.compile(lambda x: value(diff(lambda: np.sum(np.square(w * x)))))
    compiled(normal(3))
    assert steps_of(compiled) == ["multiply", "square", "sum"]


# Conditions


def test_conditions_come_before_what_does_not_decide_them():
    def f(x, y):
        z = np.exp(y) @ y
        return [z + 1] if x.sum() > 0 else [z - 1]

    make = lambda: [np.abs(normal(3)), normal(3)]  # noqa: E731
    assert check(f, make) == ["sum", "greater", "condition", "exp", "matmul", "add"]


def test_conditions_keep_their_order():
    def f(x):
        if x.ndim and len(x) > 2 and x[0] > 0 and x[1] > 1:
            return [x * 2]
        return [x * 3]

    found = check(f, lambda: [np.abs(normal(3)) + 1])
    assert found == [*["getitem", "greater", "condition"] * 2, "multiply"]


def test_a_branch_after_a_change_that_does_not_depend_on_it_is_taken_before():
    def f(x, y):
        x += 1
        return [x * 2] if (y > 0).all() else [x * 3]

    compiled = knetpy.compile(f)
    for sign in (1, -1, 1, -1):
        x, y = normal(3), sign * np.ones(3)
        before = x.copy()
        (z,) = compiled(x, y)
        np.testing.assert_array_equal(x, before + 1)
        np.testing.assert_array_equal(z, x * (2 if sign > 0 else 3))
    ((one, other),) = compiled.programs.values()
    assert names(one.steps) == names(other.steps)
    assert names(one.steps) == ["greater", "all", "condition", "add", "multiply"]


def test_a_branch_on_what_has_been_changed_is_not_for_compile():
    def f(x):
        x += 1
        return x * 2 if x.sum() > 0 else x * 3

    told = "a branch depends on a value that is known only after something has been changed"
    with pytest.raises(CannotCompile, match=f"{told}.*branch before, or use np.where"):
        knetpy.compile(f)(np.ones(3))


def test_a_branch_on_a_changed_param_or_a_view_of_it_is_not_either():
    w = Param(np.ones(3))

    def through_a_view():
        w[1:] = w[1:] * 2
        return value(w) if w[2] > 0 else -value(w)

    def after_a_step():
        w[...] = w - grad(diff(lambda: np.sum(w * w)), w)
        return 1 if (w > 0).all() else 2

    for f in (through_a_view, after_a_step):
        with pytest.raises(CannotCompile, match="a branch depends"):
            knetpy.compile(f)()


def test_a_branch_on_what_was_computed_before_the_change():
    def f(x):
        total = x.sum()
        x += 1
        return [x * 2] if total > 0 else [x * 3]

    found = check(f, lambda: [np.abs(normal(3))])
    assert found == ["sum", "greater", "condition", "add", "multiply"]


def test_a_branch_on_the_view_of_what_was_copied_before_the_change():
    def f(x):
        y = x.copy()[1:]
        x *= -1
        return [x * 2] if (y > 0).all() else [x * 3]

    found = check(f, lambda: [np.abs(normal(3))])
    assert found.index("condition") < found.index("multiply")


def test_a_branch_on_an_array_of_its_own_that_is_written():
    """That is no change which outlives the call: the program may still go back."""

    def f(x):
        y = x * 2
        y += 1
        return [x + y] if y.sum() > 0 else [x - y]

    compiled = knetpy.compile(f)
    for sign in (1, -1, 1):
        x = sign * np.abs(normal(3)) * 9 - (sign < 0)
        np.testing.assert_allclose(compiled(x)[0], f(x)[0])
    assert sum(map(len, compiled.programs.values())) == 2


def test_a_branch_behind_a_random_draw_is_taken_before_it():
    def f(x):
        noise = random(3, x)
        return noise + 10 if (x > 0).all() else noise - 10

    compiled = knetpy.compile(f)
    for sign in (1, -1, 1, -1):
        knetpy.seed(4)
        got = compiled(sign * np.ones(3))
        knetpy.seed(4)
        np.testing.assert_array_equal(got, f(sign * np.ones(3)))
    one = next(iter(compiled.programs.values()))[0]
    found = names(one.steps)
    assert found.index("condition") < found.index("random")


def test_a_branch_on_random_numbers_is_not_for_compile():
    f = lambda x: x + 1 if random(3, x).sum() > 1 else x  # noqa: E731
    with pytest.raises(CannotCompile, match="a branch depends"):
        knetpy.compile(f)(normal(3))


def test_a_branch_behind_an_update_of_a_state_that_does_not_depend_on_it():
    s = State(np.zeros(3))

    def f(x):
        s.update(value(s) + x)
        return value(s) * 2 if x.sum() > 0 else value(s) * 3

    compiled, total = knetpy.compile(f), np.zeros(3)
    for sign in (1, -1, 1, -1):
        x = sign * np.abs(normal(3))
        total += x
        np.testing.assert_allclose(compiled(x), total * (2 if sign > 0 else 3))
        np.testing.assert_allclose(s.value, total)
    assert s.version == 4


def test_a_branch_on_an_updated_state_is_one_on_its_new_array():
    s = State(np.zeros(3))

    def f(x):
        s.update(value(s) + x)
        return x if (value(s) > 0).all() else -x

    compiled = knetpy.compile(f)
    for x, total, sign in ((2, 2, 1), (-5, -3, -1), (4, 1, 1), (-2, -1, -1)):
        assert compiled(np.full(3, x)).tolist() == [sign * x] * 3
        assert s.value.tolist() == [total] * 3


# On steps that are written by hand


def test_the_places_that_a_step_looks_at():
    step = Step(np.stack, ([Ref(3), 1, (Ref(5),)],), {"out": Ref(2)}, Ref(9))
    assert sorted(used(step)) == [2, 3, 5]


def test_what_only_steps_that_are_left_out_want_is_left_out_too():
    values = [np.ones(3) for _ in range(5)]
    steps = [
        Step(np.exp, (Ref(0),), {}, Ref(1)),
        Step(np.sin, (Ref(1),), {}, Ref(2)),
        Step(np.cos, (Ref(0),), {}, Ref(3)),
        Step(np.tan, (Ref(2),), {}, Ref(4)),
    ]
    assert names(arranged(steps, Ref(3), values)) == ["cos"]
    assert names(arranged(steps, [Ref(2), 1], values)) == ["exp", "sin"]
    assert names(arranged(steps, {"a": Ref(4)}, values)) == ["exp", "sin", "tan"]
    assert arranged(steps, None, values) == []


def test_constants_go_into_the_steps_that_want_them():
    values = [np.ones(3), np.zeros(3), np.full(3, 2.0)]
    steps = [
        Step(np.cos, (5.0,), {}, Ref(1)),
        Step(np.stack, ([Ref(0), Ref(1)],), {}, Ref(2)),
    ]
    (step,) = arranged(steps, Ref(2), values)
    assert step.args[0][1] is values[1]
    assert names(arranged(steps, [Ref(1), Ref(2)], values)) == ["cos", "stack"]


def test_a_condition_whose_array_was_written_before_it_stays_behind():
    x, y = np.ones(3), np.float64(3)
    held = [x, y, x[1:], np.float64(2)]
    into = frozenset({memory(x)})
    write = Step(operator.setitem, (Ref(0), 0, 5), {}, None, False, True, into)
    total = Step(Method("sum"), (Ref(0),), {}, Ref(1))
    branch = Step(Condition(bool, True), (Ref(1),), {}, None, False)
    assert arrange.conditions_first([total, write, branch], held) == [total, branch, write]
    assert arrange.conditions_first([write, total, branch], held) == [write, total, branch]
    part = [
        Step(operator.getitem, (Ref(0), slice(1, None)), {}, Ref(2)),
        write,
        Step(Method("sum"), (Ref(2),), {}, Ref(3)),
        Step(Condition(bool, True), (Ref(3),), {}, None, False),
    ]
    assert arrange.conditions_first(part, held) == part


def test_kernels_that_write_are_not_folded():
    f = lambda x: [kernels.bias_relu(np.ones_like(x), x[0])]  # noqa: E731
    found = check(f, lambda: [normal(2, 3)])
    assert found[-1] == "bias_relu" and "ones_like" in found
