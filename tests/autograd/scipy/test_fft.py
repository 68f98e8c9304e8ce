"""Transforms of every kind, type and scale, along one axis and several."""

import inspect

import numpy as np
import pytest
import scipy.fft as sf

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import fft
from knetpy.autograd.scipy import fft as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

A = real(3, 5)
NORMS = ({}, {"norm": "ortho"}, {"norm": "forward"})
TYPES = [{"type": k, "norm": n} for k in (1, 2, 3, 4) for n in ("backward", "ortho", "forward")]
REAL_IN = {"rfft", "rfft2", "rfftn", "ihfft", "ihfft2", "ihfftn"}


def kinds(name):
    """In single precision too, and complex where the transform takes it."""
    return ("plain", "float32") if name in REAL_IN else ("plain", "float32", "complex128")


def rows(names, variants):
    return [
        row(getattr(fft, name), A, only=kinds(name), name=f"{name}-{k}", **options)
        for name in names.split()
        for k, options in enumerate(variants)
    ]


ONE = [{**n, **k} for n in NORMS for k in ({}, {"n": 4}, {"n": 7, "axis": 0, "workers": 1})]
SEVERAL = [{}, {"s": (4, 6), "norm": "ortho"}, {"axes": (1, 0), "norm": "forward"}]
SOME = [{"s": (4,), "axes": (0,)}, {"axes": 0, "overwrite_x": True}]
ENDS = [{**t, "orthogonalize": o} for t in TYPES for o in (True, False)]

ROWS = [
    *rows("fft ifft rfft irfft hfft ihfft", ONE),
    *rows("fftn ifftn rfftn irfftn hfftn ihfftn", SEVERAL + SOME),
    *rows("fft2 ifft2 rfft2 irfft2 hfft2 ihfft2", SEVERAL),
    *rows("dct idct dst idst", [*TYPES, *ENDS, {"n": 4}, {"n": 6, "axis": 0}]),
    *rows("dctn idctn dstn idstn", [*TYPES[::2], *ENDS[::5], {"s": (4, 6)}, {"axes": [0]}]),
    *rows("fftshift ifftshift", [{}, {"axes": 1}]),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("name", fft.__all__)
def test_signatures_are_scipys(name):
    found, expected = (inspect.signature(getattr(m, name)) for m in (fft, sf))
    assert str(found) == str(expected)


def test_as_a_backend_of_scipy():
    x = np.cos(np.arange(4.0))
    with sf.set_backend(fft):
        assert gradcheck(sf.dct, x, order=2)
        assert np.array_equal(sf.fft(x), fft.fft(x))
        assert type(sf.next_fast_len(7)) is int
    with pytest.raises(TypeError, match="knetpy.scipy for SciPy's"):
        diff(lambda: np.sum(sf.dct(Param(x))))


def test_it_never_overwrites():
    x = np.cos(np.arange(4.0))
    before = x.copy()
    fft.dct(x, overwrite_x=True)
    assert np.array_equal(x, before)
    grad(lambda x: np.sum(fft.dct(np.sin(x), overwrite_x=True) ** 2))(x)


def test_a_wave_comes_back_from_the_public_name():
    from knetpy.scipy.fft import idct

    assert np.allclose(value(idct(fft.dct(np.arange(3.0)))), np.arange(3.0))
