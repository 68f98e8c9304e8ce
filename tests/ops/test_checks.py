"""One int for all axes, tuples, pairs, every kind of int; the errors are tested with their ops."""

import numpy as np
import pytest

from knetpy.kernels import Window
from knetpy.ops.checks import int_pairs, ints, require_images, require_room, window


@pytest.mark.parametrize("x", [3, (3, 3), [3, 3], np.int32(3), (np.uint8(3), 3)], ids=repr)
def test_ints(x):
    found = ints("op", "name", x, 2, 1)
    assert found == (3, 3)
    assert [type(n) for n in found] == [int, int]


@pytest.mark.parametrize(
    "x, expected",
    [
        (1, ((1, 1), (1, 1))),
        ((1, 2), ((1, 1), (2, 2))),
        (((1, 2), (3, 4)), ((1, 2), (3, 4))),
        ([[1, 2], np.int8(3)], ((1, 2), (3, 3))),
    ],
    ids=repr,
)
def test_pairs(x, expected):
    assert int_pairs("op", "name", x, 2, 0) == expected


def test_the_least_is_allowed():
    assert ints("op", "name", (0, 1, 2), 3, 0) == (0, 1, 2)
    assert int_pairs("op", "name", 0, 1, 0) == ((0, 0),)


@pytest.mark.parametrize("x", [1.5, (1, 2, 3), "1", (1, 1.0), None, ((1, 2), 3)], ids=str)
def test_what_is_no_int_or_of_another_length_is_told_what_to_be(x):
    with pytest.raises(TypeError, match="op needs an int or 2 ints, one for each axis, as name=, "):
        ints("op", "name", x, 2, 1)


@pytest.mark.parametrize("x", [1.5, (1, 2, 3), "valid", ((1, 2, 3), 1), ((1.0, 2), 1)], ids=str)
def test_what_is_no_pair_is_told_what_to_be(x):
    expected = (
        r"op needs an int, or for each of 2 axes an int or a pair \(before, after\), as name="
    )
    with pytest.raises(TypeError, match=expected):
        int_pairs("op", "name", x, 2, 0)


def test_too_little_is_refused_wherever_it_stands():
    for x in (-1, (0, -1), ((0, 0), (0, -1))):
        with pytest.raises(ValueError, match="op needs name= to be at least 0, got"):
            int_pairs("op", "name", x, 2, 0)


@pytest.mark.parametrize(
    "size, stride, dilation, padding",
    [
        ((3, 3), 1, 1, ((1, 1), (1, 1))),
        ((2, 4), 1, 1, ((0, 1), (1, 2))),
        ((2, 1), 1, 3, ((1, 2), (0, 0))),
        ((3, 2), 2, 1, ((0, 1), (0, 1))),
        ((1, 1), 5, 1, ((0, 0), (0, 0))),
    ],
    ids=str,
)
def test_same_makes_an_output_for_each_stride(size, stride, dilation, padding):
    found = window("op", (6, 7), size, stride, "same", dilation)
    assert found.padding == padding
    assert found.outputs((6, 7)) == (-(-6 // stride), -(-7 // stride))
    assert all(0 <= after - before <= 1 for before, after in found.padding)


def test_images_have_as_many_axes_as_are_asked_for_also_where_a_list_came():
    require_images("op", np.ones((0, 1, 2, 3)), 2)
    require_images("op", np.ones((0, 1, 2)), 1)
    with pytest.raises(ValueError, match=r"op needs images .*, got shape \(1, 2\); .*x\[:, None\]"):
        require_images("op", [[1.0, 2.0]], 2)
    with pytest.raises(ValueError, match=r"op needs signals \(batch, channels, length\), got"):
        require_images("op", np.ones((2, 3)), 1)
    with pytest.raises(ValueError, match=r"op needs volumes .*depth.*, got shape \(1, 2, 3, 4\)"):
        require_images("op", np.ones((1, 2, 3, 4)), 3)


def test_a_window_that_just_fits_has_room():
    x = np.ones((1, 1, 3, 5))
    require_room("op", x, Window((3, 3), dilation=(1, 2)))
    require_room("op", x, Window((5, 5), padding=((0, 2), 0)))
    with pytest.raises(ValueError, match=r"op: .* over \(6, 5\) .* images of \(5, 5\)"):
        require_room("op", x, Window((6, 5), padding=(1, 0)))
