"""Recursive filters; public in the chapter of scipy.signal.

    a[0] y[n] = sum_k b[k] x[n - k] - sum_{k > 0} a[k] y[n - k] + a[0] zi[n]

With v the gradient run through the filter 1 / a from the end to the start, the sums over n of
v[n] x[n - k], -v[n] y[n - k] and a[0] v[n] are the gradients of b[k], a[k] and zi[n].  The final
state zf continues the same sums beyond the end, where y counts no more.
"""

import numpy as np
from scipy import signal

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.values import value

from .wrap import array, composite, vector

__all__ = ["filtfilt", "lfilter", "sosfilt"]


def lags(v, x, size):
    """sum_n v[n] x[n - k] for k below `size`, over the last axis and all others."""
    n, m = v.shape[-1], x.shape[-1]
    sums = []
    for k in range(size):
        length = max(0, min(n - k, m))
        sums.append((v[..., k : k + length] * x[..., :length]).sum())
    return np.stack(sums)


def behind(x, size):
    """`x` with zeros behind, up to a length."""
    missing = size - x.shape[-1]
    zeros = np.zeros_like(x, shape=(*x.shape[:-1], max(missing, 0)))
    return np.concatenate([x[..., :size], zeros], axis=-1)


def backwards(b, a, x):
    """The filter from the end to the start, along the last axis."""
    return lfilter(b, a, x[..., ::-1])[..., ::-1]


def beyond(dys, ys, a, x):
    """v, up to the end of y and, from there on, of the final state."""
    dy, dzf = dys if isinstance(dys, list) else (dys, None)
    one = np.ones_like(a[:1])
    if dzf is None:
        return backwards(one, a, dy), None
    tail, n = dzf / a[0], x.shape[-1]
    extended = np.concatenate([np.zeros_like(tail, shape=(*tail.shape[:-1], n)), tail], axis=-1)
    carried = backwards(a, one, extended)[..., :n]
    dy = -carried if dy is None else dy - carried
    return backwards(one, a, dy), tail


def joined(v, tail):
    return v if tail is None else np.concatenate([v, tail], axis=-1)


def filter_dx(dys, ys, b, a, x, zi=None):
    v, tail = beyond(dys, ys, a, x)
    return of_kind(backwards(b, np.ones_like(a[:1]), joined(v, tail))[..., : x.shape[-1]], x)


def filter_db(dys, ys, b, a, x, zi=None):
    return of_kind(lags(joined(*beyond(dys, ys, a, x)), x, len(b)), b)


def filter_da(dys, ys, b, a, x, zi=None):
    """The state is not divided by a[0], and so its part in the sums is taken out again."""
    v, tail = beyond(dys, ys, a, x)
    y = ys if zi is None else ys[0]
    da = -lags(joined(v, tail), y, len(a))
    if zi is None:
        return of_kind(da, a)
    n = y.shape[-1]
    known = v * behind(zi, n)
    first = known.sum()
    if tail is not None:
        rest = behind(zi[..., n:], ys[1].shape[-1])
        first = first - (tail * (ys[1] - rest)).sum()
    place = (np.arange(len(a)) == 0).astype(a.real.dtype)
    return of_kind(da + first * place, a)


def filter_dzi(dys, ys, b, a, x, zi):
    v, tail = beyond(dys, ys, a, x)
    return of_kind(behind(joined(v, tail) * a[0], zi.shape[-1]), zi)


@primitive(rules=[filter_db, filter_da, filter_dx])
def filtered(b, a, x):
    return signal.lfilter(b, a, x)


@primitive(rules=[filter_db, filter_da, filter_dx, filter_dzi], several=True)
def continued(b, a, x, zi):
    return signal.lfilter(b, a, x, zi=zi)


@composite(signal.lfilter)
def lfilter(b, a, x, axis=-1, zi=None):
    """The filter b / a along an axis, from the state zi if given: y, or the pair (y, final state).

    >>> lfilter([1.0], [1.0, -0.5], [1.0, 0.0, 0.0])
    array([1.  , 0.5 , 0.25])
    """
    b, a, x = vector(b), vector(a), array(x)
    moved = np.moveaxis(x, axis, -1)
    if zi is None:
        return np.moveaxis(filtered(b, a, moved), -1, axis)
    zi = np.moveaxis(array(zi), axis, -1)
    zi = np.broadcast_to(zi, (*moved.shape[:-1], max(len(a), len(b)) - 1))
    y, zf = continued(b, a, moved, zi)
    return np.moveaxis(y, -1, axis), np.moveaxis(zf, -1, axis)


@composite(signal.sosfilt)
def sosfilt(sos, x, axis=-1, zi=None):
    """Filters of second order one after the other, each a row b0 b1 b2 a0 a1 a2.

    >>> sosfilt([[1.0, 0.0, 0.0, 1.0, -0.5, 0.0]], [1.0, 0.0, 0.0])
    array([1.  , 0.5 , 0.25])
    """
    signal.sosfilt(value(sos), value(x), axis, value(zi))
    sos, x, states = array(sos), array(x), []
    for k in range(len(sos)):
        state = None if zi is None else zi[k]
        x = lfilter(sos[k, :3], sos[k, 3:], x, axis, state)
        if zi is not None:
            x, after = x
            states.append(after)
    return x if zi is None else (x, np.stack(states))


def extension(x, kind, n):
    """`x` with n entries on each side by which its ends go on: "odd", "even" or "constant"."""
    if not n or kind is None:
        return x
    left, right = x[..., 1 : n + 1][..., ::-1], x[..., -n - 1 : -1][..., ::-1]
    first, last = x[..., :1], x[..., -1:]
    if kind == "constant":
        left, right = (np.broadcast_to(end, left.shape) for end in (first, last))
    elif kind == "odd":
        left, right = 2 * first - left, 2 * last - right
    return np.concatenate([left, x, right], axis=-1)


def steady_state(b, a):
    """The state of the filter's response to a step, once it has settled."""
    size = max(len(a), len(b))
    b, a = behind(b / a[0], size), behind(a / a[0], size)
    ones = np.eye(size - 1, k=1, dtype=a.real.dtype)
    first = (np.arange(size - 1) == 0).astype(a.real.dtype)
    companion = ones - a[1:, None] * first
    step = np.eye(size - 1, dtype=a.real.dtype)
    return np.linalg.solve(step - companion, b[1:] - a[1:] * b[0])


@composite(signal.filtfilt)
def filtfilt(b, a, x, axis=-1, padtype="odd", padlen=None, method="pad", irlen=None):
    """The filter b / a along an axis, forwards and backwards, so that nothing is delayed.

    >>> filtfilt([0.5, 0.5], [1.0], np.arange(8.0)).round(12)
    array([0., 1., 2., 3., 4., 5., 6., 7.])
    """
    if method != "pad":
        raise NotImplementedError(f'filtfilt has no gradient for method={method!r}; use "pad"')
    signal.filtfilt(*map(value, (b, a, x)), axis, padtype, padlen)
    b, a, x = vector(b), vector(a), np.moveaxis(array(x), axis, -1)
    edge = 0 if padtype is None else 3 * max(len(a), len(b)) if padlen is None else padlen
    zi, y = steady_state(b, a), extension(x, padtype, edge)
    for _ in range(2):
        y = lfilter(b, a, y, zi=zi * y[..., :1])[0][..., ::-1]
    return np.moveaxis(y[..., edge : y.shape[-1] - edge], -1, axis)
