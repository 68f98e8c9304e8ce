"""Convolutions with every mode and boundary, and what is linear in its one array."""

import pytest

from knetpy.autograd.scipy import signal
from knetpy.autograd.scipy import signal as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

LAYOUTS = ("plain", "only", "complex128", "float32", "reversed")
MODES = ("full", "same", "valid")
PAIRS = [(real(5), real(3)), (real(4), real(4)), (real(3), real(5)), (real(4, 3), real(2, 3))]
SHORT = LAYOUTS[:3]

ROWS = [
    *(
        row(f, *pair, mode=mode, only=LAYOUTS, without=("twice",))
        for f in (signal.convolve, signal.correlate, signal.fftconvolve)
        for pair in PAIRS
        for mode in MODES
    ),
    *(
        row(f, *PAIRS[0], mode=mode, method=method, only=SHORT)
        for f in (signal.convolve, signal.correlate)
        for mode in MODES
        for method in ("direct", "fft")
    ),
    *(
        row(signal.oaconvolve, real(40), real(3), mode=mode, only=SHORT, highest=1)
        for mode in MODES
    ),
    *(
        row(f, real(2, 4), real(1, 3), mode=mode, axes=axes, only=SHORT)
        for f in (signal.fftconvolve, signal.oaconvolve)
        for mode in MODES
        for axes in (1, [-1])
    ),
    row(signal.convolve, real(), real(), only=SHORT),
    *(
        row(f, real(4, 3), real(2, 3), mode=mode, boundary=boundary, only=SHORT)
        for f in (signal.convolve2d, signal.correlate2d)
        for mode in MODES
        for boundary in ("fill", "wrap", "symm")
    ),
    *(
        row(f, real(3, 3), real(2, 2), boundary="fill", fillvalue=0.7, only=SHORT)
        for f in (signal.convolve2d, signal.correlate2d)
    ),
    *(
        row(f, real(2, 2), real(3, 4), mode="valid", only=SHORT)
        for f in (signal.convolve2d, signal.correlate2d)
    ),
    row(signal.detrend, real(2, 5), only=LAYOUTS),
    row(signal.detrend, real(6, 2), axis=0, type="linear", bp=3, only=LAYOUTS),
    row(signal.detrend, real(6), type="constant", bp=[2, 4], only=LAYOUTS),
    row(signal.hilbert, real(2, 5), only=("plain", "float32")),
    row(signal.hilbert, real(6, 2), axis=0, only=("plain", "float32")),
    *(row(signal.hilbert, real(5), N=n, only=("plain",)) for n in (3, 8)),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("f", [signal.convolve, signal.fftconvolve, signal.convolve2d])
def test_numbers_of_axes_that_differ_are_scipys_error(f):
    import numpy as np

    from knetpy.autograd import Param, diff

    with pytest.raises(ValueError, match="dimensionality|2-D arrays"):
        diff(lambda: np.sum(f(Param(np.ones((2, 2))), np.ones(2))))
