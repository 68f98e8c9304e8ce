"""Discrete Fourier, cosine and sine transforms: all are linear, and go back transposed.

With scipy.fft.set_backend(knetpy.scipy.fft) in a `with` the functions of scipy.fft themselves take
what is recorded.

Unnormalised, the matrices of the types 1 and 4 are symmetric and those of the types 2 and 3 one
another's transpose, up to the ends: where a first or last entry counts half, it is scaled on both
sides.  Orthogonalised ones need no scale.
Source:  Martucci 1994, Symmetric convolution and the discrete sine and cosine transforms
"""

import inspect

import numpy as np
from scipy import fft as sf

from knetpy.autograd.containers import first
from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.fft import along_axes, along_axis, of_kind, resized, sizes
from knetpy.autograd.values import Array

__all__ = [
    "dct",
    "dctn",
    "dst",
    "dstn",
    "fft",
    "fft2",
    "fftn",
    "fftshift",
    "hfft",
    "hfft2",
    "hfftn",
    "idct",
    "idctn",
    "idst",
    "idstn",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "ihfft2",
    "ihfftn",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftn",
]

SWAPPED = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}
TRANSPOSED = {1: 1, 2: 3, 3: 2, 4: 4}
__ua_domain__ = "numpy.scipy.fft"


def __ua_function__(method, args, options):
    """What scipy.fft asks of a backend: NotImplemented for what others do as well."""
    ours = first((args, options), lambda x: isinstance(x, Array))
    ours = ours if method.__name__ in __all__ else None
    return globals()[method.__name__](*args, **options) if ours is not None else NotImplemented


def wrapped(f, rule, about):
    """A primitive for a function of scipy.fft, of its signature; it leaves `x` as it is."""
    signature = inspect.signature(f)

    def call(x, *args, **options):
        given = signature.bind(x, *args, **options).arguments
        given.pop("overwrite_x", None)
        return f(**given)

    call.__name__ = call.__qualname__ = f.__name__
    call.__signature__ = signature
    call.__doc__ = f"""{about}

    >>> x = np.ones((2, 4))
    >>> np.array_equal({f.__name__}(x), sf.{f.__name__}(x))
    True
    """
    return primitive(rules=[rule])(call)


# Fourier transforms, whose rules are NumPy's


def along(transform):
    """The rule of a transform along one axis, with the options of SciPy."""
    rule = along_axis(transform)
    return lambda dy, y, x, n=None, axis=-1, norm=None, **_: rule(dy, y, x, n, axis, norm)


def numbers(s):
    return s if s is None or np.ndim(s) else (s,)


def along_all(transform, real=None, axes=None, conjugate=None):
    """The rule of transforms along several axes, with a conjugate "before" or "after" them."""
    rule = along_axes(transform, real)

    def dx(dy, y, x, s=None, axes=axes, norm=None, **_):
        s, axes = numbers(s), numbers(axes)
        if conjugate == "before":
            return rule(dy, y, x.conj(), s, axes, SWAPPED[norm]).conj()
        if conjugate == "after":
            return rule(dy.conj(), y, x, s, axes, SWAPPED[norm])
        return rule(dy, y, x, s, axes, norm)

    return dx


# Cosine and sine transforms


def scaled(x, axis, first, last):
    """`x` with its first and its last entry along an axis multiplied."""
    scale = np.ones(x.shape[axis], x.real.dtype)
    scale[0] *= first
    scale[-1] *= last
    return x * scale.reshape([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)])


# fmt: off
ENDS = {  # by what to multiply the first and last entry, before and after
    ("dct", 1): ((2, 2), (0.5, 0.5)),
    ("dct", 2): ((2, 1), (1, 1)),
    ("dct", 3): ((1, 1), (0.5, 1)),
    ("dst", 2): ((1, 2), (1, 1)),
    ("dst", 3): ((1, 1), (1, 0.5)),
}
# fmt: on


def transposed(dy, name, type, axis, norm, orthogonalize):
    f = dct if name == "dct" else dst
    orthogonal = norm == "ortho" if orthogonalize is None else orthogonalize
    before, after = ENDS.get((name, type), ((1, 1), (1, 1)))
    if orthogonal or before == after:
        return f(dy, TRANSPOSED[type], axis=axis, norm=norm, orthogonalize=orthogonal)
    dx = f(scaled(dy, axis, *before), TRANSPOSED[type], axis=axis, norm=norm, orthogonalize=False)
    return scaled(dx, axis, *after)


def trigonometric(name, inverse=False):
    """The rule along one axis; an inverse is the transform of the other type and scale."""

    def dx(dy, y, x, type=2, n=None, axis=-1, norm=None, orthogonalize=None, **_):
        if x.dtype.kind == "c":
            orthogonalize = None  # SciPy passes it by for complex arrays
        if inverse:
            type, norm = TRANSPOSED[type], SWAPPED[norm]
        dx = transposed(of_kind(dy, y), name, type, axis, norm, orthogonalize)
        return of_kind(resized(dx, x.shape[axis], axis), x)

    return dx


def trigonometric_all(name, inverse=False):
    """The rule along several axes, one after the other."""
    rule = trigonometric(name, inverse)

    def dx(dy, y, x, type=2, s=None, axes=None, norm=None, orthogonalize=None, **_):
        for _, axis in sizes(x, numbers(s), numbers(axes), None):
            dx = rule(dy, y, x, type, None, axis, norm, orthogonalize)
            dy = resized(dx, x.shape[axis], axis)
        return dy

    return dx


# fmt: off
fft    = wrapped(sf.fft,    along(np.fft.fft),   "The Fourier transform along an axis.")
ifft   = wrapped(sf.ifft,   along(np.fft.ifft),  "The inverse Fourier transform along an axis.")
rfft   = wrapped(sf.rfft,   along(np.fft.rfft),  "The Fourier transform of real x: half of it.")
irfft  = wrapped(sf.irfft,  along(np.fft.irfft), "The real x of which half the transform is given.")
hfft   = wrapped(sf.hfft,   along(np.fft.hfft),  "The real transform of a Hermitian x, half given.")
ihfft  = wrapped(sf.ihfft,  along(np.fft.ihfft), "Half of the Hermitian x with a real transform.")

fftn   = wrapped(sf.fftn,   along_all(np.fft.fft),  "The Fourier transform along several axes.")
ifftn  = wrapped(sf.ifftn,  along_all(np.fft.ifft), "The inverse of fftn.")
rfftn  = wrapped(sf.rfftn,  along_all(np.fft.fft, np.fft.rfft),   "fftn of real x: half of it.")
irfftn = wrapped(sf.irfftn, along_all(np.fft.ifft, np.fft.irfft), "The inverse of rfftn.")
hfftn  = wrapped(sf.hfftn,  along_all(np.fft.ifft, np.fft.irfft, conjugate="before"),
                 "The real fftn of a Hermitian x, of which half is given.")
ihfftn = wrapped(sf.ihfftn, along_all(np.fft.fft, np.fft.rfft, conjugate="after"),
                 "The inverse of hfftn.")

fft2   = wrapped(sf.fft2,   along_all(np.fft.fft, axes=(-2, -1)),  "fftn along two axes.")
ifft2  = wrapped(sf.ifft2,  along_all(np.fft.ifft, axes=(-2, -1)), "ifftn along two axes.")
rfft2  = wrapped(sf.rfft2,  along_all(np.fft.fft, np.fft.rfft, (-2, -1)), "rfftn along two axes.")
irfft2 = wrapped(sf.irfft2, along_all(np.fft.ifft, np.fft.irfft, (-2, -1)),
                 "irfftn along two axes.")
hfft2  = wrapped(sf.hfft2,  along_all(np.fft.ifft, np.fft.irfft, (-2, -1), conjugate="before"),
                 "hfftn along two axes.")
ihfft2 = wrapped(sf.ihfft2, along_all(np.fft.fft, np.fft.rfft, (-2, -1), conjugate="after"),
                 "ihfftn along two axes.")

dct    = wrapped(sf.dct,    trigonometric("dct"),           "The cosine transform.")
idct   = wrapped(sf.idct,   trigonometric("dct", True),     "The inverse of dct.")
dst    = wrapped(sf.dst,    trigonometric("dst"),           "The sine transform.")
idst   = wrapped(sf.idst,   trigonometric("dst", True),     "The inverse of dst.")
dctn   = wrapped(sf.dctn,   trigonometric_all("dct"),       "The cosine transform, several axes.")
idctn  = wrapped(sf.idctn,  trigonometric_all("dct", True), "The inverse of dctn.")
dstn   = wrapped(sf.dstn,   trigonometric_all("dst"),       "The sine transform, several axes.")
idstn  = wrapped(sf.idstn,  trigonometric_all("dst", True), "The inverse of dstn.")

fftshift  = wrapped(sf.fftshift,  lambda dy, y, x, axes=None: np.fft.ifftshift(dy, axes),
                    "The spectrum with frequency zero in the middle.")
ifftshift = wrapped(sf.ifftshift, lambda dy, y, x, axes=None: np.fft.fftshift(dy, axes),
                    "The inverse of fftshift.")
# fmt: on
