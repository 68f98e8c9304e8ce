"""One int for both axes, pairs, and every kind of int; the errors are tested with their ops."""

import numpy as np
import pytest

from knetpy.kernels import Window
from knetpy.ops.checks import pair, require_images, require_room


@pytest.mark.parametrize("x", [3, (3, 3), [3, 3], np.int32(3), (np.uint8(3), 3)], ids=repr)
def test_a_pair(x):
    found = pair("op", "name", x, 1)
    assert found == (3, 3)
    assert [type(n) for n in found] == [int, int]


def test_the_least_is_allowed():
    assert pair("op", "name", (0, 1), 0) == (0, 1)


def test_images_are_of_rank_four_and_said_to_be_also_where_a_list_came():
    require_images("op", np.ones((0, 1, 2, 3)))
    with pytest.raises(ValueError, match=r"op needs images .*, got shape \(1, 2\); .*x\[:, None\]"):
        require_images("op", [[1.0, 2.0]])


def test_a_window_that_just_fits_has_room():
    x = np.ones((1, 1, 3, 5))
    require_room("op", x, Window((3, 3), dilation=(1, 2)))
    require_room("op", x, Window((5, 5), padding=(1, 0)))
    with pytest.raises(ValueError, match=r"op: .* over \(6, 5\) .* images of \(5, 5\)"):
        require_room("op", x, Window((6, 5), padding=(1, 0)))
