"""Masks, labels and places: SciPy's own, and constant while recording."""

from inspect import signature

import numpy as np
import pytest
from scipy import ndimage

from knetpy.autograd import Param, State, diff, grad, value
from knetpy.autograd.scipy.ndimage import masks as chapter
from tests.autograd.rules.harness import assert_same, real, row, rule_test

NAMES = [name for name in chapter.__all__ if hasattr(ndimage, name)]
SHAPED = [name for name in NAMES if name.startswith("binary_") and name != "binary_fill_holes"]
CROSS = ndimage.generate_binary_structure(2, 1)
LABELS = np.array([[0, 1, 2, 2], [5, 1, 1, 0], [2, 2, 2, 5]])


def positive(f):
    """Of an image that is 0 where it would be negative, and tracked all the same."""

    def masked(x, **options):
        return f(x * (x.real > 0), **options)

    return masked


def of_whole_numbers(f, kind=np.int64):
    """Constant before it is asked: NumPy's rounding and integers are."""

    def rounded(x, **options):
        return f(np.rint(x.real + 3).astype(kind), **options)

    return rounded


def as_list(f):
    """Its results end to end: an array of arrays, or a dict of them."""

    def listed(x, **options):
        found = f(x, **options)
        return [list(pair) for pair in found.items()] if isinstance(found, dict) else list(found)

    return listed


ROWS = [
    *(
        row(positive(f), real(4, 5), of=f, name=f"{name}-{k}", **options)
        for name in NAMES
        if name.startswith("binary_") and name != "binary_hit_or_miss"
        for f in [getattr(chapter, name)]
        for k, options in enumerate(
            ({}, {"structure": CROSS, "origin": (1, 0)}, {"structure": [1, 1], "axes": (1,)})
        )
    ),
    row(positive(chapter.binary_erosion), real(4, 5), of=chapter.binary_erosion, border_value=1),
    row(positive(chapter.binary_dilation), real(4, 5), of=chapter.binary_dilation, iterations=2),
    row(
        positive(chapter.binary_hit_or_miss),
        real(4, 5),
        of=chapter.binary_hit_or_miss,
        structure1=[[1, 0]],
        origin2=(0, -1),
        structure2=[[0, 1]],
    ),
    row(positive(chapter.label), real(4, 5), of=chapter.label),
    row(positive(chapter.label), real(4, 5), of=chapter.label, structure=np.ones((3, 3))),
    row(of_whole_numbers(chapter.find_objects), real(4, 5), of=chapter.find_objects, max_label=3),
    row(
        as_list(of_whole_numbers(chapter.value_indices)),
        real(9),
        of=chapter.value_indices,
        ignore_value=2,
    ),
    row(
        of_whole_numbers(chapter.watershed_ift, np.uint8),
        real(3, 4),
        of=chapter.watershed_ift,
        markers=LABELS - 1,
    ),
    *(
        row(as_list(f), real(3, 4), of=f, min=-2, max=2.5, bins=3, **options)
        for f in [chapter.histogram]
        for options in ({}, {"labels": LABELS, "index": [1, 2]})
    ),
    *(
        row(f, real(3, 4), **options)
        for f in (chapter.minimum_position, chapter.maximum_position)
        for options in ({}, {"labels": LABELS}, {"labels": LABELS, "index": np.array([5, 1])})
    ),
]
test_rule = rule_test(ROWS)


def test_every_name_has_a_row():
    assert {f.name for r in ROWS for f in r.of} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_signatures_are_scipys(name):
    assert signature(getattr(chapter, name)) == signature(getattr(ndimage, name))
    assert getattr(chapter, name).f is getattr(ndimage, name)


X = np.cos(np.arange(20.0).reshape(4, 5) ** 2).round(1).clip(0)


@pytest.mark.parametrize("name", SHAPED)
def test_masks_are_written_into_plain_arrays(name):
    f, out, same = getattr(chapter, name), np.ones((4, 5), bool), np.ones((4, 5), bool)
    found = []
    diff(lambda: found.append(f(Param(X), output=out)) or 0.0)
    returned = getattr(ndimage, name)(X, output=same)
    assert found[0] is (None if returned is None else out)
    assert_same(out, same)


def test_a_mask_from_a_mask_of_what_is_tracked():
    def f(x):
        return np.sum(x * chapter.binary_dilation(x, mask=x + 1, iterations=-1))

    expected = ndimage.binary_dilation(X, mask=X + 1, iterations=-1)
    assert_same(grad(f)(X), expected.astype(float))


def test_labels_of_a_state():
    assert chapter.find_objects(State([1, 1, 2]), 2) == ndimage.find_objects(np.array([1, 1, 2]))
    assert chapter.value_indices(State([1, 1, 2])).keys() == {1, 2}


def test_what_scipy_refuses():
    for x in (X, Param(X)):
        with pytest.raises(ValueError, match="integer"):
            diff(lambda x=x: chapter.value_indices(x))
        with pytest.raises(RuntimeError, match="structure must not be empty"):
            diff(lambda x=x: chapter.binary_erosion(x, np.ones((0, 2))))


def test_nothing_that_is_recorded_is_written_over():
    x = Param(X)
    kept = []

    def f():
        kept.append(y := x + 1)
        with pytest.raises(TypeError, match=r"scipy.ndimage.label would write over output, which"):
            chapter.label(X, None, y)
        with pytest.raises(TypeError, match="leave it out, and take the result"):
            chapter.binary_erosion(x, output=x)
        return np.sum(y * y)

    assert_same(diff(f).gradient(x), 2 * (X + 1))
    assert_same(value(x), X)
    assert_same(value(kept[0]), X + 1)
