"""Gaussian filters, in their width too, and derivatives of images."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy.ndimage import filters as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

SHORT = ("plain", "complex128", "float32", "only")
MODES = ("reflect", "constant", "mirror")


def second(x, axis, output, mode, cval, factor=1.0):
    return factor * chapter.correlate1d(x, [1, -2, 1], axis, output, mode, cval)


def wide(f, **options):
    """The width as an array, too, away from where the window grows."""

    def g(x, sigma):
        return f(x, 1 + sigma.real / 99, **options)

    return row(g, real(2, 5), real(), of=f, name=f"{f.__name__}-sigma-{options}", only=("plain",))


ROWS = [
    *(
        row(chapter.gaussian_filter1d, real(6), 0.8, order=order, mode=mode, only=SHORT)
        for order in (0, 1, 3)
        for mode in MODES
    ),
    row(chapter.gaussian_filter1d, real(3, 4), 0.8, axis=0, truncate=2.0),
    *(
        wide(chapter.gaussian_filter1d, order=order, mode=mode)
        for order in (0, 1, 2)
        for mode in MODES[:1]
    ),
    row(
        chapter.gaussian_filter,
        real(3, 4),
        (0.5, 0.9),
        order=(1, 0),
        mode=("wrap", "mirror"),
        without=("3to1",),  # where the slope is 0 whatever the image is
    ),
    row(chapter.gaussian_filter, real(3, 4), 0.7, radius=1, axes=(1,), only=SHORT),
    row(chapter.gaussian_filter, real(3), 0.0, name="gaussian_filter-nothing", only=SHORT),
    wide(chapter.gaussian_filter, order=1),
    *(
        row(f, real(3, 4), axis=axis, mode=("wrap", "reflect"), only=SHORT)
        for f in (chapter.prewitt, chapter.sobel)
        for axis in (0, -1)
    ),
    row(chapter.laplace, real(3, 4), mode=("wrap", "reflect"), only=SHORT),
    row(chapter.laplace, real(3, 4), axes=(1,), only=SHORT),
    row(chapter.generic_laplace, real(3, 4), second, only=SHORT),
    row(chapter.generic_laplace, real(3), second, axes=(), name="generic_laplace-none", only=SHORT),
    row(chapter.generic_gradient_magnitude, real(3, 4), chapter.sobel, only=SHORT),
    row(chapter.generic_gradient_magnitude, real(3), chapter.sobel, axes=(), name="none"),
    row(chapter.gaussian_laplace, real(3, 4), (0.5, 0.9), only=SHORT),
    row(chapter.gaussian_laplace, real(3, 4), 0.7, axes=(1,), mode="wrap", only=SHORT),
    wide(chapter.gaussian_laplace),
    row(chapter.gaussian_gradient_magnitude, real(3, 4), (0.5, 0.9), truncate=3.0, only=SHORT),
    wide(chapter.gaussian_gradient_magnitude),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)

X = np.cos(np.arange(12.0).reshape(3, 4) ** 2)


def test_a_width_for_each_axis():
    assert gradcheck(lambda x, s: chapter.gaussian_filter(x, s), X, np.array([0.6, 0.9]), order=2)
    assert gradcheck(lambda s: chapter.gaussian_laplace(X, s), np.array([0.6, 0.9]))


def test_what_is_handed_on_to_a_derivative_has_a_gradient():
    def f(x, factor):
        return chapter.generic_laplace(x, second, extra_arguments=(factor,))

    assert gradcheck(f, X, 1.5, order=2)
    keywords = {"factor": Param(2.0)}
    tape = diff(lambda: np.sum(chapter.generic_laplace(X, second, extra_keywords=keywords) ** 2))
    assert tape.gradient(keywords["factor"]) is not None


def test_where_the_image_is_flat_its_steepness_has_no_gradient():
    f = chapter.gaussian_gradient_magnitude
    assert not grad(lambda x: np.sum(f(x, 1.0)))(np.ones((3, 3))).any()


def test_orders_have_no_gradient():
    with pytest.raises(TypeError, match="gaussian_filter1d is not differentiable in truncate"):
        diff(lambda: np.sum(chapter.gaussian_filter1d(X, 1.0, truncate=Param(3.0))))
    with pytest.raises(NotImplementedError, match="an array as output="):
        diff(lambda: np.sum(chapter.laplace(Param(X), X)))
