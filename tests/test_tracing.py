"""whole: a function that is one step of a program, and itself wherever nobody compiles."""

import inspect
import threading

import numpy as np
import pytest

import knetpy.tracing as tracing
from knetpy.program import compile
from knetpy.tracing import tracer, whole


class Book:
    """Stands for a trace: it writes down what `whole` hands over."""

    def __init__(self):
        self.calls = []

    def call(self, f, args, options, **facts):
        self.calls.append((f, args, options, facts))
        return "a step"


@pytest.fixture
def book():
    """A trace that is active in this thread until the test ends."""
    book, token = Book(), tracer.set(None)
    tracer.set(book)
    tracing.active += 1
    yield book
    tracing.active -= 1
    tracer.reset(token)


def test_nobody_traces_by_default():
    assert tracer.get() is None and tracing.active == 0


def test_it_is_the_function_itself_where_nobody_compiles():
    @whole
    def area(a, b=2, *, scale=1):
        """An area."""
        return a * b * scale

    assert area(3) == 6 and area(3, b=4, scale=2) == 24
    assert (area.__name__, area.__doc__) == ("area", "An area.")
    assert list(inspect.signature(area).parameters) == ["a", "b", "scale"]


def test_a_trace_gets_the_function_with_all_its_arguments(book):
    @whole
    def area(a, b=2):
        raise AssertionError("the trace decides when it runs")

    assert area(3, b=4) == "a step"
    assert book.calls == [(area, (3,), {"b": 4}, {"pure": False, "changes": False})]


def test_changes_is_passed_on(book):
    write = whole(list.append, changes=True)
    write([], 1)
    assert book.calls[0][3] == {"pure": False, "changes": True}


def test_it_may_be_used_with_and_without_brackets(book):
    @whole(changes=False)
    def f():
        return 1

    assert f() == "a step" and book.calls[0][0] is f


def test_a_trace_that_is_not_counted_is_not_looked_for():
    """So that nothing is slower while nobody compiles: `active` is asked first."""
    token = tracer.set(Book())
    try:
        assert whole(lambda: 4)() == 4
    finally:
        tracer.reset(token)


def test_other_threads_do_not_meet_the_trace(book):
    found = []
    thread = threading.Thread(target=lambda: found.append((whole(lambda: 4)(), tracer.get())))
    thread.start()
    thread.join()
    assert found == [(4, None)] and book.calls == []


def test_errors_pass_through():
    with pytest.raises(ZeroDivisionError):
        whole(lambda: 1 / 0)()


def test_a_program_calls_it_anew_each_time():
    numbers = iter([1.0, 2.0, 3.0])

    @whole
    def draw():
        return np.float64(next(numbers))

    program = compile(lambda x: x * draw())
    assert [program(np.ones(1))[0] for _ in range(3)] == [1.0, 2.0, 3.0]


def test_it_is_a_step_even_if_nobody_wants_what_it_gives():
    seen = []

    @whole
    def note(x):
        seen.append(x.copy())

    @compile
    def program(x):
        note(x * 2)
        return x

    for k in range(3):
        program(np.full(1, k))
    assert [x.item() for x in seen] == [0, 2, 4]


def test_what_it_changes_is_changed_each_time():
    @whole(changes=True)
    def double(x):
        x *= 2

    @compile
    def program(x):
        y = x + 0
        double(y)
        return y

    assert [program(np.full(1, k)).item() for k in (1, 2, 3)] == [2, 4, 6]


def test_inside_it_nobody_traces():
    @whole
    def look(x):
        assert tracer.get() is None and type(x) is np.ndarray
        return x

    program = compile(lambda x: look(x) + 1)
    assert program(np.ones(1)) == program(np.ones(1)) == 2
