"""How NumPy code reaches the tape, what is refused there, and what a cut graph says."""

import cmath
import copy
import math
import operator
import threading

import numpy as np
import pytest
import scipy.linalg
import scipy.special

from knetpy.autograd import Param, State, diff, grad, value
from knetpy.autograd.errors import full_name

A = np.array([[1.0, 2.0], [3.0, 4.0]])


def recorded(f, x):
    """`f` of a Result of the value `x`, and of a Param, while recording: what both give."""
    found = []
    diff(lambda p: found.append(f(p * 1.0)) or 0.0, Param(x))
    diff(lambda p: found.append(f(p)) or 0.0, Param(x))
    return found


@pytest.mark.parametrize("x", [A, A[0], np.float64(2.0)], ids=["matrix", "vector", "scalar"])
@pytest.mark.parametrize("f", [np.exp, np.sum, np.square, np.transpose, np.floor, np.negative])
def test_outside_diff_a_function_gives_what_numpy_gives(f, x):
    for ours in (Param(x), State(x)):
        got = f(ours)
        assert type(got) is type(f(np.asarray(x))) and np.array_equal(got, f(x))


OUTSIDE = {
    "sort": lambda x: np.sort(x, axis=0)[::-1],
    "linalg": np.linalg.inv,
    "apply_along_axis": lambda x: np.apply_along_axis(np.sum, 0, x),
    "unique": lambda x: np.unique(x, return_counts=True),
    "concatenate": lambda x: np.concatenate([x, x], axis=1),
    "array of lists": lambda x: np.array([x, x]),
    "einsum": lambda x: np.einsum("ij->i", x),
    "reduce": lambda x: np.add.reduce(x, axis=1),
    "outer": lambda x: np.multiply.outer(x, [1.0, 2.0]),
    "scipy.special": scipy.special.gammaln,
    "not dispatched": scipy.special.logsumexp,
    "scipy.linalg": scipy.linalg.det,
    "out of a ufunc": lambda x: np.add(x, 1, out=np.zeros((2, 2))),
    "out of a sum": lambda x: np.sum(x, axis=0, out=np.zeros(2)),
    "out of concatenate": lambda x: np.concatenate([x, x], out=np.zeros((4, 2))),
    "out of einsum": lambda x: np.einsum("ij->j", x, out=np.zeros(2)),
    "where": lambda x: np.exp(x, where=np.asarray(x) > 2, out=np.zeros((2, 2))),
    "dtype": lambda x: np.add(x, x, dtype="f4"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_outside_diff_every_function_acts_on_the_array(name):
    f = OUTSIDE[name]
    np.testing.assert_equal(f(Param(A)), f(A))
    np.testing.assert_equal(f(State(A)), f(A))


@pytest.mark.parametrize("cls", [Param, State])
def test_numpy_writes_into_a_param_and_counts_it(cls):
    x = cls(np.zeros((2, 2)))
    assert np.add(A, A, out=x) is x
    assert np.sum(np.stack([A, A]), axis=0, out=x) is x
    np.copyto(x, A)
    np.add.at(x, 0, 1.0)
    np.fill_diagonal(x, 7.0)
    assert x.tolist() == [[7, 3], [3, 7]]
    assert x.version == 5


WITHOUT_A_RULE = {
    "numpy.savetxt": lambda x: np.savetxt("nowhere", x),
    "numpy.save": lambda x: np.save("nowhere", x),
}


@pytest.mark.parametrize("name", WITHOUT_A_RULE)
def test_a_function_without_a_rule_is_named_with_the_remedy(name):
    with pytest.raises(NotImplementedError) as info:
        recorded(WITHOUT_A_RULE[name], A)
    assert str(info.value) == (
        f"{name} has no gradient rule; add one with primitive({name}, lambda dy, y, x: ...), "
        "or take value(x) first if no gradient shall pass"
    )


def test_ufuncs_their_methods_and_scipys_are_named_in_full():
    fresh = np.frompyfunc(lambda x: x, 1, 1)
    with pytest.raises(NotImplementedError, match="has no gradient rule; add one with primitive"):
        recorded(fresh, A)
    assert full_name(np.power.reduce) == "numpy.power.reduce"
    assert full_name(scipy.special.jv) == "scipy.special.jv"
    assert full_name(np.linalg.inv) == "numpy.linalg.inv"


CUTS = {
    "np.array": lambda x: np.array([x, 1.0]),
    "np.asarray": np.asarray,
    "np.full": lambda x: np.full(3, x),
    "np.r_": lambda x: np.r_[x, 1.0],
    "np.sum of a list": lambda x: np.sum([x, x]),
    "np.vectorize": lambda x: np.vectorize(lambda y: y)(x),
    "rng": lambda x: np.random.default_rng(0).normal(x),
    "np.float64": np.float64,
    "float": float,
    "int": int,
    "complex": complex,
    "math.exp": math.exp,
    "math.floor": math.floor,
    "math.hypot": lambda x: math.hypot(x, 1),
    "cmath.exp": cmath.exp,
    "index": operator.index,
    "range": range,
    "item": lambda x: x.item(),
    "tolist": lambda x: x.tolist(),
    "%f": lambda x: operator.mod("%f", x),
    "logsumexp": scipy.special.logsumexp,
    "scipy.linalg": lambda x: scipy.linalg.expm(x),
    "dot": lambda x: A.dot(x),
}


@pytest.mark.parametrize("name", CUTS)
def test_what_would_cut_the_graph_raises_and_names_the_remedy(name):
    with pytest.raises(TypeError) as info:
        recorded(CUTS[name], 2.0)
    assert "would cut the gradient of a value that diff is recording" in str(info.value)
    assert "np.stack for np.array, np.exp for math.exp" in str(info.value)
    assert "value(x)" in str(info.value)
    assert grad(lambda x: x * x)(3.0) == 6.0


def test_writing_a_number_into_a_plain_array_raises():
    with pytest.raises((TypeError, ValueError)):
        recorded(lambda x: np.zeros(2).__setitem__(0, x), 2.0)
    with pytest.raises(TypeError, match="would cut the gradient"):
        recorded(lambda x: np.zeros((2, 2)).__setitem__(0, x), A[0])
    with pytest.raises(TypeError, match=r"numpy\.add is to write into a plain array"):
        recorded(lambda x: operator.iadd(np.zeros((2, 2)), x), A)


HARMLESS = {
    "bool": (bool, 2.0, True),
    "equal": (lambda x: x == 2.0, 2.0, True),
    "less": (lambda x: 1 < x, 2.0, True),
    "isnan": (np.isnan, 2.0, False),
    "len": (len, A, 2),
    "shape": (lambda x: x.shape, A, (2, 2)),
    "size": (lambda x: (x.size, x.ndim, x.nbytes, x.strides), A, (4, 2, 32, (16, 8))),
    "str": (str, A[0], "[1. 2.]"),
    "format": (lambda x: f"{x:.1f}", 2.0, "2.0"),
    "in": (lambda x: 2.0 in x, A, True),
    "argmax": (lambda x: A[0][np.argmax(x)], A[0], 2.0),
    "mask": (lambda x: A[x > 3].tolist(), A, [4.0]),
    "floor": (np.floor, 2.5, 2.0),
    "max": (lambda x: value(max(x, 0.0)), 2.0, 2.0),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_steers_the_program_is_allowed(name):
    f, x, expected = HARMLESS[name]
    assert recorded(f, x) == [expected, expected]


def test_printing_while_recording(capsys):
    recorded(print, A[0])
    assert capsys.readouterr().out == "[1. 2.]\n" * 2


def test_options_that_a_rule_does_not_know_are_refused_by_name():
    message = r"numpy\.exp does not honour signature='d->d'; leave it out"
    with pytest.raises(NotImplementedError, match=message):
        recorded(lambda x: np.exp(x, signature="d->d"), A)
    with pytest.raises(TypeError, match="unexpected keyword argument 'foo'"):
        recorded(lambda x: np.sum(x, foo=1), A)


def test_tracked_options_are_refused_by_name():
    for key in ("initial", "where", "axis"):
        with pytest.raises(TypeError, match=f"numpy.sum is not differentiable in {key}, which"):
            recorded(lambda x, key=key: np.sum(x, **{key: x}), A)


def test_positional_and_keyword_spellings_are_one():
    x = Param(A)
    spellings = [
        lambda: np.sum(np.sum(x, 0) * [1.0, 2.0]),
        lambda: np.sum(np.sum(a=x, axis=0) * [1.0, 2.0]),
        lambda: x.sum(axis=0).dot([1.0, 2.0]),
        lambda: np.dot(a=np.sum(axis=0, a=x), b=[1.0, 2.0]),
    ]
    for f in spellings:
        assert grad(diff(f), x).tolist() == [[1, 2], [1, 2]]


def test_dtype_options_give_the_leafs_dtype_and_ints_are_constants():
    x = Param(A.astype("f4"))
    assert grad(diff(lambda: np.sum(np.exp(x, dtype="f8"), dtype="f8")), x).dtype == "f4"
    assert type(recorded(lambda x: x.astype(int), A)[0]) is np.ndarray
    assert type(recorded(lambda x: np.sum(x, dtype=int), A)[0]) is np.int64
    assert grad(diff(lambda: np.sum(x.astype(int) * x)), x).tolist() == A.tolist()


def test_python_numbers_do_not_widen_float32():
    x = Param(np.ones(2, "f4"))
    kinds = []
    f = lambda: kinds.append(1.5 * x + 2 - x / 3) or np.sum(kinds[0] ** 2)  # noqa: E731
    assert grad(diff(f), x).dtype == np.float32 and kinds[0].dtype == np.float32
    assert grad(diff(lambda: np.sum(x * np.float64(2))), x).dtype == np.float32


def test_results_of_an_ended_recording_are_constants():
    kept, x = [], Param([1.0, 2.0])
    diff(lambda: np.sum(kept.append(x * x) or kept[0]))
    (r,) = kept
    assert repr(r) == "R([1. 4.])" and type(r + 1) is np.ndarray and float(np.sum(r)) == 5
    assert np.asarray(r).tolist() == [1, 4] and np.array([r, r]).shape == (2, 2)
    for f in (lambda: np.sum(r * x), lambda: np.sum(x * r), lambda: r @ x, lambda: np.dot(r, x)):
        assert grad(diff(f), x).tolist() == [1, 4]
    assert grad(diff(lambda: np.sum(r)), x) is None
    assert type(value(diff(lambda: r[0]))) is np.float64


def test_a_result_of_a_live_outer_diff_stays_recorded_there():
    x, y = Param(3.0), Param(2.0)

    def f():
        a = x * x
        inner = diff(lambda: a * y)
        assert grad(inner, x) is None
        return grad(inner, y) * x

    assert grad(diff(f), x) == 27.0


def test_a_result_of_another_thread_says_so():
    outside = []
    ready, done = threading.Event(), threading.Event()

    def hold(x):
        outside.append(x * 2.0)
        ready.set()
        done.wait(10)
        return x * 1.0

    thread = threading.Thread(target=lambda: diff(hold, Param(1.0)))
    thread.start()
    ready.wait(10)
    try:
        x = Param(1.0)
        with pytest.raises(RuntimeError, match="from another thread's diff"):
            diff(lambda: np.tanh(x) * outside[0])
    finally:
        done.set()
        thread.join()


def test_objects_that_do_the_operation_themselves_are_asked():
    class Mine:
        __array_ufunc__ = None

        def __radd__(self, other):
            return "radd"

        def __rmatmul__(self, other):
            return "rmatmul"

    assert Param(1.0) + Mine() == "radd" and Param(A) @ Mine() == "rmatmul"
    assert recorded(lambda x: x + Mine(), 1.0) == ["radd", "radd"]


def test_deep_copies_of_containers_with_results():
    x = Param(2.0)
    assert grad(diff(lambda: copy.deepcopy({"a": [x * x]})["a"][0] * x), x) == 12.0
