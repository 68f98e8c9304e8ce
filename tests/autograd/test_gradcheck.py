"""gradcheck itself: that it passes what is right, fails what is wrong, and leaves all as it was."""

import re

import numpy as np
import pytest

from knetpy.autograd import Param, Result, State, diff, primitive, recording, value
from knetpy.autograd.gradcheck import GradientError, gradcheck

A = np.array([[0.5, -1.2, 2.0], [0.3, 0.7, -0.4]])


@primitive(rules=[lambda dy, y, x: dy * 2.1 * x])
def wrong(x):
    return x * x


@primitive(rules=[lambda dy, y, x: dy * 2 * value(x)])
def wrong_beyond_order_one(x):
    return x * x


@primitive(rules=[lambda dy, y, x: np.where(x == 2.0, dy, dy * 2 * x)])
def wrong_in_one_entry(x):
    return x * x


@primitive(rules=[lambda dy, y, x: dy * wrong_beyond_order_one(x) * 3])
def wrong_beyond_order_two(x):
    return x**3


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_any_order(order):
    assert gradcheck(lambda x: np.sum(np.sin(x) * x), A[0], order=order) is True


def test_a_wrong_rule_is_found_at_the_order_where_it_is_wrong():
    with pytest.raises(GradientError, match="order 1 is wrong in 6 of 6 places"):
        gradcheck(wrong, A)
    assert gradcheck(wrong_beyond_order_one, A)
    with pytest.raises(GradientError, match="order 2 is wrong"):
        gradcheck(wrong_beyond_order_one, A, order=2)
    assert gradcheck(wrong_beyond_order_two, A, order=2)
    with pytest.raises(GradientError, match="order 3 is wrong"):
        gradcheck(wrong_beyond_order_two, A, order=3)


@primitive(rules=[lambda dy, y, x: dy * 3 * x if Result in (type(dy), type(x)) else dy * 2 * x])
def wrong_where_its_gradient_is_recorded(x):
    return x * x


def test_a_rule_that_is_another_one_where_it_is_recorded_itself_is_found():
    assert gradcheck(wrong_where_its_gradient_is_recorded, A)
    message = "order 1 is another one where it is recorded itself: its weighted sum is then "
    with pytest.raises(GradientError, match=message):
        gradcheck(wrong_where_its_gradient_is_recorded, A, order=2)


def test_the_message_names_the_worst_entry_with_both_values():
    message = re.escape(
        "the derivative of order 1 is wrong in 1 of 6 places; the worst is\n"
        "argument 0[0, 2]: numeric "
    )
    with pytest.raises(GradientError, match=message) as caught:
        gradcheck(wrong_in_one_entry, A)
    numeric, analytic = re.search(r"numeric (\S+), analytic (\S+) ", str(caught.value)).groups()
    assert float(numeric) == pytest.approx(4 * float(analytic), rel=1e-6)
    assert "rtol=1e-06" in str(caught.value)


@pytest.mark.parametrize("dtype", ["float32", "float16", "longdouble"])
def test_other_precisions(dtype):
    assert gradcheck(lambda x, y: np.tanh(x * y), A.astype(dtype), A.astype(dtype), order=2)
    doubled = primitive(rules=[lambda dy, y, x: dy * 2])(lambda x: +x)
    with pytest.raises(GradientError):
        gradcheck(doubled, A.astype(dtype))


def test_a_gradient_of_one_percent_off_is_seen_in_float32():
    off = primitive(rules=[lambda dy, y, x: dy * np.float32(1.01)])(lambda x: +x)
    with pytest.raises(GradientError):
        gradcheck(off, A.astype("float32"))


def test_large_arrays_are_checked_along_directions():
    x = np.linspace(-1, 1, 500).reshape(5, 100)
    calls = []
    assert gradcheck(lambda x: calls.append(0) or np.sin(x), x)
    assert len(calls) < 60
    for broken in (wrong, wrong_in_one_entry):
        with pytest.raises(GradientError, match="along direction"):
            gradcheck(broken, np.where(x > 0.99, 2.0, x))


def test_every_entry_of_a_small_array_is_named():
    with pytest.raises(GradientError, match="in 64 of 64 places"):
        gradcheck(wrong, np.linspace(1, 2, 64))


def test_containers_go_in_and_come_out():
    def f(parts, scale):
        return {"a": parts["x"][0] * scale, "b": [np.sin(parts["x"][1]), (parts["y"], 3)]}

    assert gradcheck(f, {"x": [A, A[0]], "y": 2.0, "n": 3}, 1.5, order=2)
    with pytest.raises(GradientError, match=r"argument 0, float 1\[1\]"):
        gradcheck(lambda parts: [parts[0], wrong_at(parts[1], 1)], (A, A[0]))


def wrong_at(x, k):
    return x + np.arange(x.size) // k * (value(x) - x) * (np.arange(x.size) == k)


def test_complex_arguments_and_results():
    z = A + 1j * A[::-1]
    assert gradcheck(lambda z: np.exp(z) * np.conj(z), z)
    assert gradcheck(lambda x: np.exp(1j * x), A, order=2)
    unconjugated = primitive(rules=[lambda dy, y, z: dy])(np.conj)
    with pytest.raises(GradientError, match="imaginary"):
        gradcheck(unconjugated, z)


def test_params_on_the_tape_are_checked_too():
    w = Param(A[0])
    assert gradcheck(lambda x: x @ w, A, order=2)
    assert gradcheck(lambda: np.sum(w * w), order=2)
    with pytest.raises(GradientError, match=r"Param 0 on the tape\[2\]"):
        gradcheck(lambda: wrong(w))


def test_a_missing_gradient_counts_as_zero():
    with pytest.raises(GradientError, match="argument 1: numeric 2, analytic 0"):
        gradcheck(lambda x, y: x + 2 * value(y), 1.0, 3.0)
    assert gradcheck(lambda x, y: x + 0 * value(y), 1.0, 3.0)


@pytest.mark.parametrize(
    "f, args",
    [
        (lambda: 3.0, ()),
        (lambda n: n + 1, (3,)),
        (lambda x: np.sum(x * x), (np.zeros((0, 3)),)),
        (lambda x: x[:0], (A,)),
        (lambda x: value(x) * 2, (A,)),
        (lambda x: "text", (A,)),
        (lambda x: None, (A,)),
        (lambda x: np.argmax(x), (A,)),
    ],
    ids=["no-argument", "int", "empty", "empty-result", "cut", "text", "none", "constant"],
)
def test_nothing_to_check_is_no_pass(f, args):
    with pytest.raises(ValueError, match="gradcheck found no"):
        gradcheck(f, *args)


def test_a_function_that_is_random_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="another value every time"):
        gradcheck(lambda x: x * rng.random(), A)


def test_nan_and_inf_are_wrong_on_either_side():
    with np.errstate(all="ignore"), pytest.raises(GradientError):
        gradcheck(np.sqrt, 0.0)
    nan = primitive(rules=[lambda dy, y, x: dy * np.nan])(lambda x: x * 1)
    with pytest.raises(GradientError, match="analytic nan"):
        gradcheck(nan, A)


def test_wrong_shape_or_order_is_refused():
    with pytest.raises(ValueError, match="order"):
        gradcheck(np.sin, A, order=0)


def test_tolerances_are_honoured():
    with pytest.raises(GradientError):
        gradcheck(wrong, A, rtol=1e-3)
    assert gradcheck(wrong, A, rtol=0.1)
    assert gradcheck(wrong, A, atol=1.0)


@pytest.mark.parametrize("bend", [lambda x: np.abs(x - 2e-4), lambda x: np.sin(300 * x)])
def test_a_kink_or_a_bend_within_the_first_step_is_looked_at_more_closely(bend):
    assert gradcheck(bend, np.array([0.0, 0.1]))
    with pytest.raises(GradientError, match=r"1 of 1 places"):
        gradcheck(lambda x: wrong(bend(x)), 0.1)


def test_params_and_states_are_left_as_they_were():
    w, count = Param(A.astype("float32")), State(0.0)
    array, version = w.value, w.version

    def f(x):
        count.update(count + 1)
        return w * x

    assert gradcheck(f, 2.0)
    assert w.value is array and w.version == version and np.array_equal(array, A.astype("float32"))
    assert count.value == 0.0


def test_a_failure_half_way_leaves_params_and_states_as_they_were():
    w, count, calls = Param(A[0]), State(0.0), []
    array = w.value

    def f(x):
        calls.append(0)
        count.update(count + 1)
        if len(calls) == 7:
            raise RuntimeError("half way")
        return w * x

    with pytest.raises(RuntimeError, match="half way"):
        gradcheck(f, 2.0)
    assert w.value is array and np.array_equal(array, A[0]) and count.value == 0.0
    with pytest.raises(GradientError):
        gradcheck(lambda: wrong(w))
    assert w.value is array and not recording()


def test_the_arguments_arrays_are_not_written_into():
    x = A.copy()
    x.flags.writeable = False
    assert gradcheck(np.sin, x) and np.array_equal(x, A)


def test_memory_layout_survives():
    seen = set()
    gradcheck(lambda x: seen.add(value(x).flags.f_contiguous) or x * x, np.asfortranarray(A))
    assert seen == {True}


def test_inside_of_diff_it_is_refused():
    with pytest.raises(RuntimeError, match="outside of diff"):
        diff(lambda: float(gradcheck(np.sin, 1.0)))


def test_f_runs_recording_and_sees_it():
    seen = set()
    gradcheck(lambda x: seen.add(recording()) or x, 1.0)
    assert seen == {True}


def test_overwritten_arrays_are_caught():
    def f(x):
        y = np.ones(3)
        z = x * y
        y += 1
        return z

    with pytest.raises(RuntimeError, match="overwritten afterwards"):
        gradcheck(f, A[0])
