"""The rows of all chapters against the whole table: nothing untested, and how much is tested."""

import importlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from knetpy.autograd.dispatch import load_late
from knetpy.autograd.primitive import table
from tests.autograd.rules.harness import cases

CHAPTERS = [
    importlib.import_module(f"tests.autograd.rules.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if path != Path(__file__)
]
ROWS = [row for chapter in CHAPTERS for row in getattr(chapter, "ROWS", [])]


load_late()
WRITTEN = set(table)  # before any test has used the method of a ufunc, which makes its row


def test_every_numpy_and_scipy_function_in_the_table_has_a_row():
    """Those that are said to be constant, too: a wrong one would be a silent zero."""
    covered = {id(table.get(f)) for row in ROWS for f in row.of}
    known = [p for p in table.values() if p.name.startswith(("numpy.", "scipy.")) if not refuses(p)]
    known = [p for p in known if p.f in WRITTEN or not is_method(p.f)]
    assert sorted({p.name for p in known if id(p) not in covered}) == []


def is_method(f):
    """Whether this is `reduce` of a ufunc or its like, which test_ufuncs.py holds for all."""
    return isinstance(getattr(f, "__self__", None), np.ufunc)


def refuses(p):
    """Whether tracking any argument raises, as the chapter's own tests of messages prove."""
    return isinstance(p.rules, tuple) and not any(p.rules)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.__name__)
def test_names_are_unique(chapter):
    names = Counter(case.id for case in cases(getattr(chapter, "ROWS", [])))
    assert [name for name, n in names.items() if n > 1] == [], "give these rows a name="


def test_how_much_is_checked():
    """Each case asserts values, first and second order, dtypes: this number only grows."""
    assert len(cases(ROWS)) >= 5000
