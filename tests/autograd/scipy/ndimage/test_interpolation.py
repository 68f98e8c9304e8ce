"""Images read between their entries: every mode and order, and where they are read."""

import numpy as np
import pytest
from scipy import ndimage as scipy_ndimage

from knetpy.autograd import Param, diff
from knetpy.autograd.derivatives import vjp
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy.ndimage import interpolation as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

MODES = (
    *("reflect", "grid-mirror", "constant", "grid-constant"),
    *("nearest", "mirror", "grid-wrap", "wrap"),
)
SHORT = ("plain", "only", "float32", "complex128")
PLACES = np.array([[0.3, 1.2, -0.4, 2.2, 1.7], [0.2, 1.7, 0.8, 3.3, -4.9]])
MATRIX = np.array([[0.8, 0.3], [-0.2, 0.9]])
WHOLE = np.array([[0.8, 0.3, 0.4], [-0.2, 0.9, 0.1], [0, 0, 1]])
HALF = np.array([[1.0, 0.0, 0.2], [0.0, 0.5, 0.1]])


def moved(i, step):
    return i[0] * 0.8 + step, i[1] * 0.7 - step * step


ROWS = [
    *(
        row(chapter.map_coordinates, real(3, 4), PLACES, order=n, mode=mode, only=SHORT)
        for mode in MODES
        for n in (0, 1, 3)
    ),
    *(
        row(chapter.map_coordinates, real(5), PLACES[:1], order=n, prefilter=False, only=SHORT)
        for n in (2, 4, 5)
    ),
    row(chapter.map_coordinates, real(3, 4), PLACES.reshape(2, 5, 1), order=2),
    *(row(chapter.shift, real(3, 4), (0.3, -1.2), mode=mode, only=SHORT) for mode in MODES),
    row(chapter.shift, real(5), 0.3, order=1, only=SHORT),
    *(row(chapter.zoom, real(3, 4), (1.7, 0.6), mode=mode, only=SHORT) for mode in MODES),
    row(chapter.zoom, real(3, 4), 2, grid_mode=True, mode="grid-constant", only=SHORT),
    row(chapter.zoom, real(3, 4), 1, only=SHORT),
    row(chapter.zoom, real(3, 4), (0.3, 2), order=1, mode="nearest", only=SHORT),
    *(row(chapter.rotate, real(3, 4), 33.0, order=n, only=SHORT) for n in (1, 3)),
    row(chapter.rotate, real(3, 4), -50.0, (-1, 0), reshape=False, mode="mirror", only=SHORT),
    row(chapter.rotate, real(3, 2, 4), 20.0, axes=(2, 0), order=1, only=SHORT),
    row(chapter.affine_transform, real(3, 4), MATRIX, (0.1, 0.2), name="matrix", only=SHORT),
    row(chapter.affine_transform, real(3, 4), WHOLE, mode="wrap", name="whole", only=SHORT),
    row(chapter.affine_transform, real(3, 4), HALF, output_shape=(2, 5), name="half", only=SHORT),
    row(chapter.affine_transform, real(3, 4), [0.8, 0.7], 0.2, order=1, name="row", only=SHORT),
    row(
        chapter.geometric_transform,
        real(3, 4),
        moved,
        output_shape=(2, 3),
        extra_arguments=(0.3,),
        only=SHORT,
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("order", range(6))
@pytest.mark.parametrize("mode", MODES)
def test_far_outside_back_goes_the_transpose_of_scipys_matrix(mode, order):
    c = np.array([[-7.3, -3.2, -1.2, -0.8, -0.3, 0.2, 1.0, 1.8, 2.2, 3.1, 4.3, 6.4, 9.6]])
    dy = np.sin(np.arange(c.shape[1]) + 1.0)
    for n in (1, 2, 3, 5):
        for prefilter in (True, False):
            options = {"order": order, "mode": mode, "prefilter": prefilter}
            matrix = np.stack([scipy_ndimage.map_coordinates(e, c, **options) for e in np.eye(n)])
            _, pull = vjp(lambda x, o=options: chapter.map_coordinates(x, c, **o), np.ones(n))
            assert np.allclose(pull(dy)[0], matrix @ dy, atol=1e-12)


X = np.cos(np.arange(12.0).reshape(3, 4) ** 2)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("mode", MODES)
def test_places_and_what_is_beyond_the_edges(mode, order):
    def f(x, c, cval):
        return chapter.map_coordinates(x, c, order=order, mode=mode, cval=cval)

    assert gradcheck(f, X, PLACES, 0.7, order=2 if order > 2 else 1)
    assert gradcheck(lambda x, cval: f(x, PLACES, cval), X * (1 + 1j), 0.7 + 0.2j)


def test_shift_angle_matrix_and_offset():
    assert gradcheck(lambda x, s: chapter.shift(x, s), X, np.array([0.3, -1.2]), order=2)
    assert gradcheck(lambda s: chapter.shift(X, s, mode="wrap"), 0.3, order=2)
    assert gradcheck(lambda x, angle: chapter.rotate(x, angle), X, 33.0, order=2)
    assert gradcheck(lambda x, angle: chapter.rotate(x, angle, (2, 1)), X[None] * 2, 33.0)
    affine = chapter.affine_transform
    assert gradcheck(lambda x, m, o: affine(x, m, o), X, MATRIX, np.array([0.13, 0.21]), order=2)
    assert gradcheck(lambda m, o: affine(X, m, o), MATRIX[0] + 0.3, 0.21, order=2)
    assert gradcheck(lambda m: affine(X, m, mode="mirror"), WHOLE[:2] + 0.013, order=2)
    step = np.array(0.3)
    f = chapter.geometric_transform
    assert gradcheck(lambda x, s: f(x, moved, extra_arguments=(s,)), X, step, order=2)
    assert gradcheck(lambda s: f(X, moved, extra_keywords={"step": s}, mode="nearest"), step)


def test_the_size_of_the_result_has_no_gradient():
    with pytest.raises(TypeError, match="zoom is not differentiable in zoom"):
        diff(lambda: np.sum(chapter.zoom(X, Param(2.0))))
    with pytest.raises(RuntimeError, match="invalid shape for coordinate array"):
        diff(lambda: np.sum(chapter.map_coordinates(Param(X), PLACES[:1])))
