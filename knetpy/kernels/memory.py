"""Memory that is not given back: what a step frees, the next step finds again.

glibc returns every freed array over 128 KiB to the kernel, which hands it out again page by page,
zeroed: a third of the time of a training step.  `keep_memory` raises its two thresholds for this
process, which then keeps its peak.  On other platforms it does nothing.
"""

import ctypes

__all__ = ["keep_memory"]

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt, in malloc.h
USUAL, LARGEST = 128 << 10, 1 << 30


def keep_memory(keep: bool = True) -> bool:
    """Whether glibc's allocator now keeps freed memory (or gives it back, if `keep` is False).

    Source:  mallopt(3)

    >>> keep_memory() == hasattr(ctypes.CDLL(None), "gnu_get_libc_version")
    True
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
        ctypes.CDLL(None).gnu_get_libc_version  # noqa: B018  # musl has a mallopt of no effect
    except (AttributeError, OSError, TypeError):  # macOS, musl, Windows
        return False
    sizes = (LARGEST, LARGEST) if keep else (USUAL, USUAL)
    return all([mallopt(MMAP_THRESHOLD, sizes[0]), mallopt(TRIM_THRESHOLD, sizes[1])])
