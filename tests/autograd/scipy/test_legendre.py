"""Legendre functions and spherical harmonics, with the derivatives that SciPy gives."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff
from knetpy.autograd.scipy import legendre as chapter
from tests.autograd.rules.harness import (
    above_one,
    coverage_test,
    mutation_test,
    positive,
    row,
    rule_test,
    unit,
)

LAYOUTS = ("plain", "only", "reversed", "0d")
U, ANGLE = unit(2, 3), positive(2, 3)
N = np.array([0, 1, 3])

ROWS = [
    *(
        row(f, n, U, diff_n=k, only=LAYOUTS)
        for f, n in ((chapter.legendre_p, N), (chapter.legendre_p_all, 3))
        for k in (0, 1, 2)
    ),
    *(
        row(f, n, m, U, diff_n=k, norm=norm, only=LAYOUTS)
        for f, n, m in (
            (chapter.assoc_legendre_p, N, -1),
            (chapter.assoc_legendre_p, 3, 2),
            (chapter.assoc_legendre_p_all, 2, 1),
        )
        for k in (0, 1, 2)
        for norm in (False, True)
    ),
    row(chapter.assoc_legendre_p, 3, 2, above_one(2, 3), branch_cut=3, only=("plain",)),
    row(chapter.assoc_legendre_p, 3, 1, U, only=("complex128",)),
    *(
        row(f, n, 1, ANGLE, diff_n=k, only=LAYOUTS)
        for f, n in ((chapter.sph_legendre_p, N), (chapter.sph_legendre_p_all, 2))
        for k in (0, 1, 2)
    ),
    *(
        row(f, n, 1, *angles, diff_n=k, only=LAYOUTS)
        for f, n in ((chapter.sph_harm_y, N), (chapter.sph_harm_y_all, 2))
        for angles in ((ANGLE, ANGLE), (ANGLE, positive(3)), (positive(3), ANGLE))
        for k in (0, 1, 2)
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_degrees_are_no_arguments_to_differentiate():
    with pytest.raises(TypeError, match="legendre_p is not differentiable in n"):
        diff(lambda: chapter.legendre_p(Param(1.0), 0.5))
