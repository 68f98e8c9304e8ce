"""Morphology: sizes, footprints and structures, which have gradients themselves."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff
from knetpy.autograd.scipy.ndimage import morphology as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

SHORT = ("plain", "float32", "only")
CORNER = np.array([[1, 1, 0], [1, 0, 1]])
FUNCTIONS = [getattr(chapter, name) for name in chapter.__all__]


def structured(f, **options):
    """With a structure small beside the differences in the image, and no two steps in it equal."""

    def g(x, structure):
        return f(x, structure=(structure + structure**2 / 7) / 99, **options)

    name = f"{f.__name__}-structure-{'-'.join(options)}"
    return row(g, real(3, 4), real(2, 3), of=f, name=name, only=SHORT)


ROWS = [
    *(
        row(f, real(3, 4), only=SHORT, **options)
        for f in FUNCTIONS
        for options in (
            {"size": (2, 3), "mode": ("wrap", "mirror")},
            {"size": 2, "origin": -1, "axes": (1,)},
            {"footprint": CORNER, "mode": "constant", "cval": 0.31, "origin": (-1, 0)},
        )
    ),
    *(structured(f) for f in FUNCTIONS),
    *(structured(f, footprint=CORNER, origin=(0, 1)) for f in FUNCTIONS[:3]),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_an_array_to_write_into_is_refused(f):
    with pytest.raises(NotImplementedError, match="an array as output="):
        diff(lambda: np.sum(f(Param(np.ones(4)), 3, output=np.ones(4))))
