"""Splines: their coefficients in every mode and order, their values and slopes anywhere."""

import numpy as np
import pytest
from scipy import ndimage

from knetpy.autograd import Param, diff
from knetpy.autograd.derivatives import vjp
from knetpy.autograd.scipy.ndimage import splines as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

MODES = ("reflect", "mirror", "nearest", "constant", "wrap", "grid-wrap", "grid-constant")
SHORT = ("plain", "float32", "reversed")
FILTER = chapter.spline_filter1d, chapter.coefficients
COMPLEX = {"output": complex, "only": ("plain", "complex128"), "name": "complex"}


def options(order, slopes, mode="mirror"):
    return {"order": order, "mode": mode, "slopes": slopes, "only": ("plain", "complex128")}


def between(f, **options):
    """At points away from the knots, where slopes of low orders jump; the places are real."""

    def g(x, c, d):
        return f(x, 1.23 + c.real / 99, 0.71 + d.real / 99, **options)

    return g


ROWS = [
    *(row(chapter.spline_filter1d, real(5), 3, mode=m, of=FILTER, only=SHORT) for m in MODES),
    *(row(chapter.spline_filter1d, real(4, 3), n, axis=0, of=FILTER) for n in (0, 1, 2, 4, 5)),
    row(chapter.spline_filter1d, real(4), of=FILTER, **COMPLEX),
    row(chapter.spline_filter, real(3, 4), only=SHORT),
    row(chapter.spline_filter, real(3, 4), order=5, only=SHORT),
    row(chapter.spline_filter, real(3, 4), mode="reflect", output="f", only=("float32",)),
    row(chapter.spline_filter, real(3, 4), **COMPLEX),
    *(
        row(
            between(f, order=order, mode="mirror", slopes=slopes, **more),
            real(*shape),
            real(3),
            real(3),
            of=f,
            name=f"{f.__name__}-{order}-{slopes}",
            only=("plain", "only", "complex128"),
        )
        for f, shape, more in (
            (chapter.sampled, (3, 4), {}),
            (chapter.scattered, (3,), {"shape": (3, 4)}),
        )
        for order, slopes in ((1, (0, 0)), (2, (0, 0)), (3, (0, 0)), (3, (1, 0)), (4, (0, 2)))
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("order", [2, 3, 4, 5])
@pytest.mark.parametrize("mode", [*MODES, "grid-mirror"])
def test_back_goes_the_transpose_of_scipys_matrix(mode, order):
    for n in (1, 2, 3, 7, 99, 101):
        matrix = ndimage.spline_filter1d(np.eye(n), order, axis=1, mode=mode)
        dy = np.sin(np.arange(n) + 1.0)
        _, pull = vjp(lambda x: chapter.spline_filter1d(x, order, mode=mode), np.ones(n))
        assert np.allclose(pull(dy)[0], matrix @ dy, atol=1e-13)


def test_splines_sum_to_one_and_their_slopes_to_zero():
    t = np.array([0.0, 0.25, 0.99])
    for order in range(6):
        for slope in range(order + 2):
            found = sum(chapter.spline(t, order, slope))
            assert np.allclose(found, slope == 0, atol=1e-14)


def test_orders_are_scipys():
    with pytest.raises(RuntimeError, match="spline order not supported"):
        diff(lambda: np.sum(chapter.spline_filter(Param(np.ones(4)), 1)))
