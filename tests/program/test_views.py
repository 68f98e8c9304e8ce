"""How arrays lie in memory: one after the other, by strides, and as matrices."""

import operator

import numpy as np
import pytest

from knetpy.program.parts import Ref
from knetpy.program.steps import Step
from knetpy.program.views import FLOAT32, Unfit, Values, View, matrices, view_of


def normal(*shape):
    return np.random.default_rng(0).standard_normal(shape, "f4")


def test_how_an_array_lies_in_memory():
    x = normal(5, 6)
    base, part = view_of(x, []), view_of(x[1:, ::-2], [])
    assert base == View(id(x), base.offset, (5, 6), (6, 1), FLOAT32)
    assert part == View(id(x), base.offset + 6 + 5, (4, 3), (6, -2), FLOAT32)
    made = Values([None, x], [Step(np.cos, (Ref(0),), {}, Ref(1))], [0])
    assert view_of(Ref(1), made) == base


def test_what_is_given_shares_memory_with_its_views_alone():
    """Whatever it was in this run: the next arguments may be other arrays."""
    x = normal(4)
    step = Step(operator.getitem, (Ref(1), slice(2)), {}, Ref(2))
    a, b, part = (view_of(Ref(at), Values([x, x, x[:2]], [step], [0, 1])) for at in range(3))
    assert a.memory != b.memory == part.memory


def test_numbers_have_no_memory_that_others_could_share():
    assert view_of(2, []) == view_of(2.0, []) and view_of(0.0, []) != view_of(-0.0, [])
    assert view_of(float("nan"), []) == view_of(float("nan"), [])
    one = np.float32(1)
    both = Values([one, one], [], [0, 1])
    assert view_of(Ref(0), both).memory != view_of(Ref(1), both).memory


@pytest.mark.parametrize("x", [np.ones(3), np.ones(0, "f4"), 1j, None, "a", True, np.float64(1)])
def test_what_does_not_lie_in_cs_way(x):
    assert view_of(x, []) is None


@pytest.mark.parametrize(
    "shape, strides, dense",
    [
        ((), (), True),
        ((3,), (1,), True),
        ((3,), (2,), False),
        ((3,), (-1,), False),
        ((3,), (0,), False),
        ((3, 4), (4, 1), True),
        ((3, 4), (1, 3), False),
        ((1, 4), (99, 1), True),
        ((3, 1), (1, 77), True),
        ((3, 1), (2, 1), False),
        ((1, 1), (5, 5), True),
        ((2, 1, 4), (4, 0, 1), True),
        ((2, 3, 4), (12, 4, 1), True),
        ((2, 3, 4), (24, 4, 1), False),
    ],
)
def test_whether_numbers_lie_one_after_the_other(shape, strides, dense):
    assert View("m", 0, shape, strides, FLOAT32).is_dense() is dense


def as_matrices(shape, *views):
    views = [View(k, 0, *view, FLOAT32) for k, view in enumerate(views)]
    rows, columns, found = matrices(shape, views)
    assert [m.view for m in found] == views
    return rows, columns, [m[1:] for m in found]


def test_axes_that_act_as_one_are_joined():
    dense = ((2, 3, 4), (12, 4, 1))
    assert as_matrices((2, 3, 4), dense, dense) == (1, 24, [(0, 1), (0, 1)])
    assert as_matrices((2, 3, 4), dense, ((4,), (1,))) == (6, 4, [(4, 1), (0, 1)])
    assert as_matrices((2, 3, 4), dense, ((3, 4), (4, 1))) == (2, 12, [(12, 1), (0, 1)])
    assert as_matrices((2, 3, 4), dense, ((2, 1, 1), (1, 1, 1))) == (2, 12, [(12, 1), (1, 0)])


def test_matrices_of_one_number_or_row():
    assert as_matrices((), ((), ())) == (1, 1, [(0, 0)])
    assert as_matrices((1, 1), ((1, 1), (5, 7))) == (1, 1, [(0, 0)])
    assert as_matrices((5,), ((5,), (1,)), ((), ())) == (1, 5, [(0, 1), (0, 0)])
    assert as_matrices((1, 4), ((1, 4), (4, 1)), ((1, 4), (9, -2))) == (1, 4, [(0, 1), (0, -2)])
    assert as_matrices((3, 4), ((3, 4), (4, 1)), ((3, 1), (1, 1))) == (3, 4, [(4, 1), (1, 0)])


def test_more_than_two_axes_that_do_not_join_are_not_for_c():
    with pytest.raises(Unfit):
        as_matrices((2, 3, 4), ((2, 3, 4), (12, 4, 1)), ((2, 1, 4), (4, 4, 1)))
