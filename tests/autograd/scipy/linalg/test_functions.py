"""Functions of matrices, and the derivative of the exponential."""

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import functions as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test
from tests.autograd.scipy.linalg.matrices import definite

BOTH = ("plain", "complex128")
SQUARE, STACK = real(2, 2), real(2, 2, 2)
FRECHET = linalg.expm_frechet, chapter.expm_pair


def near_definite(a):
    """With a logarithm and real roots, and not symmetric."""
    return definite(a) + a / 5


def split(a):
    """With eigenvalues on both sides of the imaginary axis."""
    return a / 9 + np.diag([-1.0, 2]).astype(a.real.dtype)


def of_numbers(a, f, **options):
    y = linalg.funm(split(a), f, **options)
    return y if options.get("disp", True) else y[0]


def of(f, shape):
    return lambda a: f(shape(a))


ROWS = [
    *(
        row(f, SQUARE, only=(*BOTH, "float32"))
        for f in (linalg.expm, linalg.cosm, linalg.sinm, linalg.coshm, linalg.sinhm)
    ),
    row(of(linalg.tanm, lambda a: a / 3), SQUARE, of=linalg.tanm, only=BOTH),
    row(linalg.tanhm, SQUARE, only=BOTH),
    row(linalg.expm, STACK, only=BOTH),
    row(of(linalg.logm, near_definite), SQUARE, of=linalg.logm, only=BOTH),
    row(of(linalg.logm, near_definite), STACK, of=linalg.logm, only=BOTH),
    row(of(linalg.sqrtm, near_definite), SQUARE, of=linalg.sqrtm, only=(*BOTH, "float32")),
    row(of(linalg.sqrtm, near_definite), STACK, of=linalg.sqrtm, only=BOTH),
    row(of(linalg.signm, split), SQUARE, of=linalg.signm, only=BOTH),
    row(
        lambda a, t: linalg.fractional_matrix_power(near_definite(a), t),
        SQUARE,
        real(),
        of=linalg.fractional_matrix_power,
        only=("plain",),
    ),
    row(
        lambda a: linalg.fractional_matrix_power(near_definite(a), -1.5),
        SQUARE,
        of=linalg.fractional_matrix_power,
        name="fractional_matrix_power-fixed",
        only=BOTH,
    ),
    row(linalg.expm_frechet, SQUARE, SQUARE, of=FRECHET, only=BOTH),
    row(
        linalg.expm_frechet,
        SQUARE,
        SQUARE,
        of=FRECHET,
        method="blockEnlarge",
        compute_expm=False,
        only=BOTH,
    ),
    row(linalg.expm_cond, SQUARE, only=BOTH),
    row(linalg.expm_cond, STACK, only=BOTH),
    row(of_numbers, SQUARE, np.exp, of=linalg.funm, only=BOTH),
    row(of_numbers, STACK, np.sin, of=linalg.funm, disp=False, only=BOTH),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_a_root_that_turns_complex_has_the_gradient_of_its_parts():
    a = np.diag([-1.0, 2.0, 3.0]) + np.arange(9.0).reshape(3, 3) / 50
    assert gradcheck(linalg.sqrtm, a)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_no_digit_is_lost_to_the_size_of_what_comes_back(scale):
    a = np.array([[0.3, 0.7], [-0.2, 0.1]])
    found = grad(lambda a: scale * np.sum(linalg.expm(a) ** 2))(a) / scale
    assert np.allclose(found, grad(lambda a: np.sum(linalg.expm(a) ** 2))(a), rtol=1e-13)


def test_the_trace_of_the_exponential_has_the_exponential_as_gradient():
    a = np.array([[0.3, 0.7], [-0.2, 0.1]])
    assert np.allclose(grad(lambda a: np.trace(linalg.expm(a)))(a), linalg.expm(a).T, rtol=1e-14)
