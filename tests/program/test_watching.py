"""watched: properties before the slots of Params and States, only while somebody traces."""

import copy
import threading

import numpy as np
import pytest

import knetpy.tracing as tracing
from knetpy.autograd import Param, State, diff, grad
from knetpy.optim import SGD
from knetpy.program import compile
from knetpy.program.trace import Trace
from knetpy.program.traced import CannotCompile, Traced
from knetpy.program.watching import watched
from knetpy.tracing import tracer


def is_plain():
    """Whether values and versions are slots, as they were."""
    slots = all(type(vars(kind)["version"]).__name__ == "member_descriptor" for kind in KINDS)
    return slots and not any("value" in vars(kind) for kind in KINDS) and tracing.active == 0


KINDS = (Param, State)


@pytest.fixture(autouse=True)
def plain_before_and_after():
    assert is_plain()
    yield
    assert is_plain()


@pytest.fixture
def trace():
    trace = Trace()
    yield trace
    trace.now.clear()


def test_inside_reads_and_writes_meet_the_trace(trace):
    w, s = Param([1.0, 2.0]), State([3.0])
    with watched(trace):
        assert tracer.get() is trace and tracing.active == 1
        assert type(w.value) is type(s.value) is Traced
        assert w.value is w.value, "one stands for it, as one array did"
        assert not is_plain()
    assert type(w.value) is type(s.value) is np.ndarray
    assert tracer.get() is None
    assert list(trace.read) == [w, s]


def test_params_without_an_array_have_none(trace):
    w = Param(None)
    with watched(trace):
        assert w.value is None
    assert not trace.read


def test_versions_are_counted_and_set(trace):
    w, v = Param([1.0, 2.0]), Param([1.0])
    w += 1
    with watched(trace):
        assert w.version == 1
        w += 1
        w[0] = 5.0
        assert w.version == 3
        assert v.version == 0
    assert (w.version, trace.raised) == (3, {w: 2})


def test_arrays_given_to_params_go_through_the_trace(trace):
    w = Param([1.0, 2.0])
    with watched(trace):
        w.value = w * 2
        assert type(w.value) is Traced
        with pytest.raises(CannotCompile, match="a Param is given an array"):
            w.value = np.zeros(2)
    assert w.tolist() == [2.0, 4.0] and type(w.value) is np.ndarray


def test_new_params_have_arrays_of_the_run(trace):
    with watched(trace):
        w, s, waiting = Param([1.0]), State(2.0), Param(None)
        waiting.value = trace.argument(np.ones(2))
        assert type(w.value) is type(s.value) is type(waiting.value) is Traced
    assert (w.tolist(), s.tolist(), w.version, s.version) == ([1.0], 2.0, 0, 0)
    assert waiting.tolist() == [1.0, 1.0]


def test_a_param_that_waits_for_its_shape_is_not_shaped_inside(trace):
    waiting = Param(None)
    for new in (np.ones(2), trace.argument(np.ones(2))):
        with watched(trace), pytest.raises(CannotCompile, match="is shaped inside .*call the mod"):
            waiting.value = new
    assert waiting.value is None


def test_serials_go_on(trace):
    before = Param([1.0]).serial
    with watched(trace):
        inside = Param([1.0]).serial
    assert before < inside < Param([1.0]).serial


def test_an_error_inside_leaves_plain_slots(trace):
    w = Param([1.0])
    with pytest.raises(KeyError), watched(trace):
        assert type(w.value) is Traced
        raise KeyError
    assert type(w.value) is np.ndarray and tracer.get() is None


def test_two_traces_one_within_the_other():
    w, outer, inner = Param([1.0]), Trace(), Trace()
    with watched(outer):
        with watched(inner):
            assert tracing.active == 2
            assert w.value._trace is inner
        assert w.value._trace is outer and tracing.active == 1
        assert not is_plain()
    outer.now.clear(), inner.now.clear()


def test_other_threads_see_plain_arrays_and_count_for_themselves(trace):
    w, s, found = Param([1.0, 2.0]), State([0.0]), []

    def other():
        nonlocal w
        found.append((type(w.value), tracer.get()))
        w += 1
        w.value = w.value * 2
        s.update(s + 1)
        SGD(1.0).step([w], [grad(diff(lambda: np.sum(w * w)), w)])
        found.append((w.version, s.version, Param([3.0]).value.tolist()))

    with watched(trace):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert found == [(np.ndarray, None), (2, 1, [3.0])]
    assert w.tolist() == [-4.0, -6.0] and s.tolist() == [1.0]
    assert not trace.read and not trace.raised and not trace.steps


def test_while_two_threads_trace_the_last_one_puts_the_slots_back():
    inside, go = threading.Barrier(2), threading.Event()

    def other():
        with watched(Trace()):
            inside.wait()
            go.wait()

    thread = threading.Thread(target=other)
    thread.start()
    with watched(Trace()):
        inside.wait()
    assert not is_plain() and tracing.active == 1
    assert type(Param([1.0]).value) is np.ndarray, "this thread does not trace"
    go.set()
    thread.join()


def test_copies_of_params_are_refused_or_right():
    w = Param([1.0, 2.0])
    program = compile(lambda x: copy.deepcopy(w) * x)
    try:
        assert program(np.ones(2)).tolist() == [1.0, 2.0]
        w += 1
        assert program(np.ones(2)).tolist() == [2.0, 3.0]
    except CannotCompile:
        pass


def test_a_program_raises_versions_by_as_much_as_the_function():
    w, s = Param([1.0]), State([1.0])

    def f(x):
        nonlocal w
        w += x
        w[...] = w * 2
        s.update(s * 2)
        return w * 1

    program = compile(f)
    for k in range(1, 5):
        program(np.ones(1))
        assert (w.version, s.version) == (2 * k, k)


def test_a_program_that_fails_raises_no_version():
    w = Param(np.ones((2, 2)))

    def f(a):
        y = np.linalg.inv(a)
        w[...] = y
        return y

    program = compile(f)
    program(np.eye(2))
    with pytest.raises(np.linalg.LinAlgError):
        program(np.zeros((2, 2)))
    assert w.version == 1 and w.tolist() == [[1, 0], [0, 1]]
    program(np.eye(2) * 2)
    assert w.version == 2
