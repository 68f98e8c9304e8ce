"""Medians, quantiles, percentiles: entries looked up in the order, or between two of them.

Asked for the ranks of entries instead of the entries themselves, NumPy's function tells where it
looks; so there is one rule for all of them, and all methods.  Of equal entries the first counts
as the smaller one, and nan is larger than every number.
"""

from math import prod

import numpy as np

from knetpy.autograd.primitive import primitive

from .places import numbers
from .reductions import axes_of
from .sorting import order_of, scatter
from .statistics import weights_like

PLOTTING = {  # of n entries, q lies at (n + 1 - alpha - beta) q + alpha - 1, counted from 0
    "linear": (1, 1),
    "weibull": (0, 0),
    "hazen": (0.5, 0.5),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
    "interpolated_inverted_cdf": (0, 1),
}


def joined(x, axis):
    """`x` with the reduced axes joined to one, the last."""
    axes = axes_of(x.ndim, axis)
    kept = [n for i, n in enumerate(x.shape) if i not in axes]
    x = np.moveaxis(x, tuple(axes), tuple(range(-len(axes), 0)))
    return x.reshape([*kept, prod(x.shape[len(kept) :])])


def parted(x, like, axis):
    """Back from `joined`."""
    axes = axes_of(like.ndim, axis)
    x = x.reshape([*x.shape[:-1], *(like.shape[i] for i in axes)])
    return np.moveaxis(x, tuple(range(-len(axes), 0)), tuple(axes))


def looked_at(f, x, q, skip, weights=None, **options):
    """Which places in the order f looks at: below, above, the share of above, how many count."""
    order = order_of(x)
    *kept, n = x.shape
    ranks = numbers(n, x).astype(np.result_type(np.finfo(x.dtype).dtype, np.min_scalar_type(n)))
    if skip:
        n = np.maximum(np.sum(~np.isnan(x), axis=-1, keepdims=True), 1)
        ranks = np.where(ranks < n, ranks, np.nan)
    if weights is not None:
        options["weights"] = np.take_along_axis(weights, order, -1)
        ranks = np.broadcast_to(ranks, x.shape)
    queries = prod(map(np.size, q))
    place = by_row(f(ranks, *q, axis=-1, **options), queries, ranks.shape[:-1])
    place = np.broadcast_to(place, (*kept, queries))
    below = np.clip(np.floor(place), 0, np.maximum(n - 2, 0))
    above = np.minimum(below + 1, n - 1)
    return order, below.astype(np.intp), above.astype(np.intp), place - below, n


def by_row(y, queries, kept):
    """What came out for each q, (queries, kept axes), as (kept axes, queries)."""
    return np.moveaxis(y.reshape(queries, *kept), 0, -1)


def shared_out(f, dy, a, q, axis, skip=False, weights=None, **options):
    """`dy` on the entries that f took, in parts where it stands between two."""
    x = joined(a, axis)
    if weights is not None:
        weights = joined(np.broadcast_to(weights_like(weights, a, axis), a.shape), axis)
    order, below, above, share, _ = looked_at(f, x, q, skip, weights, **options)
    *kept, n = x.shape
    dy = by_row(dy, share.shape[-1], kept)
    share = share.astype(np.finfo(dy.dtype).dtype)
    dx = scatter(dy * (1 - share), np.take_along_axis(order, below, -1), n)
    dx = dx + scatter(dy * share, np.take_along_axis(order, above, -1), n)
    return parted(np.where(np.isnan(x), 0, dx) if skip else dx, a, axis)


def quantile_rules(f, whole=1, skip=False):
    """For a, and for q in parts of a `whole`: the slope between two entries, or 0 at one alone."""

    def da(
        dy, y, a, q, axis=None, method="linear", keepdims=False, weights=None, overwrite_input=False
    ):
        return shared_out(f, dy, a, (q,), axis, skip, weights, method=method)

    def dq(dy, y, a, q, axis=None, method="linear", weights=None, **_):
        if method not in PLOTTING:
            return np.zeros_like(q)
        x = joined(a, axis)
        order, below, above, _, n = looked_at(f, x, (q,), skip, method=method)
        alpha, beta = PLOTTING[method]
        per = n + 1 - alpha - beta
        place = per * (q.reshape(-1) / whole) + alpha - 1
        x = np.take_along_axis(np.where(np.isnan(x), 0, x) if skip else x, order, -1)
        gap = np.take_along_axis(x, above, -1) - np.take_along_axis(x, below, -1)
        kept = x.shape[:-1]
        moves = by_row(dy, q.size, kept) * np.where(
            (place >= 0) & (place <= n - 1), gap * per / whole, 0
        )
        return np.sum(moves.reshape(prod(kept), q.size), axis=0).reshape(q.shape).astype(dy.dtype)

    return da, dq


def median_rule(f, skip=False):
    def da(dy, y, a, axis=None, keepdims=False, overwrite_input=False):
        return shared_out(f, dy, a, (), axis, skip)

    return da


def sparing(f):
    """The function without `overwrite_input`, for the tape needs the input as it is."""
    return lambda *args, overwrite_input=False, **options: f(*args, **options)


# fmt: off
primitive(np.median,        median_rule(np.median), call=sparing(np.median))
primitive(np.quantile,      *quantile_rules(np.quantile), call=sparing(np.quantile))
primitive(np.percentile,    *quantile_rules(np.percentile, 100), call=sparing(np.percentile))
primitive(np.nanmedian,     median_rule(np.nanmedian, skip=True), call=sparing(np.nanmedian))
primitive(np.nanquantile,   *quantile_rules(np.nanquantile, skip=True),
                            call=sparing(np.nanquantile))
primitive(np.nanpercentile, *quantile_rules(np.nanpercentile, 100, skip=True),
                            call=sparing(np.nanpercentile))
# fmt: on
