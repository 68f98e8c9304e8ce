"""Tiling, repeating, padding in every mode, windows: values to the bit, gradients to order two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import extending
from tests.autograd.rules.harness import Domain, coverage_test, mutation_test, real, row, rule_test

A, CUBE, LINE = real(2, 3), real(2, 3, 4), real(5)
UNEVEN = Domain(lambda u: 4 * u**2 - 1.5)(2, 3)  # no two means of two are equal
WIDTHS = ((1, 2), (0, 3))
STATISTICS = ("maximum", "minimum", "mean", "median")
FRAMED, UNWINDOW = (np.pad, extending.framed), (sliding_window_view, extending.unwindow)


def pad(*args, **options):
    """The row of np.pad, named by its mode."""
    name = "-".join(["pad", *(str(x).replace(" ", "") for x in (*args[1:], *options.values()))])
    return row(np.pad, *args, of=FRAMED, name=f"{name}-{len(args[0].shape)}d", **options)


def padded_with(values, **options):
    """np.pad of an array, with padding that has a gradient of its own."""
    return lambda x, v: np.pad(x, WIDTHS, options["mode"], **{options["by"]: values(v)})


# fmt: off
ROWS = [
    row(np.tile, A, 2),                       row(np.tile, A, (2, 1, 3)),
    row(np.tile, CUBE, [2]),                  row(np.tile, A, reps=(3, 2)),
    row(np.tile, A, (0, 2)),                  row(np.tile, A, np.array([2, 2])),
    row(np.repeat, A, 2),                     row(np.repeat, CUBE, 3, axis=1),
    row(np.repeat, A, [2, 0, 1], axis=-1),    row(np.repeat, A, np.array([0, 3]), 0),
    row(np.repeat, real(3), [1, 2, 4]),       row(np.repeat, A, [2], axis=0),
    row(np.repeat, A, 0, axis=1),             row(np.repeat, A, [1, 2, 0, 3, 1, 1]),
    row(lambda x: x.repeat(2, axis=0), A, of=np.repeat, name="x.repeat"),
    row(np.resize, A, (4, 4), without=("2to0", "3to0")),
    row(np.resize, A, 4, without=("2to0", "3to0")),
    row(np.resize, real(3), (2, 1, 5), without=("3to0",)),
    row(np.resize, A, (2, -1)),
    row(sliding_window_view, LINE, 3, of=UNWINDOW),
    row(sliding_window_view, CUBE, (2, 2), axis=(0, -1), of=UNWINDOW),
    row(sliding_window_view, A, (1, 2), of=UNWINDOW),
    row(sliding_window_view, real(6), (2, 3), axis=(0, 0), subok=True, of=UNWINDOW),
    row(sliding_window_view, A, 9, axis=1, of=UNWINDOW),
    row(lambda x: sliding_window_view(x, 2, axis=1) ** 2, A, of=UNWINDOW, name="unwindow",
        without=("0d",)),
    pad(A, 1),                                pad(CUBE, (1, 0), "constant", constant_values=2.5),
    pad(A, WIDTHS, "constant", constant_values=((1, 2), (3, 4))),
    pad(A, {1: 2, 0: (1, 0)}, "edge"),        pad(A, {-1: (0, 2)}),
    pad(A, WIDTHS, "edge"),                   pad(CUBE, ((0, 0), (2, 1), (3, 0)), "edge"),
    pad(A, WIDTHS, "linear_ramp"),            pad(CUBE, 2, "linear_ramp", end_values=(1.5, -2)),
    pad(A, WIDTHS, "linear_ramp", end_values=((1, 2), (3, 4))),
    *(pad(UNEVEN, WIDTHS, mode)                  for mode in STATISTICS),
    *(pad(CUBE, 1, mode, stat_length=2)          for mode in STATISTICS),
    *(pad(UNEVEN, WIDTHS, mode, stat_length=((1, 9), (2, 1))) for mode in STATISTICS),
    pad(A, 1, "maximum", stat_length=0),
    *(pad(x, widths, mode, reflect_type=kind)
      for mode in ("reflect", "symmetric") for kind in ("even", "odd")
      for x, widths in ((A, WIDTHS), (LINE, (3, 4)), (LINE, (11, 2)), (CUBE, (0, 7)))),
    pad(A, 1, "reflect"),                     pad(A, 1, "symmetric"),
    pad(A, WIDTHS, "wrap"),                   pad(LINE, (13, 4), "wrap"),
    pad(CUBE, (9, 1), "wrap"),
    pad(A, -1, "edge"),                       pad(A, 1, "nonsense"),
    pad(A, 1, "edge", constant_values=1),     pad(A, 1.5, "wrap"),
    row(lambda x: np.pad(x, WIDTHS, "empty")[1:3, :3], A, of=FRAMED, name="pad-empty",
        without=("0d", "2to1", "2to0", "3to1", "3to0")),
    row(lambda x, a: np.pad(x, 1, constant_values=[[a, 2 * a], [a, a]]), A, real(), of=np.pad,
        name="pad-list", only=("plain", "float32", "complex128")),
    *(row(padded_with(lambda v: v, mode=mode, by=by), A, real(*shape), of=np.pad,
        name=f"pad-{by}-{shape}".replace(" ", ""),
        without=("only", "2to1", "2to0", "3to0", "3to1", "0d"))
      for mode, by in (("constant", "constant_values"), ("linear_ramp", "end_values"))
      for shape in ((), (1,), (2,), (2, 1), (2, 2))),
    *(row(padded_with(lambda v: ((v, 1.0), (0, 2 * v)), mode=mode, by=by), A, real(), of=np.pad,
        name=f"pad-{by}-list", only=("plain", "reversed", "complex128"))
      for mode, by in (("constant", "constant_values"), ("linear_ramp", "end_values"))),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(extending, ROWS)
test_broken_rules_are_seen = mutation_test(extending, ROWS)


@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    widths=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=3),
    mode=st.sampled_from(sorted(extending.PADDED)),
    kind=st.sampled_from(["even", "odd"]),
)
def test_any_padding_is_numpys_to_the_bit(shape, widths, mode, kind):
    x = np.random.default_rng(0).standard_normal(shape)
    options = {"reflect_type": kind} if mode in ("reflect", "symmetric") else {}
    found = []

    def run():
        found.append(np.pad(Param(x) * 1, widths[: x.ndim], mode, **options))
        return 0.0

    diff(run)
    assert np.array_equal(value(found[0]), np.pad(x, widths[: x.ndim], mode, **options))


def test_a_mode_that_writes_into_its_argument_is_refused():
    def fill(vector, width, axis, options):
        vector[: width[0]] = 7

    assert np.pad(Param([1.0, 2.0]), 1, fill)[0] == 7
    with pytest.raises(NotImplementedError, match="no gradient for a mode that writes"):
        grad(lambda x: np.sum(np.pad(x, 1, fill)))(np.ones(3))


def test_a_window_that_may_be_written_into_is_refused():
    with pytest.raises(NotImplementedError, match="writeable=True"):
        grad(lambda x: np.sum(sliding_window_view(x, 2, writeable=True)))(np.ones(3))


def test_as_strided_which_numpy_does_not_dispatch_is_refused_and_not_cut():
    with pytest.raises(TypeError, match="would cut the gradient"):
        grad(lambda x: np.sum(as_strided(x, (2,))))(np.ones(3))


def test_windows_that_overlap_add_up():
    g = grad(lambda x: np.sum(sliding_window_view(x, 3) * np.array([1.0, 10.0, 100.0])))(np.ones(5))
    assert g.tolist() == [1, 11, 111, 110, 100]
    assert gradcheck(lambda x: sliding_window_view(x, (2, 2)) ** 2, np.ones((3, 4)), order=2)


def test_a_tracked_width_is_refused_by_the_name_of_the_function():
    with pytest.raises(TypeError, match=r"numpy\.pad is not differentiable in pad_width"):
        grad(lambda n: np.sum(np.pad(n * np.ones(3), n)))(1.0)
