"""Correlations: every mode, origin and size, in the image, in the weights and in cval."""

import numpy as np
import pytest
from scipy import ndimage as scipy_ndimage

from knetpy.autograd import Param, diff, value
from knetpy.autograd.derivatives import vjp
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy.ndimage import correlations as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

MODES = ("reflect", "constant", "nearest", "mirror", "wrap")
GRID = ("grid-mirror", "grid-constant", "grid-wrap")
SHORT = ("plain", "complex128", "float32", "only")
LINES = chapter.correlate1d, chapter.convolve1d
IMAGES = chapter.correlate, chapter.convolve


def of(f):
    return f, chapter.correlated


def with_cval(f, mode):
    """What is beyond the edges as an array, too."""
    return row(
        lambda x, w, cval: f(x, w, mode=mode, cval=cval),
        real(4),
        real(3),
        real(),
        of=of(f),
        name=f"{f.__name__}-cval-{mode}",
        only=("plain", "complex128"),
    )


ROWS = [
    *(row(f, real(5), real(3), of=of(f), mode=m, only=SHORT) for f in LINES for m in MODES),
    *(row(f, real(4), real(2), of=of(f), mode=m, only=SHORT) for f in LINES for m in GRID),
    *(row(f, real(3, 4), real(4), of=of(f), axis=0, origin=1) for f in LINES),
    *(row(f, real(3, 4), real(2, 3), of=of(f), mode=m, only=SHORT) for f in IMAGES for m in MODES),
    *(row(f, real(3, 4), real(2, 3), of=of(f), origin=(-1, 1), mode="constant") for f in IMAGES),
    *(row(f, real(3, 4), real(3), of=of(f), axes=(1,), origin=(1,), only=SHORT) for f in IMAGES),
    *(with_cval(f, mode) for f in (*LINES, *IMAGES[:1]) for mode in ("constant", "wrap")),
    *(
        row(chapter.uniform_filter1d, real(5), size=n, mode=mode, only=SHORT, of=BOX)
        for BOX in [(chapter.uniform_filter1d, chapter.boxed)]
        for mode in MODES
        for n in (1, 2, 3)
    ),
    *(
        row(
            lambda x, cval, mode=mode: chapter.uniform_filter(x, 3, mode=mode, cval=cval),
            real(2, 4),
            real(),
            of=(chapter.uniform_filter, chapter.boxed),
            name=f"uniform_filter-cval-{mode}",
            only=("plain", "complex128"),
        )
        for mode in ("constant", "mirror")
    ),
    row(chapter.uniform_filter, real(3, 4), size=(2, 3), mode=("wrap", "reflect"), origin=(-1, 1)),
    row(chapter.uniform_filter, real(3, 4), size=2, axes=(1,), only=SHORT),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("mode", [*MODES, *GRID])
@pytest.mark.parametrize("n", [1, 2, 3, 6])
@pytest.mark.parametrize("f", LINES)
def test_back_goes_the_transpose_of_scipys_matrix(f, mode, n):
    original = getattr(scipy_ndimage, f.__name__)
    for k in (1, 2, 3, 7):
        for origin in range(-(k // 2), (k - 1) // 2 + 1):
            w, options = np.cos(np.arange(k) + 1.0), {"mode": mode, "origin": origin}
            matrix = np.stack([original(e, w, **options) for e in np.eye(n)])
            dy = np.sin(np.arange(n) + 1.0)
            _, pull = vjp(lambda x, w=w, options=options: f(x, w, **options), np.ones(n))
            assert np.allclose(pull(dy)[0], matrix @ dy, atol=1e-13)


def test_axes_are_taken_in_scipys_order():
    x, w = np.arange(24.0).reshape(2, 3, 4), np.arange(6.0).reshape(2, 3)
    for f in IMAGES:
        assert gradcheck(lambda x, w, f=f: f(x, w, axes=(2, 0), origin=(1, -1)), x, w)
        assert gradcheck(lambda x, w, f=f: f(x, w, axes=(1, 0), origin=(0, -1)), x[:, :, 0], w)


def test_an_output_of_another_type():
    w = Param(np.array([1.0, 2.0]))
    tape = diff(lambda: np.sum(chapter.correlate1d([1, 2, 3], w, output=np.float32)))
    assert value(tape).dtype == np.float32 and tape.gradient(w).tolist() == [4.0, 6.0]
    with pytest.raises(NotImplementedError, match="correlate1d gives int64 .* pass floats"):
        diff(lambda: np.sum(chapter.correlate1d([1, 2, 3], w)))
    with pytest.raises(NotImplementedError, match="an array as output="):
        diff(lambda: np.sum(chapter.correlate1d([1, 2, 3], w, output=np.zeros(3))))


def test_origins_have_no_gradient():
    with pytest.raises(TypeError, match="correlate is not differentiable in origin"):
        diff(lambda: np.sum(chapter.correlate(np.ones(3), np.ones(3), origin=Param(1.0))))
