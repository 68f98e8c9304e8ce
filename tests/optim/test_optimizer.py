"""What every exported optimizer keeps to: in place, a state for each Param, all or nothing."""

import copy
import gc
import inspect
import weakref

import numpy as np
import pytest

import knetpy.optim
from knetpy.autograd import Param, Sparse, diff, grad
from knetpy.kernels.native_library import library
from knetpy.optim import SGD, Adam, Momentum, Optimizer
from tests import standin

RULES = [
    rule
    for rule in vars(knetpy.optim).values()
    if inspect.isclass(rule) and issubclass(rule, Optimizer) and rule is not Optimizer
]
every = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
rng = np.random.default_rng(0)

SHAPES = {
    "scalar": np.array(2.0),
    "one": np.ones((1, 1)),
    "empty": np.ones((0, 3)),
    "fortran": np.asfortranarray(rng.standard_normal((3, 4))),
    "backwards": rng.standard_normal((3, 4))[::-1, ::-2],
    "float32": rng.standard_normal((3, 4)).astype("f4"),
    "float16": rng.standard_normal(5).astype("f2"),
    "complex64": (rng.standard_normal(5) + 1j).astype("c8"),
    "complex": rng.standard_normal((2, 3)) + 1j,
}


def test_the_rules_are_found():
    assert {SGD, Momentum, Adam} <= set(RULES)


@every
@pytest.mark.parametrize("x", SHAPES.values(), ids=SHAPES)
def test_updates_keep_the_array_its_dtype_and_its_layout(rule, x):
    w, optimizer = Param(x.copy(order="K")), rule(lr=0.1)
    array, dtype, strides, before = w.value, w.dtype, w.value.strides, w.value.copy()
    g = np.ones_like(x)
    for _ in range(3):
        optimizer.step([w], [g[()]])
    assert w.value is array and (w.dtype, w.value.strides) == (dtype, strides)
    assert w.version == 3
    assert not w.size or np.all(np.abs(w.value - before) > 0.01)
    assert np.all(g == 1), "the gradient belongs to the caller"


@every
def test_a_gradient_of_none_leaves_param_and_state_alone(rule):
    w, idle, optimizer = Param([1.0]), Param([1.0]), rule()
    optimizer.step([idle, w], [None, np.array([1.0])])
    assert (idle.tolist(), idle.version, w.version) == ([1.0], 0, 1)
    assert list(optimizer.slots) == [w]


@every
def test_step_is_init_and_apply(rule):
    w, v, optimizer = Param([1.0, 2.0]), Param([1.0, 2.0]), rule()
    state = optimizer.init(v)
    for g in rng.standard_normal((4, 2)):
        optimizer.step([w], [g])
        state = optimizer.apply(v, g, state)
    assert w.tolist() == v.tolist()


@every
def test_each_param_moves_as_if_alone(rule):
    together, shared = [Param([1.0, 2.0]), Param([[5.0]])], rule()
    alone, own = [Param([1.0, 2.0]), Param([[5.0]])], [rule(), rule()]
    for _ in range(4):
        grads = [rng.standard_normal(w.shape) for w in together]
        shared.step(together, grads)
        for optimizer, w, g in zip(own, alone, grads, strict=True):
            optimizer.step([w], [g])
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_array_equal(a.value, b.value)


@every
def test_a_sparse_gradient_moves_the_param_as_the_dense_one_does(rule):
    w = Param(rng.standard_normal((5, 2)))
    v, optimizer, other = Param(w.value.copy()), rule(), rule()
    for ids in ([1, 3, 1], [4, -1, 0]):
        g = grad(diff(lambda ids=ids: np.sum(w[np.array(ids)] ** 2)), w)
        assert type(g) is Sparse
        dense = np.asarray(g)
        optimizer.step([w], [g])
        other.step([v], [dense])
        np.testing.assert_allclose(w.value, v.value, rtol=1e-12)


def test_sgd_never_makes_a_sparse_gradient_dense(monkeypatch):
    w = Param(np.ones((1000, 2)))
    g = grad(diff(lambda: np.sum(w[np.array([1, 3, 1])])), w)
    monkeypatch.setattr(Sparse, "dense", lambda self: pytest.fail("made dense"))
    SGD(lr=0.25).step([w], [g])
    assert w[:5, 0].tolist() == [1.0, 0.5, 1.0, 0.75, 1.0]


@every
def test_it_reaches_the_bottom_of_a_bowl(rule):
    w, optimizer = Param([3.0, -2.0]), rule(lr=0.01)
    for _ in range(2000):
        optimizer.step([w], [grad(diff(lambda: np.sum((w - 1) ** 2)), w)])
    np.testing.assert_allclose(w.value, 1, atol=1e-3)


REFUSED = [
    (lambda w: np.ones(1), ValueError, r"gradient of the Param's shape \(2,\), got \(1,\)"),
    (lambda w: np.ones((2, 2)), ValueError, r"shape \(2,\), got \(2, 2\); take it from grad"),
    (lambda w: 3.0, ValueError, r"shape \(2,\), got float"),
    (lambda w: w.value.setflags(write=False) or np.ones(2), ValueError, "read-only .*a copy"),
]


@every
@pytest.mark.parametrize("gradient, error, message", REFUSED)
def test_a_refused_step_changes_nothing(rule, gradient, error, message):
    first, w, optimizer = Param([1.0, 2.0]), Param([1.0, 2.0]), rule()
    optimizer.step([first, w], [np.ones(2), np.ones(2)])
    bad = gradient(w)
    before = copy.deepcopy([first.value, w.value, list(optimizer.slots.values())])
    with pytest.raises(error, match=message):
        optimizer.step([first, w], [np.ones(2), bad])
    after = [first.value, w.value, list(optimizer.slots.values())]
    assert repr(after) == repr(before)
    assert first.version == w.version == 1


@every
def test_a_step_while_diff_records_is_refused(rule):
    w, optimizer = Param([1.0]), rule()

    def careless():
        optimizer.step([w], [np.ones(1)])
        return np.sum(w)

    with pytest.raises(TypeError, match="cannot be updated while diff records; .*after it"):
        diff(careless)
    assert w.tolist() == [1.0] and not getattr(optimizer, "slots", {})


def test_what_is_no_param_is_refused():
    with pytest.raises(TypeError, match="updates Params, got a ndarray"):
        SGD().step([np.ones(2)], [np.ones(2)])
    with pytest.raises(ValueError, match="shorter"):
        SGD().step([Param([1.0])], [])


@every
@pytest.mark.parametrize("name", ["scalar", "one", "empty", "fortran", "float32", "complex"])
def test_it_moves_a_param_on_a_device_as_one_on_the_host(rule, name):
    here, there = Param(SHAPES[name].copy()), Param(standin.asarray(SHAPES[name]))
    mine, other = rule(), rule()
    for _ in range(3):
        g = rng.standard_normal(here.shape).astype(here.dtype)
        mine.step([here], [g])
        other.step([there], [standin.asarray(g)])
    assert type(there.value) is standin.ndarray
    if name == "float32":  # the host has a compiled step
        np.testing.assert_allclose(here.value, there.value._held, rtol=1e-6)
    else:
        np.testing.assert_array_equal(here.value, there.value._held)


def test_a_gradient_of_another_device_is_refused():
    w = Param([1.0, 2.0])
    with pytest.raises(TypeError, match="is on cpu, its gradient on tests.standin:0; .*to_gpu"):
        SGD().step([w], [standin.asarray(np.ones(2))])
    assert w.tolist() == [1, 2]


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: SGD(lr=-0.1), "SGD needs 0 <= lr < inf, got lr=-0.1"),
        (lambda: SGD(lr=np.nan), "got lr=nan"),
        (lambda: Momentum(momentum=1.0), "Momentum needs 0 <= momentum < 1.0, got momentum=1.0"),
        (lambda: Adam(beta1=1), "Adam needs 0 <= beta1 < 1.0"),
        (lambda: Adam(beta2=-0.1), "0 <= beta2 < 1.0"),
        (lambda: Adam(eps=-1e-8), "0 <= eps < inf"),
    ],
)
def test_settings_out_of_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@every
def test_equal_settings_are_equal_and_a_copy_goes_on_alone(rule):
    w, optimizer = Param([1.0, 2.0]), rule()
    optimizer.step([w], [np.ones(2)])
    assert rule() == optimizer != rule(lr=0.5)
    v, other = copy.deepcopy((w, optimizer))
    g = np.array([0.5, -1.0])
    optimizer.step([w], [g])
    other.step([v], [g])
    assert w.tolist() == v.tolist() and list(other.slots) == [v]


def test_states_die_with_their_optimizer():
    w, optimizer = Param([1.0]), Momentum()
    optimizer.step([w], [np.ones(1)])
    state = weakref.ref(optimizer.slots[w])
    del optimizer
    gc.collect()
    assert state() is None


def test_a_rule_without_apply_says_what_it_lacks():
    class Lazy(Optimizer):
        pass

    with pytest.raises(NotImplementedError, match=r"Lazy needs a method apply\(w, g, state\)"):
        Lazy().step([Param([1.0])], [np.ones(1)])


def test_a_subclass_with_its_own_formula_is_asked():
    class Still(Adam):
        def apply(self, w, g, state):
            return state

    w = Param(np.ones(3, "f4"))
    Still().step([w], [np.ones(3, "f4")])
    assert (w.value == 1).all()


@every
def test_dense_and_other_params_step_side_by_side(rule):
    """Those that the compiled step takes, and those that it does not, as each of them alone."""
    starts = [SHAPES[name] for name in ("float32", "fortran", "backwards", "scalar", "empty")]
    starts += [np.ones((40, 1000), "f4")]
    together = [Param(x.copy(order="K")) for x in starts]
    one, many = [Param(x.copy(order="K")) for x in starts], rule()
    alone = [rule() for _ in starts]
    for _ in range(3):
        grads = [rng.standard_normal(x.shape).astype(x.dtype) for x in starts]
        many.step(together, grads)
        for w, g, optimizer in zip(one, grads, alone, strict=True):
            optimizer.step([w], [g])
    for a, b in zip(together, one, strict=True):
        np.testing.assert_array_equal(a.value, b.value)
        assert a.version == b.version == 3


@pytest.mark.parametrize("rule", [Momentum, Adam], ids=lambda rule: rule.__name__)
def test_sparse_gradients_join_the_compiled_step(rule, monkeypatch):
    w, same = Param(np.ones((5, 3), "f4")), Param(np.ones((5, 3), "f4"))
    J = diff(lambda: np.sum(w[np.array([1, 3, 1])]))
    assert type(grad(J, w)) is Sparse
    rule().step([same], [np.asarray(grad(J, w))])
    if library() is not None:
        monkeypatch.setattr(rule, "apply", None)
    rule().step([w], [grad(J, w)])
    np.testing.assert_array_equal(w.value, same.value)
