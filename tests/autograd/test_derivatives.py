"""vjp, jvp, jacobian, hessian, hvp, elementwise_grad: plain linear maps of any structure."""

import contextvars

import numpy as np
import pytest

from knetpy.autograd import Param, State, diff, grad, gradloss, value
from knetpy.autograd.derivatives import elementwise_grad, hessian, hvp, jacobian, jvp, vjp
from knetpy.autograd.gradcheck import gradcheck
from tests.golden.record_derivatives import FILE, functions, inputs

X = np.array([[0.3, -1.2, 0.8]])
FUNCTIONS = functions(np)


@pytest.fixture(scope="module")
def jax():
    with np.load(FILE) as recorded:
        return dict(recorded)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_complex_maps_are_those_of_jax(name, jax):
    f, kind = FUNCTIONS[name]
    x, t, _ = inputs(kind)
    y, pull = vjp(f, x)
    _, _, dy = inputs(kind, y)
    for ours, theirs in [
        (y, "y"),
        (pull(dy)[0], "vjp"),
        (jvp(f, (x,), (t,))[1], "jvp"),
        (jacobian(f)(x) if kind != "neither" else None, "jacobian"),
    ]:
        if ours is not None:
            recorded = jax[f"{name} {theirs}"]
            assert (ours.dtype, ours.shape) == (recorded.dtype, recorded.shape)
            np.testing.assert_allclose(ours, recorded, rtol=1e-12, atol=1e-14)


def test_every_recorded_value_is_compared(jax):
    names = {f"{name} {what}" for name in FUNCTIONS for what in ("y", "vjp", "jvp", "jacobian")}
    assert set(jax) == names - {"conj jacobian"}


# vjp


def test_pull_may_be_called_any_number_of_times():
    y, pull = vjp(lambda a, b: a @ b, X, np.ones((3, 2)))
    for k in range(3):
        da, db = pull(np.full((1, 2), float(k)))
        assert (da == 2 * k).all() and (db == k * X.T).all()
    assert type(y) is np.ndarray


def test_structures_of_arguments_and_results():
    def f(p, q):
        return {"sum": p["a"] + q[0], "more": [p["a"] * 2, (q[1][0], "text")]}

    y, pull = vjp(f, {"a": X, "name": "p"}, (1.0, [np.ones(2)]))
    assert y["more"][1][1] == "text"
    dp, dq = pull({"sum": X, "more": [X, (np.array([5.0, 6.0]), "text")]})
    np.testing.assert_allclose(dp["a"], 3 * X)
    assert dp["name"] is None and dq[0] == pytest.approx(X.sum())
    assert dq[1][0].tolist() == [5, 6]


def test_zeros_where_nothing_depends_on_an_argument():
    da, db = vjp(lambda a, b: a * 2, np.float32(1), np.ones((2, 2), "f4"))[1](1.0)
    assert da == 2 and da.dtype == np.float32
    assert db.dtype == np.float32 and (db == 0).all()
    assert vjp(lambda a: 3.0, 1.0)[1](1.0) == (0.0,)


def test_an_argument_that_is_the_result_and_one_returned_twice():
    y, pull = vjp(lambda x: (x, x), X)
    assert (pull((X, X))[0] == 2 * X).all()
    assert (pull((np.zeros_like(X), X))[0] == X).all()


def test_gradients_share_no_memory():
    dy = np.ones(3)
    a, b = np.ones(3), np.full(3, 2.0)
    da, db = vjp(lambda a, b: a + b, a, b)[1](dy)
    da *= 100
    assert (dy == 1).all() and (db == 1).all() and (a == 1).all()
    (dx,) = vjp(lambda x: x.reshape(3, 1), a)[1](dy.reshape(3, 1))
    dx *= 100
    assert (dy == 1).all()


@pytest.mark.parametrize("dtype", ["f2", "f4", "g"])
def test_the_dtype_is_that_of_the_argument(dtype):
    x = np.ones(2, dtype)
    assert vjp(lambda x: x * 2, x)[1](np.ones(2))[0].dtype == dtype
    assert jvp(lambda x: x * 2, (x,), (np.ones(2),))[1].dtype == dtype
    assert jacobian(lambda x: x * 2)(x).dtype == dtype


def test_a_param_as_an_argument_counts_apart_from_the_same_in_the_closure():
    w = Param(3.0)
    y, pull = vjp(lambda x: x * w, w)
    assert (y, pull(1.0)) == (9.0, (3.0,))
    assert vjp(lambda a, b: a * b * b, w, w)[1](1.0) == (9.0, 18.0)


def test_inside_diff_what_is_pulled_is_recorded():
    w = Param(2.0)
    J = diff(lambda: vjp(lambda x: x**3, w)[1](1.0)[0])
    assert grad(J, w) == 12
    assert gradcheck(lambda x, d: vjp(np.tanh, x)[1](d)[0], X, X + 1, order=2)


def test_dy_may_be_what_is_recorded():
    _, pull = vjp(lambda x: x**3, 2.0)
    assert grad(lambda dy: pull(dy)[0] ** 2)(1.0) == 2 * 144


def test_a_context_copied_inside_a_diff_may_outlive_it():
    contexts = []
    diff(lambda x: contexts.append(contextvars.copy_context()) or x * 1, Param(1.0))
    assert contexts[0].run(lambda: vjp(np.sin, Param(0.0))[1](1.0)) == (1.0,)


def test_a_param_overwritten_since_is_an_error():
    w = Param(np.ones(2))
    _, pull = vjp(lambda x: x * w, 2.0)
    assert pull(np.ones(2)) == (2.0,)
    w += 1
    with pytest.raises(RuntimeError, match="Param of shape .2,. was overwritten after .*multiply"):
        pull(np.ones(2))


def test_an_exception_in_f_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError):
        vjp(lambda x: x * (1 / 0), 1.0)
    assert grad(lambda x: x * x)(1.0) == 2


@pytest.mark.parametrize(
    "dy, came",
    [
        (1.0, "()"),
        ([np.ones(2), 1.0], r"['(2,)', '()']"),
        ((np.ones(2),), r"('(2,)',)"),
        ((np.ones(3), 1.0), r"('(3,)', '()')"),
        ((np.ones(2), None), r"('(2,)', None)"),
    ],
)
def test_dy_of_another_structure_or_shape_is_refused(dy, came):
    _, pull = vjp(lambda x: (x * 2, np.sum(x)), np.ones(2))
    with pytest.raises(ValueError, match="its gradient must have the structure") as error:
        pull(dy)
    assert str(error.value).endswith(f"expected ('(2,)', '()'), got {came}")
    assert pull((np.ones(2), 1.0))[0].tolist() == [3, 3]


# jvp


def test_jvp_is_exact_to_any_structure():
    def f(p, b):
        return {"y": np.tanh(p["x"]) * b, "n": 3, "s": [p["x"] @ p["x"].T]}

    t = {"x": X + 1}
    y, dy = jvp(f, ({"x": X}, 2.0), (t, 0.5))
    np.testing.assert_allclose(y["y"], np.tanh(X) * 2)
    slope = 1 - np.tanh(X) ** 2
    np.testing.assert_allclose(dy["y"], slope * 2 * t["x"] + np.tanh(X) * 0.5)
    np.testing.assert_allclose(dy["s"][0], 2 * X @ t["x"].T)
    assert dy["n"] == 0


def test_jvp_of_jvp_and_inside_diff():
    def along(x):
        return jvp(np.sin, (x,), (1.0,))[1]

    assert jvp(along, (0.3,), (1.0,))[1] == pytest.approx(-np.sin(0.3), rel=1e-14)
    assert grad(along)(0.3) == pytest.approx(-np.sin(0.3), rel=1e-14)
    assert gradcheck(lambda x, t: jvp(np.exp, (x,), (t,))[1], X, X + 1)


@pytest.mark.parametrize("tangents", [(X, X), ([X],), (X[0],), (None,), ()])
def test_wrong_tangents_are_refused(tangents):
    with pytest.raises(ValueError, match="the tangents must have the structure and the shapes"):
        jvp(np.sin, (X,), tangents)


# jacobian, hessian


def test_jacobian_has_the_shape_of_both():
    jac = jacobian(lambda x, a: a @ np.sin(x))(X, np.ones((2, 1)))
    assert jac.shape == (2, 3, 1, 3)
    np.testing.assert_allclose(jac[1, 2, 0], [0, 0, np.cos(X[0, 2])])
    assert jacobian(lambda x: np.sum(x * x))(X).tolist() == (2 * X).tolist()
    assert jacobian(lambda x: x * X)(2.0).tolist() == X.tolist()


@pytest.mark.parametrize("argnum, shape", [(0, (2, 3)), (1, (2, 2)), (-1, (2, 2)), (-2, (2, 3))])
def test_argnum_counts_from_both_ends(argnum, shape):
    def f(a, b):
        return a[:2] * b

    assert jacobian(f, argnum)(np.ones(3), np.ones(2)).shape == shape
    assert elementwise_grad(lambda a, b: a * b, argnum)(2.0, 5.0) == (5, 2)[argnum]
    assert hessian(lambda a, b: a**2 * b**3, argnum)(2.0, 5.0) == pytest.approx(
        (2 * 5**3, 4 * 6 * 5)[argnum]
    )


def test_jacobian_of_structures():
    def f(p):
        return [p["a"] * p["b"], {"s": np.sum(p["a"])}]

    (one, more) = jacobian(f)({"a": np.array([1.0, 2.0]), "b": 3.0, "no": None})
    assert one["a"].tolist() == [[3, 0], [0, 3]] and one["b"].tolist() == [1, 2]
    assert more["s"]["a"].tolist() == [1, 1] and more["s"]["b"] == 0 and one["no"] is None


def test_jacobian_of_something_empty():
    jac = jacobian(lambda x: x[:0] * 2)(np.ones(3, "f4"))
    assert jac.shape == (0, 3) and jac.dtype == np.float32
    assert jacobian(lambda x: x * 2)(np.ones(0)).shape == (0, 0)


def test_jacobian_of_awkward_memory():
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))[::-1]
    jac = jacobian(lambda x: x * x)(x).reshape(6, 6)
    np.testing.assert_array_equal(jac, np.diag(2 * x.reshape(-1)))


@pytest.mark.parametrize("f", [lambda x: value(x) * 2, lambda x: 3.0, lambda x: np.floor(x)])
def test_jacobian_of_what_was_not_recorded_is_an_error(f):
    with pytest.raises(TypeError, match="jacobian: the result does not depend on the argument"):
        jacobian(f)(X)


def test_hessian_of_any_argument():
    w = np.array([1.0, 2.0])
    h = hessian(lambda x, y: x[0] ** 2 * x[1] * y)(w, 3.0)
    assert h.tolist() == [[12, 6], [6, 0]]
    h = hessian(lambda p: p[0] * p[1] ** 2)([2.0, 3.0])
    assert h[0][0] == 0 and h[0][1] == h[1][0] == 6 and h[1][1] == 4
    with pytest.raises(ValueError, match=r"scalar result is needed here, got shape \(1, 3\)"):
        hessian(np.sin)(X)


def test_the_hessian_of_a_linear_function_is_zero():
    assert hessian(lambda x: np.sum(3 * x))(X).tolist() == np.zeros((1, 3, 1, 3)).tolist()
    h, aux = hessian(lambda p: (p["a"] @ X[0], X), has_aux=True)({"a": X[0]})
    assert h["a"]["a"].tolist() == np.zeros((3, 3)).tolist() and aux is X
    for f in (lambda x: np.sum(value(x)), lambda x: np.sum(np.floor(x))):
        with pytest.raises(TypeError, match="hessian: the result does not depend on the argument"):
            hessian(f)(X)


def test_third_derivatives():
    third = jacobian(hessian(lambda x: np.sum(x**4)))(np.array([1.0, 2.0]))
    assert third[1, 1, 1] == 48 and third[0, 1, 1] == 0


def test_hvp_is_the_hessian_times_a_direction():
    def f(x):
        return np.sum(np.tanh(x @ X.T) * x**2)

    x, v = X.T @ X, np.ones((3, 3)) + X
    h = hessian(f)(x).reshape(9, 9)
    np.testing.assert_allclose(hvp(f, x, v).reshape(-1), h @ v.reshape(-1), rtol=1e-10)
    g = hvp(lambda p: p["a"] * p["b"] ** 2, {"a": 2.0, "b": 3.0}, {"a": 1.0, "b": 0.5})
    assert g == {"a": 3.0, "b": 8.0}
    with pytest.raises(ValueError, match="the direction v must have the structure"):
        hvp(f, x, v[0])
    assert hvp(lambda x: np.sum(x * 3), X, X).tolist() == [[0, 0, 0]]


def test_elementwise_grad_of_structures_and_to_any_order():
    x = np.linspace(-2, 2, 5)
    np.testing.assert_allclose(elementwise_grad(np.tanh)(x), 1 - np.tanh(x) ** 2)
    twice = elementwise_grad(elementwise_grad(np.tanh))(x)
    np.testing.assert_allclose(twice, -2 * np.tanh(x) * (1 - np.tanh(x) ** 2), atol=1e-15)
    one, two = elementwise_grad(lambda p: (p[0] ** 2, p[1] * p[0]))([x, x])
    np.testing.assert_allclose(one, 3 * x)
    np.testing.assert_allclose(two, x)


def test_wrong_arguments_are_named():
    for make in (jacobian, hessian, elementwise_grad):
        with pytest.raises(TypeError, match="argument 1, but was given 1 by position"):
            make(np.sin, 1)(1.0)
        with pytest.raises(TypeError, match="argument 0 of sin holds nothing to differentiate by"):
            make(np.sin)("text")


# has_aux


def square_and_more(x):
    y = x * x
    return np.sum(y), {"y": y, "n": 3}


def check(aux):
    assert aux["n"] == 3 and type(aux["y"]) is np.ndarray and (aux["y"] == X * X).all()


def test_has_aux_gives_plain_values_besides():
    y, pull, aux = vjp(square_and_more, X, has_aux=True)
    check(aux)
    np.testing.assert_array_equal(pull(1.0)[0], 2 * X)
    y, dy, aux = jvp(square_and_more, (X,), (X,), has_aux=True)
    check(aux)
    assert dy == pytest.approx(2 * y)
    jac, aux = jacobian(square_and_more, has_aux=True)(X)
    check(aux)
    np.testing.assert_array_equal(jac, 2 * X)
    h, aux = hessian(square_and_more, has_aux=True)(X)
    check(aux)
    np.testing.assert_array_equal(h.reshape(3, 3), 2 * np.eye(3))


@pytest.mark.parametrize("make", [jacobian, hessian, gradloss], ids=lambda make: make.__name__)
def test_has_aux_wants_a_pair(make):
    with pytest.raises(TypeError, match=r"f must return a tuple \(y, aux\), got Result"):
        make(lambda x: x[0] * x, has_aux=True)(np.ones(2))
    with pytest.raises(TypeError, match=r"f must return a tuple \(y, aux\), got tuple"):
        make(lambda x: (x, x, x), has_aux=True)(np.ones(2))


def test_a_state_is_updated_by_the_one_run():
    seen = State(0.0)

    def f(x):
        seen.update(value(seen) + 1)
        return x * 2

    vjp(f, 1.0)[1](1.0)
    assert value(seen) == 1
