"""Radial functions with every kernel."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.scipy import interpolate as ours

from .checks import check

SOURCE = np.random.default_rng(3)
SITES, DATA, POINTS = (SOURCE.uniform(size=(n, 2)) for n in (9, 9, 3))
KERNELS = (
    "linear thin_plate_spline cubic quintic multiquadric inverse_multiquadric inverse_quadratic "
    "gaussian"
).split()


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels(kernel):
    def f(m, y, d, q, smoothing, epsilon):
        return m.RBFInterpolator(y, d, None, smoothing, kernel, epsilon)(q)

    check(close(f), SITES, DATA, POINTS, np.full(9, 0.3), np.array(1.5), single=False)


def close(f):
    """With SciPy's own module, epsilon as the number that it wants."""
    return lambda m, *args: f(m, *args[:-1], args[-1] if m is ours else float(args[-1]))


def test_neighbours_and_complex_data():
    check(lambda m, y, d, q: m.RBFInterpolator(y, d, 5)(q), SITES, DATA, POINTS, single=False)
    near = lambda m, d: m.RBFInterpolator(SITES, d, degree=2)(POINTS)  # noqa: E731
    check(near, DATA[:, 0] + 1j * DATA[:, 1], order=1, single=False)


@pytest.mark.parametrize("kernel", ["thin_plate_spline", "cubic", "quintic"])
def test_at_the_sites_the_slope_is_that_of_differences(kernel):
    f = lambda q: ours.RBFInterpolator(SITES, DATA[:, 0], kernel=kernel)(q)  # noqa: E731
    q = Param(SITES[:1].copy())
    found = diff(lambda: np.sum(f(q))).gradient(q)
    steps = 1e-5 * np.eye(2)
    slope = [float((f(SITES[:1] + h) - f(SITES[:1] - h))[0]) / 2e-5 for h in steps]
    assert np.allclose(found, [slope], rtol=1e-4)
    assert np.isfinite(grad(lambda q: np.sum(grad(lambda r: np.sum(f(r)))(q)))(SITES[:1])).all()
