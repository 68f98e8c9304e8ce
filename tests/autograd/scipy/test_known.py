"""Results without a gradient, and functions of each matrix of a stack."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff
from knetpy.autograd.scipy.known import refused, stacked


def test_what_is_refused_may_be_used_but_not_differentiated():
    x = Param(2.0)
    assert float(diff(lambda: x + 0 * (refused(x, known=1.0, why="none") > 0))) == 2
    with pytest.raises(NotImplementedError, match="none"):
        diff(lambda: refused(x, known=np.float64(1.0), why="none"))


def test_stacks_are_taken_matrix_by_matrix():
    a, b = np.arange(8.0).reshape(2, 2, 2), np.eye(2)
    assert np.array_equal(stacked(np.matmul, a, b), a)
    assert np.array_equal(stacked(lambda x: (x, x[0]), a[:, None])[1], a[:, None, 0])
