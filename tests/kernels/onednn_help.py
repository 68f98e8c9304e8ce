"""What the tests of oneDNN's kernels share: arrays in every memory order, and counts of calls."""

from types import SimpleNamespace

import numpy as np
import pytest

from knetpy.kernels.onednn_library import absence, library
from knetpy.kernels.onednn_primitives import Primitive

needs_onednn = pytest.mark.skipif(library() is None, reason=f"needs oneDNN: {absence()}")


@pytest.fixture
def counts(monkeypatch):
    """How many primitives were created, and executed with success."""
    seen = SimpleNamespace(created=0, executed=0)
    create, execute = Primitive.__init__, Primitive.__call__

    def created(self, *args):
        seen.created += 1
        create(self, *args)

    def executed(self, *args):
        execute(self, *args)
        seen.executed += 1

    monkeypatch.setattr(Primitive, "__init__", created)
    monkeypatch.setattr(Primitive, "__call__", executed)
    return seen


def unaligned(x):
    y = np.ndarray(x.shape, x.dtype, buffer=bytearray(x.nbytes + 1), offset=1)
    y[...] = x
    return y


def read_only(x):
    y = x.copy()
    y.flags.writeable = False
    return y


def holey(x):
    y = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan, x.dtype)[..., ::2]
    y[...] = x
    return y


ORDERS = {
    "first": np.ascontiguousarray,
    "last": lambda x: np.moveaxis(np.moveaxis(x, 1, -1).copy(), -1, 1),
    "fortran": np.asfortranarray,
    "backwards": lambda x: x[::-1].copy()[::-1],
    "mirrored": lambda x: x[..., ::-1].copy()[..., ::-1],
    "holey": holey,
    "every second": lambda x: np.repeat(x, 2, axis=0)[::2],
    "read-only": read_only,
    "unaligned": unaligned,
}


def close(y, exact, size):
    """Whether a float32 result is the exact one to rounding, given the sum of |summands|."""
    assert y.dtype == np.float32 and y.shape == exact.shape
    room = 8 * np.finfo("f4").eps * size + np.finfo("f4").tiny
    return bool((np.abs(y - exact) <= room).all())
