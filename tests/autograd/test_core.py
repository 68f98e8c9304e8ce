"""diff and the tape: results, nesting, memory, threads, writes, intermediate gradients."""

import contextvars
import gc
import threading
import time
import tracemalloc
import weakref

import numpy as np
import pytest

from knetpy.autograd import Param, State, diff, grad, params, primitive, recording, value


def test_diff_gives_a_tape_with_value_and_gradients():
    w = Param([3.0, 4.0])
    J = diff(lambda x, *, scale: np.sum(w * x) * scale, np.array([1.0, 2.0]), scale=2.0)
    assert repr(J) == "T(22.0)" and value(J) == 22.0 and float(J) == 22.0 and f"{J:.2f}" == "22.00"
    assert grad(J, w).tolist() == [2, 4]


@pytest.mark.parametrize("y", [3, 2.5, True, np.float32(1.0), np.array(2.0), np.int64(3)])
def test_a_constant_result_has_no_gradients(y):
    w = Param(1.0)
    J = diff(lambda: (w * 2, y)[1])
    assert value(J) == y and grad(J, w) is None and params(J)[0] is w


def test_a_param_and_a_held_result_can_be_the_result():
    w = Param(3.0)
    assert grad(diff(lambda: w), w) == 1.0
    kept = []
    diff(lambda: kept.append(w * w) or kept[0])
    J = diff(lambda: kept[0])
    assert type(value(J)) is np.float64 and grad(J, w) is None


BAD = [
    (lambda w: w * 2, r"needs a scalar result, got shape \(2, 3\); reduce it with np.sum or"),
    (lambda w: w[:1, 0], r"got shape \(1,\)"),
    (lambda w: np.zeros((0, 4)), r"got shape \(0, 4\)"),
    (lambda w: [np.sum(w)], "needs a scalar result, got a list"),
    (lambda w: None, "needs a scalar result, got a NoneType"),
    (lambda w: np.sum(w) * 1j, "needs a real scalar result, got a complex one; take np.real"),
    (lambda w: 1j, "needs a real scalar result, got a complex one"),
    (lambda w: (x for x in w), "got a generator"),
]


@pytest.mark.parametrize("f, message", BAD)
def test_other_results_are_refused_and_leave_nothing_behind(f, message):
    w = Param(np.ones((2, 3)))
    with pytest.raises(ValueError, match=message):
        diff(f, w)
    assert not recording()
    assert grad(diff(lambda: np.sum(w * w)), w).tolist() == [[2] * 3] * 2


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_exception_in_f_leaves_no_trace(error):
    w, held = Param(2.0), []

    def f():
        held.append(np.exp(w))
        raise error

    for wrapped in (f, lambda: value(diff(f))):
        with pytest.raises(error):
            diff(wrapped)
        assert not recording() and held[-1] + 1 == np.exp(2.0) + 1
        w += 1.0
        w -= 1.0
        assert grad(diff(np.square, w), w) == 4.0


def test_an_exception_in_a_rule_leaves_no_trace():
    @primitive(rules=[lambda dy, y, x: 1 / 0])
    def bad(x):
        return x * 1

    w = Param(2.0)
    with pytest.raises(ZeroDivisionError):
        diff(lambda: bad(w))
    assert not recording() and grad(diff(lambda: w * w), w) == 4.0


def test_nesting_is_exact():
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(5.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(5.0) == 10.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x) * x)(3.0) == 6 * 9.0
    assert grad(lambda x: grad(lambda x: x * x)(x * x))(3.0) == 12.0
    assert grad(lambda x: grad(lambda y: x)(1.0) or x * x)(3.0) == 6.0
    assert grad(grad(grad(lambda x: x**5)))(2.0) == 60 * 4.0
    assert grad(grad(grad(grad(np.sin))))(1.0) == np.sin(1.0)
    three = grad(lambda x: grad(lambda y: grad(lambda z: x * y * y * z * z * z)(y))(x))
    assert three(2.0) == 384.0  # (12 x^4)' = 48 x^3


def test_a_param_inside_nested_diffs_belongs_to_both():
    w = Param(3.0)

    def outer():
        J = diff(lambda: w * w * w)
        return grad(J, w) * w

    assert value(diff(outer)) == 81.0
    assert grad(diff(outer), w) == 81.0


def test_gradients_keep_shape_and_dtype_of_the_leaf():
    for dtype in ("f2", "f4", "f8", "g", "F", "D"):
        for x in (np.ones((2, 1), dtype), np.ones((), dtype), np.ones((0, 3), dtype)):
            w = Param(x)
            g = grad(diff(lambda w=w: np.sum(np.real(w * np.ones(3)) * 2.0)), w)
            assert g.shape == x.shape and g.dtype == x.dtype


def test_gradients_own_their_memory():
    a, b, c = (Param(np.ones((2, 2))) for _ in range(3))
    keeps = {}
    for keep in (False, True):
        J = diff(lambda: np.sum((a + b).T.reshape(4) + c.reshape(4) + a.T.reshape(4)), keep=keep)
        grads = [grad(J, w) for w in (a, b, c)]
        for g in grads:
            assert g.flags.owndata and g.flags.writeable
            g += 7.0
        keeps[keep] = [g.tolist() for g in grads]
        for w in (a, b, c):
            assert w.tolist() == [[1, 1], [1, 1]]
    assert keeps[True] == keeps[False] == [[[9, 9]] * 2, [[8, 8]] * 2, [[8, 8]] * 2]


def test_an_accumulator_is_owned_before_it_is_added_into():
    a, b = Param([1.0, 2.0]), Param([3.0, 4.0])

    def f():
        y = a + b  # both get the very same dy
        return np.sum(y * 2.0) + np.sum(a * 3.0) + np.sum(a * 4.0) + np.sum(a * 5.0)

    for keep in (False, True):
        J = diff(f, keep=keep)
        assert grad(J, a).tolist() == [14, 14] and grad(J, b).tolist() == [2, 2]


def test_contributions_of_unlike_dtypes_and_shapes_add_up():
    x = Param(np.ones((2, 1), "f4"))
    J = diff(lambda: np.sum(x * np.ones(3)) + np.sum(x) + np.sum(x * 1j).imag + np.sum(x[0]))
    assert grad(J, x).tolist() == [[6], [5]] and grad(J, x).dtype == np.float32


def test_intermediate_gradients_need_keep_and_are_copies():
    x, kept = Param([1.0, 2.0]), []

    def f():
        kept[:] = [x * x]
        kept.append(kept[0] + 1.0)
        return np.sum(kept[1] * [3.0, 4.0])

    J = diff(f, keep=True)
    assert grad(J, kept[0]).tolist() == grad(J, kept[1]).tolist() == [3, 4]
    grad(J, kept[1])[:] = 0
    assert grad(J, kept[0]).tolist() == grad(J, kept[1]).tolist() == [3, 4]
    assert grad(diff(f, keep=True), x).tolist() == [6, 16]
    with pytest.raises(ValueError, match="keep=True"):
        grad(diff(f), kept[0])
    elsewhere = []
    diff(lambda: elsewhere.append(x * 2) or 0.0)
    assert grad(J, elsewhere[0]) is None


def test_grad_ascends_in_complex_numbers_as_pytorch_does():
    z = Param(np.array([1 + 2j, 3 - 1j]))
    # torch: z.abs().pow(2).sum(), (z * z).real.sum(), (z * (2 + 1j)).imag.sum()
    cases = [
        (lambda: np.sum(np.abs(z) ** 2), [2 + 4j, 6 - 2j]),
        (lambda: np.sum(np.real(z * z)), [2 - 4j, 6 + 2j]),
        (lambda: np.sum(np.imag(z * (2 + 1j))), [1 + 2j, 1 + 2j]),
        (lambda: np.sum(np.real(np.conj(z) * 3)), [3, 3]),
    ]
    for f, expected in cases:
        np.testing.assert_allclose(grad(diff(f), z), expected, rtol=1e-15, atol=1e-15)
    x = Param(2.0)
    assert grad(diff(lambda: np.abs(np.exp(1j * x) * x) ** 2), x) == pytest.approx(4.0)
    assert grad(diff(lambda: np.sum(np.real(z * x))), x).dtype == np.float64


def chain(x, n):
    for _ in range(n):
        x = x * 1.0
    return x


def test_a_million_operations_on_one_tape():
    x = Param(2.0)
    start = time.perf_counter()
    assert grad(diff(chain, x, 1_000_000), x) == 1.0
    assert time.perf_counter() - start < 60


def test_a_node_costs_at_most_half_a_kilobyte():
    x = Param(2.0)
    diff(chain, x, 10)
    tracemalloc.start()
    try:
        diff(chain, x, 10_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000 * 512


class Array(np.ndarray):
    """An array that can be referred to weakly."""


def lives(keep):
    """How many of five intermediate arrays live when the rule of each earlier one runs."""
    alive, seen = [], []

    def rule(dy, y, x):
        alive.append(sum(ref() is not None for ref in seen))
        return dy * 1.0

    @primitive(rules=[rule])
    def step(x):
        y = np.ones(3).view(Array)
        seen.append(weakref.ref(y))
        return y

    def f(x):
        for _ in range(5):
            x = step(x)
        return np.sum(x)

    J = diff(f, Param(np.ones(3)), keep=keep)
    return alive, sum(ref() is not None for ref in seen), J


def test_a_value_dies_as_soon_as_its_rule_has_run():
    alive, after, _ = lives(keep=False)
    assert alive == [5, 4, 3, 2, 1] and after == 0


def test_keep_keeps_every_value():
    alive, after, _ = lives(keep=True)
    assert alive == [5] * 5 and after == 5


@pytest.mark.parametrize("collector", [True, False], ids=["gc", "no gc"])
def test_training_leaves_no_memory_behind(collector):
    w, x = Param(np.ones((8, 8))), np.ones((4, 8))

    def step():
        nonlocal w
        J = diff(lambda: np.sum(np.concatenate([np.tanh(x @ w), x]).reshape(-1) ** 2) / 100)
        w -= 0.001 * grad(J, w)
        grad(J, {"w": [w]})

    if not collector:
        gc.disable()
    tracemalloc.start()
    try:
        for _ in range(1000):
            step()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(9000):
            step()
        assert tracemalloc.get_traced_memory()[0] - before < 2**21
    finally:
        tracemalloc.stop()
        gc.enable()


def test_nested_diffs_leave_no_cycles():
    gc.collect()
    gc.disable()
    try:
        grad(grad(lambda x: np.sum(np.stack([x, x]) ** 3)))(2.0)
        J = diff(lambda x: np.sum(x * x), Param([1.0, 2.0]), keep=True, check=True)
        J.show()
        del J
        assert gc.collect() == 0
    finally:
        gc.enable()


def training(k, steps=50):
    rng = np.random.default_rng(k)
    w, x = Param(rng.standard_normal((5, 4))), rng.standard_normal((6, 5))
    for _ in range(steps):
        J = diff(lambda w: np.mean(np.tanh(x @ w) ** 2), w)
        assert len(params(J)) == 1 and params(J)[0] is w
        w -= 0.1 * grad(J, w)
    return value(w).tobytes()


def test_eight_threads_give_the_bits_of_one():
    alone = [training(k) for k in range(8)]
    together = [None] * 8

    def work(k):
        together[k] = training(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_threads_share_params_and_no_tape():
    w, barrier, found = Param([1.0, 2.0]), threading.Barrier(4), [None] * 4

    def work(k):
        def f():
            y = w * float(k)
            barrier.wait(10)
            return np.sum(y * y)

        found[k] = grad(diff(f), w).tolist()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[2.0 * k * k, 4.0 * k * k] for k in range(4)]


def test_a_context_of_its_own_does_not_see_the_recording():
    x = Param(2.0)

    def f():
        assert contextvars.Context().run(recording) is False
        assert contextvars.Context().run(lambda: x * x) == 4.0
        return x * 3.0

    assert grad(diff(f), x) == 3.0


def test_a_write_through_a_param_is_found_at_the_walk_back():
    w = Param([1.0, 2.0])

    def f():
        y = np.sum(np.exp(w))
        contextvars.Context().run(w.__isub__, 1.0)
        return y

    message = r"a Param of shape \(2,\) was overwritten after numpy.exp had recorded it"
    with pytest.raises(RuntimeError, match=message):
        diff(f)
    assert not recording() and grad(diff(lambda: np.sum(w)), w).tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="numpy.exp had recorded it"):
        diff(lambda: value(diff(f)))


def test_updates_between_tapes_are_not_in_the_way():
    w = Param([1.0, 2.0])
    for _ in range(3):
        J = diff(lambda w: np.sum(w * w), w)
        w -= 0.5 * grad(J, w)
    assert w.tolist() == [0, 0]


def test_a_write_while_recording_is_refused_and_changes_nothing():
    w, s = Param([1.0, 2.0]), State([1.0, 2.0])
    for x in (w, s):
        for write in (
            lambda x: x.__iadd__(1.0),
            lambda x: x.__setitem__(0, 5.0),
            lambda x: x.fill(0.0),
        ):
            with pytest.raises((TypeError, NotImplementedError)):
                diff(lambda x=x, write=write: write(x) or 0.0)
    assert w.tolist() == s.tolist() == [1, 2]
