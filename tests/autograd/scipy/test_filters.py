"""Recursive filters: coefficients, signals and states, over the end of the signal."""

import numpy as np
import pytest
from scipy import signal as scipy_signal

from knetpy.autograd import Param, diff, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import filters as chapter
from knetpy.autograd.scipy.filters import filtfilt, lfilter, sosfilt
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

SHORT = ("plain", "complex128", "float32")


def stable(a):
    """With a leading coefficient that outweighs the others."""
    return a / 9 + np.where(np.arange(len(a)) == 0, 2, 0).astype(a.real.dtype)


def filtered(b, a, x, **options):
    return lfilter(b, stable(a), x, **options)


def continued(b, a, x, zi, **options):
    return lfilter(b, stable(a), x, zi=zi, **options)


def unit(sos):
    """SciPy wants a one in the fourth column."""
    return sos / 9 * (np.arange(6) != 3) + (np.arange(6) == 3)


LFILTER = lfilter, chapter.filtered
STATE = lfilter, chapter.continued

ROWS = [
    row(filtered, real(3), real(2), real(6), of=LFILTER, only=SHORT),
    row(filtered, real(2), real(3), real(4, 2), of=LFILTER, axis=0, only=SHORT),
    row(filtered, real(3), real(1), real(2, 4), of=LFILTER, only=SHORT),
    row(filtered, real(1), real(4), real(2), of=LFILTER, only=SHORT),
    row(continued, real(3), real(2), real(5), real(2), of=STATE, only=SHORT),
    row(continued, real(2), real(4), real(2), real(3), of=STATE, name="short", only=SHORT),
    row(continued, real(3), real(1), real(4), real(2), of=STATE, name="fir", only=SHORT),
    row(continued, real(2), real(3), real(4, 2), real(2, 1), of=STATE, axis=0, only=SHORT),
]

# Composites, which need not round as SciPy does: their tests are below.
SECTIONS = [
    row(lambda b, x: sosfilt(unit(b), x), real(1, 6), real(4), of=sosfilt, only=("plain",)),
    row(lambda b, x: filtfilt(b, [1.0], x), real(2), real(9), of=filtfilt, only=("plain",)),
]
test_rule = rule_test(ROWS)
test_broken_rules_are_seen = mutation_test(chapter, [*ROWS, *SECTIONS])
test_every_rule_has_a_row = coverage_test(chapter, [*ROWS, *SECTIONS])


def agrees(f, *arrays):
    """Close to SciPy while recording, and right to second order."""
    expected = f(*arrays)
    found = []
    diff(lambda: found.append(f(*map(Param, arrays))) or 0.0)
    pairs = (
        zip(found[0], expected, strict=True)
        if isinstance(expected, tuple)
        else [(found[0], expected)]
    )
    assert all(np.allclose(value(x), y, rtol=1e-12, atol=1e-14) for x, y in pairs)
    return gradcheck(f, *arrays, order=2)


X = np.cos(np.arange(14.0) ** 2)
SOS = scipy_signal.butter(4, 0.3, output="sos")
B, A = scipy_signal.butter(2, 0.4)


def test_sections():
    assert agrees(lambda sos, x: sosfilt(unit(sos), x), SOS, X[:5])
    assert agrees(lambda x: sosfilt(SOS, x, axis=0), X.reshape(7, 2))
    assert agrees(lambda x, zi: sosfilt(SOS, x, zi=zi), X[:4], X[4:8].reshape(2, 2))


@pytest.mark.parametrize("kind", ["odd", "even", "constant", None])
def test_forwards_and_backwards(kind):
    assert agrees(lambda b, a, x: filtfilt(b, a, x, padtype=kind), B, A, X[:11])
    assert agrees(lambda x: filtfilt(B, A, x, axis=0, padtype=kind, padlen=2), X.reshape(7, 2))


def test_gustafssons_method_is_refused():
    with pytest.raises(NotImplementedError, match="method='gust'"):
        diff(lambda: np.sum(filtfilt(B, A, Param(X), method="gust")))


def test_a_signal_too_short_is_scipys_error():
    with pytest.raises(ValueError, match="greater than padlen, which is 9"):
        diff(lambda: np.sum(filtfilt(B, A, Param(X[:5]))))
