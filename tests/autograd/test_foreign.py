"""Whose turn an operator is; products of sparse matrices have tests in scipy/sparse/."""

import numpy as np
import pytest
from scipy import sparse

from knetpy.autograd import Param
from knetpy.autograd.foreign import foreign, operate, wanted_by_sparse


class Asking:
    __array_ufunc__ = None

    def __rmatmul__(self, x):
        return "mine"


class Proud:
    __array_priority__ = 1.0


@pytest.mark.parametrize(
    "x, expected",
    [
        (np.ones(2), False),
        (1.0, False),
        ([1.0], False),
        (Param(1.0), False),
        (Asking(), True),
        (Proud(), True),
        (sparse.csr_array((2, 2)), True),
    ],
)
def test_who_asks_for_an_operation(x, expected):
    assert foreign(x) is expected


def test_what_is_not_sparse_gets_its_turn():
    assert Param(np.ones(2)) @ Asking() == "mine"
    assert operate(np.matmul, np.ones(2), Asking()) is NotImplemented


def test_only_a_product_of_scipys_is_answered_with_an_object():
    def _matmul_dispatch(x):
        return np.asarray(x)

    assert not wanted_by_sparse()
    assert _matmul_dispatch(Param(1.0)).dtype == float
