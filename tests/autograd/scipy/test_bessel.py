"""Spherical Bessel functions, and derivatives of Bessel functions."""

import numpy as np
import pytest

from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import bessel as chapter
from knetpy.autograd.scipy import special
from tests.autograd.rules.harness import coverage_test, mutation_test, positive, row, rule_test

LAYOUTS = ("plain", "complex128", "float32", "reversed")
P = positive(2, 3)

ROWS = [
    *(
        row(f, n, P, derivative=derivative, only=LAYOUTS)
        for f in (
            special.spherical_jn,
            special.spherical_yn,
            special.spherical_in,
            special.spherical_kn,
        )
        for n in (0, 2)
        for derivative in (False, True)
    ),
    row(special.spherical_jn, np.array([0, 1, 3]), P, name="spherical_jn-orders", only=LAYOUTS),
    *(
        row(f, 1.5, P, n, only=("plain", "float32", "complex128"))
        for f in (special.jvp, special.yvp, special.ivp, special.kvp, special.h1vp, special.h2vp)
        for n in (1, 2)
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("f", [special.spherical_jn, special.spherical_in])
def test_spherical_functions_are_smooth_at_zero(f):
    assert gradcheck(lambda x: f(2, x), np.array([0.0, 0.1]), order=2)
