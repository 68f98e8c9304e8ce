"""Discrete Fourier transforms: all are linear, and the gradient is the transposed transform.

The matrix of `fft` is symmetric, so it is its own transpose, and `ifft` likewise.  A real
transform knows half of a spectrum with y[n - k] = conj(y[k]); what stands for two frequencies
counts twice in the sums over a whole spectrum, and half in the way back from them.
"""

from numpy import concatenate, fft, finfo, full_like, zeros_like

from knetpy.autograd.primitive import primitive


def of_kind(dx, x):
    """`dx`, or its real part if `x` is real."""
    return dx.real if dx.dtype.kind == "c" != x.dtype.kind else dx


def resized(x, n, axis):
    """`x` cut, or filled up with zeros, to length `n` along an axis, as transforms do it."""
    axis, missing = axis % x.ndim, n - x.shape[axis]
    if missing > 0:
        shape = tuple(missing if i == axis else m for i, m in enumerate(x.shape))
        return concatenate([x, zeros_like(x, shape=shape)], axis=axis)
    return x[(slice(None),) * axis + (slice(n),)] if missing else x


def twice(half, n, axis):
    """For how many of `n` frequencies each of half a spectrum stands: 1 at its ends, 2 between."""
    counts = full_like(half, 2, shape=(n // 2 + 1,), dtype=finfo(half.dtype).dtype)
    counts[0] = counts[n // 2 if n % 2 == 0 else 0] = 1
    return counts.reshape([-1 if i == axis % half.ndim else 1 for i in range(half.ndim)])


def doubled(half, n, axis):
    return half * twice(half, n, axis)


def halved(half, n, axis):
    return half / twice(half, n, axis)


# fmt: off
TRANSPOSED = {
    fft.fft:   lambda dy, n, axis, norm: fft.fft(dy, n, axis, norm),
    fft.ifft:  lambda dy, n, axis, norm: fft.ifft(dy, n, axis, norm),
    fft.rfft:  lambda dy, n, axis, norm: fft.hfft(halved(dy, n, axis), n, axis, norm),
    fft.ihfft: lambda dy, n, axis, norm: fft.irfft(halved(dy, n, axis), n, axis, norm),
    fft.hfft:  lambda dy, n, axis, norm: doubled(fft.rfft(dy, n, axis, norm), n, axis),
    fft.irfft: lambda dy, n, axis, norm: doubled(fft.ihfft(dy, n, axis, norm), n, axis),
}
# fmt: on


def back(dy, y, x, steps, norm):
    """`dy` through the steps (transform, n, axis), from the last to the first."""
    lengths, done = list(x.shape), []
    for transform, n, axis in steps:
        before = lengths[axis]
        if n is None:
            n = 2 * (before - 1) if transform in (fft.irfft, fft.hfft) else before
        lengths[axis] = n // 2 + 1 if transform in (fft.rfft, fft.ihfft) else n
        done.append((transform, n, axis, before))
    dx = of_kind(dy, y)
    for transform, n, axis, before in reversed(done):
        dx = resized(TRANSPOSED[transform](dx, n, axis, norm), before, axis)
    return of_kind(dx, x)


def along_axis(transform):
    """The rule of a transform along one axis."""
    return lambda dy, y, a, n=None, axis=-1, norm=None: back(dy, y, a, [(transform, n, axis)], norm)


def along_axes(transform, real=None, axes=None):
    """The rule of transforms along `axes` in turn: the last one's, first (or last) of all, `real`.

    They go from the last axis to the first, but inverse real ones from the first to the last.
    """

    def dx(dy, y, a, s=None, axes=axes, norm=None):
        steps = [(transform, n, axis) for n, axis in sizes(a, s, axes, real)]
        if real and steps:
            steps[-1] = (real, *steps[-1][1:])
        return back(dy, y, a, steps if real is fft.irfft else steps[::-1], norm)

    return dx


def sizes(x, s, axes, real):
    """Pairs (n, axis), as NumPy reads `s` and `axes`; n is None for the transform's own choice."""
    if axes is None:
        axes = range(-(x.ndim if s is None else len(s)), 0)
    if s is None:
        s = [x.shape[axis] for axis in axes]
        if real is fft.irfft:
            s[-1] = 2 * (s[-1] - 1)
    return [(x.shape[axis] if n == -1 else n, axis) for n, axis in zip(s, axes, strict=True)]


# fmt: off
primitive(fft.fft,       along_axis(fft.fft))
primitive(fft.ifft,      along_axis(fft.ifft))
primitive(fft.rfft,      along_axis(fft.rfft))
primitive(fft.irfft,     along_axis(fft.irfft))
primitive(fft.hfft,      along_axis(fft.hfft))
primitive(fft.ihfft,     along_axis(fft.ihfft))
primitive(fft.fftn,      along_axes(fft.fft))
primitive(fft.ifftn,     along_axes(fft.ifft))
primitive(fft.rfftn,     along_axes(fft.fft, fft.rfft))
primitive(fft.irfftn,    along_axes(fft.ifft, fft.irfft))
primitive(fft.fft2,      along_axes(fft.fft, axes=(-2, -1)))
primitive(fft.ifft2,     along_axes(fft.ifft, axes=(-2, -1)))
primitive(fft.rfft2,     along_axes(fft.fft, fft.rfft, (-2, -1)))
primitive(fft.irfft2,    along_axes(fft.ifft, fft.irfft, (-2, -1)))
primitive(fft.fftshift,  lambda dy, y, x, axes=None: fft.ifftshift(dy, axes))
primitive(fft.ifftshift, lambda dy, y, x, axes=None: fft.fftshift(dy, axes))
# fmt: on
