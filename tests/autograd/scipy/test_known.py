"""Results of SciPy with the gradient of another way to them, or with none."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.scipy.known import as_known, refused, stacked


def test_the_value_is_the_known_one_and_the_gradient_the_other_one():
    f = lambda x: as_known(x * x, known=np.float64(7.0))  # noqa: E731
    assert float(diff(f, Param(3.0))) == 7 and grad(f)(3.0) == 6


def test_what_is_refused_may_be_used_but_not_differentiated():
    x = Param(2.0)
    assert float(diff(lambda: x + 0 * (refused(x, known=1.0, why="none") > 0))) == 2
    with pytest.raises(NotImplementedError, match="none"):
        diff(lambda: refused(x, known=np.float64(1.0), why="none"))


def test_stacks_are_taken_matrix_by_matrix():
    a, b = np.arange(8.0).reshape(2, 2, 2), np.eye(2)
    assert np.array_equal(stacked(np.matmul, a, b), a)
    assert np.array_equal(stacked(lambda x: (x, x[0]), a[:, None])[1], a[:, None, 0])
