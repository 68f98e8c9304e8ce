"""Distances from a background: their gradient in the widths of the grid, and SciPy's options."""

import numpy as np
import pytest
from scipy import ndimage

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.derivatives import hessian
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy.ndimage import distances as chapter
from tests.autograd.rules.harness import (
    assert_close,
    assert_same,
    coverage_test,
    mutation_test,
    positive,
    real,
    row,
    rule_test,
)

EDT, BF, CDT = (getattr(chapter, f"distance_transform_{kind}") for kind in ("edt", "bf", "cdt"))
MASK = np.ones((4, 5))
MASK[[0, 3], [1, 4]] = 0
CUBE = np.ones((2, 3, 3))
CUBE[1, 2, 0] = 0
REAL = ("complex128",)  # left out where the widths, which have the gradient, are not asked for
PLAIN = ("plain", "float32", "reversed", "2to1", "2to0", "complex128", "0d")


def image_last(f, image, **options):
    """With the widths first."""
    return lambda sampling: f(image, sampling=sampling, **options)


def widths(f, image, sampling, **options):
    g = image_last(f, image, **options)
    return row(g, sampling, of=f, name=f"{f.__name__}-{options}", only=PLAIN)


ROWS = [
    *(widths(f, MASK, positive(2)) for f in (EDT, BF)),
    *(widths(f, MASK, positive(2), return_indices=True) for f in (EDT, BF)),
    *(widths(f, CUBE, positive(3)) for f in (EDT, BF)),
    *(widths(f, MASK[::-1, ::2].T, positive()) for f in (EDT, BF)),
    *(widths(f, MASK[0], positive(1)) for f in (EDT, BF)),
    *(widths(f, np.zeros((2, 0)), positive()) for f in (EDT, BF)),
    widths(EDT, np.ones((2, 3)), positive(2)),  # no background: from a row before the first
    *(
        row(f, real(3, 4), constant=True, name=f"{f.__name__}-{k}", without=REAL, **options)
        for f in (EDT, BF, CDT)
        for k, options in enumerate(({}, {"return_distances": False, "return_indices": True}))
    ),
    *(
        row(BF, real(3, 4), sampling=(2.0, 3.0), constant=True, without=REAL),
        row(BF, real(3, 4), metric="taxicab", constant=True, without=REAL),
    ),
    *(
        row(
            image_last(BF, MASK, metric=metric),
            positive(2),
            of=BF,
            name=metric,
            constant=True,
            without=REAL,
        )
        for metric in ("taxicab", "Chessboard", "cityblock")
    ),
    row(CDT, real(3, 4), metric="taxicab", return_indices=True),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def nearest_of_all(mask, widths):
    """By all pairs of places."""
    places, ground = np.argwhere(mask >= 0), np.argwhere(mask == 0)
    steps = (places[:, None] - ground) * widths
    return np.sqrt((steps**2).sum(axis=-1)).min(axis=1).reshape(mask.shape)


@pytest.mark.parametrize("f", [EDT, BF])
def test_against_the_distances_of_all_pairs(f):
    widths = np.array([0.7, 1.9])
    assert_close(f(MASK, sampling=widths), nearest_of_all(MASK, widths), 1e-15)
    slope = grad(lambda s: np.sum(np.sin(f(MASK, sampling=s))))(widths)
    step = 1e-6
    for k in range(2):
        up, down = (widths + sign * step * np.eye(2)[k] for sign in (1, -1))
        change = np.sin(nearest_of_all(MASK, up)) - np.sin(nearest_of_all(MASK, down))
        assert_close(slope[k], change.sum() / (2 * step), 1e-8)


@pytest.mark.parametrize("f", [EDT, BF])
def test_one_width_for_all_axes_scales_the_distances(f):
    expected = ndimage.distance_transform_edt(MASK).sum()
    assert_close(grad(lambda s: np.sum(f(MASK, sampling=s)))(2.5), expected, 1e-15)
    assert_close(hessian(lambda s: np.sum(f(MASK, sampling=s)))(2.5), 0.0, 1e-14)


def test_widths_in_a_list():
    s, mask = Param(0.8), Param(MASK)
    tape = diff(lambda: np.sum(EDT(mask, [s, 2 * s]) ** 2))
    both = ndimage.distance_transform_edt(MASK, [0.8, 1.6])
    assert_close(tape.gradient(s), 2 * np.sum(both**2) / 0.8, 1e-15)
    assert tape.gradient(mask) is None


def test_without_background():
    """SciPy measures from a place that is none, or gives its largest number."""
    assert gradcheck(lambda s: EDT(np.ones((2, 3)), s), np.array([0.7, 1.9]), order=2)
    s = Param([0.7, 1.9])
    largest = np.sqrt(np.finfo(float).max)
    tape = diff(lambda: np.sum(BF(np.ones((2, 3)), sampling=s) / largest))
    assert tape.gradient(s) is None or not tape.gradient(s).any()
    width = Param(2.0)
    assert_same(diff(lambda: BF(np.ones(()), sampling=width) / largest).value, np.float64(1.0))


@pytest.mark.parametrize("f", [EDT, BF, CDT])
def test_arrays_are_written_into_where_no_gradient_passes(f):
    scipys, kind = getattr(ndimage, f.name), np.int32 if f is CDT else np.float64
    ours, theirs = (
        {"distances": np.ones((4, 5), kind), "indices": np.ones((2, 4, 5), np.int32)}
        for _ in range(2)
    )
    found = []
    diff(lambda: found.append(f(Param(MASK), return_indices=True, **ours)) or 0.0)
    assert found == [scipys(MASK, return_indices=True, **theirs)] == [None]
    assert_same([*ours.values()], [*theirs.values()])


@pytest.mark.parametrize("f", [EDT, BF])
def test_indices_are_written_beside_a_gradient(f):
    s, options = Param([0.7, 1.9]), {"return_indices": True}
    ours, theirs = (np.indices((4, 5), dtype=np.int32) for _ in range(2))
    tape = diff(lambda: np.sum(f(MASK, sampling=s, indices=ours, **options)))
    distances = getattr(ndimage, f.name)(MASK, sampling=s.value, indices=theirs, **options)
    assert_same(ours, theirs)
    assert tape.value == distances.sum() and tape.gradient(s).all()


@pytest.mark.parametrize("f", [EDT, BF])
def test_refusals(f):
    s, kept = Param([0.7, 1.9]), np.full((4, 5), 7.0)
    with pytest.raises(NotImplementedError, match=f"{f.name} has no gradient in sampling for an"):
        diff(lambda: f(MASK, sampling=s, distances=kept))
    assert (kept == 7).all()
    with pytest.raises(TypeError, match=f"{f.name} would write over distances, which diff"):
        diff(lambda: f(MASK, distances=s * 1))
    with pytest.raises(RuntimeError, match="return_indices must be True if indices is supplied"):
        diff(lambda: f(MASK, sampling=s, indices=np.ones((2, 4, 5), np.int32)))
    with pytest.raises(RuntimeError, match="sequence argument must have length equal to input"):
        diff(lambda: f(CUBE, sampling=s))
    with pytest.raises(RuntimeError, match="at least one of return_distances/return_indices"):
        diff(lambda: f(MASK, sampling=s, return_distances=False))


def test_metrics_that_scipy_does_not_know():
    with pytest.raises(RuntimeError, match="distance metric not supported"):
        diff(lambda: BF(Param(MASK), "none"))
