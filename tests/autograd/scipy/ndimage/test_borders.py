"""Borders of images: what each mode shows, and its transpose."""

import numpy as np
import pytest
from scipy import ndimage

from knetpy.autograd.scipy.ndimage import borders as chapter
from knetpy.autograd.scipy.ndimage.borders import across, extended, filled, folded, per_axis, usual
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

MODES = ("reflect", "constant", "nearest", "mirror", "wrap")
SHORT = ("plain", "complex128", "float32", "4to1", "reversed")

ROWS = [
    *(row(extended, real(4), borders=((2, 1, mode),), name=mode, only=SHORT) for mode in MODES),
    row(extended, real(2, 3), borders=((5, 0, "mirror"), (1, 7, "wrap")), name="both", only=SHORT),
    *(row(folded, real(7), borders=((2, 1, mode),), name=f"folded-{mode}") for mode in MODES),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("mode", [*MODES, "grid-mirror", "grid-wrap", "grid-constant"])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_the_border_is_what_scipys_filters_see(mode, n):
    x, far = np.arange(1.0, n + 1), 3 * n + 2
    seen = filled(x, 7.0, [(far, far, usual(mode))])
    for k in range(-far, far + 1):
        one = (np.arange(2 * far + 1) == far + k).astype(float)
        expected = ndimage.correlate1d(x, one, mode=mode, cval=7.0)
        assert np.array_equal(seen[far + k : far + k + n], expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape, sizes", [((1,), (3, 4)), ((2,), (9, 0)), ((3, 1), (0, 5))])
def test_folding_is_the_transpose(mode, shape, sizes):
    borders = [(*sizes, mode)] * len(shape)
    n = int(np.prod(shape))
    basis = np.eye(n).reshape(n, *shape)
    matrix = np.stack([extended(e, borders=borders).ravel() for e in basis])
    dy = np.cos(np.arange(matrix.shape[1]))
    shown = extended(basis[0], borders=borders).shape
    found = folded(dy.reshape(shown), borders=borders).ravel()
    assert np.allclose(found, matrix @ dy, atol=1e-14)


def test_settings():
    assert per_axis((1, 2), 2) == [1, 2] and across((-1, 0), 3) == (2, 0)
    with pytest.raises(RuntimeError, match="length equal to input rank"):
        per_axis((1, 2), 3)
