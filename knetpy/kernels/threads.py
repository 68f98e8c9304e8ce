"""How many threads compute, and what with: set and shown for NumPy and all kernels at once."""

import sys
from typing import Any

import numpy as np

from . import native_library, onednn_library
from .pool import change, pool_size

__all__ = ["show_config", "threads"]


class threads:
    """Let NumPy's products and all kernels compute with n threads; a `with` block restores.

    Without it they use as many as there are cores, or as OMP_NUM_THREADS says.

    Raises:  ValueError if n is not a positive int

    >>> with threads(1):
    ...     show_config("dict")["threads"]
    1
    """

    def __init__(self, n: int) -> None:
        if not isinstance(n, int) or n < 1:
            raise ValueError(f"threads needs a positive int, got {n!r}")
        from threadpoolctl import threadpool_limits

        for found in (onednn_library, native_library):
            found.library()  # so that its threads are there to be set
        self.n, self.before = n, pool_size()
        self.limits = threadpool_limits(n)
        change(n)

    def restore(self) -> None:
        """Let as many threads compute as before."""
        self.limits.restore_original_limits()
        change(self.before)

    def __enter__(self) -> "threads":
        return self

    def __exit__(self, *error: object) -> None:
        self.restore()

    def __repr__(self) -> str:
        return f"threads({self.n})"


def show_config(mode: str = "stdout") -> dict[str, Any] | None:
    """Print what computes: libraries with versions, threads, the instruction set.

    `mode="dict"` returns it instead.

    >>> show_config("dict")["numpy"] == np.__version__
    True
    """
    if mode not in ("stdout", "dict"):
        raise ValueError(f'show_config knows the modes "stdout" and "dict", got {mode!r}')
    config = configuration()
    if mode == "dict":
        return config
    for name, found in config.items():
        print(f"{name:14}{found}")
    return None


def configuration() -> dict[str, Any]:
    import importlib.metadata

    from threadpoolctl import threadpool_info

    c, native, pools = onednn_library.library(), native_library.library(), threadpool_info()
    names = ("internal_api", "version", "num_threads", "architecture", "filepath")
    shown = [" ".join(str(pool[name]) for name in names if pool.get(name)) for pool in pools]
    return {
        "knetpy": importlib.metadata.version("knetpy"),
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "threads": pool_size() or max((pool["num_threads"] for pool in pools), default=1),
        "oneDNN": f"none: {onednn_library.absence()}" if c is None else str(c),
        "native": native._name if native else f"none: {native_library.absence()}",
        "instructions": "NumPy's" if c is None else c.instructions(),
        **{f"thread pool {k}": text for k, text in enumerate(shown, 1)},
    }
