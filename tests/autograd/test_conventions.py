"""The table of docs/conventions.md: every row is the gradient that `grad` gives."""

import re
from pathlib import Path

import numpy as np
import pytest

from knetpy import ops, scipy
from knetpy.autograd import grad

PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"
ROWS = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|", PAGE.read_text(), re.M)
NAMES = {"np": np, "ops": ops, "scipy": scipy, "inf": np.inf}


@pytest.mark.parametrize("f, x, expected", ROWS, ids=lambda text: text)
@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value)")  # of values; slopes are asked
def test_row(f, x, expected):
    f, x, expected = (eval(text, NAMES) for text in (f, x, expected))
    g = grad(lambda x: np.sum(np.real(f(x))))(np.array(x))
    if expected is None:
        assert g is None
    else:
        np.testing.assert_allclose(g, np.array(expected), rtol=1e-14, strict=True)


def test_the_table_has_rows():
    assert len(ROWS) > 30
