"""Fourier transforms: every length, axis and norm; the plain linear maps; PyTorch's gradients."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.derivatives import jacobian, vjp
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import fft as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.golden.record_linalg_fft import FFT, compare, names

fft = np.fft
ALONG_AXIS = (fft.fft, fft.ifft, fft.rfft, fft.irfft, fft.hfft, fft.ihfft)
ALONG_AXES = (fft.fftn, fft.ifftn, fft.rfftn, fft.irfftn)
PLANES = (fft.fft2, fft.ifft2, fft.rfft2, fft.irfft2)
TO_REAL, SHIFTS = (fft.irfft, fft.hfft), (fft.fftshift, fft.ifftshift)
FEW = ("plain", "complex128")

ROWS = [
    *(row(f, real(4, 3)) for f in ALONG_AXIS if f not in TO_REAL),
    *(row(f, real(4, 3), without=("float16",)) for f in TO_REAL),  # NumPy has no complex half
    *(row(f, real(4, 3), axis=0, norm="ortho", only=FEW) for f in ALONG_AXIS),
    *(row(f, real(5), norm="forward", only=FEW) for f in ALONG_AXIS),
    *(row(f, real(5), n=n, only=FEW) for f in ALONG_AXIS for n in (1, 2, 3, 4, 7, 8)),
    *(row(f, real(2, 4), n=3, axis=-2, norm="backward", only=FEW) for f in ALONG_AXIS),
    *(row(f, real(2, 3, 4)) for f in ALONG_AXES),
    *(row(f, real(2, 3, 3), axes=(0, -1), only=FEW) for f in ALONG_AXES),
    *(row(f, real(2, 3), axes=(1, 1), norm="ortho", only=FEW) for f in ALONG_AXES),
    *(row(f, real(3, 4), s=(5, 3, -1), axes=(0, 0, 1), only=FEW) for f in ALONG_AXES),
    *(row(f, real(3, 4), s=(2, 6), axes=(1, 0), norm="forward", only=FEW) for f in ALONG_AXES),
    *(row(f, real(3, 4), axes=(-1,), only=FEW) for f in ALONG_AXES),
    *(row(f, real(2, 3, 4), only=(*FEW, "fortran")) for f in PLANES),
    *(row(f, real(3, 4), s=(-1, 5), norm="ortho", only=FEW) for f in PLANES),
    *(row(f, real(3, 4), s=(2, 3), axes=(1, 0), only=FEW) for f in PLANES),
    *(row(f, real(3, 4), axes=axes) for f in SHIFTS for axes in (None, 0, (0, -1))),
    row(fft.fftn, real(2, 3), axes=(), only=FEW),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("f", (*ALONG_AXIS[:2], fft.irfft, fft.hfft, *ALONG_AXES[:2], fft.irfftn))
def test_of_complex_input_to_second_order(f):
    x = np.random.default_rng(0).standard_normal((2, 3, 4)).view(complex).reshape(2, 6)
    assert gradcheck(lambda x: np.exp(f(x) / 4), x, order=2)


@pytest.mark.parametrize("f", (*ALONG_AXES, *PLANES))
def test_lengths_of_none_are_the_own_choice_of_the_transform(f):
    x = np.random.default_rng(0).standard_normal((3, 4))
    with pytest.warns(DeprecationWarning):
        expected = grad(lambda x: np.sum(abs(f(x, axes=(1, 0))) ** 2))(x)
        found = grad(lambda x: np.sum(abs(f(x, s=(None, None), axes=(1, 0))) ** 2))(x)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_sizes_without_axes_are_those_of_the_last_axes():
    with pytest.warns(DeprecationWarning, match="`axes` should not be `None`"):
        assert gradcheck(lambda x: fft.fftn(x, s=(3, 2)), np.random.rand(2, 2, 3))


@pytest.mark.parametrize("n, axis, norm", [*product((3, 4, 6), (0, 1), ("ortho", "forward", None))])
def test_the_pull_is_the_transposed_matrix_without_conjugation(n, axis, norm):
    """The gradient that a matrix of the whole transform gives, found without any rule of ours."""
    rng = np.random.default_rng(n)
    x = rng.standard_normal((4, 4)) + 1j * rng.standard_normal((4, 4))
    y, pull = vjp(lambda x: fft.fft(x, n, axis, norm), x)
    dy = rng.standard_normal(y.shape) + 1j * rng.standard_normal(y.shape)
    matrix = fft.fft(np.eye(4), n, norm=norm)
    found = np.moveaxis(pull(dy)[0], axis, -1)
    np.testing.assert_allclose(found, np.moveaxis(dy, axis, -1) @ matrix.T, atol=1e-12)


@given(st.data())
def test_the_pull_is_the_transpose_for_all_sizes_and_axes(data):
    """sum(dy * f(x)) = sum(pull(dy) * x) for a linear map; only the real part if a side is real."""
    f = data.draw(st.sampled_from(ALONG_AXES))
    shape = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    axes = data.draw(st.lists(st.integers(-len(shape), len(shape) - 1), min_size=1, max_size=3))
    s = data.draw(st.none() | st.tuples(*[st.integers(1, 6)] * len(axes)))
    assume(s is not None or f is not fft.irfftn or shape[axes[-1]] > 1)
    norm = data.draw(st.sampled_from([None, "backward", "ortho", "forward"]))
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    x = x if f is fft.rfftn else x + 1j * rng.standard_normal(shape)
    y, pull = vjp(lambda x: f(x, s, axes, norm), x)
    dy = rng.standard_normal(y.shape)
    dy = dy if f is fft.irfftn else dy + 1j * rng.standard_normal(y.shape)
    (dx,) = pull(dy)
    assert (dx.shape, dx.dtype) == (x.shape, x.dtype)
    np.testing.assert_allclose(np.sum(dx * x).real, np.sum(dy * y).real, rtol=1e-9, atol=1e-9)


def test_jacobian_of_real_input_is_the_transforms_matrix():
    matrix = np.exp(-2j * np.pi * np.outer(np.arange(4), np.arange(6)) / 6)
    np.testing.assert_allclose(jacobian(lambda x: fft.rfft(x))(np.ones(6)), matrix, atol=1e-14)


def test_parseval_by_gradients():
    """The sum of |rfft|^2, weighted to the whole spectrum, is n sum x^2; its gradient is 2 n x."""
    x = Param(np.random.default_rng(0).standard_normal(7))
    J = diff(lambda: np.sum(abs(fft.rfft(x)) ** 2 * np.array([1, 2, 2, 2])))
    np.testing.assert_allclose(grad(J, x), 14 * x.value, rtol=1e-13)


def test_positional_options_and_out():
    x = Param(np.array([1.0, 2.0, 4.0]))
    by_place = grad(diff(lambda: np.sum(abs(fft.fft(x, 2, 0, "ortho")))), x)
    by_name = grad(diff(lambda: np.sum(abs(fft.fft(a=x, norm="ortho", n=2, axis=0, out=None)))), x)
    np.testing.assert_array_equal(by_place, by_name)
    out = np.zeros(3, complex)
    with pytest.raises(TypeError, match="write into a plain array"):
        diff(lambda: np.sum(abs(fft.fft(x, out=out))))
    with pytest.raises(NotImplementedError, match="does not honour out="):
        diff(lambda: np.sum(abs(fft.fft(x, None, -1, None, out))))
    np.testing.assert_array_equal(out, 0)
    assert fft.fft(x, out=out) is out
    np.testing.assert_array_equal(out, fft.fft(x.value))


@pytest.mark.parametrize("name, kind", names(FFT))
def test_gradients_are_those_of_pytorch(name, kind):
    compare(FFT, name, kind)
