"""Norms: batch norm over several steps as PyTorch's, all others as their ops, options, files."""

import numpy as np
import pytest

from knetpy import load, ops, save
from knetpy.autograd import Param, diff, grad, params, states
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.params import walk
from knetpy.autograd.recompute import recompute
from knetpy.nn import BatchNorm, Chain, GroupNorm, InstanceNorm, LayerNorm, RMSNorm
from tests import standin
from tests.nn.recorded import cases, double

rng = np.random.default_rng(0)
X = rng.standard_normal((3, 4, 5, 2))
OPTIONS = {"rows": {}, "images": {"momentum": 0.3, "eps": 1e-2}}

LAYERS = {
    "LayerNorm(2)": (LayerNorm(2), lambda x, w, b: ops.layer_norm(x, w, b)),
    "LayerNorm(5×2)": (LayerNorm((5, 2)), lambda x, w, b: ops.layer_norm(x, w, b, axes=(-2, -1))),
    "LayerNorm(4, axes=1, eps=0.1)": (
        LayerNorm(4, axes=1, eps=0.1),
        lambda x, w, b: ops.layer_norm(x, w, b, axes=1, eps=0.1),
    ),
    "RMSNorm(2)": (RMSNorm(2), lambda x, w: ops.rms_norm(x, w)),
    "RMSNorm(4×5, axes=(1, 2))": (
        RMSNorm((4, 5), axes=(1, 2)),
        lambda x, w: ops.rms_norm(x, w, axes=(1, 2)),
    ),
    "GroupNorm(2, 4)": (GroupNorm(2, 4), lambda x, w, b: ops.group_norm(x, w, b, groups=2)),
    "InstanceNorm(4)": (InstanceNorm(4), ops.instance_norm),
    "InstanceNorm(4, eps=0.1, bias=False)": (
        InstanceNorm(4, eps=0.1, bias=False),
        lambda x, w: ops.instance_norm(x, w, eps=0.1),
    ),
    "LayerNorm(2, affine=False)": (LayerNorm(2, affine=False), ops.layer_norm),
    "RMSNorm(2, affine=False)": (RMSNorm(2, affine=False), ops.rms_norm),
}


@pytest.mark.parametrize("text", LAYERS)
def test_it_is_the_op_with_its_arrays(text):
    layer, op = LAYERS[text]
    arrays = [rng.standard_normal(p.shape) for p in params(layer)]
    for (path, p), x in zip(walk(layer), arrays, strict=True):
        assert p.dtype == np.dtype("f4") and (p.value == (path == "weight")).all()
        p.value = x
    np.testing.assert_array_equal(layer(X), op(X, *arrays))
    assert gradcheck(layer, X[:1], order=2)
    assert repr(layer) == text


@pytest.mark.parametrize("activation", [ops.relu, np.tanh])
def test_batch_norm_has_an_activation_behind_it(activation):
    layer, plain = double(BatchNorm(4, activation)), double(BatchNorm(4))
    for training in (True, False):
        layer.training = plain.training = training
        np.testing.assert_array_equal(layer(X), activation(plain(X)))
    assert repr(layer) == f"BatchNorm(4, {activation.__name__}, training=False)"
    layer.training = None
    ran = {node[4].f for node in diff(lambda: np.sum(layer(X) ** 2), keep=True).nodes if node[4]}
    assert ran.isdisjoint({ops.relu, ops.relu.f}) and (np.tanh in ran) is (activation is np.tanh)
    with pytest.raises(TypeError, match="activation is a function"):
        BatchNorm(4, "relu")


@cases("batch_norm")
def test_batch_norm_is_that_of_pytorch_step_after_step(name, case):
    layer = double(BatchNorm(3, **OPTIONS[name]))
    layer.weight[...], layer.bias[...] = case["weight"], case["bias"]
    seen = []
    for step in range(3):
        x = case[f"x{step}"]
        diff(lambda x=x: np.sum(seen.append(layer(x)) or seen[-1]))
        np.testing.assert_allclose(seen[-1], case[f"y{step}"], rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(layer.mean.value, case[f"mean{step}"], rtol=1e-10)
        np.testing.assert_allclose(layer.var.value, case[f"var{step}"], rtol=1e-10)
    np.testing.assert_allclose(layer(case["x2"]), case["y"], rtol=1e-10, atol=1e-10)


def statistics(layer):
    return [s.value.tolist() for s in layer.states()]


def test_statistics_change_only_in_training_and_once():
    layer, start = BatchNorm(4), [[0.0] * 4, [1.0] * 4]
    layer(X)
    gradcheck(lambda: layer(X.astype("f8")), rtol=1e-3)
    assert statistics(layer) == start
    diff(lambda: np.sum(layer(X)) + np.sum(layer(X)))
    once = statistics(layer)
    assert once != start
    other = BatchNorm(4)
    diff(lambda: np.sum(recompute(other)(X)) + grad(lambda x: np.sum(other(x)))(X).sum())
    assert statistics(other) == once
    layer.training = False
    diff(lambda: np.sum(layer(X)))
    assert statistics(layer) == once
    layer.training = True
    layer(X)
    assert statistics(layer) != once


def test_without_track_the_batch_decides_and_nothing_is_remembered():
    layer = double(BatchNorm(4, track=False))
    assert states(layer) == [] and len(params(layer)) == 2
    y = layer(X)
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    assert gradcheck(layer, X[:2, :, :2], order=2)


@pytest.mark.parametrize("training", [True, False])
def test_gradients_of_batch_norm_to_second_order(training):
    layer = double(BatchNorm(4, training=training))
    assert gradcheck(layer, X[:2, :, :2].copy(), order=2)


def test_statistics_are_saved_and_loaded(tmp_path):
    model, other = Chain(BatchNorm(4), np.tanh), Chain(BatchNorm(4), np.tanh)
    diff(lambda: np.sum(model(X)))
    save(tmp_path / "norm.h5", model)
    load(tmp_path / "norm.h5", other)
    np.testing.assert_array_equal(other(X), model(X))
    assert [path for path, _ in walk(model)] == [
        f"layers/0/{name}" for name in ("weight", "bias", "mean", "var")
    ]


def test_on_another_device():
    layer = BatchNorm(4)
    for _, leaf in walk(layer):
        leaf.value = standin.asarray(leaf.value)
    x = Param(standin.asarray(X.astype("f4")))
    before = standin.counts["to_host"]
    tape = diff(lambda: np.sum(layer(x) ** 2))
    assert type(grad(tape, layer.weight)) is type(layer.mean.value) is standin.ndarray
    assert standin.counts["to_host"] == before and type(layer(x)) is standin.ndarray


def test_repr():
    assert repr(BatchNorm(32)) == "BatchNorm(32)"
    assert repr(BatchNorm(2, momentum=0.01, affine=False, track=False, training=True)) == (
        "BatchNorm(2, momentum=0.01, affine=False, track=False, training=True)"
    )
    assert repr(GroupNorm(2, 4, bias=False)) == "GroupNorm(2, 4, bias=False)"


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="groups=3 for channels=4"):
        GroupNorm(3, 4)
    with pytest.raises(ValueError, match=r"in Chain|needs weight \(4,\)"):
        Chain(BatchNorm(3))(X)
    with pytest.raises(ValueError, match=r"needs weight \(2,\)"):
        LayerNorm(3)(X)
