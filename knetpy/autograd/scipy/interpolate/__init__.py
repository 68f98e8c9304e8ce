"""The chapter of scipy.interpolate, by parts.

SciPy's own interpolator computes every value; what it is made of, and what it is asked for, has
its gradients by the formula.  What it finds by search (knots, a smoothing) is refused in the data.
"""

from .bernstein import BPoly
from .bivariate import (
    BivariateSpline,
    RectBivariateSpline,
    SmoothBivariateSpline,
    bisplev,
)
from .bsplines import BSpline, NdBSpline
from .cubic import (
    Akima1DInterpolator,
    CubicHermiteSpline,
    CubicSpline,
    PchipInterpolator,
    pchip_interpolate,
)
from .curves import make_splprep, splprep
from .fitpack import (
    insert,
    make_splrep,
    spalde,
    splantider,
    splder,
    splev,
    splint,
    splrep,
)
from .fitting import make_interp_spline, make_lsq_spline, make_smoothing_spline
from .grids import RegularGridInterpolator, interpn
from .knots import generate_knots
from .methods import griddata
from .onedim import interp1d
from .piecewise import NdPPoly, PPoly
from .polynomials import (
    BarycentricInterpolator,
    FloaterHormannInterpolator,
    KroghInterpolator,
    barycentric_interpolate,
    krogh_interpolate,
)
from .radial import RBFInterpolator
from .rational import AAA
from .roots import sproot
from .scattered import LinearNDInterpolator, NearestNDInterpolator
from .series import approximate_taylor_polynomial, lagrange, pade
from .sphere import (
    LSQSphereBivariateSpline,
    RectSphereBivariateSpline,
    SmoothSphereBivariateSpline,
)
from .surfaces import LSQBivariateSpline, bisplrep
from .triangles import CloughTocher2DInterpolator
from .univariate import InterpolatedUnivariateSpline, LSQUnivariateSpline, UnivariateSpline

__all__ = [
    "AAA",
    "Akima1DInterpolator",
    "BPoly",
    "BSpline",
    "BivariateSpline",
    "BarycentricInterpolator",
    "CloughTocher2DInterpolator",
    "CubicHermiteSpline",
    "CubicSpline",
    "FloaterHormannInterpolator",
    "InterpolatedUnivariateSpline",
    "KroghInterpolator",
    "LSQBivariateSpline",
    "LSQSphereBivariateSpline",
    "LSQUnivariateSpline",
    "LinearNDInterpolator",
    "NdBSpline",
    "NdPPoly",
    "NearestNDInterpolator",
    "PPoly",
    "PchipInterpolator",
    "RBFInterpolator",
    "RectBivariateSpline",
    "RectSphereBivariateSpline",
    "RegularGridInterpolator",
    "SmoothBivariateSpline",
    "SmoothSphereBivariateSpline",
    "UnivariateSpline",
    "approximate_taylor_polynomial",
    "barycentric_interpolate",
    "bisplev",
    "bisplrep",
    "generate_knots",
    "griddata",
    "insert",
    "interp1d",
    "interpn",
    "krogh_interpolate",
    "lagrange",
    "make_interp_spline",
    "make_lsq_spline",
    "make_smoothing_spline",
    "make_splprep",
    "make_splrep",
    "pade",
    "pchip_interpolate",
    "spalde",
    "splantider",
    "splder",
    "splev",
    "splint",
    "splprep",
    "splrep",
    "sproot",
]

# Classes, and functions that are differentiable by what they call: in which arguments.
AS_THEY_STAND = dict.fromkeys(set(__all__) - {"bisplev", "interpn"}, "every array") | {
    "NearestNDInterpolator": "y",
    "SmoothBivariateSpline": "the points of a call",
    "bisplrep": "every array if task=-1",
    "generate_knots": "x, xb, xe",
    "SmoothSphereBivariateSpline": "the points of a call",
    "UnivariateSpline": "the points of a call; every array if s=0",
    "splprep": "every array if s=0 or task=-1",
}
