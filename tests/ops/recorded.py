"""What every op is held against: PyTorch's recorded cases, and finite differences.

The cases are those of tests/golden/record_ops.py, record_images.py and record_sequences.py.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck

ARRAYS = {}
for path in sorted((Path(__file__).parent.parent / "golden").glob("*_recorded.npz")):
    with np.load(path) as archive:
        ARRAYS |= {f"{key.replace('/', f'/{path.stem}-', 1)}": archive[key] for key in archive}


def cases(op):
    """Parametrize a test with the recorded `case`s of an op."""
    numbers = dict.fromkeys(key.split("/")[1] for key in ARRAYS if key.startswith(f"{op}/"))
    found = [
        {key.split("/")[2]: x for key, x in ARRAYS.items() if key.startswith(f"{op}/{n}/")}
        for n in numbers
    ]
    assert found, f"nothing is recorded of {op}"
    return pytest.mark.parametrize("case", found, ids=[str(case["options"]) for case in found])


def assert_agrees(f, case, arrange=lambda x: x):
    """Result and gradients within 1e-10, of inputs whose memory `arrange` may have changed."""
    options = json.loads(str(case["options"]))
    inputs = [arrange(case[f"input{k}"]) for k in range(len(case)) if f"input{k}" in case]
    given = [Param(x) if x.dtype.kind == "f" else x for x in inputs]
    tape = diff(lambda: np.sum(f(*given, **options) * case["dy"]), check=True)
    np.testing.assert_allclose(f(*inputs, **options), case["y"], rtol=1e-10, atol=1e-10)
    for k, x in enumerate(given):
        if type(x) is Param:
            g = grad(tape, x)
            assert g.shape == x.shape
            np.testing.assert_allclose(g, case[f"grad{k}"], rtol=1e-10, atol=1e-10)


def assert_derivatives(f, *args):
    """Both orders agree with finite differences; where nothing can be moved they are zeros."""
    if all(np.size(x) for x in args) and np.size(f(*args)):
        assert gradcheck(f, *args, order=2)
        return

    def slope(g, k):
        return grad(lambda *given: np.sum(g(*given) ** 2), argnum=k)

    for k, x in enumerate(args):
        for dx in (slope(f, k)(*args), slope(slope(f, k), k)(*args)):
            assert dx.shape == x.shape and not dx.any()
