"""Param, State and Result: what they hold, what they refuse, copies, and recording()."""

import asyncio
import contextvars
import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

from knetpy.autograd import Param, State, diff, grad, keep_states, params, recording, value


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "F", "D", "G"])
def test_a_param_keeps_its_dtype_and_its_array(dtype):
    x = np.ones(2, dtype)
    assert Param(x).value is x


@pytest.mark.parametrize("x", [[1, 2], 3, True, np.uint8(4), np.zeros((0, 2), "i4"), [[1.0]]])
def test_lists_numbers_and_ints_become_float64_arrays(x):
    assert type(Param(x).value) is np.ndarray
    assert Param(x).value.dtype == np.float64
    np.testing.assert_array_equal(Param(x).value, x)


@pytest.mark.parametrize("x", ["a", object(), [object()], b"x", np.datetime64(1, "s"), ["1"]])
def test_what_is_not_numeric_is_refused(x):
    with pytest.raises(TypeError, match="a Param holds floats or complex numbers, got an array"):
        Param(x)


@pytest.mark.parametrize("cls", [Param, State])
def test_what_is_an_array_of_ours_is_refused(cls):
    for x in (Param(1.0), State(1.0)):
        with pytest.raises(TypeError, match=f"got a {type(x).__name__}, which already is one"):
            cls(x)
    with pytest.raises(TypeError, match="got a Result, which already is one"):
        diff(lambda: cls(Param(1.0) * 2))


@pytest.mark.parametrize("cls", [Param, State])
def test_there_are_no_subclasses(cls):
    with pytest.raises(TypeError, match=f"{cls.__name__} has no subclasses"):
        type("Mine", (cls,), {})


def test_params_are_hashed_and_found_by_identity():
    a, b = Param([1.0, 2.0]), Param([1.0, 2.0])
    assert {a: 1, b: 2}[a] == 1 and len({a, b, a}) == 2
    J = diff(lambda: np.sum(a * 3.0))
    assert grad(J, a).tolist() == [3, 3] and grad(J, b) is None


def test_value_looks_into_everything_to_the_bottom():
    x = np.ones(2)
    assert value(Param(x)) is x and value(x) is x and value("a") == "a"
    kept = []
    diff(lambda p: value(diff(lambda: kept.append(p * p) or np.sum(p * p))), Param(3.0))
    assert type(value(kept[0])) in (np.float64, np.ndarray) and value(kept[0]) == 9.0


def test_a_weak_reference_dies_with_the_param():
    x = Param(1.0)
    seen = weakref.ref(x)
    diff(lambda p: p * p, x)
    del x
    assert seen() is None


class Model:
    def __init__(self):
        self.w, self.mean = Param([1.0, 2.0]), State([0.0])
        self.tied = self.w


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_deep_copy_of_a_model_is_independent(clone):
    model = Model()
    twin = clone(model)
    assert twin.w is twin.tied and twin.w is not model.w
    twin.w -= 1.0
    twin.mean.update(np.array([5.0]))
    assert model.w.tolist() == [1, 2] and model.mean.tolist() == [0]
    J = diff(lambda: np.sum(twin.w * model.w))
    assert [id(p) for p in params(J)] == [id(twin.w), id(model.w)]
    assert grad(J, twin.w).tolist() == [1, 2] and grad(J, model.w).tolist() == [0, 1]


def test_a_shallow_copy_shares_the_array_as_models_do():
    w = Param([1.0, 2.0])
    assert copy.copy(w) is not w and copy.copy(w).value is w.value


def test_copies_of_results_pass_the_gradient_while_recording():
    x = Param([1.0, 2.0])
    for clone in (copy.copy, copy.deepcopy):
        assert grad(diff(lambda clone=clone: np.sum(clone(x * x))), x).tolist() == [2, 4]


def test_a_held_result_is_copied_and_pickled_as_its_array():
    kept = []
    diff(lambda x: np.sum(kept.append(x * x) or kept[0]), Param([1.0, 2.0]))
    for clone in (copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        twin = clone(kept[0])
        assert type(twin) is np.ndarray and twin.tolist() == [1, 4]
        assert twin is not value(kept[0])


def test_pickling_a_result_while_recording_raises():
    with pytest.raises(TypeError, match="pickling x would cut the gradient"):
        diff(lambda x: pickle.dumps(x * x), Param(1.0))


def test_recording_is_true_inside_diff_alone():
    assert not recording()
    assert value(diff(lambda: float(recording()))) == 1.0
    with pytest.raises(ZeroDivisionError):
        diff(lambda: 1 / 0)
    assert not recording()


def test_a_state_is_updated_once_per_outermost_recording():
    s = State(0.0)

    def step(x):
        s.update(value(s) + 1)
        return x * x

    def nested(x):
        return step(x) + value(diff(step, x)) + step(x)

    diff(nested, Param(2.0))
    assert s == 1
    diff(step, Param(2.0))
    assert s == 2
    step(2.0), step(2.0)
    assert s == 4
    with keep_states():
        diff(step, Param(2.0)), step(1.0)
    assert s == 4


def test_a_state_is_a_constant():
    s, x = State([1.0, 2.0]), Param([3.0, 4.0])
    J = diff(lambda: np.sum(s * x) + np.sum(s))
    assert (
        grad(J, x).tolist() == [1, 2]
        and grad(J, s) is None
        and params(J)[0] is x
        and len(params(J)) == 1
    )
    assert type(value(diff(lambda: State(2.0)))) is np.ndarray


def test_a_state_holds_no_result():
    x, s = Param(2.0), State(0.0)
    diff(lambda: s.update(x * x) or x * x)
    assert type(s.value) is np.ndarray or isinstance(s.value, np.generic)
    assert s == 4.0


def test_keep_states_ends_with_its_block_even_by_an_exception():
    s = State(0.0)
    with pytest.raises(KeyError), keep_states():
        raise KeyError
    s.update(np.array(1.0))
    assert s == 1


def in_a_context_that_outlives_its_diff():
    contexts = []
    x = Param(2.0)
    diff(lambda: contexts.append(contextvars.copy_context()) or x * x)
    return contexts[0], x


def test_a_context_that_outlives_its_diff_records_nothing():
    context, x = in_a_context_that_outlives_its_diff()
    assert context.run(recording) is False
    assert context.run(lambda: x * 3.0) == 6.0
    assert context.run(lambda: 3.0 * x) == 6.0
    assert context.run(lambda: np.exp(x)) == np.exp(2.0)
    assert context.run(float, x) == 2.0
    assert context.run(lambda: np.sum(x * x)) == 4.0
    assert grad(context.run(diff, lambda: x * x), x) == 4.0
    context.run(x.__iadd__, 1.0)
    assert x == 3.0


def test_a_task_that_outlives_its_diff_works():
    x = Param(2.0)

    async def later():
        await asyncio.sleep(0)
        return grad(diff(lambda: x * x), x)

    async def main():
        tasks = []
        diff(lambda: tasks.append(asyncio.ensure_future(later())) or x * x)
        return await tasks[0]

    assert asyncio.run(main()) == 4.0


def test_tasks_never_see_each_others_tape():
    async def one(k):
        x = Param(float(k))
        await asyncio.sleep(0)
        assert not recording()
        J = diff(lambda: x * x * x)
        await asyncio.sleep(0)
        return grad(J, x), params(J) == [x]

    async def main():
        return await asyncio.gather(*(one(k) for k in range(20)))

    assert asyncio.run(main()) == [(3.0 * k * k, True) for k in range(20)]


def test_a_dropped_result_frees_its_array_without_the_collector():
    gc.disable()
    try:
        x, held = Param(np.ones(3)), []
        diff(lambda: np.sum(held.append(x * 2) or held[0]))
        seen = weakref.ref(value(held.pop()))
        assert seen() is None
    finally:
        gc.enable()
