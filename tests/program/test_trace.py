"""A run that is written down: Params and States, whole steps, what may not outlive the call."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import knetpy.scipy
from knetpy import arrays, ops, recompute, seed
from knetpy.autograd import Param, Sparse, State, diff, grad, primitive, value
from knetpy.optim import SGD, Adam
from knetpy.program import compile
from knetpy.program.parts import Ref
from knetpy.program.steps import Condition
from knetpy.program.trace import Trace
from knetpy.program.traced import CannotCompile, Opaque, Traced

X = np.array([0.5, -1.5, 2.0])


def agree(make, *calls):
    """What `make()` gives does the same compiled as not; `make` gives it and the Params, States."""
    (f, *mine), (g, *its) = make(), make()
    program = compile(g)
    for args in calls:
        want, got = f(*[np.copy(x) for x in args]), program(*[np.copy(x) for x in args])
        same(got, want)
        for a, b in zip(mine, its, strict=True):
            same(value(b), value(a))
            assert b.version == a.version
    return program


def same(got, want):
    if isinstance(want, (list, tuple)):
        assert len(got) == len(want)
        for a, b in zip(got, want, strict=True):
            same(a, b)
    elif want is None:
        assert got is None
    else:
        got, want = np.asarray(got), np.asarray(want)
        assert (got.dtype, got.shape) == (want.dtype, want.shape)
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)


# Params and States


def reading():
    w = Param(np.ones(3))
    return lambda x: w * x + w[0] - w.value, w


def writing_in_place():
    w = Param(np.ones(3))

    def f(x):
        nonlocal w
        before = w * 2
        w *= 2
        w += x
        w[0] = 3.0
        w[1:] -= x[0]
        return before, w * 1, w.sum()

    return f, w


def assigning():
    w = Param(np.ones(3))

    def f(x):
        w.value = w * 2 + x
        y = w + 1
        w.value = y * 3
        w[...] = w + 1
        return y, w * 1

    return f, w


def assigning_before_reading():
    w = Param(np.ones(3))

    def f(x):
        w.value = x * 2
        return w * w

    return f, w


def writing_into_its_array():
    w = Param(np.ones(3))

    def f(x):
        w.value[0] = x[1]
        np.add(w.value, x, out=w.value)
        return w * 1

    return f, w


def updating_states():
    mean, count = State(np.zeros(3)), State(np.zeros(()))

    def f(x):
        count.update(count + 1)
        mean.update(mean + (x - mean) / count)
        return mean * 1, count * 1

    return f, mean, count


def updating_once_a_diff():
    mean, w = State(np.zeros(3)), Param(np.ones(3))

    def f(x):
        def loss():
            mean.update(mean + x)
            mean.update(mean + 100)
            return np.sum(w * x * mean)

        return grad(diff(loss), w)

    return f, mean, w


def stepping():
    v, w, adam = Param(np.ones(3)), Param(np.ones(3)), Adam(0.1)

    def f(x):
        for _ in range(2):
            tape = diff(lambda: np.sum((v * w - x) ** 2))
            adam.step([v, w], [grad(tape, v), grad(tape, w)])
        return value(tape), v * w

    return f, v, w


def stepping_by_hand():
    w = Param(np.ones(3))

    def f(x):
        nonlocal w
        tape = diff(lambda: np.sum((w - x) ** 2))
        w -= 0.1 * grad(tape, w)
        return value(tape)

    return f, w


def counting_by_hand():
    w = Param(np.ones(3))

    def f(x):
        y = w * x
        w.version += 3
        return y

    return f, w


def reading_after_a_draw():
    v, w = Param(np.ones(3)), Param(np.full(3, 2.0))

    def f(x):
        arrays.random(2)
        return v * x + w

    return f, v, w


def reading_after_another_is_written():
    v, w = Param(np.ones(3)), Param(np.full(3, 2.0))

    def f(x):
        v[...] = x
        return v + w, w.shape[0] * w

    return f, v, w


USES = [
    reading, writing_in_place, assigning, assigning_before_reading, writing_into_its_array,
    updating_states, updating_once_a_diff, stepping, stepping_by_hand, counting_by_hand,
    reading_after_a_draw, reading_after_another_is_written,
]  # fmt: skip


@pytest.mark.parametrize("make", USES)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_params_and_states_move_as_without_compile(make, dtype):
    def made():
        f, *held = make()
        for x in held:
            x.value = x.value.astype(dtype)
        return f, *held

    program = agree(made, *[[(X * k).astype(dtype)] for k in (1, 2, -1, 0.5)])
    first = make is updating_states  # whose first update makes a number of an array of no axes
    assert sum(map(len, program.programs.values())) == 1 + first


def test_a_param_that_is_written_outside_counts():
    w = Param(np.ones(3))
    program = compile(lambda x: w * x)
    for k in range(4):
        same(program(X), X * w.value)
        w += k
        same(program(X), X * w.value)
        w.value = np.full(3, float(k))
        same(program(X), X * w.value)
    assert len(program.programs) == 1


def test_a_plain_array_is_not_put_into_a_param():
    w = Param(np.ones(3))

    def f(x):
        w.value = np.zeros(3)
        return w * x

    with pytest.raises(CannotCompile, match=r"a Param is given an array .*only once.*w\[\.\.\.\]"):
        compile(f)(X)
    assert w.tolist() == [1, 1, 1] and w.version == 0
    s = State(np.ones(3))
    with pytest.raises(CannotCompile, match="a State is given an array"):
        compile(lambda x: s.update(np.zeros(3)))(X)
    assert (s.tolist(), s.version) == ([1, 1, 1], 0)


def test_params_of_arrays_may_be_made_inside():
    for make in (lambda x: Param(x) * 2, lambda x: State(x) * 2):
        program = compile(make)
        for k in (1, 2):
            same(program(X * k), make(X * k))


def test_what_keeps_a_param_that_is_made_inside_is_refused():
    kept = []
    for f, message in (
        (lambda x: Param(x), "cannot return a Param that it makes"),
        (lambda x: kept.append(Param(x)), "keeps 1 of its arrays beyond its end"),
        (lambda x: SGD().step([Param(x)], [x]), "made in the compiled function goes to an opti"),
    ):
        with pytest.raises(CannotCompile, match=message):
            compile(f)(X)
        kept.clear()


def test_a_param_of_numbers_may_be_made_inside():
    def f(x):
        w = Param([1.0, 2.0, 3.0])
        return grad(diff(lambda: np.sum(w * x * w)), w)

    program = compile(f)
    for k in (1, 2):
        same(program(X * k), f(X * k))


def test_a_param_that_is_made_inside_begins_anew_in_each_call():
    def f(x):
        w = Param([1.0, 2.0, 3.0])
        w += x
        return w * 1

    program = compile(f)
    try:
        for k in (1, 2, 3):
            same(program(X * k), f(X * k))
    except CannotCompile as error:
        assert "inside" in str(error)


def test_params_in_lists_attributes_and_arguments():
    class Box:
        w = [Param(X.copy()), {"a": Param(X * 2)}]

    box = Box()
    program = compile(lambda box, extra: box.w[0] * box.w[1]["a"] + extra["b"])
    more = {"b": Param(X * 3)}
    for _ in range(3):
        same(program(box, more), box.w[0] * box.w[1]["a"] + more["b"])
        for p in (box.w[0], box.w[1]["a"], more["b"]):
            p += 1


# What may not outlive the call


KEPT = {
    "attribute": lambda box, x: setattr(box, "x", x * 2),
    "list": lambda box, x: box.all.append(x * 2),
    "dict": lambda box, x: box.named.update(a=x * 2),
    "argument": lambda box, x: box.all.append(x),
    "param's array": lambda box, x: box.all.append(box.w.value),
    "closure": lambda box, x: box.all.append(lambda: x),
    "gradient": lambda box, x: box.all.append(grad(lambda x: np.sum(x * x))(x)),
    "result": lambda box, x: diff(lambda: box.all.append(box.w * x) or np.sum(box.w * x)),
    "optimizer": lambda box, x: box.named.update(s=[{"v": (x * 2,)}]),
}


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
def test_an_array_that_is_kept_beyond_the_call_is_refused(keep):
    box = SimpleNamespace(all=[], named={}, w=Param(X.copy()))

    def f(x):
        keep(box, x)
        return np.sum(x)

    program = compile(f)
    with pytest.raises(CannotCompile, match=r"keeps \d+ of its arrays .*float64 .*return them"):
        program(X)
    assert not program.programs and "value" not in vars(Param)
    box.all, box.named, box.x = [], {}, None
    w = box.w
    assert grad(diff(lambda: np.sum(w * w)), w).tolist() == (2 * X).tolist()
    clean = compile(lambda x: x * w)
    same([clean(X), clean(X * 2)], [X * X, X * X * 2])


def test_what_was_kept_does_not_work_in_another_run():
    kept = []
    with pytest.raises(CannotCompile, match="keeps"):
        compile(lambda x: kept.append(x * 2))(X)
    with pytest.raises(CannotCompile, match="an array of another run .*return them from it"):
        compile(lambda x: x + kept[0])(X)
    with pytest.raises(CannotCompile, match="another run"):
        compile(lambda x: kept[0])(X)


def test_cycles_that_only_the_collector_frees_are_no_keeping():
    def f(x):
        cycle = [x * 2]
        cycle.append(cycle)
        return x + 1

    gc.disable()
    try:
        same(compile(f)(X), X + 1)
    finally:
        gc.enable()


def test_no_array_of_the_run_outlives_it_unasked():
    seen = []

    def f(x):
        y = np.sin(x * 1)
        seen.append(weakref.ref(y._held))
        return np.sum(y)

    program = compile(f)
    program(X)
    assert seen[0]() is None


def test_the_arrays_of_the_first_call_are_not_kept():
    program = compile(lambda x: (x * 2 + 1).sum())
    for dtype in ("f8", "f4"):
        x = X.astype(dtype)
        gone = weakref.ref(x)
        program(x)
        del x
        assert gone() is None, dtype


# Steps as a whole


def counted(f, runs):
    def run(*args):
        runs.append([type(x) for x in args])
        return f(*args)

    return run


def test_a_primitive_that_needs_plain_arrays_is_one_step():
    runs = []
    body = counted(lambda a: scipy.linalg.sqrtm(np.asarray(a)).real, runs)

    @primitive(rules=[lambda dy, y, a: scipy.linalg.solve_sylvester(
        np.asarray(y).T, np.asarray(y).T, np.asarray(dy))])  # fmt: skip
    def root(a):
        return body(a)

    def f(a):
        return root(a @ a.T + np.eye(2)) * 2, grad(lambda a: np.sum(root(a @ a.T + np.eye(2))))(a)

    program = compile(f)
    for k in (1, 2, 3):
        a = np.array([[2.0, 1.0], [0.0, 1.0]]) * k
        same(program(a), f(a))
    assert np.ndarray in [kind for run in runs for kind in run]
    before = len(runs)
    program(np.eye(2))
    assert len(runs) == before + 2, "it runs at each call"
    assert program.show().count("root") >= 1


def test_a_primitive_of_numpy_code_is_followed():
    @primitive(rules=[lambda dy, y, x: dy * 2 * x])
    def square(x):
        return x * x

    program = compile(lambda x: grad(lambda x: np.sum(square(x)))(x) + square(x))
    for k in (1, 2):
        same(program(X * k), 2 * X * k + (X * k) ** 2)


def test_a_primitive_that_writes_and_then_needs_plain_arrays_is_refused():
    w = Param(X.copy())

    @primitive(rules=[lambda dy, y, x: dy])
    def twice(x):
        x += 1
        return np.asarray(x) * 2

    with pytest.raises(CannotCompile, match="a plain array of it"):
        compile(lambda x: twice(x))(X.copy())
    assert grad(diff(lambda: np.sum(w)), w).tolist() == [1, 1, 1]


def test_a_primitive_that_gives_a_number_of_python_is_right_or_refused():
    @primitive(rules=[lambda dy, y, x: dy * np.ones_like(x)])
    def total(x):
        return float(np.asarray(x).sum())

    program = compile(lambda x: x * total(x))
    try:
        for k in (1, 2):
            same(program(X * k), X * k * (X * k).sum())
    except CannotCompile as error:
        assert "Python's number" in str(error) and "outside" in str(error)


def test_a_number_of_python_that_a_step_gives_is_refused():
    trace = Trace()
    with pytest.raises(CannotCompile, match=r"Python's number 2\.5, which .*hold fast.*outside"):
        trace.call(lambda: 2.5, (), {})
    with pytest.raises(CannotCompile, match="Python's number"):
        trace.call(lambda: [1, 2j], (), {})


A = np.array([[1.0, 2.0], [3.0, 5.0]])
SCIPY = {
    "expm": lambda a: knetpy.scipy.linalg.expm(a),
    "solve": lambda a: knetpy.scipy.linalg.solve(a, np.eye(2)),
    "inv and det": lambda a: knetpy.scipy.linalg.inv(a) * knetpy.scipy.linalg.det(a),
    "cholesky": lambda a: knetpy.scipy.linalg.cholesky(a @ a.T),
    "fft": lambda a: knetpy.scipy.fft.fft(a).real + knetpy.scipy.fft.dct(a),
    "logsumexp": lambda a: knetpy.scipy.special.logsumexp(a, axis=0),
    "softmax": lambda a: knetpy.scipy.special.softmax(a, axis=1),
    "ufuncs": lambda a: scipy.special.expit(a) + scipy.special.gammaln(a) + scipy.special.erf(a),
    "convolve": lambda a: knetpy.scipy.signal.fftconvolve(a, a),
    "gaussian": lambda a: knetpy.scipy.ndimage.gaussian_filter(a, 1.0),
    "trapezoid": lambda a: knetpy.scipy.integrate.trapezoid(a, axis=0),
    "norm": lambda a: knetpy.scipy.stats.norm.logpdf(a),
}


@pytest.mark.parametrize("f", SCIPY.values(), ids=SCIPY)
def test_functions_of_scipy_and_their_gradients(f):
    def both(a):
        return f(a), grad(lambda a: np.sum(f(a) * f(a)))(a)

    program = compile(both)
    for k in (1, 1.5, 0.5):
        same(program(A * k), both(A * k))


def test_recompute_with_random_numbers_draws_them_again():
    def f(x):
        run = recompute(lambda x: np.sum(ops.dropout(np.exp(x), 0.5, training=True) ** 2))
        return grad(run)(x)

    seed(7)
    want = [f(np.arange(8.0)) for _ in range(3)]
    program = compile(f)
    seed(7)
    same([program(np.arange(8.0)) for _ in range(3)], want)


def test_random_numbers_are_drawn_in_each_call_and_in_order():
    def f(x):
        a = arrays.random(3)
        b = arrays.random((2, 3))
        return x * a + b

    seed(3)
    want = [f(X), f(X), f(X), arrays.random(2)]
    program = compile(f)
    seed(3)
    same([program(X), program(X), program(X), arrays.random(2)], want)


def test_a_refused_compile_leaves_the_random_numbers_as_the_function_does():
    seed(3)
    program = compile(lambda x: float((arrays.random(3) * x).sum()))
    with pytest.raises(CannotCompile):
        program(X)
    after = arrays.random(2)
    seed(3)
    arrays.random(3)
    same(after, arrays.random(2))


def test_optimizers_go_on_after_a_refused_compile():
    w, sgd = Param(X.copy()), Adam(0.1)

    def f(x):
        sgd.step([w], [x])
        return float(w[0])

    with pytest.raises(CannotCompile):
        compile(f)(X)
    assert (w.version, sgd.slots[w][2]) == (1, 1)
    other, again = Param(X.copy()), Adam(0.1)
    for _ in range(2):
        again.step([other], [X])
    sgd.step([w], [X])
    same(w.value, other.value)


def test_an_optimizer_is_one_step_which_reads_its_numbers_each_time():
    w, sgd = Param(X.copy()), SGD(0.5)
    program = compile(lambda g: sgd.step([w, w], [g, None]))
    for lr in (0.5, 0.25, 0.0):
        sgd.lr = lr
        before = w.value.copy()
        program(X)
        same(w.value, before - lr * X)
    assert w.version == 3


def test_an_error_of_an_optimizer_comes_through_and_changes_nothing():
    w, sgd = Param(X.copy()), SGD(0.5)
    program = compile(lambda g: sgd.step([w], [g]))
    with pytest.raises(ValueError, match="gradient of the Param's shape"):
        program(np.ones(2))
    assert w.version == 0 and not program.programs
    program(X)
    assert w.version == 1


# The trace itself


def test_places_are_counted_and_steps_written_down():
    trace = Trace()
    x = trace.argument(X)
    y = x * 2
    assert (type(x), type(y), trace.arguments) == (Traced, Traced, 1)
    assert [step.f for step in trace.steps] == [np.multiply]
    assert repr(trace.steps[0].args) == "(<0>, 2)" and repr(trace.steps[0].out) == "<1>"
    same(trace.values, [X, X * 2])


def test_held_gives_the_arrays_of_this_run():
    trace, other = Trace(), Trace()
    x = trace.argument(X)
    held = trace.held([x, {"a": (x, 1)}, slice(None)])
    assert held[0] is X and held[1]["a"][0] is X and held[2] == slice(None)
    with pytest.raises(CannotCompile, match="another run"):
        other.held([x])


def test_results_have_refs_in_place_of_arrays():
    trace = Trace()
    x = trace.argument(X)
    found = trace.results({"a": [x * 2, 1.5], "b": None})
    assert type(found["a"][0]) is Ref and found["a"][0].at == 1
    assert (found["a"][1], found["b"]) == (1.5, None)
    sparse = trace.results(Sparse((3,), np.dtype(float), [np.array([1])], [x[:1]]))
    assert type(sparse.values[0]) is Ref


def test_whole_numbers_that_a_step_gives_are_conditions():
    trace = Trace()
    x = trace.argument(X)
    assert trace.call(len, (x,), {}) == 3 and np.array_equal(x, X) is True
    conditions = [step.f for step in trace.steps if isinstance(step.f, Condition)]
    assert {(c.convert, c.expected) for c in conditions} >= {(int, 3), (bool, True)}


def test_end_tells_how_many_are_left():
    trace = Trace()
    x = trace.argument(X)
    y = x + 1
    with pytest.raises(CannotCompile, match=r"keeps 2 of its arrays .*<float64 \(3,\) in a"):
        trace.end()
    del x, y
    trace.end()


def test_other_outcomes_are_opaque():
    trace = Trace()
    assert type(trace.call(object, (), {})) is Opaque
    with pytest.raises(CannotCompile, match="gives the text 'a', which the program would hold"):
        trace.call(str, ("a",), {})
    assert trace.call(type, (1,), {}) is int
    pair = trace.call(np.modf, (trace.argument(X),), {})
    assert [type(x) for x in pair] == [Traced, Traced]
