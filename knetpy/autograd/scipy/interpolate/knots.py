"""Knots for data, more and more of them: each at a site of the data, or at the ends."""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.values import value

from .fitting import continued, not_a_knot, periodic_knots, repeated
from .parts import floats

__all__ = ["generate_knots"]


def generate_knots(x, y, *, w=None, xb=None, xe=None, k=3, s=0, nest=None, bc_type=None):
    """Knots for splines nearest to the data (x, y), more and more until the misfit is below s.

    Which sites become knots is constant: gradients go to x and to the ends xb and xe, and are
    zero in y, w and s.

    >>> x = np.arange(6.0)
    >>> [t.tolist() for t in generate_knots(x, np.sin(x), k=1, s=0.5)]
    [[0.0, 0.0, 5.0, 5.0], [0.0, 0.0, 3.0, 5.0, 5.0], [0.0, 0.0, 2.0, 3.0, 5.0, 5.0]]
    """
    given = plain((x, y)), plain({"w": w, "xb": xb, "xe": xe, "s": s})
    options = {"k": k, "nest": nest, "bc_type": bc_type}
    for count, t in enumerate(interpolate.generate_knots(*given[0], **given[1], **options)):
        if not any_live([x, xb, xe]):
            yield t
            continue
        sites, periodic = floats(x), bc_type == "periodic"
        last = s == 0 or (count and len(t) == len(sites) + (2 * k if periodic else k + 1))
        if last:
            made = periodic_knots if periodic and (k > 1 or s) else not_a_knot
            yield exactly(made(sites, k), t)
        else:
            yield exactly(chosen(sites, (xb, xe), k, t, periodic), t)


def chosen(x, ends, k, t, periodic):
    """The knots t, by the sites x and the ends that they are; `periodic` ones go on beyond."""
    low, high = (x[i] if end is None else floats(end) for i, end in zip((0, -1), ends, strict=True))
    inner = x[np.searchsorted(value(x), t[k + 1 : len(t) - k - 1])]
    if not periodic:
        return np.concatenate([repeated(low, k + 1), inner, repeated(high, k + 1)])
    if len(inner):
        return continued(np.concatenate([low[None], inner, high[None]]), k)
    steps = np.arange(k + 1) * (high - low)  # a constant goes on from the sites themselves
    return np.concatenate([x[0] - steps[::-1], x[-1] + steps])
