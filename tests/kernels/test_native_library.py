"""Where the compiled loops come from, and what is said without them."""

import subprocess
import sys
import warnings

import pytest

from knetpy.kernels import native_library
from knetpy.kernels.threads import show_config
from tests.kernels.native_help import needs_native


@pytest.fixture
def unknown(monkeypatch):
    monkeypatch.setattr(native_library, "state", native_library.UNKNOWN)
    monkeypatch.setattr(native_library, "reason", "")


@needs_native
def test_every_function_of_the_table_is_there():
    library = native_library.library()
    assert all(hasattr(library, name) for name in native_library.FUNCTIONS)
    assert show_config("dict")["native"].endswith(".so")


def test_it_can_be_switched_off(unknown, monkeypatch):
    monkeypatch.setenv("KNETPY_NATIVE", "off")
    assert native_library.library() is None
    assert native_library.absence() == "KNETPY_NATIVE=off"
    assert show_config("dict")["native"] == "none: KNETPY_NATIVE=off"


def test_without_a_compiled_file_it_says_so_and_warns_of_nothing(unknown, monkeypatch):
    monkeypatch.delenv("KNETPY_NATIVE", raising=False)
    monkeypatch.setattr(native_library, "EXTENSION_SUFFIXES", [".nowhere"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert native_library.library() is None
    assert "no C compiler" in native_library.absence()


def test_a_broken_file_is_left_aside(unknown, monkeypatch, tmp_path):
    monkeypatch.delenv("KNETPY_NATIVE", raising=False)
    (tmp_path / "_native.so").write_bytes(b"not a library")
    monkeypatch.setattr(native_library, "EXTENSION_SUFFIXES", [".so"])
    monkeypatch.setattr(native_library, "__file__", str(tmp_path / "native_library.py"))
    assert native_library.library() is None
    assert str(tmp_path) in native_library.absence()


def test_a_library_of_another_version_is_left_aside(unknown, monkeypatch):
    monkeypatch.delenv("KNETPY_NATIVE", raising=False)
    monkeypatch.setitem(native_library.FUNCTIONS, "of_tomorrow", (None,))
    assert native_library.library() is None
    assert native_library.absence()


def test_training_without_it_gives_the_same_losses():
    script = """
import numpy as np
from knetpy import minimize, nn, ops, optim, seed
seed(0)
model = nn.Chain(nn.Linear(20, 30, ops.relu), nn.Linear(30, 5))
x, labels = np.random.default_rng(0).random((50, 20), "f4"), np.arange(50) % 5
losses = minimize(lambda x, y: ops.nll(model(x), y), [(x, labels)] * 20, optim.Adam(0.01))
print(*[float(loss) for loss in losses])
"""
    import numpy as np

    runs = []
    for switch in ("on", "off"):
        env = {"KNETPY_NATIVE": switch, "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
        )
        runs.append([float(loss) for loss in done.stdout.split()])
    assert len(runs[0]) == 20
    np.testing.assert_allclose(*runs, rtol=1e-5)
