"""The threads that all compiled kernels share: how many they are, in each thread that calls."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["alone", "change", "follow", "members", "pool_size"]

members: dict[str, Any] = {}  # OpenMP as each loaded library sees it: usually one and the same
setting: tuple[int] | None = None  # a new one for each change, which every thread then follows
followed = threading.local()


def change(n: int) -> None:
    """Let n threads compute from now on; 0 leaves each calling thread with what it has."""
    global setting
    setting = (n,) if n else None


def follow() -> None:
    """Let the calling thread use as many threads as were set; the latest change wins."""
    if setting and setting is not getattr(followed, "setting", None):
        followed.setting = setting
        for openmp in members.values():
            openmp.omp_set_num_threads(*setting)  # OpenMP keeps a number for each thread


def pool_size() -> int:
    """How many threads the next kernel called from this thread uses; 0 if none is loaded."""
    follow()
    for openmp in members.values():
        return int(openmp.omp_get_max_threads())
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Let the calling thread compute by itself inside: work so small is sooner done than shared."""
    before = pool_size()
    for openmp in members.values():
        openmp.omp_set_num_threads(1)
    try:
        yield
    finally:
        for openmp in members.values():
            openmp.omp_set_num_threads(before)


def alone_after_fork() -> None:
    """A forked process has one thread, and OpenMP would wait for the others forever."""
    if members:
        change(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=alone_after_fork)
