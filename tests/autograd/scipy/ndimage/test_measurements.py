"""Measurements: all of an image, what has a label, one label, several, some that are missing."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy.ndimage import measurements as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

LABELS = np.array([[0, 1, 2, 2], [5, 1, 1, 0], [2, 2, 2, 5]])
SHORT = ("plain", "complex128", "float32", "reversed")
FUNCTIONS = [getattr(chapter, name) for name in chapter.__all__]
CHOICES = {
    "all": {},
    "labelled": {"labels": LABELS},
    "one": {"labels": LABELS, "index": 2},
    "several": {"labels": LABELS, "index": np.array([5, 1, 2, 1])},
    "names": {"labels": LABELS - 3.5, "index": np.array([1.5, -1.5])},
}


def spread_out(f):
    """Center of mass is a quotient: away from sums of 0."""
    return (lambda x, **options: f(x + 9, **options)) if f is chapter.center_of_mass else f


ROWS = [
    row(spread_out(f), real(3, 4), of=f, name=f"{f.__name__}-{name}", only=SHORT, **options)
    for f in FUNCTIONS
    for name, options in CHOICES.items()
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_labels_that_broadcast_and_labels_that_are_missing():
    x = np.cos(np.arange(12.0).reshape(3, 4))
    assert gradcheck(lambda x: chapter.variance(x, [0, 1, 0, 1], [0, 1]), x, order=2)
    assert gradcheck(lambda x: chapter.sum_labels(x, LABELS, [7, 1]), x)
    assert gradcheck(lambda x: chapter.maximum(x, LABELS, [1, 2])[::-1], x)


def test_ties():
    x = np.array([2.0, 2.0, 1.0, 2.0])
    share = grad(lambda x: np.sum(chapter.maximum(x, [1, 1, 1, 2], [1, 2])))
    assert share(x).tolist() == [0.5, 0.5, 0.0, 1.0]
    assert not grad(lambda x: chapter.standard_deviation(x))(np.ones(3)).any()


def test_labels_have_no_gradient():
    with pytest.raises(TypeError, match="not differentiable in index"):
        diff(lambda: chapter.mean(np.ones(3), np.ones(3), Param(1.0)))
