"""Every row of the gradient tables in a compiled function: right for other arrays, or refused.

A program that was written down on one draw of a row's arrays is run on another draw.  What cannot
be repeated is refused; a number that went stale would show here.
"""

import importlib
from pathlib import Path

import numpy as np
import pytest

from knetpy import compile, grad
from knetpy.autograd.gradcheck import total, weighted
from tests.autograd.rules.harness import Case, Row, leaves, variants

ROOT = Path(__file__).parents[1]
# SciPy searches without end for some draws of the second; the first collects rows of the others.
LEFT_OUT = ("test_rows", "test_hypergeometric")
CHAPTERS = [
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
    for path in sorted((ROOT / "autograd").rglob("test_*.py"))
    if path.stem not in LEFT_OUT and "ROWS = [" in path.read_text()
]
# How many rows are refused: what asks SciPy, or Python, about values on the way.
REFUSED = {
    "rules.test_histograms": 1,
    "rules.test_linalg": 1,
    "rules.test_selection": 1,
    "rules.test_shapes": 6,
    "rules.test_special": 3,
    "rules.test_statistics": 8,
    "scipy.interpolate.test_bivariate": 1,
    "scipy.interpolate.test_grids": 1,
    "scipy.linalg.test_cosines": 33,
    "scipy.linalg.test_factors": 24,
    "scipy.linalg.test_forms": 20,
    "scipy.linalg.test_functions": 4,
    "scipy.linalg.test_hermitian_bands": 22,
    "scipy.linalg.test_inverses": 5,
    "scipy.linalg.test_schur_forms": 20,
    "scipy.linalg.test_spaces": 4,
    "scipy.linalg.test_updates": 34,
    "scipy.ndimage.test_distances": 13,
    "scipy.ndimage.test_filters": 6,
    "scipy.ndimage.test_generic": 40,
    "scipy.ndimage.test_masks": 1,
    "scipy.ndimage.test_measurements": 20,
    "scipy.test_legendre": 18,
    "scipy.test_odes": 4,
    "scipy.test_sequences": 14,
}


def chapters():
    for name in CHAPTERS:
        marks = [pytest.mark.slow] if ".scipy." in name else []  # as many again, and slower ones
        for variant in ("plain", "float32"):
            yield pytest.param(name, variant, marks=marks, id=f"{name[15:]}-{variant}")


def cases(chapter, variant):
    for row in importlib.import_module(chapter).ROWS:
        if isinstance(row, Row) and "overwrite_input" not in row.options:  # spoils the second draw
            for name, domains in variants(leaves(row.args)):
                if name == variant:
                    yield Case(row, name, domains)


def value_and_gradient(case):
    def of(*arrays):
        if case.row.constant:
            return case.f(*arrays)
        return case.f(*arrays), grad(lambda xs: total(weighted(case.f(*xs), {})))(list(arrays))

    return of


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("chapter, variant", list(chapters()))
def test_a_row_is_right_for_other_arrays_or_refused(chapter, variant):
    wrong, refused, run = [], 0, 0
    for case in cases(chapter, variant):
        first, second = ([d.array(k + j) for k, d in enumerate(case.domains)] for j in (0, 1))
        f = value_and_gradient(case)
        try:
            expected = f(*second)
        except Exception:  # these arrays are not for this row
            continue
        compiled, run = compile(f), run + 1
        try:
            compiled(*first)
        except Exception:  # CannotCompile, or what SciPy says of an array that it does not know
            refused += 1
        else:
            wrong += [] if same(compiled(*second), expected) else [case.id]
    assert wrong == []
    assert refused <= REFUSED.get(chapter[15:], 0), f"REFUSED {chapter[15:]} {refused} of {run}"


def same(found, expected):
    """Equal in type and shape, and to rounding, which differs where C adds in another order."""
    if isinstance(expected, (list, tuple)):
        pairs = zip(found, expected, strict=True)
        return len(found) == len(expected) and all(same(*pair) for pair in pairs)
    if expected is None or isinstance(expected, (str, bool)):
        return found == expected
    a, b = np.asarray(found), np.asarray(expected)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind not in "fc":
        return bool((a == b).all())
    scale = np.abs(b[np.isfinite(b)]).max(initial=1)
    tolerance = 2000 * np.finfo(b.dtype).eps
    return np.allclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True)
