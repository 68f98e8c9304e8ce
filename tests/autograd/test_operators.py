"""Python's operators, methods and attributes: outside diff as the array, inside with gradients."""

import operator

import numpy as np
import pytest
import scipy.sparse

from knetpy.autograd import Param, Result, State, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from tests import standin

A = np.array([[1.0, 2.0], [3.0, 4.0]])
ARITHMETIC = "add sub mul truediv mod pow floordiv".split()
COMPARISONS = "eq ne lt le gt ge".split()
OTHERS = [A + 0.5, A[0], 2, 2.5, np.float32(2), np.float64(3), True, np.array(2.0), [1.0, 2.0]]


def same(x, y):
    assert type(x) is type(y), (type(x), type(y))
    np.testing.assert_array_equal(x, y, strict=isinstance(y, np.ndarray))


@pytest.mark.parametrize("cls", [Param, State])
@pytest.mark.parametrize("other", OTHERS, ids=lambda x: f"{type(x).__name__}{np.shape(x)}")
@pytest.mark.parametrize("name", ARITHMETIC + COMPARISONS)
def test_binary_operators_outside_diff(name, other, cls):
    f = getattr(operator, name)
    same(f(cls(A), other), f(A, other))
    same(f(other, cls(A)), f(other, A))
    if not isinstance(other, list):
        same(f(cls(A), Param(np.asarray(other, float))), f(A, np.asarray(other, float)))


@pytest.mark.parametrize("name", "lshift rshift and_ or_ xor".split())
def test_operators_of_integers(name):
    f, x = getattr(operator, name), np.array([1, 2])
    same(f(State(x), 1), f(x, 1))
    same(f(1, State(x)), f(1, x))
    with pytest.raises(TypeError):
        f(Param(A), 1)


def test_matmul_divmod_and_unary_operators_outside_diff():
    x = Param(A)
    for got, want in [
        (x @ A, A @ A), (A @ x, A @ A), (x @ x, A @ A), (x @ [1.0, 2.0], A @ [1.0, 2.0]),
        (-x, -A), (+x, +A), (abs(-A * x), A * A),
        (round(Param(A * 1.26), 1), np.round(A * 1.26, 1)),
        (divmod(x, 2)[0], A // 2), (divmod(x, 2)[1], A % 2), (divmod(7, x)[1], 7 % A),
        (~State([1, 2]), ~np.array([1, 2])), (round(x), np.round(A)),
    ]:  # fmt: skip
        same(got, want)
    with pytest.raises(ValueError, match="matmul"):
        x @ 2.0


def test_comparison_with_what_is_no_number():
    x = Param(A)
    same(x == "a", A == "a")
    same(x == None, A == None)  # noqa: E711
    assert x in [x] and 3.0 in x and 9.0 not in x and Param(2.0) in x


def test_conversions_of_a_scalar():
    x = Param(2.5)
    assert (float(x), int(x), complex(x), bool(x), x.item(), x.tolist()) == (
        2.5, 2, 2.5 + 0j, True, 2.5, 2.5,
    )  # fmt: skip
    assert [10, 20, 30][State(1)] == 20 and list(range(State(2))) == [0, 1]
    assert f"{x:.2f} {x} {x!r}" == "2.50 2.5 P(2.5)"
    assert repr(State(1.0)) == "S(1.0)" and str(Param(A)) == str(A)
    for f in (float, len, list, operator.index):
        with pytest.raises(TypeError):
            f(Param([[1.0, 2.0]]) if f is float else x)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Param(A))


def test_iteration_and_indexing_outside_diff():
    x = Param(A)
    assert len(x) == 2 and [row.tolist() for row in x] == A.tolist()
    first, second = x
    same(second, A[1])
    for index in (0, (1, 0), ..., None, slice(None, None, -1), [1, 0], A > 2, (slice(None), 0)):
        same(x[index], A[index])
    assert np.shares_memory(x[0], x.value)
    assert max(Param([1.0, 3.0])) == 3.0 and sum(Param([1.0, 3.0])) == 4.0
    assert [r.tolist() for r in reversed(x)] == [[3, 4], [1, 2]]


def test_numpy_sees_the_array_itself():
    x = Param(A.copy())
    assert np.asarray(x) is x.value and not np.shares_memory(np.array(x), x.value)
    assert np.asarray(x, "f4").dtype == "f4" and np.array([x, x]).shape == (2, 2, 2)


METHODS = {
    "all": (), "any": (), "argmax": (), "argmin": (), "argpartition": (1,), "argsort": (),
    "astype": ("f4",), "byteswap": (), "choose": ([A] * 5,), "clip": (2, 3), "conj": (),
    "compress": ([True, False],), "conjugate": (), "copy": (), "cumprod": (), "cumsum": (1,),
    "diagonal": (), "dot": (A,), "flatten": ("F",), "item": (0,), "max": (0,), "mean": (1,),
    "min": (), "nonzero": (), "prod": (), "ravel": ("F",), "repeat": (2,), "reshape": (4, 1),
    "round": (1,), "searchsorted": (1.0,), "squeeze": (), "std": (), "sum": (0,),
    "swapaxes": (0, 1), "take": ([0, 3],), "tobytes": (), "tolist": (), "trace": (),
    "transpose": (1, 0), "var": (0,), "view": ("f4",), "__len__": (),
}  # fmt: skip
ATTRIBUTES = "T mT dtype imag itemsize nbytes ndim real shape size strides".split()


@pytest.mark.parametrize("name", METHODS)
def test_methods_outside_diff(name):
    args = METHODS[name]
    if name in ("choose", "searchsorted"):
        x = np.array([0, 1]) if name == "choose" else np.array([1.0, 2.0])
        np.testing.assert_equal(getattr(State(x), name)(*args), getattr(x, name)(*args))
        return
    got, want = getattr(Param(A), name)(*args), getattr(A, name)(*args)
    assert type(got) is type(want)
    np.testing.assert_equal(got, want)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attributes_outside_diff(name):
    np.testing.assert_equal(getattr(Param(A), name), getattr(A, name))


def test_flatten_copies_and_ravel_does_not():
    x = Param(A.copy())
    assert not np.shares_memory(x.flatten(), x.value)
    assert np.shares_memory(x.ravel(), x.value)
    assert gradcheck(lambda x: x.flatten("F") * np.arange(4), A)


@pytest.mark.parametrize("kind", [np.ndarray, np.float64, np.complex128])
def test_a_result_has_what_its_value_has_without_a_getattr_which_slows_every_slot(kind):
    assert not hasattr(Result, "__getattr__")
    public = [name for name in dir(kind) if not name.startswith("_")]
    assert public and all(hasattr(Result, name) for name in public)


def test_a_result_of_a_foreign_array_has_its_attributes():
    seen = []
    x = Param(standin.asarray(np.ones(2)))
    diff(lambda: seen.append(x * 2) or np.sum(x))
    assert seen[0].device == x.device == standin.asarray(np.ones(1)).device
    np.testing.assert_array_equal(seen[0].get(), [2.0, 2.0])


def test_unknown_and_private_attributes_are_refused():
    x = Param(A)
    with pytest.raises(AttributeError, match="has no attribute 'foo'"):
        getattr(x, "foo")  # noqa: B009
    for name in ("__array_interface__", "__cuda_array_interface__", "__dlpack__"):
        with pytest.raises(AttributeError, match=name):
            getattr(x, name)
    with pytest.raises(AttributeError):
        x.foo = 1
    with pytest.raises(NotImplementedError, match="the array's tobytes has no gradient rule"):
        diff(lambda: x.tobytes())


UPDATES = "iadd isub imul itruediv ifloordiv imod ipow imatmul".split()


@pytest.mark.parametrize("name", UPDATES)
@pytest.mark.parametrize("cls", [Param, State])
def test_updates_in_place(name, cls):
    f, array, twin = getattr(operator, name), A.copy(), A.copy()
    x = cls(array)
    assert f(x, A + 1) is x and x.value is array and x.version == 1
    np.testing.assert_array_equal(array, f(twin, A + 1))
    f(x, Param(A)), f(x, State(A) if name == "imatmul" else 2.0)
    assert x.version == 3


def test_assignment_in_place():
    x = Param(A.copy())
    x[...] = 0.0
    x[0] = Param([5.0, 6.0])
    x[x > 5] = 9.0
    x[1, State(1)] += 2
    assert x.tolist() == [[5, 9], [0, 2]] and x.version == 4
    y = Param(1.0)
    y -= 0.25
    y[...] = y * 2
    assert y.shape == () and y == 1.5


def test_updates_keep_the_dtype_and_a_refused_one_changes_nothing():
    x = Param(np.ones(2, "f4"))
    x -= np.ones(2) * 0.5
    assert x.dtype == "f4" and x.tolist() == [0.5, 0.5]
    for bad in (np.ones(3), np.ones(2) * 1j, "a", None):
        with pytest.raises((TypeError, ValueError)):
            x -= bad
    with pytest.raises(ValueError):
        x[:] = np.ones(3)
    assert x.tolist() == [0.5, 0.5] and x.version == 1


def test_a_plain_array_is_updated_from_a_param():
    y = np.ones((2, 2))
    y += Param(A)
    y[0] = Param([7.0, 8.0])
    assert type(y) is np.ndarray and y.tolist() == [[7, 8], [4, 5]]


B = A[::-1] / 3 + 0.3


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "mod", "pow"])
@pytest.mark.parametrize("shape", [(2, 2), (2,), (1, 2), (2, 1), (), (3, 1, 2)])
def test_gradients_of_operators(name, shape):
    f = getattr(operator, name)
    b = np.resize(B, shape).astype(float)
    assert gradcheck(f, A, b, order=2)
    assert gradcheck(lambda a: f(a, b), A, order=2)
    assert gradcheck(lambda b: f(A, b), b, order=2)
    assert gradcheck(lambda a: f(a, 1.3) + f(1.3, a) + f(a, a), A, order=2)
    x = A + 0.17  # away from the jumps of mod
    assert gradcheck(lambda a: f(a, np.float32(2)) + f(np.float64(2), a), x, order=2)


SHAPES = [((2, 3), (3, 4)), ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((1, 3), (3, 1))]
SHAPES += [((5, 2, 3), (3, 2)), ((1, 2, 3), (4, 3, 1))]


@pytest.mark.parametrize("shapes", SHAPES)
def test_gradients_of_matmul(shapes):
    a, b = (np.sin(np.arange(np.prod(s))).reshape(s) for s in shapes)
    assert gradcheck(operator.matmul, a, b, order=2)
    assert gradcheck(lambda b: a @ b, b, order=2)
    assert gradcheck(lambda a: a @ b, np.asfortranarray(a), order=2)


def test_every_mix_of_operands_in_nested_diffs():
    w, p = Param(2.0), Param(3.0)
    held = []
    diff(lambda: held.append(w * 1.0) or 0.0)

    def mixed(x):
        out = x * x
        J = diff(lambda: (out + w) * (w - out) + p * out + w * p + held[0] * w + 1.0 / w + w / x)
        return grad(J, w) + value(J)

    # d/dw = 2 w + p + 2 - 1 / w^2 + 1 / x, with out = x^2
    def closed(x):
        value_ = 4 - x**4 + 3 * x * x + 6 + 4 + 0.5 + 2 / x
        return 4 + 3 + 2 - 0.25 + 1 / x + value_

    x = 1.7
    assert value(diff(mixed, Param(x))) == pytest.approx(closed(x), rel=1e-14)
    slope = -1 / x**2 - 4 * x**3 + 6 * x - 2 / x**2
    assert grad(mixed)(x) == pytest.approx(slope, rel=1e-14)


NUMBERS = [0.1, 2.0, -0.0, 0.0, np.inf, -np.inf, np.nan, 1e-300, 3.4e38, 3.5e38, 1e300]


@pytest.mark.parametrize("f", [operator.add, operator.sub, operator.mul, operator.truediv])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_numbers_beside_float32_are_as_without_a_tape(f, shape):
    x = np.full(shape, 0.7, "f4")[()]
    with np.errstate(all="ignore"):
        for number in [*NUMBERS, *NUMBERS]:
            seen = []
            diff(lambda b=number, seen=seen: seen.append(f(Param(x) + 0.0, b)) or 1.0)
            expected = f(x + np.float32(0), number)
            assert type(value(seen[0])) is type(expected) and seen[0].dtype == np.float32
            np.testing.assert_array_equal(value(seen[0]), expected)
            np.testing.assert_array_equal(np.signbit(value(seen[0])), np.signbit(expected))


def test_each_number_too_large_for_float32_warns():
    x = Param(np.ones(2, "f4"))
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match="overflow"):
            diff(lambda: np.sum((x + 1.0) * 1e300))


def test_gradients_of_iteration_and_methods():
    assert gradcheck(lambda x: sum(row * row for row in x), A, order=2)
    assert gradcheck(lambda x: x.T @ x.mT + x.real * 2, A, order=2)
    assert gradcheck(lambda x: x.reshape(-1).dot(x.ravel()) + x.sum(0).mean() + x.max(), A)
    assert gradcheck(lambda x: x.reshape((4, 1), order="F").squeeze() ** 2, A, order=2)
    assert gradcheck(lambda x: x.std() + x.var(axis=0) + x.prod(1) + x[0].copy(), A)


@pytest.mark.parametrize("f", [operator.add, operator.mul, operator.truediv, operator.pow])
def test_gradients_of_empty_arrays(f):
    a, b = Param(np.ones((0, 1))), Param(np.ones(3))
    J = diff(lambda: np.sum(f(a, b)) + np.sum(a.T @ a) + np.sum(a @ b[None]))
    assert grad(J, a).shape == (0, 1) and grad(J, b).tolist() == [0, 0, 0]


def test_sparse_matrices_do_the_operation_themselves():
    s = scipy.sparse.csr_array(A)
    np.testing.assert_array_equal(s @ Param(A), A @ A)
    np.testing.assert_array_equal(Param(A) @ s, A @ A)


def test_zero_dimensional_and_numpy_scalars_mix():
    x = Param(np.array(2.0))
    for f in (
        lambda: x * np.float64(3),
        lambda: np.float64(3) * x,
        lambda: np.array(3.0) * x,
        lambda: x * np.array(3.0),
    ):
        J = diff(f)
        assert value(J) == 6.0 and grad(J, x) == 3.0 and grad(J, x).shape == ()
