"""NumPy's functions that write: each into a copy of its first array, which is then the result."""

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.autograd.primitive import table
from knetpy.autograd.rules import writing
from tests.autograd.rules.harness import cases, coverage_test, fails, positive, real, row, rule_test

MASK = np.array([[True, False, True], [False, True, True]])
LAST = np.array([[0], [2]])


EMPTY = ("2to0", "3to0", "4to0", "5to0")  # nothing is written, so nothing has a gradient


def writes(f, x, *rest, without=(), **options):
    """The row of `f`, on a copy of its first argument.

    What is written into must be a Result: with the second array alone tracked, it is a plain one;
    of shape (), `x * 1` is a scalar.
    """

    def on_copy(x, *rest):
        y = x * 1
        f(y, *rest, **options)
        return y

    shown = (k if np.ndim(v) else f"{k}={v}" for k, v in options.items())
    name = "-".join([f.__name__, *shown])
    return row(on_copy, x, *rest, of=f, name=name, without=("only", "0d", *without))


ROWS = [
    writes(np.copyto, real(2, 3), real(3)),
    writes(np.copyto, real(2, 3), real(2, 1), where=MASK),
    writes(np.copyto, real(2, 3), positive(2, 3), casting="same_kind", where=MASK[0]),
    writes(np.put, real(2, 3), [0, 4, 0], real(2)),
    writes(np.put, real(2, 3), [-1, 7], real(4), mode="wrap", without=EMPTY),
    writes(np.put, real(2, 3), [-9, 2, 7], real(4), mode="clip", without=EMPTY),
    writes(np.place, real(2, 3), MASK, real(2)),
    writes(np.putmask, real(2, 3), MASK, real(4), without=EMPTY),
    writes(np.fill_diagonal, real(3, 3), real(2), without=EMPTY),
    writes(np.fill_diagonal, real(5, 2), real(1), wrap=True, without=EMPTY),
    writes(np.put_along_axis, real(2, 3), LAST, real(2, 1), axis=1),
    writes(  # NumPy writes into other layouts by way of a copy that is read-only
        np.put_along_axis,
        real(2, 3),
        np.array([5, 0]),
        real(2),
        axis=None,
        without=("fortran", "reversed", "2to0"),
    ),
]
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(writing, ROWS)


@pytest.mark.parametrize(
    "f", sorted({r.of[0] for r in ROWS}, key=lambda f: f.__name__), ids=lambda f: f.__name__
)
def test_a_body_that_writes_nothing_is_seen(f, monkeypatch):
    monkeypatch.setattr(table[f], "body", lambda *args, **options: None)
    assert any(fails(case) for case in cases(ROWS) if f in case.row.of)


@pytest.mark.parametrize("f", [np.put, np.putmask, np.fill_diagonal, np.place])
def test_nothing_to_write_writes_nothing_or_is_refused_by_place(f):
    def on_copy(x):
        y = x * 1
        f(y, *(() if f is np.fill_diagonal else ([0],) if f is np.put else (MASK,)), [])
        return np.sum(y * y)

    x = np.arange(6.0).reshape(2, 3)
    if f is np.place:
        with pytest.raises(ValueError, match="annot insert from an empty array"):
            grad(on_copy)(x)
    else:
        assert grad(on_copy)(x).tolist() == (2 * x).tolist()
