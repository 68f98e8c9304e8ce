"""Interpolation of scattered data by a method's name."""

import numpy as np
from scipy import interpolate

from knetpy.autograd.dispatch import any_live, plain

from .onedim import interp1d
from .parts import points_of
from .scattered import LinearNDInterpolator, NearestNDInterpolator
from .triangles import CloughTocher2DInterpolator

__all__ = ["griddata"]


def griddata(points, values, xi, method="linear", fill_value=np.nan, rescale=False):
    """Scattered data at the points xi: by the "linear", "nearest" or "cubic" interpolator.

    In one variable it is interp1d; "cubic" interpolates in one variable or two.

    >>> griddata([0.0, 1.0], np.array([0.0, 2.0]), 0.25)
    array(0.5)
    """
    if not any_live([list(points), values, list(xi) if isinstance(xi, tuple) else xi, fill_value]):
        given = plain((points, values, xi, method, fill_value))
        return interpolate.griddata(*given, rescale)
    sites, inner = points_of(points), xi
    if sites.shape[-1] == 1 and method in ("nearest", "linear", "cubic"):
        inner = xi[0] if isinstance(xi, tuple) and len(xi) == 1 else xi
        fill_value = "extrapolate" if method == "nearest" else fill_value
        return interp1d(
            sites.reshape(-1), values, method, 0, bounds_error=False, fill_value=fill_value
        )(inner)
    if method == "nearest":
        return NearestNDInterpolator(sites, values, rescale)(inner)
    if method == "linear":
        return LinearNDInterpolator(sites, values, fill_value, rescale)(inner)
    if method == "cubic" and sites.shape[-1] == 2:
        return CloughTocher2DInterpolator(sites, values, fill_value, rescale=rescale)(inner)
    return interpolate.griddata(*plain((points, values, xi, method, fill_value)), rescale)
