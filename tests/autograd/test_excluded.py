"""The lists of what has no gradient: real names, each once, none that has a row."""

from importlib import import_module

import pytest

from knetpy.autograd.coverage import row_of
from knetpy.autograd.excluded import CUPY_HAS, CUPY_LACKS, EXCLUDED, REAL_ONLY

NAMES = [
    (space, name)
    for space, reasons in EXCLUDED.items()
    for names in reasons.values()
    for name in names.split()
]
REASONS = {
    "integers, strings or dates",
    "takes no array",
    "input or output",
    "deprecated",
}


def test_the_reasons_are_a_closed_set():
    assert {reason for reasons in EXCLUDED.values() for reason in reasons} == REASONS


@pytest.mark.parametrize("space, name", NAMES)
def test_what_is_excluded_has_no_row(space, name):
    f = getattr(import_module(space), name, None)
    assert f is None or row_of(space, name, f) is None  # a later version may have dropped it


def test_no_name_stands_twice():
    assert len(NAMES) == len(set(NAMES))
    for names in (CUPY_HAS, *CUPY_LACKS.values(), *REAL_ONLY.values()):
        assert len(names.split()) == len(set(names.split()))
