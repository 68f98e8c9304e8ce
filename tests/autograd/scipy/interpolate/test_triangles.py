"""Cubics on the thirds of triangles: SciPy's values, gradients in the sites and data too."""

import numpy as np
import pytest
from scipy.spatial import Delaunay

from knetpy.autograd import Param, diff, value
from knetpy.autograd.scipy import interpolate as ours

from .checks import check
from .test_scattered import Q, X, Y

EXACT = {"tol": 1e-14}
FAR = np.concatenate([Q, [[0.05, 0.4], [0.97, 0.93]], Q[:1] + 3])


@pytest.mark.parametrize("rescale", [False, True])
def test_sites_values_and_points(rescale):
    def f(m, x, y, q, fill):
        far = np.concatenate([q, q[:1] + 3])
        s = m.CloughTocher2DInterpolator(x, y, fill, rescale=rescale, **EXACT)
        return s(far), s(q[:, 0], q[:, 1])

    skewed = np.array([[1.0, 0.05], [0.03, 1.2]])  # one site alone at each end of an axis
    check(f, X @ skewed, Y, FAR[:-1] @ skewed, np.array(7.0), step=3e-4, single=False)


def test_shapes_of_data_and_points():
    def f(m, y, q):
        s = m.CloughTocher2DInterpolator(X, y, 0.0, **EXACT)
        return s(q.reshape(3, 1, 2)), s(*q[0])

    check(f, Y[:, 0], Q)
    check(lambda m, y: m.CloughTocher2DInterpolator(X, y, **EXACT)(Q), Y.reshape(13, 2, 1))
    check(lambda m, y: m.CloughTocher2DInterpolator(X, y, **EXACT)(Q[:0]).sum() + y[0], Y)


def test_complex_values():
    def f(m, y):
        return m.CloughTocher2DInterpolator(X, y, **EXACT)(Q)

    check(f, Y + 1j * Y[::-1], order=1)


def test_a_triangulation_with_a_site_given_twice():
    x = np.concatenate([X, X[5:6]])
    y = np.concatenate([Y, Y[5:6]])
    check(lambda m, y, q: m.CloughTocher2DInterpolator(Delaunay(x), y, **EXACT)(q), y, Q)


def test_one_triangle():
    x = np.array([[0.0, 0.0], [1.0, 0.2], [0.1, 1.0]])
    q = np.array([[0.3, 0.4], [0.6, 0.2], [0.2, 0.15]])
    check(
        lambda m, x, y, q: m.CloughTocher2DInterpolator(x, y, **EXACT)(q),
        x,
        Y[:3],
        q,
        single=False,
    )


def test_planes_are_kept_and_gradients_are_theirs():
    q = Param(np.random.default_rng(0).uniform(0.01, 0.99, size=(200, 2)))
    f = ours.CloughTocher2DInterpolator(X, X @ [2.0, -3.0])
    assert np.allclose(f(value(q)), value(q) @ [2.0, -3.0], atol=1e-6)
    assert np.allclose(diff(lambda: f(q).sum()).gradient(q), [2.0, -3.0], atol=1e-12)


def test_bad_shapes_are_refused_by_scipy():
    for x in (X, Param(X)):
        with pytest.raises(ValueError, match="different number of values and points"):
            ours.CloughTocher2DInterpolator(x, Y[1:])
        with pytest.raises(ValueError, match="only for 2-D"):
            ours.CloughTocher2DInterpolator(np.concatenate([x, x[:, :1] ** 2], axis=1), Y)
