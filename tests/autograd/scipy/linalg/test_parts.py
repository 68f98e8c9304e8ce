"""Parts of matrices."""

import numpy as np

from knetpy.autograd.scipy.linalg import parts


def test_triangles_are_numpys():
    x = np.arange(12.0).reshape(2, 3, 2)
    for k in (-1, 0, 1):
        assert np.array_equal(parts.lower_part(x, k), np.tril(x, k))
        assert np.array_equal(parts.upper_part(x, k), np.triu(x, k))


def test_nothing_of_the_other_triangle_gets_through():
    x = np.array([[1.0, np.nan], [np.inf, 1.0]])
    assert parts.lower_part(x, -1).tolist() == [[0, 0], [np.inf, 0]]


def test_diagonal_sums_are_traces():
    for shape in ((3, 4), (4, 3), (1, 3), (3, 1)):
        x = np.arange(12.0)[: shape[0] * shape[1]].reshape(shape)
        traces = [np.trace(x, offset=k) for k in range(1 - shape[0], shape[1])]
        assert parts.diagonal_sums(x).tolist() == traces
