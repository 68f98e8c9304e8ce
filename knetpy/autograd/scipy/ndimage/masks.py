"""Masks, labels and places: SciPy's functions whose results are constant almost everywhere."""

from functools import update_wrapper
from inspect import signature

from scipy import ndimage

from knetpy.autograd.dispatch import any_live
from knetpy.autograd.errors import full_name
from knetpy.autograd.primitive import Primitive, table

__all__ = [
    "binary_closing",
    "binary_dilation",
    "binary_erosion",
    "binary_fill_holes",
    "binary_hit_or_miss",
    "binary_opening",
    "binary_propagation",
    "constant",
    "find_objects",
    "histogram",
    "label",
    "maximum_position",
    "minimum_position",
    "require_unwritten",
    "value_indices",
    "watershed_ift",
]

OUTPUTS = ("output", "distances", "indices")


class Constant(Primitive):
    """A function without a gradient, which writes into no array that is being recorded."""

    def __call__(self, *args, **options):
        if any_live((args, options)):
            given = signature(self.f).bind(*args, **options).arguments
            require_unwritten(self.f, **{name: given.get(name) for name in OUTPUTS})
        return super().__call__(*args, **options)


def require_unwritten(f, **outputs):
    """Raise where SciPy's `f` would write over what diff is recording.

    >>> require_unwritten(ndimage.label, output=None)
    """
    for name, x in outputs.items():
        if any_live(x):
            raise TypeError(
                f"{full_name(f)} would write over {name}, which diff is recording; leave it out, "
                "and take the result"
            )


def constant(f):
    """Let the decorated name and docstring stand for SciPy's `f`, of which no gradient passes.

    >>> @constant(ndimage.label)
    ... def patches(): "The patches of a mask."
    >>> patches([1, 0, 1])[1], patches
    (2, <primitive patches>)
    """

    def row(named):
        new = Constant(f, None)
        new.name, new.__signature__ = named.__name__, signature(f)
        table[new] = update_wrapper(new, named)
        return new

    return row


# Masks


@constant(ndimage.binary_erosion)
def binary_erosion():
    """Where a structure, centred at an entry, lies within the mask.

    >>> binary_erosion([0, 1, 1, 1, 0]).astype(int)
    array([0, 0, 1, 0, 0])
    """


@constant(ndimage.binary_dilation)
def binary_dilation():
    """Where a structure, centred at an entry and turned round, meets the mask.

    >>> binary_dilation([0, 0, 1, 0, 0]).astype(int)
    array([0, 1, 1, 1, 0])
    """


@constant(ndimage.binary_opening)
def binary_opening():
    """The erosion of a mask, dilated: without what is smaller than the structure.

    >>> binary_opening([0, 1, 0, 1, 1, 1, 0]).astype(int)
    array([0, 0, 0, 1, 1, 1, 0])
    """


@constant(ndimage.binary_closing)
def binary_closing():
    """The dilation of a mask, eroded: with gaps closed that are smaller than the structure.

    >>> binary_closing([0, 1, 0, 1, 1, 1, 0]).astype(int)
    array([0, 1, 1, 1, 1, 1, 0])
    """


@constant(ndimage.binary_hit_or_miss)
def binary_hit_or_miss():
    """Where one structure lies within the mask, and another one without.

    >>> binary_hit_or_miss([0, 1, 0, 1, 1, 0], [0, 1, 0]).astype(int)
    array([0, 1, 0, 0, 0, 0])
    """


@constant(ndimage.binary_propagation)
def binary_propagation():
    """What is reached from the mask in steps of the structure, within another mask.

    >>> binary_propagation([0, 1, 0, 0, 0], mask=[1, 1, 1, 0, 1]).astype(int)
    array([1, 1, 1, 0, 0])
    """


@constant(ndimage.binary_fill_holes)
def binary_fill_holes():
    """The mask with all that it encloses.

    >>> binary_fill_holes([0, 1, 0, 1, 0]).astype(int)
    array([0, 1, 1, 1, 0])
    """


# Labels


@constant(ndimage.label)
def label():
    """The number of the patch that each entry is in, from 1; and how many there are.

    >>> label([1, 0, 1, 1])
    (array([1, 0, 2, 2], dtype=int32), 2)
    """


@constant(ndimage.find_objects)
def find_objects():
    """The slices that enclose the entries with each label.

    >>> find_objects([0, 1, 1, 2])
    [(slice(1, 3, None),), (slice(3, 4, None),)]
    """


@constant(ndimage.value_indices)
def value_indices():
    """Where each value of an array of integers stands.

    >>> for value, places in value_indices([7, 5, 7]).items():
    ...     print(value, *places)
    5 [1]
    7 [0 2]
    """


@constant(ndimage.watershed_ift)
def watershed_ift():
    """The marker that floods each entry, as water rises from all of them alike.

    >>> heights = label([0, 0, 1, 0, 0])[0].astype("uint8")
    >>> watershed_ift(heights, [1, 0, 0, 0, 2])
    array([1, 1, 2, 2, 2])
    """


# Measurements


@constant(ndimage.histogram)
def histogram():
    """How many entries of each label lie in each of some bins of equal width.

    >>> histogram([0.1, 0.2, 0.9], 0, 1, 2)
    array([2, 1])
    """


@constant(ndimage.minimum_position)
def minimum_position():
    """Where the least entry with each label stands, the first of equal ones.

    >>> print(*minimum_position([3.0, 1.0, 2.0]))
    1
    """


@constant(ndimage.maximum_position)
def maximum_position():
    """Where the largest entry with each label stands, the first of equal ones.

    >>> print(*maximum_position([[3.0, 1.0], [4.0, 2.0]]))
    1 0
    """
