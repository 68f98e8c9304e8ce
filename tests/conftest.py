"""What every test can rely on: the shipped data, a fixed seed, a reason where there is no GPU."""

import os
from pathlib import Path

import hypothesis
import pytest

from knetpy.arrays import seed

# At import, so that doctests and subprocesses see it too.
os.environ["KNETPY_DATA"] = str(Path(__file__).parent.parent / "data")

collect_ignore_glob = ["golden/record_*.py"]  # scripts, which need what they record

hypothesis.settings.register_profile("knetpy", deadline=None, derandomize=True)
hypothesis.settings.load_profile("knetpy")


@pytest.fixture(autouse=True)
def fixed_seed():
    seed(0)


def pytest_collectstart(collector):
    """What a file draws while it is read is the same, whichever others are read."""
    seed(0)


def pytest_make_parametrize_id(val):
    """Functions by their name; what `str` shows of many objects differs in each process."""
    shown = val.__name__ if hasattr(val, "__name__") else str(val)
    return None if " at 0x" in shown else shown


def pytest_collection_modifyitems(items):
    needy = [item for item in items if item.get_closest_marker("gpu")]
    if needy and (reason := why_no_gpu()):
        for item in needy:
            item.add_marker(pytest.mark.skip(reason=f"needs a GPU: {reason}"))


def why_no_gpu():
    try:
        import cupy
    except ImportError as error:
        return str(error)
    try:
        return "" if cupy.cuda.runtime.getDeviceCount() else "CUDA lists no device"
    except cupy.cuda.runtime.CUDARuntimeError as error:
        return str(error)
