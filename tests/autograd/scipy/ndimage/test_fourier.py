"""Filters of transforms, in the image and in the setting, whole and half transforms."""

import numpy as np

from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy.ndimage import fourier as chapter
from tests.autograd.rules.harness import (
    coverage_test,
    mutation_test,
    positive,
    real,
    row,
    rule_test,
)

SHORT = ("plain", "complex128", "float32", "only")
FUNCTIONS = [getattr(chapter, name) for name in chapter.__all__]


def shaped(f, **options):
    """With a real setting."""
    return lambda x, setting: f(x, setting.real, **options)


ROWS = [
    *(
        row(shaped(f, **options), real(*shape), positive(len(shape)), of=f, only=SHORT, name=name)
        for f in FUNCTIONS
        for shape, options in (((5,), {}), ((3, 4), {}), ((3, 4), {"n": 6}), ((3, 2, 3), {}))
        for name in [f"{f.__name__}-{len(shape)}-{len(options)}"]
    ),
    *(row(f, real(4, 3), 1.3, n=5, axis=0, only=SHORT) for f in FUNCTIONS),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_one_setting_for_every_axis():
    x = np.cos(np.arange(12.0).reshape(3, 4))
    for f in FUNCTIONS:
        assert gradcheck(lambda x, s, f=f: f(x, s), x, 0.7, order=2)
