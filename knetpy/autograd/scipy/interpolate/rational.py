"""Rational functions by Antoulas and Anderson's algorithm, AAA, adaptive in its points.

    r(q) = sum_j w[j] y[j] / (q - x[j])  /  sum_j w[j] / (q - x[j])

Which of the data are support points is constant.  The weights w are the right singular vector to
the least singular value of (y[i] - y[j]) / (x[i] - x[j]), for all other data i.
Source:  Nakatsukasa, Sète and Trefethen 2018, The AAA algorithm for rational approximation
"""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.scipy.known import refused
from knetpy.autograd.scipy.linalg import null_space
from knetpy.autograd.values import value

from .parts import Interpolator, floats
from .polynomials import others, rational
from .roots import root

__all__ = ["AAA"]


class AAA(Interpolator):
    """The rational function near the data (x, y) that interpolates at points of its choice.

    Gradients go to x, y and the points where it is called; its poles, residues and roots have them
    too.  They are those of as many terms as there are.  The data must determine the weights, up to
    a factor.

    >>> x = np.linspace(-1, 1, 9)
    >>> f = AAA(x, 1 / (x - 3))
    >>> f(2.0).round(12), f.poles().round(9)
    (np.float64(-1.0), array([3.+0.j]))
    """

    def __init__(self, x, y, *, rtol=None, max_terms=100, clean_up=True, clean_up_tol=1e-13):
        options = {"rtol": rtol, "max_terms": max_terms}
        cleaning = {"clean_up": clean_up, "clean_up_tol": clean_up_tol}
        known = interpolate.AAA(*plain((x, y)), **options, **cleaning)
        vars(self)["data"] = x, y
        self.of(known)

    def of(self, known):
        names = "support_points support_values weights"
        self.made(known, names, lambda: fitted(*map(floats, self.data), known), self.data)
        if any_live(self.data):
            x = np.concatenate(list(map(floats, self.data)))
            vars(self)["errors"] = refused(x, known=known.errors, why=SEARCHED)

    def clean_up(self, cleanup_tol=1e-13):
        count = self.known.clean_up(cleanup_tol)
        self.of(self.known)
        return count

    def __call__(self, z):
        return self.told(self.known(plain(z)), lambda: self.at(floats(z)), z)

    def at(self, q):
        x, y, w = self.content()
        far = np.isinf(value(q))
        found = rational(x, y[:, None], w, np.where(far, 0, q), spread(x))[..., 0]
        return np.where(far, (w * y).sum() / w.sum(), found)

    def poles(self):
        return self.zeros(self.known.poles(), self.weights)

    def roots(self):
        return self.zeros(self.known.roots(), self.weights * self.support_values)

    def zeros(self, known, w):
        """The zeros of sum_j w[j] prod_{m != j} (z - x[m])."""
        x, n, scale = self.support_points, len(w), spread(self.support_points)
        if not any_live([x, w]):
            return known
        steps = abs(known[:, None] - value(x))
        parts = abs(value(w) * others(value(x), known, scale))
        size = (parts / np.where(steps > 0, steps, 1)).sum(axis=1)
        f = lambda z, x: (x[n:] * others(x[:n], z, scale)).sum(axis=-1)  # noqa: E731
        return root(np.concatenate([x, w]), known=known, f=f, scale=size)

    def residues(self):
        def body():
            x, y, w = self.content()
            near = 1 / (self.poles()[:, None] - x)
            return -(near @ (y * w)) / (near**2 @ w)

        return self.told(self.known.residues(), body)


SEARCHED = "AAA.errors has no gradient, for it tells of a search; take y - f(x)"


def spread(x):
    """A factor that keeps products of steps between points near 1."""
    size = abs(value(x) - value(x).mean()).max()
    return 2 / size if size else 1.0


def fitted(x, y, known):
    """Support points, their values and weights, by the choice that `known` has made."""
    kept = np.isfinite(value(y))
    order = np.flatnonzero(kept)[np.unique(value(x)[kept], return_index=True)[1]]
    x, y, support = x[order], y[order], known.support_points
    places = (value(x) == support[:, None]).argmax(axis=1)
    rest = np.delete(np.arange(len(order)), places)
    A = (y[rest, None] - y[places]) / (x[rest, None] - x[places])
    return x[places], y[places], weights(A, known.weights)


def weights(A, known):
    """The vector w of least |A w|, with the length and phase of `known`.

    Where columns differ much in size SciPy takes them all to length 1 first.
    """
    if A.shape[1] == 1:
        return known
    sizes = np.sqrt((abs(A) ** 2).sum(axis=0))
    scales = [0 * sizes + 1, *([sizes] if value(sizes).all() else [])]
    w = max((least(A / scale) / scale for scale in scales), key=lambda w: likeness(w, known))
    if likeness(w, known) > 1 - 1e-9:
        return w * (np.vdot(value(w), known) / np.vdot(value(w), value(w)))
    raise NotImplementedError(
        "AAA has no gradient in x and y for these data, which do not determine the weights: "
        "more than one choice fits them equally well; ask for fewer terms by max_terms, or pass "
        "value(x) and value(y)"
    )


def likeness(w, known):
    """The cosine between two directions, 0 of none."""
    lengths = np.linalg.norm(value(w)) * np.linalg.norm(known)
    return abs(np.vdot(value(w), known)) / lengths if lengths else 0.0


def least(A):
    """The vector w of length 1 with the least |A w|; 0 if there are several."""
    rows, columns = A.shape
    if rows >= columns:
        return np.conj(np.linalg.svd(A, full_matrices=False).Vh[-1])
    return null_space(A)[:, 0] if rows == columns - 1 else 0 * A[0]
