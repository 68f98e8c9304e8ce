"""Knots chosen by residuals: which they are is constant, where they are is not."""

import numpy as np
import pytest
from scipy import interpolate as theirs

from knetpy.autograd import Param, Result, diff, value
from knetpy.autograd.scipy import interpolate as ours

from .checks import check

X = np.arange(9) * 0.7 + 0.1 * np.sin(np.arange(9))
Y = np.sin(2 * X) * (X[-1] - X)
WAYS = [
    {},
    {"k": 2},
    {"s": 0.1},
    {"k": 2, "s": 1e-9},
    {"s": 0.1, "nest": 10},
    {"bc_type": "periodic"},
    {"k": 1, "bc_type": "periodic"},
    {"s": 0.1, "bc_type": "periodic"},
    {"k": 1, "s": 1e-9, "bc_type": "periodic"},
    {"k": 2, "s": 1e-9, "bc_type": "periodic"},
]


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_knots_move_with_the_sites(options):
    check(lambda m, x: tuple(m.generate_knots(x, Y, **options)), X)


@pytest.mark.parametrize("bc_type", [None, "periodic"])
@pytest.mark.parametrize("s", [1e-9, 0.1, 1e3])
def test_knots_move_with_the_ends(s, bc_type):
    def f(m, x, low, high):
        return tuple(m.generate_knots(x, Y, s=s, xb=low, xe=high, bc_type=bc_type))[:2]

    check(f, X, np.array(-1.0), np.array(7.0), single=False)


def test_as_many_knots_as_sites_at_once():
    def f(m, x, low):
        return tuple(m.generate_knots(x, Y[:4], s=1e-9, xb=low))

    check(f, X[:4], np.array(-1.0), single=False)


def test_data_weights_and_misfit_choose_and_have_no_gradient():
    y, w, s, seen = Param(Y), Param(np.linspace(1, 2, 9)), Param(0.1), []
    diff(lambda: seen.extend(ours.generate_knots(X, y, w=w, s=s)) or 0.0)
    assert not any(isinstance(t, Result) for t in seen)
    expected = theirs.generate_knots(X, Y, w=value(w), s=0.1)
    assert all(map(np.array_equal, seen, expected))


@pytest.mark.parametrize(
    "options, match",
    [
        ({"w": X}, "s == 0 is interpolation only"),
        ({"s": -1.0}, "must be non-negative"),
        ({"s": 1.0, "nest": 3}, "`nest` too small"),
        ({"bc_type": "natural"}, "Only 'not-a-knot' and 'periodic'"),
    ],
    ids=str,
)
def test_what_scipy_refuses(options, match):
    for x in (X, Param(X)):
        with pytest.raises(ValueError, match=match):
            list(ours.generate_knots(x, Y, **options))
