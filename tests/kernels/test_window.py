"""Where a window stands: counted by brute force, for every small geometry that hypothesis finds."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from knetpy.kernels import Window

PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))
WINDOWS = st.builds(
    Window, PAIRS, PAIRS, st.tuples(st.integers(0, 3), st.integers(0, 3)), PAIRS, st.booleans()
)
IMAGES = st.tuples(st.integers(1, 7), st.integers(1, 7))


def starts(window, axis, n):
    """Where windows start by the definition: every stride, as long as they fit.

    With `ceil` one more, if pixels or padding are left over and it starts before the image ends.
    """
    padding, stride, reach = window.padding[axis], window.stride[axis], window.reach()[axis]
    fitting = list(range(-padding, n + padding - reach + 1, stride))
    if window.ceil and fitting and fitting[-1] + reach < n + padding and fitting[-1] + stride < n:
        fitting.append(fitting[-1] + stride)
    return fitting


def pixels(window, image):
    """Every (output row, output column, cell row, cell column, pixel row, pixel column)."""
    axes = []
    for axis, n in enumerate(image):
        axes.append(
            [
                (o, k, start + k * window.dilation[axis])
                for o, start in enumerate(starts(window, axis, n))
                for k in range(window.size[axis])
                if 0 <= start + k * window.dilation[axis] < n
            ]
        )
    return {(r, c, i, j, y, x) for (r, i, y), (c, j, x) in product(*axes)}


def numbers(run, n):
    return np.arange(n)[run].tolist()


@given(WINDOWS, IMAGES)
def test_the_places_are_those_of_the_definition(window, image):
    fits = all(
        n + 2 * p >= r for n, p, r in zip(image, window.padding, window.reach(), strict=True)
    )
    expected = tuple(len(starts(window, axis, n)) for axis, n in enumerate(image))
    if fits:
        assert window.outputs(image) == expected
    else:
        assert 0 in window.outputs(image)


@settings(max_examples=300)
@given(WINDOWS, IMAGES)
def test_taps_and_strips_both_name_every_pixel_once(window, image):
    rows, columns = window.outputs(image)
    expected = pixels(window, image) if rows and columns else set()
    taps = [
        (r, c, *tap.place, y, x)
        for tap in window.taps(image)
        for r, y in zip(numbers(tap.out[1], rows), numbers(tap.into[1], image[0]), strict=True)
        for c, x in zip(numbers(tap.out[2], columns), numbers(tap.into[2], image[1]), strict=True)
    ]
    strips = [
        (r, tap.place[1], tap.place[0], j, y, x)
        for tap in window.strips(image)
        for r, y in zip(numbers(tap.out[1], rows), numbers(tap.into[1], image[0]), strict=True)
        for j, x in zip(
            numbers(tap.out[2], window.size[1]), numbers(tap.into[2], image[1]), strict=True
        )
    ]
    assert len(taps) == len(strips) == len(expected)
    assert set(taps) == set(strips) == expected


@given(WINDOWS, IMAGES)
def test_counts_are_the_pixels_that_are_seen(window, image):
    rows, columns = window.outputs(image)
    expected = np.zeros((rows, columns), int)
    for r, c, *_ in pixels(window, image) if rows and columns else ():
        expected[r, c] += 1
    np.testing.assert_array_equal(window.counts(image, padding=False), expected)
    padded = tuple(n + 2 * p for n, p in zip(image, window.padding, strict=True))
    inside = Window(window.size, window.stride, (0, 0), window.dilation, window.ceil)
    whole = inside.counts(padded, padding=False)[:rows, :columns]
    np.testing.assert_array_equal(window.counts(image, padding=True), whole)


def test_taps_go_in_row_major_order():
    places = [tap.place for tap in Window((2, 3)).taps((4, 4))]
    assert places == sorted(places) and len(places) == 6


def test_a_window_is_a_key():
    assert {Window((2, 2)): 1}[Window((2, 2), (1, 1), (0, 0))] == 1
