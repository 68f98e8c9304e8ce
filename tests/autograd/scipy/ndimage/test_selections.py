"""Filters that take an entry: windows of every shape, ties, and what stands beyond the edges."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy.ndimage import selections as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

SHORT = ("plain", "float32", "only", "reversed", "complex128")
MODES = ("reflect", "constant", "nearest", "mirror", "wrap")
CORNER = np.array([[1, 1], [1, 0]])
OWN = chapter.chosen, chapter.shared
EXTREMES = chapter.minimum_filter, chapter.maximum_filter
RANKS = [
    (chapter.rank_filter, 2),
    (chapter.percentile_filter, 60),
    (lambda x, _, **options: chapter.median_filter(x, **options), chapter.median_filter),
]


HEIGHTS, X = np.array([0.1, -0.2, 0.4]), np.array([1.0, 0.9, 0.7, 0.7, 2.0])
Y = np.max([X[k : k + 3] + HEIGHTS[k] for k in range(3)], axis=0)
CHOICE = chapter.Choice(X, HEIGHTS, Y, np.ones(3, bool))


ROWS = [
    *(
        row(f, real(5), size=3, axis=-1, mode=mode, only=SHORT, of=(f, *OWN))
        for f in (chapter.minimum_filter1d, chapter.maximum_filter1d)
        for mode in MODES
    ),
    *(
        row(f, real(3, 4), only=SHORT, of=(f, *OWN), **options)
        for f in EXTREMES
        for options in (
            {"size": (2, 3), "origin": (-1, 1), "mode": ("wrap", "mirror")},
            {"footprint": CORNER, "mode": "constant", "cval": 0.31},
            {"size": (3, 2), "axes": (1, 0)},
            {"footprint": [1, 0, 1], "axes": (1,)},
        )
    ),
    *(
        row(lambda x, f=f, r=r, o=o: f(x, r, **o), real(3, 4), only=SHORT, name=f"rank{k}", of=of)
        for k, (f, r) in enumerate(RANKS)
        for of in [(r if callable(r) else f, *OWN)]
        for o in (
            {"size": (2, 3), "origin": (-1, 1)},
            {"footprint": CORNER, "mode": "constant", "cval": 0.31},
            {"size": 3, "axes": (1,), "mode": "wrap"},
        )
    ),
    row(chapter.chosen, real(5), real(3), choice=CHOICE, only=("plain",), name="chosen"),
    row(chapter.shared, real(3), choice=CHOICE, only=("plain",), name="shared"),
    row(chapter.counted, real(3), choice=CHOICE, only=("plain",), name="counted"),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_what_is_beyond_the_edges_has_a_gradient():
    x = np.array([[3.0, 1.0], [2.0, 5.0]])
    for f in (chapter.maximum_filter, chapter.median_filter):
        assert gradcheck(lambda x, c, f=f: f(x, 3, mode="constant", cval=c), x, 2.5, order=2)
    lowest = grad(lambda x: np.sum(chapter.maximum_filter(x, 3, mode="constant", cval=-np.inf)))
    assert lowest(x).tolist() == [[0.0, 0.0], [0.0, 4.0]]


def test_equal_entries_share_evenly():
    x = np.array([1.0, 1.0, 0.0, 1.0])
    w = np.array([0.0, 1.0, 0.0, 0.0])
    g = grad(lambda x: np.sum(w * chapter.maximum_filter(x, footprint=[1, 1, 1])))
    assert g(x).tolist() == [0.5, 0.5, 0.0, 0.0]
    h = grad(lambda x: np.sum(w * chapter.median_filter(x, 3)))
    assert h(x).tolist() == [0.5, 0.5, 0.0, 0.0]


def test_complex_images_are_scipys_error_and_sizes_have_no_gradient():
    with pytest.raises(TypeError, match="Complex"):
        diff(lambda: np.sum(chapter.median_filter(Param(np.ones(3) + 1j), 3).real))
    with pytest.raises(TypeError, match="percentile_filter is not differentiable in percentile"):
        diff(lambda: np.sum(chapter.percentile_filter(Param(np.ones(3)), Param(30.0), 3)))
