"""Formulas that hold on parts, and blocks of entries."""

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.autograd.rules.blocks import BLOCK, blockwise, split


@pytest.mark.parametrize("size", [0, 1, BLOCK, 2 * BLOCK + 1])
def test_blocks_cover_every_entry_once(size):
    lengths = []
    y = blockwise(lambda x: lengths.append(x.size) or -x, np.arange(float(size)))
    assert np.array_equal(y, -np.arange(float(size)))
    assert sum(lengths) == size and max(lengths, default=0) <= BLOCK


@pytest.mark.parametrize(
    "args, shape, dtype",
    [
        ((np.ones((2, 1), "float32"), np.ones(3, "float32")), (2, 3), "float32"),
        ((np.ones(2, "float32"), 2.0), (2,), "float32"),
        ((np.ones(2, "float16"),), (2,), "float32"),
        ((1, 2), (), "float64"),
        ((np.ones((2, 3)).T[::-1], 1j), (3, 2), "complex128"),
        ((np.ones(2, "complex64"),), (2,), "complex64"),
    ],
)
def test_blocks_compute_in_double_and_keep_shape_and_dtype(args, shape, dtype):
    inside = []
    y = blockwise(lambda *xs: inside.extend(x.dtype for x in xs) or sum(xs), *args)
    assert (y.shape, y.dtype) == (shape, dtype)
    assert {x.itemsize for x in inside} <= {8, 16}


def test_split_asks_each_formula_for_its_own_entries_alone():
    x = np.array([0.0, 4.0])
    assert split(x > 0, x, np.log, np.exp).tolist() == [1.0, np.log(4.0)]
    g = grad(lambda x: np.sum(split(x > 0, x, np.log, np.exp)))(x)
    assert g.tolist() == [1.0, 0.25]
