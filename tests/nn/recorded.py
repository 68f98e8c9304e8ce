"""What layers are held against: PyTorch's modules, recorded by tests/golden/record_nn.py."""

from pathlib import Path

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad, states
from knetpy.autograd.params import walk

with np.load(Path(__file__).parent.parent / "golden" / "nn.npz") as archive:
    ARRAYS = {key: archive[key] for key in archive}
MASK, LENGTHS = ARRAYS.pop("mask"), ARRAYS.pop("lengths")


def cases(kind):
    """Parametrize a test with the `name` and the arrays, as `case`, of every case of a kind."""
    names = dict.fromkeys(key.split("/")[1] for key in ARRAYS if key.startswith(f"{kind}/"))
    found = [(name, recorded(f"{kind}/{name}")) for name in names]
    assert found, f"nothing is recorded of {kind}"
    return pytest.mark.parametrize("name, case", found, ids=list(names))


def recorded(name):
    return {key.removeprefix(f"{name}/"): x for key, x in ARRAYS.items() if key.startswith(name)}


def double(model):
    """The model in float64, for comparisons and finite differences."""
    for _, leaf in walk(model):
        leaf.value = leaf.value.astype("f8")
    return model


def linear(case, name, rows=slice(None), kind="weight"):
    """PyTorch's weight and bias, or some rows of them, as Linear has them."""
    found = {"weight": case[f"{kind}/{name}weight"][rows].T}
    if f"{kind}/{name}bias" in case:
        found["bias"] = case[f"{kind}/{name}bias"][rows]
    return found


def attention(case, prefix="", kind="weight"):
    """The arrays of a MultiheadAttention by the paths that they have in ours."""
    arrays = {f"output/{k}": x for k, x in linear(case, f"{prefix}out_proj.", kind=kind).items()}
    size = arrays["output/weight"].shape[0]
    bias = case.get(f"{kind}/{prefix}in_proj_bias")
    for k, name in enumerate(("query", "key", "value")):
        rows = slice(k * size, (k + 1) * size)
        joined = case.get(f"{kind}/{prefix}in_proj_weight")
        own = case.get(f"{kind}/{prefix}{name[0]}_proj_weight")
        arrays[f"{name}/weight"] = (joined[rows] if own is None else own).T
        if bias is not None:
            arrays[f"{name}/bias"] = bias[rows]
    return arrays


def assert_as_recorded(model, case, translate, call, tolerance=1e-10):
    """Results and all gradients of `call(model, *inputs)`; `translate` gives arrays by path."""
    held = dict(walk(model))
    assert held.keys() == translate(case, kind="weight").keys() and not states(model)
    for path, x in translate(case, kind="weight").items():
        assert held[path].shape == x.shape
        held[path].value = x.copy()
    inputs = [Param(case[f"x{k}"]) for k in range(len(case)) if f"x{k}" in case]
    seen = []

    def loss():
        seen[:] = call(model, *inputs)
        return sum(np.sum(y * case[f"dy{k}"]) for k, y in enumerate(seen))

    tape = diff(loss, check=True)
    pairs = [(y, case[f"y{k}"]) for k, y in enumerate(call(model, *inputs))]
    pairs += [(grad(tape, held[p]), x) for p, x in translate(case, kind="grad").items()]
    pairs += [(grad(tape, x), case[f"dx{k}"]) for k, x in enumerate(inputs)]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
