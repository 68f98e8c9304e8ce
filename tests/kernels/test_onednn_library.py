"""Finding and refusing the library: the reason is named once, and the work is done all the same."""

import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

from knetpy import kernels
from knetpy.kernels import Window, onednn_library, reference
from knetpy.kernels.onednn_library import Library, Refused, Unfit, checked, library
from tests.kernels.onednn_help import needs_onednn

ROOT = Path(__file__).parents[2]


@pytest.fixture
def unknown(monkeypatch):
    """As in a fresh interpreter."""
    monkeypatch.setattr(onednn_library, "state", onednn_library.UNKNOWN)
    monkeypatch.setattr(onednn_library, "reasons", [])
    monkeypatch.delenv("KNETPY_ONEDNN", raising=False)
    return monkeypatch


def run(code, **env):
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env={**os.environ, **env},
        check=True,
        capture_output=True,
        text=True,
    )
    return shown.stdout.split()


def convolved():
    x, weight = np.ones((2, 4, 5, 5), "f4"), np.ones((3, 4, 2, 2), "f4")
    y = kernels.conv(x, weight, None, Window((2, 2)), 1)
    np.testing.assert_array_equal(y, reference.conv(x, weight, None, Window((2, 2)), 1))


def test_importing_knetpy_loads_no_library():
    code = "import knetpy; from knetpy.kernels.pool import members; print(members)"
    assert run(code) == ["{}"]
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert "dnnl" not in run(f"import knetpy; print(open({str(maps)!r}).read())")


def test_off_is_silent():
    code = "from knetpy.kernels.onednn_library import *; print(library(), absence())"
    assert run(code, KNETPY_ONEDNN="off") == ["None", "KNETPY_ONEDNN=off"]


def test_a_missing_library_is_one_warning_with_its_path(unknown):
    unknown.setenv("KNETPY_ONEDNN", "/nowhere/libdnnl.so.3")
    with pytest.warns(RuntimeWarning, match="/nowhere/libdnnl.so.3 cannot be loaded") as seen:
        convolved()
    assert len(seen) == 1
    convolved()


def test_a_broken_library_is_named(unknown, tmp_path):
    path = tmp_path / "libdnnl.so.3"
    path.write_text("no library")
    unknown.setenv("KNETPY_ONEDNN", str(path))
    with pytest.warns(RuntimeWarning, match="cannot be loaded.*KNETPY_ONEDNN=off silences"):
        convolved()


def test_another_library_is_named(unknown):
    name = "libc.so.6" if sys.platform == "linux" else sys.executable
    unknown.setenv("KNETPY_ONEDNN", name)
    with pytest.warns(RuntimeWarning, match="cannot be loaded: .*dnnl_version|cannot be loaded"):
        convolved()


def test_a_warning_that_is_an_error_leaves_the_reference_in_place(unknown):
    unknown.setenv("KNETPY_ONEDNN", "/nowhere/libdnnl.so.3")
    with pytest.raises(RuntimeWarning):
        library()
    convolved()


def test_threads_that_come_at_once_load_once(unknown):
    unknown.setenv("KNETPY_ONEDNN", "/nowhere/libdnnl.so.3")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        workers = [threading.Thread(target=library) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(seen) == 1


def test_a_missing_wheel_is_no_error(unknown):
    unknown.setattr(onednn_library, "WHEEL", "no-such-distribution")
    unknown.setitem(onednn_library.NAMES, sys.platform, "no-such-library.so")
    with pytest.warns(RuntimeWarning, match="no-such-library.so cannot be loaded"):
        assert library() is None


def test_a_missing_libgomp_is_named_with_its_package(unknown):
    def load(path):
        raise OSError("libgomp.so.1: cannot open shared object file")

    unknown.setattr(onednn_library.ctypes, "CDLL", load)
    with pytest.raises(Unfit, match="the package libgomp1 has it"):
        Library("libdnnl.so.3")


@needs_onednn
class TestTheLibraryHere:
    def test_it_is_new_enough(self):
        assert library().version >= (3, 2)
        assert str(library()).startswith("3.") and library().path in str(library())

    def test_an_older_one_is_refused(self, monkeypatch):
        monkeypatch.setattr(onednn_library, "LEAST", (99, 0))
        with pytest.raises(Unfit, match=r"has version 3\.\d+\.\d+, older than 99\.0"):
            Library(library().path)

    def test_one_that_wants_our_threads_is_refused(self, monkeypatch):
        monkeypatch.setattr(onednn_library, "THREADED", {})
        with pytest.raises(Unfit, match="was built for threads that its caller brings"):
            Library(library().path)

    def test_one_without_a_function_is_refused(self, monkeypatch):
        monkeypatch.setitem(onednn_library.STATUS, "no_such_function", ())
        with pytest.raises(Unfit, match="lacks a function: .*dnnl_no_such_function"):
            Library(library().path)

    def test_its_instructions_have_a_name(self):
        assert library().instructions()

    def test_a_function_outside_the_tables_says_so(self):
        with pytest.raises(AttributeError, match="oneDNN's dream is not in the tables"):
            library().dream  # noqa: B018


def test_a_status_becomes_the_exception_of_its_kind():
    checked(0)
    with pytest.raises(MemoryError, match="oneDNN found no memory"):
        checked(1)
    for status in (2, 3, 4):
        with pytest.raises(Refused):
            checked(status)
    with pytest.raises(RuntimeError, match="oneDNN failed with status 5"):
        checked(5)
