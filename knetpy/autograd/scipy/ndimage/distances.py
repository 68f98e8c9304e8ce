"""Distances of the entries of a mask from its background.

    d[i] = sqrt(sum_k (s_k (i_k - b_k))^2),    b the nearest place of the background

They are constant in the mask, and have a gradient in the widths s (sampling) of the grid; of
places that are equally near, the one counts that SciPy names.
"""

import numpy as np
from scipy import ndimage

from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.errors import full_name
from knetpy.autograd.rules.composites import exactly
from knetpy.autograd.scipy.wrap import composite

from .borders import per_axis
from .masks import constant, require_unwritten

__all__ = ["distance_transform_bf", "distance_transform_cdt", "distance_transform_edt"]


def lengths(steps, sampling):
    """The lengths of steps of whole numbers, with a gradient of 0 where there is none to go."""
    square = np.zeros(steps.shape[1:])
    for step, width in zip(steps, per_axis(sampling, len(steps)), strict=True):
        square = square + width * width * (step * step)
    stays = square == 0
    return np.where(stays, 0, np.sqrt(np.where(stays, 1, square)))


def measured(f, input, sampling, found, **outputs):
    """What SciPy's `f` gives, with the gradient of the distances in `sampling`."""
    require_unwritten(f, distances=outputs["distances"], indices=outputs["indices"])
    arguments = {"input": plain(input), **found}
    live = any_live(sampling) and outputs["return_distances"]
    if live and isinstance(outputs["distances"], np.ndarray):
        raise NotImplementedError(
            f"{full_name(f)} has no gradient in sampling for an array as distances=; leave it "
            "out, and take the result"
        )
    y = f(**arguments, sampling=plain(sampling), **outputs)
    if not live:
        return y
    only = {"return_distances": False, "return_indices": True}
    nearest = f(**arguments, sampling=plain(sampling), **only)
    steps = nearest - np.indices(nearest.shape[1:])
    if f is ndimage.distance_transform_bf and np.all(arguments["input"]):
        steps = 0 * steps  # it has no nearest place, and its largest number for a distance
    d = lengths(steps, sampling)
    return (exactly(d, y[0]), *y[1:]) if isinstance(y, tuple) else exactly(d, y)


@composite(ndimage.distance_transform_edt)
def distance_transform_edt(
    input,
    sampling=None,
    return_distances=True,
    return_indices=False,
    distances=None,
    indices=None,
):
    """The distances from the nearest place of the background, where `input` is 0.

    >>> distance_transform_edt([[0, 1, 1], [1, 1, 0]], sampling=(3.0, 4.0))
    array([[0., 4., 3.],
           [3., 4., 0.]])
    """
    return measured(
        ndimage.distance_transform_edt,
        input,
        sampling,
        {},
        return_distances=return_distances,
        return_indices=return_indices,
        distances=distances,
        indices=indices,
    )


@composite(ndimage.distance_transform_bf)
def distance_transform_bf(
    input,
    metric="euclidean",
    sampling=None,
    return_distances=True,
    return_indices=False,
    distances=None,
    indices=None,
):
    """The distances from the nearest place of the background, by trying all of it.

    Of the metrics, euclidean alone knows widths; taxicab and chessboard count steps.

    >>> distance_transform_bf([[0, 1, 1], [1, 1, 1]], "taxicab")
    array([[0, 1, 2],
           [1, 2, 3]], dtype=uint32)
    """
    return measured(
        ndimage.distance_transform_bf,
        input,
        sampling if metric.lower() == "euclidean" else plain(sampling),
        {"metric": metric},
        return_distances=return_distances,
        return_indices=return_indices,
        distances=distances,
        indices=indices,
    )


@constant(ndimage.distance_transform_cdt)
def distance_transform_cdt():
    """The steps to the nearest place of the background: a count, of no widths.

    >>> distance_transform_cdt([[0, 1, 1], [1, 1, 1]])
    array([[0, 1, 2],
           [1, 1, 2]], dtype=int32)
    """
