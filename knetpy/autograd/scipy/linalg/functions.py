"""Functions of matrices, from the exponential to fractional powers, and the sign.

The derivative of f at a in direction e is the upper right block of f([[a, e], [0, a]]), and
goes back as the one at a^T.
Source:  Mathias 1996, A chain rule for matrix functions; Higham 2008, theorem 3.6;
         Al-Mohy and Higham 2009 (expm)
"""

import numpy as np
from scipy import linalg

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.rules.decompositions import T
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy.known import stacked
from knetpy.autograd.scipy.wrap import array, composite
from knetpy.autograd.values import value

from .matrix_equations import solve_sylvester

__all__ = [
    "coshm",
    "cosm",
    "expm",
    "expm_cond",
    "expm_frechet",
    "fractional_matrix_power",
    "funm",
    "logm",
    "signm",
    "sinhm",
    "sinm",
    "sqrtm",
    "tanhm",
    "tanm",
]


def blocks(a, e, d):
    """[[a, e], [0, d]]."""
    top = np.concatenate([a, e], axis=-1)
    return np.concatenate([top, np.concatenate([np.zeros_like(e), d], axis=-1)], axis=-2)


def corner(x):
    n = x.shape[-1] // 2
    return x[..., :n, n:]


def derivative(f, a, e):
    """Of f at `a` in direction `e`, which is brought to the size of `a` to lose no digits."""
    sizes = [np.max(abs(value(x)), axis=(-2, -1), keepdims=True, initial=0) for x in (a, e)]
    scale = np.where((sizes[0] > 0) & (sizes[1] > 0), sizes[1] / np.maximum(sizes[0], 1e-30), 1)
    scale = scale.astype(sizes[1].dtype)
    return corner(f(blocks(a, e / scale, a))) * scale


def matrix_function(f, about, example, argument="A"):
    """A primitive for a function that depends on a matrix alone."""

    def dx(dy, y, A):
        return of_kind(derivative(new, T(A), dy), A)

    def call(A):
        return f(A)

    call.__name__ = call.__qualname__ = f.__name__
    call.__doc__ = f"""{about}

    >>> {f.__name__}(np.array([[1.0]])).round(4)
    {example}
    """
    new = primitive(rules=[dx])(call)
    return new


# fmt: off
expm  = matrix_function(linalg.expm,  "The exponential of a matrix.",          "array([[2.7183]])")
cosm  = matrix_function(linalg.cosm,  "The cosine of a matrix.",               "array([[0.5403]])")
sinm  = matrix_function(linalg.sinm,  "The sine of a matrix.",                 "array([[0.8415]])")
tanm  = matrix_function(linalg.tanm,  "The tangent of a matrix.",              "array([[1.5574]])")
coshm = matrix_function(linalg.coshm, "The hyperbolic cosine of a matrix.",    "array([[1.5431]])")
sinhm = matrix_function(linalg.sinhm, "The hyperbolic sine of a matrix.",      "array([[1.1752]])")
tanhm = matrix_function(linalg.tanhm, "The hyperbolic tangent of a matrix.",   "array([[0.7616]])")
logm  = matrix_function(linalg.logm,  "The principal logarithm of a matrix.",  "array([[0.]])")
signm = matrix_function(linalg.signm, "The sign of a matrix: its own inverse.", "array([[1.]])")
# fmt: on


@primitive(rules=[lambda dy, y, A: of_kind(solve_sylvester(T(y), T(y), dy), A)])
def sqrtm(A):
    """The principal square root of a matrix.

    >>> sqrtm([[4.0]])
    array([[2.]])
    """
    return linalg.sqrtm(A)


def power_dt(dy, y, A, t):
    """y log(A); 0 for a whole power of what has no logarithm would be wrong, so SciPy's error."""
    return of_kind((dy * (y @ logm(A))).sum(), t)


@primitive(
    rules=[
        lambda dy, y, A, t: of_kind(
            derivative(lambda x: fractional_matrix_power(x, t), T(A), dy), A
        ),
        lambda dy, y, A, t: of_kind((dy * (y @ logm(A))).sum(), np.asarray(value(t))),
    ]
)
def fractional_matrix_power(A, t):
    """A to the power t, for any real t.

    >>> fractional_matrix_power(np.array([[4.0]]), 0.5)
    array([[2.]])
    """
    return linalg.fractional_matrix_power(A, t)


def frechet_dA(dys, ys, A, E, **_):
    """The second derivative is a derivative at a matrix of blocks."""
    dy, dfrechet = dys
    dx = 0 if dy is None else derivative(expm, T(A), dy)
    if dfrechet is not None:
        zeros = np.zeros_like(dfrechet)
        inner = blocks(T(A), T(E), T(A))
        dx = dx + corner(derivative(expm, inner, blocks(dfrechet, zeros, dfrechet)))
    return of_kind(dx, A)


def frechet_dE(dys, ys, A, E, **_):
    return None if dys[1] is None else of_kind(derivative(expm, T(A), dys[1]), E)


@primitive(rules=[frechet_dA, frechet_dE], several=True)
def expm_pair(A, E, *, method=None, check_finite=True):
    return linalg.expm_frechet(A, E, method, True, check_finite)


@composite(linalg.expm_frechet)
def expm_frechet(A, E, method=None, compute_expm=True, check_finite=True):
    """The exponential of A, and its derivative in direction E; or this alone.

    >>> expm_frechet(np.zeros((1, 1)), np.array([[3.0]]), compute_expm=False)
    array([[3.]])
    """
    y, frechet = expm_pair(array(A), array(E), method=method, check_finite=check_finite)
    return (y, frechet) if compute_expm else frechet


@composite(linalg.expm_cond)
def expm_cond(A, check_finite=True):
    """How much a relative change of A may be magnified in the exponential of A.

    >>> round(float(expm_cond([[2.0]])), 12)
    2.0
    """
    A = array(A)
    known = linalg.expm_cond(value(A), check_finite)
    n = A.shape[-1]
    directions = np.eye(n * n, dtype=value(A).dtype).reshape(n * n, n, n)
    stack = np.broadcast_to(A[..., None, :, :], (*A.shape[:-2], n * n, n, n))
    slopes = derivative(expm, stack, np.broadcast_to(directions, stack.shape))
    slopes = slopes.reshape(*A.shape[:-2], n * n, n * n)
    largest = np.linalg.norm(slopes, 2, axis=(-2, -1))
    sizes = (np.linalg.norm(x, axis=(-2, -1)) for x in (A, expm(A)))
    return exactly(largest * next(sizes) / next(sizes), known)


@composite(linalg.funm)
def funm(A, func, disp=True):
    """The function of a matrix that `func` is of numbers, which must be written in NumPy.

    With disp=False the pair of it and an estimate of the error.  Eigenvalues must differ.

    >>> funm(np.array([[4.0]]), np.sqrt)
    array([[2.]])
    """

    def of_matrix(a):
        w, v = np.linalg.eig(a)
        y = v * func(w.astype(np.result_type(w.dtype, np.complex64))) @ np.linalg.inv(v)
        known = linalg.funm(value(a), func, disp)
        y, known, *error = (y, known) if disp else (y, *known)
        y = exactly(y if known.dtype.kind == "c" else y.real, known)
        return (y, *error) if error else y

    return stacked(of_matrix, array(A))
