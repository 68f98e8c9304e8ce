"""Recomputation changes memory and time, and nothing else."""

import tracemalloc

import numpy as np
import pytest

import knetpy
from knetpy import arrays
from knetpy.autograd import (
    Param,
    Sparse,
    State,
    Tape,
    diff,
    grad,
    gradloss,
    params,
    recording,
    value,
)
from knetpy.autograd.derivatives import hessian, jvp, vjp
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.recompute import random_sources, recompute

X = np.array([[0.3, -1.2, 0.8]])


def test_outside_of_diff_it_is_the_function_itself():
    def f(x, *, n=1):
        """Words."""
        return x * n

    again = recompute(f)
    assert again(2.0, n=3) == 6.0 and again.__doc__ == "Words." and again.__name__ == "f"
    assert again(Param(2.0)) == 2.0


def test_the_tape_holds_one_operation():
    w = Param(X)
    J = diff(lambda: np.sum(recompute(lambda x: np.exp(np.tanh(x) * w) + x)(w * 2)), keep=True)
    assert [node[4] and node[4].name.rpartition(".")[2] for node in J.nodes] == [
        None,
        "multiply",
        "computed_again",
        "sum",
    ]
    plain = diff(lambda: np.sum(np.exp(np.tanh(w * 2) * w) + w * 2))
    np.testing.assert_allclose(grad(J, w), grad(plain, w), rtol=1e-14)
    assert "computed_again" in J.show()


def test_params_that_f_uses_get_their_gradients_and_are_on_the_tape():
    class Layer:
        def __init__(self):
            self.w, self.b, self.unused = Param(X.T), Param(0.5), Param(1.0)

        def __call__(self, x):
            return np.tanh(x @ self.w + self.b)

    layer = Layer()
    J = diff(lambda: np.sum(recompute(layer)(X)))
    plain = diff(lambda: np.sum(layer(X)))
    assert params(J) == params(plain) == [layer.w, layer.b]
    for p in params(layer):
        np.testing.assert_array_equal(grad(J, p), grad(plain, p))


def test_structures_of_arguments_and_results():
    def f(p, *, scale, name):
        assert name == "f"
        y = p["x"] * p["n"][0] * scale
        return {"y": y, "z": [np.sum(y), (y.T @ y, None, 3)], "const": np.ones(2), "w": w}

    def loss(f):
        def run(x, s):
            out = f({"x": x, "n": (2.0, "text")}, scale=s, name="f")
            assert out["z"][1][1:] == (None, 3) and out["z"][0].shape == () and out["w"] is w
            total = np.sum(out["y"] ** 2) + out["z"][0] * np.sum(out["const"] * out["w"])
            return total + np.sum(np.sin(out["z"][1][0]))

        return run

    w = Param(np.array([1.0, 2.0]))
    assert gradcheck(loss(recompute(f)), X, 0.7, order=2)
    plain = diff(loss(f), Param(X), Param(0.7))
    ours = diff(loss(recompute(f)), Param(X), Param(0.7))
    assert value(ours) == value(plain)
    for a, b in zip(ours.params(), plain.params(), strict=True):
        np.testing.assert_allclose(grad(ours, a), grad(plain, b), rtol=1e-14)


def test_results_of_several_dtypes_keep_them():
    def f(x):
        return x * 2, x.astype("f4"), x * 1j, np.float64(1) * x[0, 0]

    seen = []
    w = Param(X)

    def loss():
        y = recompute(f)(w)
        seen.extend(part.dtype for part in y)
        return sum(np.sum(np.real(part * (1 - 2j)) if part.dtype == "D" else part) for part in y)

    g = grad(diff(loss), w)
    assert seen == ["f8", "f4", "D", "f8"]
    assert g.dtype == np.float64 and g.tolist() == [[2 + 1 + 2 + 1, 5, 5]]


def test_it_is_differentiable_to_any_order():
    def f(x):
        return np.sum(np.exp(np.sin(x)) * x**3)

    x = np.array([0.3, 1.1])
    np.testing.assert_allclose(hessian(recompute(f))(x), hessian(f)(x), rtol=1e-13)
    np.testing.assert_allclose(
        grad(grad(grad(recompute(f))))(0.3), grad(grad(grad(f)))(0.3), rtol=1e-13
    )
    assert gradcheck(recompute(f), x, order=3)
    y, dy = jvp(recompute(f), (x,), (x,))
    assert dy == pytest.approx(np.sum(grad(f)(x) * x))
    w = Param(0.7)
    assert gradcheck(recompute(lambda x: np.tanh(x * w) * w), x, order=2)


def test_one_inside_another_and_one_after_another():
    def inner(x):
        return np.tanh(x) * x

    def outer(x):
        return recompute(inner)(x * 2) + recompute(inner)(x)

    def chain(x):
        for _ in range(3):
            x = recompute(outer)(x)
        return np.sum(x)

    def plain(x):
        for _ in range(3):
            x = inner(x * 2) + inner(x)
        return np.sum(x)

    np.testing.assert_allclose(grad(chain)(X), grad(plain)(X), rtol=1e-13)
    assert gradcheck(chain, X, order=2)


def test_a_result_that_is_an_argument_or_does_not_depend_on_one():
    assert grad(recompute(lambda x: x))(2.0) == 1
    assert grad(lambda x: x + recompute(lambda x: 3.0)(x))(2.0) == 1
    assert grad(lambda x: x * recompute(lambda x, c: c)(x, 5.0))(2.0) == 5
    assert grad(lambda x: sum(recompute(lambda x: (x, x * 2, x))(x)))(2.0) == 4


def test_it_computes_once_forth_and_once_back_however_many_arguments():
    calls = []

    def f(a, b, c):
        calls.append(recording())
        return a * b * c, a + b

    J = diff(lambda a, b: sum(recompute(f)(a, b, a)), Param(2.0), Param(3.0))
    assert calls == [True, True]
    assert [grad(J, p) for p in J.params()] == [13, 5]


def test_states_are_updated_once_and_only_forth():
    seen = State(0.0)

    def f(x):
        seen.update(value(seen) + 1)
        return x * 2

    for n in (1, 2):
        grad(lambda x: recompute(f)(recompute(f)(x)))(1.0)
        assert value(seen) == n
    grad(grad(recompute(f)))(1.0)
    assert value(seen) == 3


def test_random_numbers_are_the_same_again():
    masks = []

    def dropout(x):
        masks.append(arrays.random(x.shape, like=x.value) < 0.5)
        return np.where(masks[-1], x, 0) * 2

    x = np.ones((4, 5))
    arrays.seed(7)
    g = grad(lambda x: np.sum(recompute(dropout)(recompute(dropout)(x))))(x)
    after = arrays.random(3)
    first, second, second_again, first_again = masks
    assert (first == first_again).all() and (second == second_again).all()
    assert (first != second).any() and 0 < first.sum() < 20
    np.testing.assert_array_equal(g, 4.0 * (first & second))
    masks.clear()
    arrays.seed(7)
    np.testing.assert_array_equal(g, grad(lambda x: np.sum(dropout(dropout(x))))(x))
    assert (after == arrays.random(3)).all()  # the stream goes on as without recomputation


def test_the_package_names_its_random_numbers():
    assert random_sources == [arrays.replay] and knetpy.recompute is recompute


def test_a_lookup_inside_stays_sparse():
    w, ids = Param(np.zeros((5, 2))), np.array([1, 1])
    assert type(grad(diff(lambda: np.sum(recompute(lambda: w[ids] * 2)())), w)) is Sparse


def live_bytes(f, x):
    """What a tape of `f` keeps until it is walked back, the most up to there, the most of all."""
    sizes = []

    def run():
        y = np.sum(f(x))
        sizes.extend(tracemalloc.get_traced_memory())
        return y

    tracemalloc.start()
    try:
        assert type(diff(run)) is Tape
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return *sizes, peak


def test_memory_is_saved():
    x = Param(np.full((256, 256), 0.1))
    n = x.value.nbytes

    def block(x):
        for _ in range(10):
            x = np.tanh(x)
        return x

    def chain(block):
        def run(x):
            for _ in range(10):
                x = block(x)
            return x

        return run

    plain, _, plain_peak = live_bytes(chain(block), x)
    ours, forth, peak = live_bytes(chain(recompute(block)), x)
    assert plain > 99 * n and ours < 12 * n
    assert forth < 14 * n  # nor does a block keep what is inside of it while it runs
    assert plain_peak > 99 * n and peak < 26 * n


def test_a_param_overwritten_in_between_is_an_error():
    w = Param(np.ones(2))
    y, pull = vjp(recompute(lambda x: x * w), 2.0)
    w += 1
    with pytest.raises(RuntimeError, match="overwritten after .*computed_again"):
        pull(np.ones(2))


def test_a_result_from_outside_must_be_an_argument():
    def wrong(x):
        h = x * 2
        return recompute(lambda y: y * h)(x)

    with pytest.raises(RuntimeError, match=r"or into recompute\(f\) other than as an argument"):
        grad(wrong)(1.0)
    assert grad(lambda x: recompute(lambda y, h: y * h)(x, x * 2))(3.0) == 12
    assert grad(lambda x: recompute(lambda y: y * value(x))(x))(3.0) == 3


def test_a_result_from_outside_that_passes_through_is_right():
    def through(x):
        h = x * 2
        y, z = recompute(lambda y: (y * 3, h * 5))(x)
        return y + z

    assert grad(through)(1.0) == 13


def test_an_exception_in_f_leaves_nothing_behind():
    def broken(x):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="^broken$"):
        grad(recompute(broken))(1.0)
    assert gradloss(lambda x: x * x)(3.0) == (6.0, 9.0) and not recording()
