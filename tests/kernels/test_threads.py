"""One number for all threads that compute: set, followed by every thread, and restored."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from knetpy.kernels.onednn_library import library
from knetpy.kernels.threads import pool_size, show_config, threads
from tests.kernels.onednn_help import needs_onednn

ROOT = Path(__file__).parents[2]


def sizes():
    library()
    return [pool["num_threads"] for pool in threadpool_info()]


def test_it_sets_every_pool_and_restores_it():
    before = sizes()
    with threads(1):
        assert set(sizes()) == {1}
        with threads(2):
            assert set(sizes()) == {2}
        assert set(sizes()) == {1}
    assert sizes() == before


def test_without_a_block_it_lasts_until_it_is_restored():
    before = sizes()
    one = threads(1)
    assert set(sizes()) == {1} and repr(one) == "threads(1)"
    one.restore()
    assert sizes() == before


def test_an_exception_restores():
    before = sizes()
    with pytest.raises(KeyError), threads(1):
        raise KeyError
    assert sizes() == before


@needs_onednn
def test_every_thread_follows_and_the_latest_change_wins():
    with ThreadPoolExecutor(1) as other:
        usual = other.submit(pool_size).result()
        with threads(3):
            assert pool_size() == other.submit(pool_size).result() == 3
            with threadpool_limits(1):
                assert pool_size() == 1
                assert other.submit(pool_size).result() == 3
        assert other.submit(pool_size).result() == usual


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", None])
def test_a_number_that_is_none_is_refused_and_nothing_changes(n):
    before = sizes()
    with pytest.raises(ValueError, match="threads needs a positive int, got"):
        threads(n)
    assert sizes() == before


def test_the_configuration_names_libraries_versions_and_threads(capsys):
    with threads(2):
        config = show_config("dict")
        assert config["threads"] == 2
        assert show_config() is None
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown[:4]] == ["knetpy", "python", "numpy", "threads"]
    assert any("blas" in text for name, text in config.items() if name.startswith("thread pool"))
    with pytest.raises(ValueError, match='knows the modes "stdout" and "dict", got \'html\''):
        show_config("html")


def test_the_configuration_says_why_there_is_no_onednn():
    code = "import knetpy; from knetpy.kernels.threads import show_config; show_config()"
    env = {**os.environ, "KNETPY_ONEDNN": "off"}
    shown = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True)
    assert b"none: KNETPY_ONEDNN=off" in shown.stdout


FORK = """
import os, signal
import numpy as np
from knetpy import kernels
from knetpy.kernels.threads import pool_size, threads
threads(2)
def convolve():
    x, weight = np.ones((64, 8, 20, 20), "f4"), np.ones((8, 8, 3, 3), "f4")
    return kernels.conv(x, weight, None, kernels.Window((3, 3)), 1)
convolve()
child = os.fork()
if not child:
    signal.alarm(60)
    os._exit(0 if (convolve() == 72).all() and pool_size() == 1 else 3)
print(os.waitpid(child, 0)[1], (convolve() == 72).all())
"""


@needs_onednn
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_a_forked_process_computes_alone_and_does_not_hang():
    shown = subprocess.run(
        [sys.executable, "-c", FORK], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert shown.stdout.split() == ["0", "True"]
