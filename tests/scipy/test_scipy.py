"""The public names: where they come from, when SciPy is loaded, and that all is documented."""

import doctest
import inspect
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
import scipy.special

import knetpy
from knetpy.autograd import Param, diff

CHAPTERS = [*knetpy.scipy.__all__, "sparse.linalg"]
OWN = {"Weighted", "with_data", "linalg"}  # that SciPy has not
NAMES = [
    (chapter, name)
    for chapter in CHAPTERS
    for name in import_module(f"knetpy.scipy.{chapter}").__all__
    if name != "linalg"
]


def run(code):
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return shown.stdout.split()


def test_nothing_of_scipy_is_loaded_before_its_first_use():
    loaded = "print(*(m for m in sys.modules if m.split('.')[0] == 'scipy'))"
    assert run(f"import sys, knetpy, knetpy.scipy.linalg; {loaded}") == []
    assert "scipy.linalg" in run(f"import sys, knetpy; knetpy.scipy.linalg.expm; {loaded}")
    assert "scipy.stats" not in run(f"import sys; from knetpy.scipy.special import comb; {loaded}")


def test_every_way_to_a_name_leads_to_one_thing():
    from knetpy.scipy import linalg
    from knetpy.scipy.linalg import expm

    home = import_module("knetpy.autograd.scipy.linalg")
    assert knetpy.scipy.linalg is linalg and knetpy.scipy.linalg.expm is expm is home.expm
    assert "expm" in dir(linalg) and inspect.ismodule(linalg)
    with pytest.raises(AttributeError, match="expmm"):
        knetpy.scipy.linalg.expmm  # noqa: B018


def test_a_cut_graph_names_the_stand_ins():
    from scipy.linalg import expm

    with pytest.raises(TypeError, match="knetpy.scipy for SciPy's"):
        diff(lambda: np.sum(expm(Param(np.eye(2)))))


MultiUFunc = type(scipy.special.legendre_p)


@pytest.mark.parametrize("chapter, name", NAMES)
def test_a_public_name_is_scipys_and_has_an_example_that_runs(chapter, name):
    module = import_module(f"knetpy.autograd.scipy.{chapter}")
    thing = getattr(module, name)
    if name not in OWN and callable(thing):
        expected = getattr(import_module(f"scipy.{chapter}"), name)
        named = not isinstance(expected, MultiUFunc)  # which shows (*args, **kwargs)
        assert not named or signature(thing) == signature(expected)
    home = import_module(thing.__module__)
    case = doctest.DocTestParser().get_doctest(thing.__doc__, dict(vars(home)), name, None, 0)
    assert case.examples
    assert doctest.DocTestRunner().run(case).failed == 0


def signature(f):
    """The arguments with their kinds and defaults, but those that are to go away."""
    old = {"disp", "blocksize"}
    found = inspect.signature(f).parameters.values()
    return [(p.name, p.kind, p.default) for p in found if p.name not in old]
