"""The listing of a tape, line for line."""

import numpy as np
import pytest
import scipy.special

from knetpy.autograd import Param, diff, primitive


def test_the_listing_of_the_page_that_the_project_came_from():
    w, b = Param(np.ones((2, 3))), Param(np.zeros((2, 1)))
    x, y = np.ones((3, 4)), np.zeros((2, 4))
    J = diff(lambda: np.sum(np.square(w @ x + b - y)), keep=True)
    assert J.show().splitlines() == [
        "1. P(float64(2, 3)) ∇ = float64(2, 3)",
        "2. float64(2, 4) = matmul(#1, float64(3, 4)) ∇ = float64(2, 4)",
        "3. P(float64(2, 1)) ∇ = float64(2, 1)",
        "4. float64(2, 4) = add(#2, #3) ∇ = float64(2, 4)",
        "5. float64(2, 4) = subtract(#4, float64(2, 4)) ∇ = float64(2, 4)",
        "6. float64(2, 4) = square(#5) ∇ = float64(2, 4)",
        "7. 72.0 = sum(#6) ∇ = 1.0",
    ]


def test_options_numbers_and_names_of_every_kind():
    @primitive(rules=[lambda dy, y, x: dy])
    def mine(x):
        return x

    x = Param(np.ones((2, 3), "float32"))

    def f():
        y = np.reshape(scipy.special.expit(x), (3, 2), order="F")
        y = np.add.reduce(mine(y) * 2, axis=0)
        return np.sum(y)

    lines = [line.partition(" = ")[2].partition(" ∇")[0] for line in diff(f, keep=True).show()
             .splitlines()[1:]]  # fmt: skip
    assert lines == [
        "expit(#1)",
        "reshape(#2, shape=(3, 2), order='F')",
        mine.name + "(#3)",
        "multiply(#4, 2)",
        "add.reduce(#5, axis=0)",
        "sum(#6)",
    ]


def test_what_has_no_gradient_shows_none():
    x = Param([1.0, 2.0])
    shown = diff(lambda: (x * 5.0, np.sum(x))[1], keep=True).show().splitlines()
    assert shown[1] == "2. float64(2,) = multiply(#1, 5.0)"
    assert diff(lambda: 3.0, keep=True).show() == ""


def test_several_results_stand_after_their_call():
    x = Param([1.0, 2.0, 3.0])
    shown = diff(lambda: np.sum(np.split(x, [1, 2])[2] * 5), keep=True).show().splitlines()
    assert shown[1:5] == [
        "2. (float64(1,), float64(1,), float64(1,)) = split(#1, (1, 2))"
        " ∇ = (None, None, float64(1,))",
        "3. float64(1,) = #2[0]",
        "4. float64(1,) = #2[1]",
        "5. float64(1,) = #2[2] ∇ = float64(1,)",
    ]


def test_a_tape_that_was_not_kept_says_how_to_keep_it():
    with pytest.raises(ValueError, match=r"use diff\(f, keep=True\)"):
        diff(lambda: Param(1.0) * 2).show()


def test_a_nested_tape_shows_plain_values():
    shown = []
    diff(lambda x: shown.append(diff(lambda: x * 3.0, keep=True).show()) or x, Param(2.0))
    assert shown == ["1. P(2.0) ∇ = 3.0\n2. 6.0 = multiply(#1, 3.0) ∇ = 1.0"]
