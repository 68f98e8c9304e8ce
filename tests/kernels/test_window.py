"""Where a window stands: counted by brute force, for every small geometry that hypothesis finds."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knetpy.kernels import Window


@st.composite
def geometries(draw):
    """A window, and an image of as many axes."""
    axes = draw(st.integers(1, 3))

    def each(low, high):
        return st.tuples(*[st.integers(low, high)] * axes)

    ends = st.integers(0, 3) | st.integers(-1, 1)
    padding = st.tuples(*[st.tuples(ends, ends)] * axes)
    window = st.builds(Window, each(1, 3), each(1, 3), padding, each(1, 3), st.booleans())
    return draw(window), draw(each(1, 7 if axes < 3 else 4))


def starts(window, axis, n):
    """Where windows start by the definition: every stride, as long as they fit.

    With `ceil` one more, if pixels or padding are left over and it starts before the image ends.
    """
    (before, after), stride = window.padding[axis], window.stride[axis]
    reach = window.reach()[axis]
    fitting = list(range(-before, n + after - reach + 1, stride))
    if window.ceil and fitting and fitting[-1] + reach < n + after and fitting[-1] + stride < n:
        fitting.append(fitting[-1] + stride)
    return fitting


def pixels(window, image):
    """Every (place of the window, cell of the window, pixel), each of them a tuple."""
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
    return {tuple(zip(*each, strict=True)) for each in product(*axes)}


def numbers(index, shape):
    """The tuples of numbers that slices after an ellipsis stand for."""
    return [np.arange(n)[run].tolist() for run, n in zip(index[1:], shape, strict=True)]


def moved(taps, outputs, image):
    """(place, out, into) of every pixel that taps move."""
    for tap in taps:
        pairs = zip(numbers(tap.out, outputs), numbers(tap.into, image), strict=True)
        for each in product(*(zip(*pair, strict=True) for pair in pairs)):
            yield tap.place, *zip(*each, strict=True)


@given(geometries())
def test_the_places_are_those_of_the_definition(geometry):
    window, image = geometry
    sizes = zip(image, window.padding, window.reach(), strict=True)
    expected = tuple(len(starts(window, axis, n)) for axis, n in enumerate(image))
    if all(n + sum(p) >= r for n, p, r in sizes):
        assert window.outputs(image) == expected
    else:
        assert 0 in window.outputs(image)


@settings(max_examples=300)
@given(geometries())
def test_taps_and_strips_both_name_every_pixel_once(geometry):
    window, image = geometry
    outputs = window.outputs(image)
    expected = pixels(window, image) if all(outputs) else set()
    taps = [(out, cell, into) for cell, out, into in moved(window.taps(image), outputs, image)]
    cells = (*outputs[:-1], window.size[-1])
    strips = [
        ((*out[:-1], place[-1]), (*place[:-1], out[-1]), into)
        for place, out, into in moved(window.strips(image), cells, image)
    ]
    assert len(taps) == len(strips) == len(expected)
    assert set(taps) == set(strips) == expected


@given(geometries())
def test_counts_are_the_pixels_that_are_seen(geometry):
    window, image = geometry
    outputs = window.outputs(image)
    expected = np.zeros(outputs, int)
    for out, _, _ in pixels(window, image) if all(outputs) else ():
        expected[out] += 1
    np.testing.assert_array_equal(window.counts(image, padding=False), expected)
    padded = tuple(n + sum(p) for n, p in zip(image, window.padding, strict=True))
    inside = Window(window.size, window.stride, 0, window.dilation, window.ceil)
    whole = inside.counts(padded, padding=False)[tuple(map(slice, outputs))]
    np.testing.assert_array_equal(window.counts(image, padding=True), whole)


def test_taps_go_in_row_major_order():
    places = [tap.place for tap in Window((2, 3, 2)).taps((4, 4, 4))]
    assert places == sorted(places) and len(places) == 12


def test_one_number_stands_for_every_axis_and_both_ends():
    assert Window((2, 3), 2, 1, 3) == Window((2, 3), (2, 2), ((1, 1), (1, 1)), (3, 3))
    assert Window((2, 3), padding=(0, (1, 2))).padding == ((0, 0), (1, 2))
    assert {Window((2, 2)): 1}[Window((2, 2), (1, 1), ((0, 0), (0, 0)))] == 1


@pytest.mark.parametrize(
    "window, point, padded",
    [
        (Window((1, 1)), True, False),
        (Window((1,), dilation=5), True, False),
        (Window((1, 2)), False, False),
        (Window((1, 1), 2), False, False),
        (Window((1, 1), padding=((0, 0), (0, 1))), False, True),
        (Window((3,), padding=((0, -1),)), False, True),
    ],
    ids=str,
)
def test_a_point_sees_its_pixel_alone(window, point, padded):
    assert (window.is_point(), window.is_padded()) == (point, padded)
