"""interp1d of every kind, with what is outside."""

import numpy as np
import pytest

from .checks import AROUND, DATA, INSIDE, SITES, TABLE, check

ORDER = np.array([3, 0, 6, 1, 5, 2, 4])
SMOOTH = ["linear", "slinear", "quadratic", "cubic", 5]
STEPS = ["nearest", "nearest-up", "previous", "next", "zero"]


@pytest.mark.parametrize("kind", SMOOTH)
def test_smooth_kinds(kind):
    def f(m, x, y, q):
        return m.interp1d(x[ORDER], y[ORDER].T, kind, fill_value="extrapolate")(q)

    check(f, SITES, TABLE, AROUND)
    check(lambda m, x, y, q: m.interp1d(x, y, kind, axis=0)(q), SITES, TABLE, INSIDE)


@pytest.mark.parametrize("kind", STEPS)
def test_steps_have_gradients_in_the_values_alone(kind):
    check(lambda m, y: m.interp1d(SITES, y, kind, axis=0)(INSIDE), TABLE)

    def far(m, y):
        return np.nan_to_num(m.interp1d(SITES, y, kind, fill_value="extrapolate")(AROUND))

    check(far, DATA)


def test_fill_values_have_gradients():
    def f(m, x, y, q, low, high):
        fill = low, high
        return m.interp1d(x, y, axis=0, fill_value=fill, bounds_error=False)(q)

    check(f, SITES, TABLE, AROUND, np.array(3.0), np.ones(2))


def test_bounds_are_scipys_error():
    from knetpy.autograd.scipy.interpolate import interp1d

    with pytest.raises(ValueError, match="below the interpolation range"):
        interp1d(SITES, DATA)(-1.0)


def test_complex_values():
    check(lambda m, y: m.interp1d(SITES, y, axis=0)(INSIDE), TABLE + 1j, order=1, single=False)
