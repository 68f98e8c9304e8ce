"""What all interpolators share: SciPy's attributes, refusals, points in each form."""

import numpy as np
import pytest
from scipy import interpolate as theirs

from knetpy.autograd import Param, Result, diff, value
from knetpy.autograd.scipy import interpolate as ours
from knetpy.autograd.scipy.interpolate.parts import interval, points_of

from .checks import DATA, SITES, refuses


def test_attributes_are_scipys():
    found, expected = (module.CubicSpline(SITES, DATA) for module in (ours, theirs))
    assert found.extrapolate is True and found.axis == 0
    assert np.array_equal(found.c, expected.c) and np.array_equal(found.roots(), expected.roots())
    found.extrapolate = False
    assert np.isnan(found(-1.0))
    with pytest.raises(AttributeError, match="bends"):
        found.bends  # noqa: B018


def test_what_a_spline_is_made_of_is_recorded_with_it():
    y = Param(DATA)

    def loss():
        spline = ours.CubicSpline(SITES, y)
        assert type(spline.c) is Result and not isinstance(spline.x, Result)
        return np.sum(spline.c**2)

    assert np.any(diff(loss).gradient(y))


def test_a_spline_that_was_made_outside_is_a_constant():
    spline, q = ours.CubicSpline(SITES, DATA), Param(0.7)
    tape = diff(lambda: spline(q))
    assert tape.gradient(q) == pytest.approx(float(spline(0.7, 1)), rel=1e-13)


def test_methods_without_a_gradient_say_so():
    refuses(
        lambda m, y: m.CubicSpline(SITES, y).roots(),
        DATA,
        match="CubicSpline.roots has no gradient",
    )


def test_nothing_is_recorded_for_what_is_not():
    spline = ours.CubicSpline(SITES, DATA)
    seen = []
    diff(lambda p: seen.append(spline(SITES)) or np.sum(p), Param(1.0))
    assert isinstance(seen[0], np.ndarray)


@pytest.mark.parametrize("falls", [False, True])
def test_intervals_are_half_open_and_the_ends_go_on(falls):
    x, q = np.array([0.0, 1.0, 1.0, 2.0]), np.array([-5.0, 0.0, 0.5, 1.0, 2.0, 9.0, np.nan])
    sign = -1 if falls else 1
    found = interval(sign * x, sign * q[:-1])
    expected = [0, 0, 0, 2, 2, 2]
    assert found.tolist() == expected


@pytest.mark.parametrize(
    "x, ndim, shape",
    [
        (np.zeros(3), None, (3, 1)),
        (np.zeros(3), 1, (3, 1)),
        (np.zeros(3), 3, (1, 3)),
        (np.zeros((4, 2)), 2, (4, 2)),
        ((np.zeros((4, 1)), np.zeros(3)), 2, (4, 3, 2)),
        ((np.zeros((4, 2)),), 2, (4, 2)),
        ((0.5, Param(0.7)), 2, (2,)),
    ],
)
def test_points_in_every_form(x, ndim, shape):
    assert value(points_of(x, ndim)).shape == shape
