"""Composite functions: bodies that stand in for them while recording, and NumPy's own values."""

import inspect
from functools import wraps

import numpy as np

from knetpy.autograd.dispatch import plain
from knetpy.autograd.primitive import primitive, rewrite
from knetpy.autograd.whole import compute

from .elementwise import astype_dx

__all__ = ["array", "composite", "exactly", "known_by"]


def composite(f, *, exact=False):
    """Differentiate `f` through another body, which is given by name what the call gave.

    With `exact` the body tells the gradient alone: NumPy computes the value, and finds the errors.
    """
    signature = inspect.signature(f)

    def row(body):
        @rewrite(f)
        @wraps(body)
        def named(*args, **options):
            given = signature.bind(*args, **options).arguments
            given = {key: x for key, x in given.items() if x is not np._NoValue}
            if "out" in given:
                return f(**given)
            y = known_by(f, args, options) if exact else None
            found = body(**given)
            return exactly(found, y) if exact else found

        return named

    return row


def known_by(f, args, options):
    """What `f` gives for the plain values of its arguments."""
    return compute(f, plain(args), plain(options))


def exactly(x, y):
    """`y`, with the gradients of `x`, which is the same but for rounding; also part by part."""
    if isinstance(y, (list, tuple)):
        return type(y)(map(exactly, x, y))
    return rounded(x, to=y)


@primitive(rules=[lambda dy, y, x, to: astype_dx(dy, y, x)], broadcast=False)
def rounded(x, *, to):
    return to


def array(x):
    """`x`, or an array of it if it is a list or a number."""
    return x if hasattr(x, "dtype") else np.array(x)
