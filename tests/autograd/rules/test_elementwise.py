"""Elementwise mathematics: every rule against finite differences, the kinks, dead branches."""

import operator

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.operators import astype
from knetpy.autograd.rules import elementwise
from knetpy.autograd.rules.elementwise import direction
from tests.autograd.rules.harness import (
    above_one,
    coverage_test,
    mutation_test,
    nonzero,
    positive,
    real,
    row,
    rule_test,
    unit,
)

MASK = np.array([True, False, True])
INTS = np.array([-1, 2, 3])
COMPLEX = ("complex128", "complex64")
SCALARS = ("scalar", "scalar32")

# Between a real function of complex numbers and the leaf stand complex numbers once more.
INSIDE = {
    np.real: lambda z: np.real(z) * 1j * z,
    np.imag: lambda z: np.imag(z) * (1 + 1j) * z,
    np.absolute: lambda z: np.absolute(z) * (1 + 1j) * z,
    np.angle: lambda z: np.angle(z) * (1 + 1j) * z,
    np.conjugate: lambda z: z.real * z.imag + z.conj().real,
}

# fmt: off
ROWS = [
    # arithmetic
    row(np.add, real, real),                  row(operator.add, real, real),
    row(np.subtract, real, real),             row(operator.sub, real, real),
    row(np.multiply, real, real),             row(operator.mul, real, real),
    row(np.divide, real, nonzero),            row(operator.truediv, real, nonzero),
    row(np.remainder, real, nonzero),         row(operator.mod, real, nonzero),
    row(np.fmod, real, nonzero),              row(np.divmod, real, nonzero),
    row(divmod, real, nonzero, of=np.divmod, name="divmod()"),
    row(np.negative, real),                   row(operator.neg, real),
    row(np.positive, real),                   row(operator.pos, real),
    row(np.absolute, nonzero),                row(abs, nonzero, of=np.absolute),
    row(np.fabs, nonzero),                    row(np.reciprocal, nonzero),
    row(np.square, real),                     row(np.sqrt, positive),
    row(np.cbrt, nonzero),                    row(np.hypot, nonzero, nonzero),
    row(np.add, real, INTS),                  row(np.multiply, INTS, real),
    row(np.divide, INTS, nonzero),            row(np.subtract, 2, real),
    row(np.copysign, nonzero, INTS),
    row(np.modf, nonzero),                    row(np.frexp, nonzero),
    row(np.i0, nonzero),                      row(np.heaviside, INTS + 1, real),
    row(np.ldexp, real, INTS),
    # powers
    row(np.power, positive, real),            row(operator.pow, positive, real),
    row(np.float_power, positive, real),      row(np.power, nonzero, INTS),
    row(np.power, INTS + 2, real),            row(operator.pow, nonzero, -1),
    row(operator.pow, real, 0),               row(operator.pow, real, 1),
    row(operator.pow, real, 2),               row(operator.pow, real, 3),
    row(operator.pow, positive, 0.5),         row(operator.pow, positive, 2.0),
    row(operator.pow, 2, real, name="two-to-the"),
    row(operator.pow, 0.5, real, name="half-to-the"),
    # exponentials and logarithms
    row(np.exp, real),                        row(np.exp2, real),
    row(np.expm1, real),                      row(np.log, positive),
    row(np.log2, positive),                   row(np.log10, positive),
    row(np.log1p, positive),                  row(np.logaddexp, real, real),
    row(np.logaddexp2, real, real),
    # trigonometry
    row(np.sin, real),                        row(np.cos, real),
    row(np.tan, unit),                        row(np.arcsin, unit),
    row(np.arccos, unit),                     row(np.arctan, real),
    row(np.arctan2, nonzero, real),           row(np.sinc, nonzero),
    row(np.sinh, real),                       row(np.cosh, real),
    row(np.tanh, real),                       row(np.arcsinh, real),
    row(np.arccosh, above_one),               row(np.arctanh, unit),
    row(np.deg2rad, real),                    row(np.rad2deg, real),
    row(np.radians, real),                    row(np.degrees, real),
    # choices
    row(np.maximum, real, real),              row(np.minimum, real, real),
    row(np.fmax, real, real),                 row(np.fmin, real, real),
    row(np.where, MASK, real, real),          row(np.where, MASK, real, 0),
    row(np.where, MASK, 1.5, real),           row(np.where, MASK[:, None], real(3), real(3, 3)),
    row(np.clip, real, -1, 1),                row(np.clip, real, None, 0.5),
    row(np.clip, real, -0.5, None),           row(np.clip, real, real, real),
    row(np.clip, real, INTS - 1, INTS),       row(np.clip, real, 1, -1),
    row(np.clip, real, min=-1, max=1),        row(np.clip, real, a_min=-1, a_max=None),
    row(lambda x, low: (1 * x).clip(low), real, real, of=np.clip, name="x.clip", without=SCALARS),
    row(lambda x, high: np.clip(x, max=high), real, real, of=np.clip, name="clip-max"),
    # complex parts
    row(np.conjugate, real),                  row(np.real, real),
    row(np.imag, real),                       row(np.angle, nonzero),
    row(np.angle, nonzero, deg=True),
    *(row(f, real, of=of, only=COMPLEX, name=f"{of.__name__}-inside") for of, f in INSIDE.items()),
    row(np.sign, nonzero, constant=True, without=COMPLEX),
    row(np.sign, nonzero, of=(np.sign, direction), only=COMPLEX, name="sign-plane"),
    # copies and dtypes
    row(np.copy, real),                       row(np.copy, real, order="F"),
    row(np.real_if_close, real),
    row(np.real_if_close, real, 1e30, name="real_if_close-far"),
    row(np.astype, real, "complex128"),
    row(np.astype, real(2), "int64", copy=False, constant=True),
    row(astype, real, "float64"),             row(astype, real, "float32", only=("float32",)),
    row(lambda x: x.astype("complex128") * (1 + 2j), real, of=astype),
    row(lambda x: x.copy() * x, real, of=np.copy, name="x.copy"),
    # constant almost everywhere
    row(np.floor, real),                      row(np.ceil, real),
    row(np.trunc, real),                      row(np.rint, real),
    row(np.round, real),                      row(np.around, real, 1),
    row(lambda x: x.round(1), real, of=np.round, name="x.round"),
    row(np.signbit, nonzero),
    row(np.floor_divide, real, nonzero),
    row(operator.floordiv, real, nonzero, of=np.floor_divide),
    row(np.fix, real),                        row(np.spacing, nonzero),
    row(np.array_equiv, real, real),          row(np.isneginf, real),
    row(np.isposinf, real),                   row(np.iscomplex, real),
    row(np.isreal, real),
    row(lambda x: np.nextafter(x, 9) > x, real, of=np.nextafter),
    row(np.equal, real, real),                row(operator.eq, real, real, of=np.equal),
    row(np.not_equal, real, real),            row(operator.ne, real, real, of=np.not_equal),
    row(np.less, real, real),                 row(operator.lt, real, real, of=np.less),
    row(np.less_equal, real, real),           row(operator.le, real, real, of=np.less_equal),
    row(np.greater, real, real),              row(operator.gt, real, real, of=np.greater),
    row(np.greater_equal, real, real),        row(operator.ge, real, real, of=np.greater_equal),
    row(np.isfinite, real),                   row(np.isinf, real),
    row(np.isnan, real),                      row(np.isclose, real, real),
    row(np.allclose, real, real),             row(np.array_equal, real, real),
    row(np.logical_and, real, real),          row(np.logical_or, real, real),
    row(np.logical_xor, real, real),          row(np.logical_not, real),
    row(np.bitwise_and, INTS, 2),             row(np.bitwise_or, INTS, 2),
    row(np.bitwise_xor, INTS, 2),             row(np.invert, INTS),
    row(np.left_shift, INTS, 1),              row(np.right_shift, INTS, 1),
    row(np.bitwise_count, INTS),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(elementwise, ROWS)
test_broken_rules_are_seen = mutation_test(elementwise, ROWS)


KINKS = [
    (np.absolute, [0.0], [0.0]),
    (np.absolute, [0j], [0j]),
    (np.hypot, [0.0, 0.0], [0.0, 0.0]),
    (np.arctan2, [0.0, 0.0], [0.0, 0.0]),
    (np.sinc, [0.0], [0.0]),
    (np.maximum, [2.0, 2.0], [0.5, 0.5]),
    (np.minimum, [2.0, 2.0], [0.5, 0.5]),
    (np.fmax, [2.0, 2.0], [0.5, 0.5]),
    (np.fmax, [np.nan, 2.0], [0.0, 1.0]),
    (np.fmin, [2.0, np.nan], [1.0, 0.0]),
    (np.clip, [1.0, 1.0, 3.0], [1.0, 0.0, 0.0]),
    (np.clip, [3.0, 1.0, 3.0], [1.0, 0.0, 0.0]),
    (np.clip, [0.0, 2.0, 1.0], [0.0, 0.0, 1.0]),
    (np.power, [0.0, 0.0], [0.0, 0.0]),
    (np.power, [0.0, 2.0], [0.0, 0.0]),
    (np.power, [0.0, 1.0], [1.0, 0.0]),
    (np.power, [-2.0, 3], [12.0, None]),
    (lambda x: x**0, [0.0], [0.0]),
    (lambda x: x**1, [0.0], [1.0]),
    (lambda x: x**2, [0.0], [0.0]),
    (lambda x: x**2.0, [-3.0], [-6.0]),
    (np.logaddexp, [-np.inf, 1.0], [0.0, 1.0]),
    (np.square, [0.0], [0.0]),
]


@pytest.mark.parametrize("f, args, expected", KINKS)
def test_conventions_at_kinks(f, args, expected):
    tracked = [Param(x) if type(x) in (float, complex) else x for x in args]
    tape = diff(lambda: np.real(f(*tracked)))
    found = [grad(tape, x) if isinstance(x, Param) else None for x in tracked]
    assert found == expected


@pytest.mark.parametrize("f", [np.sqrt, np.cbrt], ids=["sqrt", "cbrt"])
def test_an_infinite_slope_is_infinite(f):
    with np.errstate(divide="ignore"):
        assert grad(f)(0.0) == np.inf


DEAD = {
    "sqrt-at-0": (np.sqrt, 0.0),
    "sqrt-below-0": (np.sqrt, -1.0),
    "cbrt": (np.cbrt, 0.0),
    "log-at-0": (np.log, 0.0),
    "log-below-0": (np.log, -1.0),
    "log2": (np.log2, 0.0),
    "log10": (np.log10, 0.0),
    "log1p": (np.log1p, -1.0),
    "reciprocal": (np.reciprocal, 0.0),
    "divide": (lambda x: 1 / x, 0.0),
    "divide-0-by-0": (lambda x: x / (x * x), 0.0),
    "power": (lambda x: x**-1.5, 0.0),
    "power-array": (lambda x: x ** np.array(-1.5), 0.0),
    "root": (lambda x: x**0.5, 0.0),
    "exp": (np.exp, 1e4),
    "softplus": (lambda x: np.log1p(np.exp(x)), 1e4),
    "exp2": (np.exp2, 1e5),
    "expm1": (np.expm1, 1e4),
    "sinh": (np.sinh, 1e4),
    "cosh": (np.cosh, 1e4),
    "arcsin-at-1": (np.arcsin, 1.0),
    "arcsin-beyond-1": (np.arcsin, 2.0),
    "arccos": (np.arccos, -1.0),
    "arccosh": (lambda x: np.arccosh(1 + x), 0.0),
    "arctanh": (np.arctanh, 1.0),
    "hypot": (lambda x: np.hypot(x, x), 0.0),
}


@pytest.mark.parametrize("f, bad", DEAD.values(), ids=DEAD)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_branch_that_where_leaves_out_is_dead(f, bad, dtype):
    """No nan to second order, under an errstate that the way forth needs as well."""
    x = Param(np.array([bad, 0.5, bad], dtype))
    keep = np.array([False, True, False])

    def loss():
        return np.sum(np.where(keep, f(1 * x), 0) ** 2)

    with np.errstate(all="ignore"):
        g = grad(diff(loss), x)
        second = grad(diff(lambda: np.sum(grad(diff(loss), x))), x)
    assert g.dtype == dtype and np.isfinite(g).all() and (g[[0, 2]] == 0).all() and g[1] != 0
    assert second is None or np.isfinite(second).all()


@pytest.mark.parametrize("kind", ["sqrt-at-0", "log-at-0", "divide", "cbrt", "log1p", "exp"])
def test_a_dead_branch_warns_on_the_way_forth_alone(kind):
    f, bad = DEAD[kind]

    def loss(x):
        with np.errstate(all="ignore"):
            return np.sum(np.where(np.array([False, True]), f(x), 0))

    assert grad(loss)(np.array([bad, 0.5]))[0] == 0


def test_mixed_second_derivatives_of_power_at_exponent_0():
    assert gradcheck(lambda a: grad(np.power, 1)(a, 0.0), 2.0)
    assert gradcheck(lambda b: grad(np.power, 0)(2.0, b), 0.0)


def test_over_stays_exact_to_second_order_where_dy_happens_to_be_0():
    assert gradcheck(lambda w, x: w * np.log(x) + w * np.sqrt(x) + w / x, 0.0, 2.0, order=2)


def test_sinc_is_accurate_next_to_0():
    for x in (1e-9, 1e-5, 9e-4, 1.1e-3, 0.1):
        exact = -(np.pi**2) * x / 3 + np.pi**4 * x**3 / 30 - np.pi**6 * x**5 / 840
        assert grad(np.sinc)(x) == pytest.approx(exact, rel=1e-9 if x < 0.01 else 1e-4)


def test_where_with_one_argument_gives_indices():
    assert np.array_equal(np.where(Param([0.0, 1.0, 2.0]))[0], [1, 2])
