"""What scores, labels and targets have to be: through the losses that ask for it."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff
from knetpy.ops import nll
from knetpy.ops.targets import companion, constant, examples, factor_of, mean_or_pair
from tests import standin


def test_examples_are_rows_without_those_to_ignore():
    scores = np.arange(24.0).reshape(2, 3, 4)
    rows, ids = examples("f", scores, np.array([[0, 1, 2, 9], [2, 9, 0, 1]]), 1, 9)
    assert rows.shape == (6, 3) and ids.tolist() == [0, 1, 2, 2, 0, 1]
    np.testing.assert_array_equal(rows[4], scores[1, :, 2])


@pytest.mark.parametrize("dtype", ["i1", "u1", "<i2", ">i4", "<i8", ">i8", ">u2"])
def test_labels_of_every_kind_of_int_are_compared_as_numbers(dtype):
    labels = np.array([0, 9, 2, 9, 1], dtype)[::2]
    assert examples("f", np.zeros((3, 3)), labels, 1, None)[1].tolist() == [0, 2, 1]
    with pytest.raises(ValueError, match=r"f needs labels in 0\.\.1 for 2 classes, got 0\.\.2"):
        examples("f", np.zeros((3, 2)), labels, 1, None)
    if "i" in dtype:
        with pytest.raises(
            ValueError, match=r"got -2\.\.0; labels count from 0, and ignore= names"
        ):
            examples("f", np.zeros((3, 3)), -labels, 1, None)


def test_constants_go_where_the_scores_are_and_are_not_differentiated():
    like = standin.asarray(np.ones(2))
    assert type(constant("f", "labels", [0, 1], like)) is standin.ndarray
    with pytest.raises(TypeError, match=r"f is not differentiable in labels=; pass value\(labels"):
        constant("f", "labels", Param(np.ones(2)), np.ones(2))


def test_companions_have_one_shape_and_dtype():
    x = np.ones((2, 1), "f4")
    assert companion("f", "x", x, "z", [[1], [2]]).dtype == "f4"
    with pytest.raises(ValueError, match=r"f needs z of the same shape as x, got x \(2, 1\) and z"):
        companion("f", "x", x, "z", np.ones(2))


def test_a_total_is_divided_by_its_count_or_given_with_it():
    assert mean_or_pair("f", np.array([1.0, 3.0]), True) == 2
    assert mean_or_pair("f", np.array([1.0, 3.0]), False) == (4, 2)
    assert factor_of("f", 4, True) == 0.25 and factor_of("f", 0, False) == 1
    with pytest.raises(ValueError, match="f has nothing to average: the batch is empty"):
        factor_of("f", 0, True)


def test_labels_that_are_recorded_are_refused():
    labels = Param(np.zeros(1))
    with pytest.raises(TypeError, match="nll is not differentiable in labels="):
        diff(lambda: nll(np.zeros((1, 2)), labels * 1))
