"""Differential equations: gradients in the start, the times, arguments and closed-over Params."""

import warnings

import numpy as np
import pytest
from scipy import integrate as scipy_integrate

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import odes as chapter
from knetpy.autograd.scipy.odes import odeint, solve_ivp
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

TIMES = np.array([0.1, 0.4, 1.0])
EXACT = {"rtol": 1e-12, "atol": 1e-12}
SHORT = ("plain", "only", "float32")


def swing(y, t, k):
    return [y[1] * k, np.sin(t) - y[0] * y[0]]


def solved(y0, t, k, **options):
    return odeint(swing, y0, TIMES + t / 9, (k,), **EXACT, **options)


def first(y0, t, k, **options):
    f = lambda t, y, k: swing(y, t, k)  # noqa: E731
    return odeint(f, y0, TIMES[::-1] - t / 9, (k,), tfirst=True, **EXACT, **options)


def at_times(y0, start, t, k):
    span, f = (start / 9 - 0.5, 1.5), lambda t, y, k: np.stack(swing(y, t, k))
    return solve_ivp(f, span, y0, "DOP853", TIMES + t / 9, args=(k,), **EXACT).y


def at_the_end(y0, start, end, k):
    span, f = (start / 9, 1 + end / 9), lambda t, y, k: np.stack(swing(y, t, k))
    found = solve_ivp(f, span, y0, "DOP853", args=(k,), **EXACT)
    return found.y[:, -1], found.t[-1] * 2


ARRAYS = real(2), real(3), real()
ENDS = real(2), real(), real(), real()
ROWS = [
    row(solved, *ARRAYS, of=chapter.solution, name="odeint", only=SHORT),
    row(first, *ARRAYS, of=chapter.solution, name="backwards", only=("plain",)),
    row(at_times, real(2), real(), real(3), real(), of=chapter.solution, only=("plain", "float32")),
    # The steps that the solver chooses move with what differences move, and so does its rounding.
    row(at_the_end, *ENDS, of=chapter.solution, only=("plain",), rtol=1e-5),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


def test_known_solutions():
    k, t = 0.7, np.array([0.0, 1.0, 2.5])
    decay = lambda y, t, k: -k * y  # noqa: E731
    y = lambda y0, k: np.sum(odeint(decay, y0, t, (k,), **EXACT))  # noqa: E731
    assert np.allclose(grad(y)(2.0, k), np.exp(-k * t).sum(), rtol=1e-10)
    assert np.allclose(grad(y, 1)(2.0, k), (-2 * t * np.exp(-k * t)).sum(), rtol=1e-10)
    curved = grad(grad(y, 1), 1)(2.0, k)
    assert np.allclose(curved, (2 * t * t * np.exp(-k * t)).sum(), rtol=1e-9)


def test_params_that_the_equation_uses():
    w, b = Param(np.array([[0.1, 0.5], [-0.6, 0.2]])), Param(np.array([0.3, -0.2]))
    f = lambda y, t, b: np.tanh(w @ y + b)  # noqa: E731
    assert gradcheck(lambda: odeint(f, [1.0, 0.5], TIMES, b, **EXACT), order=2)
    g = lambda y, t, c: np.tanh(w @ y + b * c)  # noqa: E731
    assert gradcheck(lambda: odeint(g, b, TIMES, (b,), **EXACT), order=2)
    h = lambda t, y: np.tanh(w @ y + b)  # noqa: E731
    assert gradcheck(lambda: solve_ivp(h, (0, 1), b, "Radau", [1.0], rtol=1e-10, atol=1e-11).y)


def test_arguments_in_containers_and_single_precision():
    settings = {"rate": Param(np.float32(0.5)), "shift": (Param(np.ones(2)), "unused")}
    f = lambda y, t, s: -s["rate"] * y + s["shift"][0]  # noqa: E731
    assert gradcheck(lambda: odeint(f, np.ones(2), TIMES, (settings,), **EXACT))
    tape = diff(lambda: np.sum(odeint(f, np.ones(2), TIMES, (settings,))))
    assert grad(tape, settings["rate"]).dtype == np.float32


def test_times_that_repeat():
    t = np.array([0.1, 0.4, 0.4, 1.0])
    assert gradcheck(lambda y0, k: odeint(swing, y0, t, (k,), **EXACT), np.ones(2), 0.7, order=2)
    assert gradcheck(lambda y0: odeint(swing, y0, [0.1], (0.7,)), np.ones(2), order=2)


def test_the_options_of_the_solver():
    y0, tolerances = Param([1.0, 0.5]), {"rtol": 1e-11, "atol": np.array([1e-11, 1e-12])}
    jac = lambda y, t, k: [[0, k], [-2 * y[0], 0]]  # noqa: E731
    found = []
    tape = diff(
        lambda: (
            found.append(
                odeint(swing, y0, TIMES, (0.7,), Dfun=jac, full_output=1, tcrit=[0.5], **tolerances)
            )
            or np.sum(found[0][0])
        )
    )
    y, info = found[0]
    expected = scipy_integrate.odeint(swing, y0.value, TIMES, (0.7,), Dfun=jac, **tolerances)
    assert np.allclose(value(y), expected, rtol=1e-9) and "nfe" in info
    usual = grad(lambda y0: np.sum(odeint(swing, y0, TIMES, (0.7,), **EXACT)))(y0.value)
    assert np.allclose(grad(tape, y0), usual, rtol=1e-8)


def test_the_result_of_solve_ivp_is_scipys():
    f = lambda t, y: -y  # noqa: E731
    found = []
    diff(lambda: found.append(solve_ivp(f, (0, 2), Param([1.0, 2.0]))) or 0.0)
    expected = scipy_integrate.solve_ivp(f, (0, 2), [1.0, 2.0])
    assert np.array_equal(value(found[0].y), expected.y)
    assert np.array_equal(value(found[0].t), expected.t)
    assert (found[0].status, found[0].nfev) == (expected.status, expected.nfev)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"events": lambda t, y: y[0]}, "no gradient for events; leave it out"),
        ({"dense_output": True}, "no gradient for dense_output; leave it out"),
        ({"y0": np.ones(2, complex)}, "no gradient for complex y0"),
    ],
)
def test_what_solve_ivp_refuses(options, message):
    given = {"y0": np.ones(2)} | options
    y0 = Param(given.pop("y0"))
    with pytest.raises(NotImplementedError, match=message):
        diff(lambda: np.sum(solve_ivp(lambda t, y: -y, (0, 1), y0, **given).y))
    with warnings.catch_warnings():
        assert solve_ivp(lambda t, y: -y, (0, 1), y0, **given).success


def test_a_result_that_was_not_passed_is_refused_with_a_remedy():
    k = Param(0.5)

    def loss():
        twice = 2 * k
        return np.sum(odeint(lambda y, t: -twice * y, [1.0], TIMES))

    with pytest.raises(TypeError) as caught:
        diff(loss)
    assert "belongs in args=(...)" in caught.value.__notes__[0]


def test_a_bad_start_is_scipys_error():
    with pytest.raises(ValueError, match="must be one-dimensional"):
        diff(lambda: np.sum(odeint(lambda y, t: y, Param(np.ones((2, 2))), TIMES)))
