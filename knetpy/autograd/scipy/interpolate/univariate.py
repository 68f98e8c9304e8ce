"""FITPACK's splines of one variable as objects: through data, near them, with knots by search."""

from scipy import interpolate

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.rules.composites import exactly

from .bsplines import differences
from .fitpack import coefficients, evaluated, spalde, splint
from .parts import Interpolator, fixed, floats

__all__ = ["InterpolatedUnivariateSpline", "LSQUnivariateSpline", "UnivariateSpline"]

ENDS = [None] * 2  # of the data themselves
MODES = {"extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}


class Univariate(Interpolator):
    """What is called with points, beyond its knots as `ext` says, and knows its derivatives."""

    def of(self, known, parts, given):
        """This, of SciPy's, whose coefficients `parts()` tells."""
        t, c, k = known._eval_args  # which SciPy's own from one spline to another goes by
        self.made(known, "", list)
        vars(self).update(tck=(*(exactly(parts(), (t, c)) if any_live(given) else (t, c)), k))
        return self

    def content(self):
        return list(self.tck[:2])

    def __call__(self, x, nu=0, ext=None):
        y = self.known(*plain((x, nu, ext)))
        ext = self.ext if ext is None else MODES.get(ext, ext)
        return self.told(y, lambda: evaluated(floats(x), self.tck, nu, ext).reshape(y.shape), x)

    def derivative(self, n=1):
        return self.other(self.known.derivative(n), n)

    def antiderivative(self, n=1):
        return self.other(self.known.antiderivative(n), -n)

    def other(self, known, n):
        new = object.__new__(Univariate)
        return new.of(known, lambda: differences(*self.tck, n)[:2], self.content())

    def integral(self, a, b):
        return splint(a, b, self.tck)

    def derivatives(self, x):
        return spalde(x, self.tck)

    def get_coeffs(self):
        t, c, k = self.tck
        return c[: len(t) - k - 1]

    def get_knots(self):
        t, _, k = self.tck
        return t[k : len(t) - k]


class UnivariateSpline(Univariate):
    """The spline of degree k near the data, by search for knots that bring the misfit below s.

    Gradients go to the points where it is called; with s=0 also to x, y, and bbox.

    >>> y = [0.0, 1.0, 4.0, 9.0]
    >>> round(float(UnivariateSpline([0.0, 1.0, 2.0, 3.0], y, s=0)(1.5)), 12)
    2.25
    """

    def __init__(self, x, y, w=None, bbox=ENDS, k=3, s=None, ext=0, check_finite=False):
        known = interpolate.UnivariateSpline(*plain((x, y, w, bbox)), k, s, ext, check_finite)
        if s != 0:
            fixed("UnivariateSpline with s > 0", x=x, y=y, w=w, bbox=bbox)
        self.of(known, lambda: coefficients(x, y, k, bbox), [x, y, list(bbox)])


class InterpolatedUnivariateSpline(Univariate):
    """The spline of degree k through the data; gradients go to x, y and bbox, too.

    >>> y = [0.0, 1.0, 4.0, 9.0]
    >>> round(float(InterpolatedUnivariateSpline([0.0, 1.0, 2.0, 3.0], y)(1.5)), 12)
    2.25
    """

    def __init__(self, x, y, w=None, bbox=ENDS, k=3, ext=0, check_finite=False):
        given = plain((x, y, w, bbox))
        known = interpolate.InterpolatedUnivariateSpline(*given, k, ext, check_finite)
        self.of(known, lambda: coefficients(x, y, k, bbox), [x, y, list(bbox)])


class LSQUnivariateSpline(Univariate):
    """The spline with the inner knots t nearest to the data, weighted by w.

    >>> x, y = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 1.0, 4.0, 9.0, 16.0, 25.0]
    >>> round(float(LSQUnivariateSpline(x, y, [2.5])(1.5)), 9)
    2.25
    """

    def __init__(self, x, y, t, w=None, bbox=ENDS, k=3, ext=0, check_finite=False):
        given = plain((x, y, t, w, bbox))
        known = interpolate.LSQUnivariateSpline(*given, k, ext, check_finite)
        self.of(known, lambda: coefficients(x, y, k, bbox, w, t), [x, y, t, w, list(bbox)])
