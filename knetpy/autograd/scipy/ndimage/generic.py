"""Filters and measurements by a function of the user's, made of functions with rules.

SciPy runs on the places of the entries instead of the entries: what it hands to the function says
which ones those are, by any of its border modes, and what stands beyond the edges is a negative
place.  What the function makes of the entries is kept, and SciPy gets numbers for it, which it
leaves where the results belong.  So all orders, origins and errors are SciPy's own.
"""

from functools import wraps
from inspect import signature

import numpy as np
from scipy import LowLevelCallable, ndimage

from knetpy.autograd.dispatch import any_live, live, plain, require_plain
from knetpy.autograd.errors import full_name
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.scipy.exact import require_floats, require_no_array
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import recorder

from .borders import usual

__all__ = ["generic_filter", "generic_filter1d", "labeled_comprehension", "vectorized_filter"]

ROW = 128  # numbers joined at once: the rule of a long list is told the whole list for each
FIXED = "labels index size footprint filter_size origin axis axes default"


def calling(f):
    """As `composite`, for a body that is asked whenever something records.

    For the user's function may hold a Param of which no argument knows.
    """
    bind = signature(f).bind

    def row(body):
        @wraps(body)
        def followed(*args, **options):
            given = bind(*args, **options).arguments
            require_plain(full_name(f), **{name: given.get(name) for name in FIXED.split()})
            if is_compiled(given):
                raise NotImplementedError(
                    f"{full_name(f)} has no gradient for a LowLevelCallable; pass a function in "
                    "Python, of NumPy's functions"
                )
            require_no_array(full_name(f), given.get("output"))
            return body(**given)

        def call(*args, **options):
            given = bind(*args, **options).arguments
            output = given.get("output")
            idle = recorder() is None or is_compiled(given) or not may_be_float(output)
            return (f if idle else followed)(*args, **options)

        new = composite(f)(followed)
        new.call = call
        return new

    return row


def is_compiled(given):
    return isinstance(given.get("function"), LowLevelCallable)


def may_be_float(output):
    return output is None or (not isinstance(output, np.ndarray) and np.dtype(output).kind in "fc")


def places_of(x):
    return np.arange(x.size).reshape(x.shape)


def entries(x, cval):
    """The entries of an image by their places; from the end on, by negative ones, those of cval."""
    cval = array(cval).astype(x.dtype).reshape(-1)[::-1]
    return np.concatenate([x.reshape(-1), cval])


def one_number(f, y):
    y = array(y)
    if y.size != 1:
        raise ValueError(
            f"{full_name(f)} needs a function that gives one number; this one gave shape {y.shape}"
        )
    return y.reshape(())


def ordered(parts, numbers, flat):
    """All that a user's function gave, where SciPy left its numbers."""
    rows = [np.stack(parts[k : k + ROW]) for k in range(0, len(parts), ROW)]
    return placed(rows, numbers, flat)


def placed(rows, numbers, flat):
    y = np.concatenate(rows or [flat[:0]]).reshape(-1)
    return y[numbers.astype(np.intp)]


def typed(f, y, dtype):
    """Results in the type that SciPy gives them."""
    if live(y):
        require_floats(full_name(f), np.empty(0, dtype))
    return y.astype(dtype)


def blank(n):
    """A line to write into, of zeros, which is recorded."""
    return recorder().leaf(object(), np.zeros(n))


@calling(ndimage.generic_filter)
def generic_filter(
    input,
    function,
    size=None,
    footprint=None,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    extra_arguments=(),
    extra_keywords=None,
    *,
    axes=None,
):
    """What function(window, *extra_arguments, **extra_keywords) makes of the window of each entry.

    While recording, `function` is made of functions with rules, and gets windows of one axis.

    >>> generic_filter([1.0, 2.0, 4.0], lambda window: np.sum(window**2), 2)
    array([ 2.,  5., 20.])
    """
    f, x, parts = ndimage.generic_filter, array(input), []
    window = {"size": size, "footprint": footprint, "mode": mode, "origin": origin, "axes": axes}
    known = f(plain(x), lambda window: 0.0, output=output, **window)
    flat = entries(x.astype(np.float64), cval)

    def numbered(places):
        entries = flat[places.astype(np.intp)]
        y = function(entries, *extra_arguments, **extra_keywords or {})
        parts.append(one_number(f, y))
        return len(parts) - 1

    numbers = f(places_of(x), numbered, output=np.float64, cval=-1, **window)
    return typed(f, ordered(parts, numbers, flat), known.dtype)


@calling(ndimage.generic_filter1d)
def generic_filter1d(
    input,
    function,
    filter_size,
    axis=-1,
    output=None,
    mode="reflect",
    cval=0.0,
    origin=0,
    extra_arguments=(),
    extra_keywords=None,
):
    """What function(line, result, *extra_arguments, **extra_keywords) writes for each line.

    A line has its border around it.  While recording, `result[...] = y` is what a function may do
    with its second argument, and `out=result`; what it leaves is 0.

    >>> def steps(line, result): result[...] = line[1:] - line[:-1]
    >>> generic_filter1d([1.0, 2.0, 4.0], steps, 2)
    array([0., 1., 2.])
    """
    f, x, parts = ndimage.generic_filter1d, array(input), []
    options = {"axis": axis, "mode": mode, "origin": origin}
    known = f(plain(x), lambda line, result: None, filter_size, output=output, **options)
    if known.dtype.kind not in "fc":
        if any_live((x, cval, extra_arguments, extra_keywords)):
            require_floats(full_name(f), known)
        arguments = {"extra_arguments": extra_arguments, "extra_keywords": extra_keywords}
        return f(
            *plain((x, function, filter_size)), cval=plain(cval), **options, **plain(arguments)
        )
    flat = entries(x.astype(np.float64), cval)

    def numbered(places, result):
        n = len(result)
        result[...] = np.arange(n) + len(parts) * n
        parts.append(blank(n))
        line = flat[places.astype(np.intp)]
        function(line, parts[-1], *extra_arguments, **extra_keywords or {})

    numbers = f(places_of(x), numbered, filter_size, output=np.float64, cval=-1, **options)
    return typed(f, ordered(parts, numbers, flat), known.dtype)


@calling(ndimage.vectorized_filter)
def vectorized_filter(
    input,
    function,
    *,
    size=None,
    footprint=None,
    output=None,
    mode="reflect",
    cval=None,
    origin=None,
    axes=None,
    batch_memory=2**30,
):
    """What function(windows, axis=axes) makes of the windows of all entries at once.

    >>> vectorized_filter([1.0, 2.0, 4.0], np.mean, size=2)
    array([1. , 1.5, 3. ])
    """
    f, x, views, parts = ndimage.vectorized_filter, array(input), [], []
    names = ("size", "footprint", "mode", "origin", "axes")
    window = dict(zip(names, (size, footprint, mode, origin, axes), strict=True))
    settings = {"cval": plain(cval), "output": output, "batch_memory": batch_memory}
    f(plain(x), viewing(views), **settings, **window)
    beyond = np.zeros(()) if cval is None else array(cval)
    flat = entries(x, beyond)

    def numbered(places, axis):
        windows = exactly(flat[places], views[len(parts)])
        start = sum(part.size for part in parts)
        y = array(function(windows, axis=axis))
        parts.append(y.reshape(-1))
        return start + places_of(y)

    shown = {"cval": -1 - places_of(beyond)} if usual(mode) == "constant" else {}
    memory = min(batch_memory, 2**48) * 8 // x.dtype.itemsize  # so in the parts of the image
    numbers = f(places_of(x), numbered, batch_memory=memory, **shown, **window)
    return placed(parts, numbers, flat)


def viewing(views):
    """A function of windows that keeps them as they lie in memory, for sums are rounded by that."""

    def view(windows, axis):
        views.append(windows)
        return np.any(windows, axis=axis)

    return view


@calling(ndimage.labeled_comprehension)
def labeled_comprehension(input, labels, index, func, out_dtype, default, pass_positions=False):
    """What func(entries) makes of the entries with each label, and `default` where there are none.

    With `pass_positions` the function is told the places of the entries, too.

    >>> labeled_comprehension([1.0, 2.0, 4.0], [1, 2, 2], [1, 2, 3], np.sum, float, 0)
    array([1., 6., 0.])
    """
    f, x, parts = ndimage.labeled_comprehension, array(input), []
    flat = x.reshape(-1)

    def numbered(places, *positions):
        y = func(flat[places], *positions)
        parts.append(y if index is None else one_number(f, y))
        return len(parts) - 1

    numbers = f(places_of(x), plain(labels), plain(index), numbered, np.intp, -1, pass_positions)
    if index is None:
        return parts[0]
    return typed(f, ordered([*parts, np.asarray(default, out_dtype)], numbers, flat), out_dtype)
