"""Joining and cutting, with every option, against finite differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.rules import joining
from tests.autograd.rules.harness import coverage_test, mutation_test, real, row, rule_test

A, CUBE = real(2, 3), real(2, 3, 4)
MASK = np.array([True, False, True])


def trimmed(*args, **options):
    """np.trim_zeros, of what has zeros around it whatever the numbers are."""

    def f(x):
        return np.trim_zeros(np.pad(x, ((0, 2), (1, 0))[: x.ndim]), *args, **options)

    name = "-".join(str(x).replace(" ", "") for x in (*args, *options.values()))
    return f, name


def made(f, *args, name="", **options):
    """The row of a function that takes `like=`; NumPy has none like a scalar."""
    label = "-".join(filter(None, [f.__name__, name, *options]))
    return row(*args, of=f, name=label, without=("0d",))


# fmt: off
ROWS = [
    row(np.concatenate, [A, real(1, 3)]),     row(np.concatenate, (A, A)),
    row(np.concatenate, [A, real(2, 1), A], axis=-1),
    row(np.concatenate, [A, real(4)], axis=None),
    row(np.concatenate, [real(3), np.ones(2), real(0)], 0),
    row(np.concat, [CUBE, CUBE], axis=1),     row(np.concatenate, [A, A], dtype="float64"),
    row(np.stack, [A, A]),                    row(np.stack, [A, A, A], axis=-1),
    row(np.stack, (real(), real(), real())),  row(np.stack, [A, np.ones((2, 3))], 1),
    row(np.hstack, [real(3), real(2)]),       row(np.hstack, (A, real(2, 1))),
    row(np.hstack, [real(), real(3), 2.0]),   row(np.hstack, [A, A], dtype="float64"),
    row(np.vstack, [real(3), A]),             row(np.vstack, (CUBE, CUBE), casting="same_kind"),
    row(np.dstack, [real(3), real(3)]),       row(np.dstack, [A, CUBE]),
    row(lambda x: np.vstack(x), CUBE, of=np.vstack, name="vstack-array", without=("0d",)),
    row(np.column_stack, [real(2), A]),       row(np.column_stack, (real(), real())),
    row(np.block, [[A, real(2, 1)], [real(1, 4)]]),
    row(np.block, [real(3), 2.5, real()]),    row(np.block, A),
    row(np.block, [[real(2), [1.0, 2.0]]], without=("plain", "only", "3to1", "3to0"),
        name="block-list"),
    row(np.block, [[[CUBE], [CUBE]]]),        row(np.block, [A, [A]], name="block-mismatched"),
    row(np.block, [[A], []], name="block-empty"),
    row(np.block, [(A, A)], name="block-tuple"),
    row(np.append, A, real(4)),               row(np.append, A, real(1, 3), axis=0),
    row(np.append, CUBE, real(2, 3, 1), -1),  row(np.append, real(2), 3.0),
    row(np.insert, real(4), 1, real()),       row(np.insert, A, 1, real(3), axis=0),
    row(np.insert, A, [0, 2], real(2, 2), axis=1),
    row(np.insert, A, [2, 0, 2], real(3), 1, without=("only", "twice", "2to1", "2to0", "3to0"),
        name="insert-thrice"),
    row(np.insert, A, slice(None, None, 2), real(), axis=1),
    row(np.insert, A, [-1], real(2, 4), axis=1), row(np.insert, A, 5, real(2)),
    row(np.insert, CUBE, 1, real(2, 3), axis=-1), row(np.insert, real(3), MASK, real(2)),
    row(np.insert, real(3), 9, 1.0),          row(np.insert, A, 1, 2.5, axis=1),
    row(np.delete, A, 1, axis=0),             row(np.delete, CUBE, [0, -1, 0], 2),
    row(np.delete, A, slice(1, 5)),           row(np.delete, A, MASK, axis=1),
    row(np.delete, A, 7, axis=1),
    row(np.split, real(6), 3),                row(np.split, real(2, 4), 2, axis=1),
    row(np.split, real(5), [1, 3]),           row(np.split, real(5), [3, 1, 9]),
    row(np.split, real(2, 5), [-2], axis=-1), row(np.array_split, real(5), 3),
    row(np.array_split, real(5, 2), [2, 2]),  row(np.array_split, real(2, 3), 4, axis=-1),
    row(np.hsplit, real(6), 3),               row(np.hsplit, real(2, 4), [1, 3]),
    row(np.vsplit, real(4, 2), 2),            row(np.vsplit, real(4), 2),
    row(np.dsplit, CUBE, 2),                  row(np.dsplit, A, [1]),
    row(np.unstack, A, without=("2to0",)),    row(np.unstack, CUBE, axis=-1, without=("4to0",)),
    *(row(trimmed(*args, **options)[0], x, of=np.trim_zeros, without=("5to0", "2to0", "3to0"),
          name=f"trim_zeros-{len(x.shape)}d-{trimmed(*args, **options)[1]}")
      for x, args, options in (
          (real(5), (), {}), (real(5), ("f",), {}), (real(5), (), {"trim": "B"}), (A, (), {}),
          (A, ("b",), {"axis": -1}), (A, ("f",), {"axis": (0, 1)}), (A, ("f",), {"axis": 1}),
          (A, (), {"trim": "x"}))),
    made(np.array, lambda x: np.array([[x[0], 2 * x[1]], [x[1], x[0] * 3]], like=x), A),
    made(np.array, lambda x: np.array([x[0], 2.0, 1], like=x), real(3), name="mixed"),
    made(np.array, lambda x: np.array(x, "float64", copy=True, order="F", ndmin=4, like=x), A,
        ndmin=4),
    made(np.asarray, lambda x: np.asarray([x[0], x[1] * x[0]], like=x), A),
    made(np.asarray, lambda x: np.asarray(x, dtype="complex128", like=x), A, dtype="c"),
    made(np.asanyarray, lambda x: np.asanyarray((x, x), order="F", like=x), A),
    made(np.ascontiguousarray, lambda x: np.ascontiguousarray(x.T, like=x), A),
    made(np.asfortranarray, lambda x: np.asfortranarray([x, x], like=x), A),
    made(np.require, lambda x: np.require(x, requirements=["F", "OWNDATA"], like=x), A),
    made(np.require, lambda x: np.require(x, requirements=["F", "C"], like=x), A, both=True),
    made(np.full, lambda x: np.full((2, 3), x[:1], like=x), real(3)),
    made(np.full, lambda x: np.full(4, [x[0], 1.0, x[1], x[0]], dtype="float64", order="F",
        like=x), real(3), dtype="d"),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(joining, ROWS)
test_broken_rules_are_seen = mutation_test(joining, ROWS)


PLACES = st.one_of(
    st.integers(-4, 3),
    st.lists(st.integers(-4, 3), min_size=1, max_size=5),
    st.builds(slice, st.integers(-5, 5), st.integers(-5, 5), st.sampled_from([1, 2, -1, None])),
)


@given(axis=st.sampled_from([0, 1, -1]), places=PLACES)
def test_any_places_are_put_in_and_left_out_as_numpy_does(axis, places):
    x = np.arange(16.0).reshape(4, 4)
    assert_as_numpy(lambda x: np.delete(x, places, axis), x)
    assert_as_numpy(lambda x: np.insert(x, places, 99.0, axis), x)


def assert_as_numpy(f, x):
    """The values, and in the gradient how often each entry is in the result."""
    expected = f(x)
    results = []
    g = grad(lambda x: np.sum(results.append(f(x)) or results[0]))(x)
    assert np.array_equal(value(results[0]), expected)
    assert np.array_equal(np.zeros_like(x) if g is None else g, np.isin(x, expected))


def test_made_arrays_have_the_order_asked_for():
    def orders(x):
        made = np.array(x, order="F", like=x), np.asfortranarray(x, like=x)
        assert all(y.flags.f_contiguous for y in made)
        assert np.ascontiguousarray(x.T, like=x).flags.c_contiguous
        return np.sum(x)

    grad(orders)(np.ones((2, 3)))


def test_without_like_nothing_is_made_of_what_is_recorded():
    with pytest.raises(TypeError, match="np.stack"):
        diff(lambda p: np.sum(np.array([p, p])), Param(1.0))


SPLITS = [np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit]


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split.__name__)
def test_tracked_sections_and_axes_are_refused(split):
    x = np.ones((2, 2, 2))
    for sections in (lambda n: n, lambda n: [n, 1], lambda n: np.stack([n, n])):
        with pytest.raises(TypeError, match="split is not differentiable in indices_or_sections"):
            grad(lambda n, sections=sections: np.sum(split(n * x, sections(n))[0]))(2.0)
    for axis in (0.0, 1.0):
        with pytest.raises(TypeError, match="numpy.append is not differentiable in axis"):
            grad(lambda k: np.sum(np.append(k * x, x, axis=k)))(axis)
