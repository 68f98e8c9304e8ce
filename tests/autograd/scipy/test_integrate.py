"""Integrals of samples along every axis, with every spacing, and of functions."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff
from knetpy.autograd.scipy import integrate
from knetpy.autograd.scipy import integrate as chapter
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

KINDS = ("plain", "only", "float32", "reversed")
SUMS = integrate.trapezoid, integrate.simpson
RUNNING = integrate.cumulative_trapezoid, integrate.cumulative_simpson


def spaced(f):
    """`f` over places that grow, as far apart as differences need."""
    places = lambda x: x / 9 + 2 * np.arange(x.shape[-1], dtype=x.dtype)  # noqa: E731
    return lambda y, x, **options: f(y, x=places(x), **options)


def stepped(f):
    return lambda y, dx, **options: f(y, dx=dx, **options)


ROWS = [
    *(row(f, real(2, n), only=KINDS) for f in SUMS + RUNNING for n in (1, 2, 3, 6)),
    *(
        row(spaced(f), real(2, n), real(*shape), of=f, name=f"{f.__name__}-{n}-{shape}", only=KINDS)
        for f in SUMS + RUNNING
        for n in (2, 5, 6)
        for shape in ((n,), (2, n))
    ),
    *(row(stepped(f), real(4, 2), real(), of=f, axis=0, only=KINDS) for f in SUMS + RUNNING),
    *(row(f, real(2, 5), initial=0, only=KINDS) for f in RUNNING),
    row(
        lambda y, dx, start: integrate.cumulative_simpson(y, dx=dx, initial=start),
        real(2, 4),
        real(2, 1),
        real(2, 1),
        of=integrate.cumulative_simpson,
        only=KINDS,
    ),
    row(integrate.cumulative_simpson, real(3, 2), axis=0, dx=0.5, initial=0, only=KINDS),
    *(row(integrate.romb, real(n, 2), axis=0, only=KINDS) for n in (2, 3, 9)),
    row(stepped(integrate.romb), real(5), real(), of=integrate.romb, only=("plain", "only")),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def power(x, p):
    return x**p


FIXED = [
    row(
        lambda a, b, p: integrate.fixed_quad(power, a + 3, b + 6, (p,), n=4)[0],
        *[real()] * 3,
        of=integrate.fixed_quad,
        name="fixed_quad",
        constant=False,
        only=("plain", "only"),
    ),
]
test_fixed_quad = rule_test(FIXED)


def test_samples_at_one_place_are_as_in_scipy():
    x = np.array([0.0, 1.0, 1.0, 2.0, 4.0, 4.0])
    y = Param(np.cos(x))
    tape = diff(lambda: integrate.simpson(y, x=x))
    weights = [integrate.simpson(row, x=x) for row in np.eye(6)]
    assert np.allclose(tape.gradient(y), weights, rtol=1e-14)


@pytest.mark.parametrize(
    "f, message",
    [
        (lambda y: integrate.romb(y), "one plus a non-negative power of 2"),
        (lambda y: integrate.simpson(y, x=[1.0, 2.0]), "length of x along axis must be the same"),
        (lambda y: integrate.cumulative_simpson(y, x=[2.0, 2, 3, 4]), "strictly increasing"),
        (lambda y: integrate.cumulative_trapezoid(y, initial=1), "`initial` must be `None` or"),
    ],
)
def test_bad_samples_are_scipys_error(f, message):
    with pytest.raises(ValueError, match=message):
        diff(lambda: np.sum(f(Param(np.ones(4)))))
