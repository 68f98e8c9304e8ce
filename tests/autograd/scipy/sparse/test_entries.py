"""Where entries stand, and other entries in their places."""

import numpy as np
import pytest
from scipy import sparse

from knetpy.autograd.scipy.sparse.entries import entries, matrix

DENSE = np.array([[0.0, 2.0, 0.0], [3.0, 0.0, 4.0]])


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
@pytest.mark.parametrize("family", ["array", "matrix"])
def test_entries_come_in_the_order_of_data(kind, family):
    A = getattr(sparse, f"{kind}_{family}")(DENSE)
    for B, dense in ((A, DENSE), (A.T, DENSE.T)):
        assert np.array_equal(dense[entries(B)], B.data)
        again = matrix(B, B.data * 2)
        assert type(again) is type(B) and np.array_equal(again.toarray(), dense * 2)
