"""Programs that are run again: on other arrays and Params, with errors, without holding on."""

import threading
import tracemalloc
import weakref

import numpy as np
import pytest

from knetpy.autograd import Param, State, diff, grad, primitive
from knetpy.kernels.program import HELD
from knetpy.optim import SGD
from knetpy.program import compile
from knetpy.program.parts import layout
from knetpy.program.replay import Program
from knetpy.program.steps import Recompile
from knetpy.program.trace import Trace
from knetpy.program.watching import watched

X = np.array([0.5, -1.5, 2.0])


def program_of(f, *args):
    """The program of one run of `f`, without the choice of one."""
    trace = Trace()
    with watched(trace):
        results = trace.results(f(*map(trace.argument, args)))
    program = Program(trace, results)
    trace.end()
    return program


def runs_of(f):
    runs = []

    def run(*args):
        runs.append(1)
        return f(*args)

    return compile(run), runs


def test_a_program_does_the_same_to_other_arrays():
    program = program_of(lambda x, y: [x * y + 1, np.sum(x)], X, X)
    product, total = program([X * 2, X * 3])
    np.testing.assert_allclose(product, X * X * 6 + 1)
    assert total == np.sum(X * 2)


def test_a_condition_that_does_not_hold_asks_for_another_program():
    w = Param(np.zeros(3))

    def f(x):
        w[...] = x
        return x

    program = program_of(lambda x: f(x) if x.sum() > 0 else x, X)
    program([X * 2])
    before = w.value.copy()
    with pytest.raises(Recompile):
        program([-X])
    assert (w.value == before).all() and w.version == 2


def test_conditions_are_looked_at_before_anything_is_changed():
    w, v = Param(np.zeros(3)), Param(np.zeros(3))

    def f(x, y):
        w[...] = x
        if y.sum() > 0:
            v[...] = x
        return w + v

    program, runs = runs_of(f)
    for k, (x, y) in enumerate([(X, X), (X * 2, -X), (X * 3, X), (X * 4, -X)]):
        program(x, y.copy())
        assert w.tolist() == x.tolist() and w.version == k + 1
    assert v.tolist() == (X * 3).tolist() and v.version == 2 and len(runs) == 2


def test_layout_tells_apart_what_programs_must_not_mix():
    x = np.ones((2, 2))
    kinds = [x, x.T[:1], x.astype("f4"), x[:, ::-1], x[0, 0], x[:1], np.ma.array(x)]
    assert len({layout(x) for x in kinds}) == len(kinds)
    assert layout(x) == layout(np.zeros((2, 2)))


REPLACED = {
    "shape": lambda k: np.arange(1.0, 3 + k),
    "dtype": lambda k: np.ones(3, ["f4", "f8", "c16"][k]),
    "order": lambda k: np.arange(12.0).reshape(3, 4)[:, :: 1 + k],
    "fortran": lambda k: np.array(np.arange(6.0).reshape(2, 3), order="CFC"[k]),
    "axes": lambda k: np.ones((3,) * (k + 1)),
}


@pytest.mark.parametrize("make", REPLACED.values(), ids=REPLACED)
def test_a_param_with_an_array_of_another_kind_gets_another_program(make):
    w = Param(make(0))
    f = lambda x: (w * x * w.shape[0] + w.dtype.itemsize, np.sum(w, axis=0) * 2)  # noqa: E731
    program, runs = runs_of(f)
    for k in (0, 1, 2, 1, 0):
        w.value = make(k)
        for x in (np.float64(2), np.float64(3)):
            for got, want in zip(program(x), f(x), strict=True):
                assert (got.dtype, got.shape) == (want.dtype, want.shape)
                np.testing.assert_allclose(got, want, rtol=1e-6)
    assert len(runs) == 3 if make is not REPLACED["fortran"] else 2


def test_a_param_with_another_array_of_the_same_kind_does_not():
    w = Param(np.ones(3))
    program, runs = runs_of(lambda x: w * x)
    for k in range(4):
        w.value = np.full(3, float(k))
        assert program(X).tolist() == (X * k).tolist()
    assert len(runs) == 1


def test_a_param_that_the_function_gives_another_dtype():
    """The first program is of the dtype that was there before, and no later call has it."""

    def made():
        w = Param(np.zeros(3, "f4"))

        def f(x):
            y = (x / 3).astype(w.dtype)
            w.value = w * 1 + x
            return y, w.dtype.itemsize

        return f

    f, program = made(), compile(made())
    for _ in range(3):
        (want, size), (got, its) = f(X), program(X)
        assert (got.dtype, its) == (want.dtype, size)
        np.testing.assert_array_equal(got, want)


def test_a_state_that_the_function_makes_grow():
    def made():
        seen = State(np.zeros(1))

        def f(x):
            n = len(seen)
            seen.update(np.concatenate([seen, x]))
            return x * n

        return f

    f, program = made(), compile(made())
    for _ in range(4):
        np.testing.assert_array_equal(program(X), f(X))


def test_a_layout_that_depends_on_values_is_a_condition():
    @primitive(rules=[lambda dy, y, x: dy])
    def positive(x):
        return np.asarray(x)[np.asarray(x) > 0]

    program, runs = runs_of(lambda x: (len(positive(x)), positive(x).sum()))
    for x in (X, -X, X * 2, X + 9, -X):
        assert program(x) == (np.sum(x > 0), x[x > 0].sum())
    assert len(runs) == 3


def test_a_function_of_a_user_with_a_name_of_numpys_is_looked_at():
    @primitive(rules=[lambda dy, y, x: dy])
    def where(x):
        return np.asarray(x)[np.asarray(x) > 0]

    program = compile(lambda x: len(where(x)) * x)
    for x in (X, -X, X + 9):
        np.testing.assert_array_equal(program(x), np.sum(x > 0) * x)


# Errors


def test_an_error_of_a_step_passes_through_and_nothing_later_happens():
    w, sgd = Param(np.ones(2)), SGD(0.1)

    def f(a, b):
        y = np.linalg.solve(a, b)
        sgd.step([w], [y])
        return y

    program, runs = runs_of(f)
    program(np.eye(2), np.ones(2))
    before = w.value.copy()
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        program(np.zeros((2, 2)), np.ones(2))
    assert w.version == 1 and (w.value == before).all()
    assert program(np.eye(2) * 2, np.ones(2)).tolist() == [0.5, 0.5]
    assert w.version == 2 and len(runs) == 1


def test_an_error_of_a_primitive_passes_through_as_it_is():
    class Mine(Exception):
        pass

    @primitive(rules=[lambda dy, y, x: dy])
    def checked(x):
        if np.asarray(x).sum() > 10:
            raise Mine("too much")
        return np.asarray(x) * 2

    program, runs = runs_of(lambda x: checked(x * 1.0) + 1)
    program(X)
    with pytest.raises(Mine, match="^too much$"):
        program(X + 99)
    np.testing.assert_array_equal(program(X * 2), X * 4 + 1)
    assert len(runs) == 1


def test_errors_that_are_caught_inside_are_not_repeated():
    def f(x):
        try:
            return x @ np.ones(5)
        except ValueError:
            return x * 2

    program = compile(f)
    assert [program(X).tolist(), program(X + 1).tolist()] == [
        (X * 2).tolist(),
        (X * 2 + 2).tolist(),
    ]


def test_an_error_that_the_first_call_had_not_is_raised_where_a_branch_avoids_it():
    def f(x):
        return np.linalg.inv(x) if np.linalg.det(x) != 0 else x * 0

    program = compile(f)
    for k in (1, 0, 2, 0):
        np.testing.assert_allclose(program(np.eye(2) * k), f(np.eye(2) * k))


# Memory


LARGE = 500_000


def test_arrays_die_after_their_last_use():
    """Eight arrays in a row, of which no more than a few live at once."""

    def f(x):
        for _ in range(8):
            x = np.sin(x)
        return x

    program, x = compile(f), np.ones(LARGE)
    program(x)
    tracemalloc.start()
    try:
        program(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3.5 * x.nbytes


def test_arrays_die_on_the_way_back_too():
    w = Param(np.ones(LARGE))

    def f(x):
        def loss():
            y = w * x
            for _ in range(4):
                y = np.sin(y)
            return np.sum(y)

        return grad(diff(loss), w)

    def peak_of(run):
        run()
        tracemalloc.start()
        try:
            run()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    x, program = np.ones(LARGE), compile(f)
    assert peak_of(lambda: program(x)) < 1.3 * peak_of(lambda: f(x))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_programs_hold_on_to_no_large_argument(dtype):
    """C looks at small ones again, to see whether it has their addresses."""
    program, n = compile(lambda x, y: (x * 2 + y).sum()), HELD // 4 + 1
    program(np.ones(n, dtype), np.ones(n, dtype))
    x, y = np.ones(n, dtype), np.ones(n, dtype)
    gone = weakref.ref(x), weakref.ref(y)
    program(x, y)
    del x, y
    assert all(ref() is None for ref in gone)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_programs_hold_on_to_no_result(dtype):
    program = compile(lambda x: [x * 2 + 1, np.sort(x * 3) * 2 + 1])
    x = np.ones(3, dtype)
    program(x)
    gone = [weakref.ref(y) for y in program(x)]
    assert all(ref() is None for ref in gone)


def test_what_nobody_wants_is_not_computed():
    program = program_of(lambda x: [np.exp(x), np.sort(x) * 0, x * 2][2], X)
    assert [step.f for step in program.steps] == [np.multiply]


def test_what_is_always_the_same_is_computed_once():
    program = program_of(lambda x: x * (np.ones_like(x) * 3 + 1), X)
    assert [step.f for step in program.steps] == [np.multiply]
    np.testing.assert_array_equal(program([X * 2]), X * 8)


def test_a_constant_that_is_written_into_begins_anew_in_each_call():
    def f(x):
        y = np.zeros_like(x)
        y += x
        y[0] += 1
        return y

    program = compile(f)
    for k in (1, 2, 3):
        np.testing.assert_array_equal(program(X * k), f(X * k))


# Threads


def test_threads_run_one_program_at_once_on_their_own_arrays():
    program = program_of(lambda x: np.sort(np.exp(x) * 2)[::-1].cumsum(), np.ones(50))
    wrong = []

    def job(k):
        x = np.random.default_rng(k).standard_normal(50)
        want = np.sort(np.exp(x) * 2)[::-1].cumsum()
        wrong.extend(1 for _ in range(100) if not np.allclose(program([x]), want))

    threads = [threading.Thread(target=job, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# Parts


def test_show_tells_arguments_and_steps():
    program = program_of(lambda x: np.sum(np.exp(x), axis=0), X)
    assert program.show().splitlines() == [
        "float64 (3,)", "  1  exp(<0>) -> <1>", "  2  sum(<1>, axis=0) -> <2>",
    ]  # fmt: skip
    assert program_of(lambda: None).show() == "no arrays"


def test_results_come_in_their_containers():
    def f(x):
        return {"a": [x * 2, "b", (x + 1, None)], "c": x, "d": []}

    program = program_of(f, X)
    for k in (1, 2):
        got, want = program([X * k]), f(X * k)
        assert list(got) == list(want) and got["a"][1] == "b" and got["d"] == []
        assert type(got["a"][2]) is tuple and got["a"][2][1] is None
        np.testing.assert_array_equal(got["a"][0], want["a"][0])
        np.testing.assert_array_equal(got["a"][2][0], want["a"][2][0])
    one, two = program([X]), program([X])
    assert one is not two and one["a"] is not two["a"] and one["d"] is not two["d"]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_lists_and_tuples_of_any_length(count):
    for kind in (list, tuple):
        program = program_of(lambda x, kind=kind: kind([x * k for k in range(count)]), X)
        got = program([X * 2])
        assert type(got) is kind
        assert [y.tolist() for y in got] == [(X * 2 * k).tolist() for k in range(count)]


def test_slices_lists_and_options_hold_what_earlier_steps_gave():
    def f(x, i):
        return np.stack([x, x * 2], axis=0)[:, i], np.clip(x, x[i], x[i] + 1), x[[i, 0]]

    program = program_of(f, X, np.int64(1))
    for k in (0, 1, 2):
        for got, want in zip(program([X * 2, np.int64(k)]), f(X * 2, np.int64(k)), strict=True):
            np.testing.assert_array_equal(got, want)


def test_several_results_of_a_step_go_to_their_places():
    def f(x):
        values, counts = np.unique(x, return_counts=True)
        (low, high), rest = np.split(x[:2], 2), np.modf(x)
        return values * 2, counts, low + high, rest[1] - rest[0]

    program = program_of(f, X)
    for got, want in zip(program([X * 1.5]), f(X * 1.5), strict=True):
        np.testing.assert_array_equal(got, want)


def test_a_step_of_no_arguments_and_of_constants():
    program = program_of(lambda x: np.broadcast_to(x, (2, 3)) + np.ones((2, 1)), X)
    assert program([X * 2]).tolist() == (np.broadcast_to(X * 2, (2, 3)) + 1).tolist()
