"""The peak memory, in MB, of a process that trains LeNet."""

from .lenet import knetpy, torch

__all__ = ["knetpy", "torch"]

TARGET, FLOP, UNIT = 0.60, 0, "MB"
TORCH = ("", "fused", "channels_last fused")


def measure(step, seconds):
    """Of this whole process, which began with nothing but the interpreter."""
    import resource
    import sys

    for _ in range(20):
        step()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS, else in KiB
    return most / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
