"""Recurrent layers in NumPy's words: all steps in place are single steps, whatever has ended."""

import numpy as np
import pytest

from knetpy.kernels import reference
from knetpy.kernels.reference_recurrent import KINDS, transposed
from tests import standin
from tests.ops.test_recurrent_cells import CELLS, RNG, arrays_of, by_steps


def run(cell, ended, x, *arrays):
    return reference.recurrent(x, cell.kind, ended, True, *arrays)


@CELLS
@pytest.mark.parametrize("lengths", [None, [4, 1, 3]])
@pytest.mark.parametrize("time", [0, 1, 4])
def test_forward_is_its_steps(cell, lengths, time):
    arrays = arrays_of(cell, time)
    ended = None if lengths is None else (np.arange(time)[:, None] >= lengths)[:, :, None]
    before = [x.copy() for x in arrays]
    states, _ = run(cell, ended, *arrays)
    np.testing.assert_allclose(states, by_steps(cell, ended, *arrays), atol=1e-14)
    for x, start in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(x, start)


@CELLS
def test_a_sequence_that_has_ended_keeps_its_state_exactly(cell):
    arrays = arrays_of(cell)
    ended = np.ones((4, 3, 1), bool)
    ended[0] = False
    states, back = run(cell, ended, *arrays)
    np.testing.assert_array_equal(states[2:5], states[[1, 1, 1]])
    dx = back(np.ones_like(states))[0]()
    assert (dx[1:] == 0).all() and (dx[0] != 0).any()


@CELLS
def test_far_gates_saturate_without_a_warning(cell):
    arrays = arrays_of(cell)
    arrays[0] *= 1e3
    states, back = run(cell, None, *arrays)
    assert np.isfinite(states).all()
    assert all(np.isfinite(gradient()).all() for gradient in back(np.ones_like(states)))


@CELLS
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_dtypes_stay_and_gradients_have_the_shapes_of_their_arrays(cell, dtype):
    arrays = [x.astype(dtype) for x in arrays_of(cell)]
    states, back = run(cell, None, *arrays)
    grads = [gradient() for gradient in back(np.ones_like(states))]
    assert {x.dtype for x in (states, *grads)} == {np.dtype(dtype)}
    assert [g.shape for g in grads] == [x.shape for x in arrays]


def test_weights_that_are_used_often_are_turned_in_memory():
    r = RNG.standard_normal((2, 3))
    assert transposed(r, 9).flags.c_contiguous and not transposed(r, 1).flags.c_contiguous
    np.testing.assert_array_equal(transposed(standin.asarray(r), 9)._held, r.T)


@CELLS
def test_every_cell_has_a_kernel(cell):
    assert cell.kind in KINDS
