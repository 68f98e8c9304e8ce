"""The family of oneDNN: what it takes, and that no kernel of it lacks a reference."""

import numpy as np
import pytest

from knetpy.kernels import choose, onednn, onednn_library, reference
from tests.kernels.onednn_help import needs_onednn
from tests.kernels.standin import Standin

X = np.ones((1, 1, 128, 128), "f4")
KERNELS = sorted(set(onednn.__all__) - {"takes"})


def test_it_comes_before_the_reference():
    assert choose.families.index(onednn) < choose.families.index(reference)


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_has_the_references_name_and_words(name):
    kernel = getattr(onednn, name)
    assert kernel.__name__ == name in reference.__all__
    assert kernel.__doc__ == getattr(reference, name).__doc__


@needs_onednn
@pytest.mark.parametrize("name", KERNELS)
def test_it_takes_float32_of_numpy_and_nothing_else(name):
    class Kind(np.ndarray):
        pass

    others = [X.astype(float), X.astype(">f4"), X.astype("f2"), X.view(Kind), Standin(X), 1.0]
    assert onednn.takes(name, X)
    assert not any(onednn.takes(name, x) for x in others)
    assert not onednn.takes("max_pool_pick", X)


def test_it_takes_nothing_where_there_is_no_library(monkeypatch):
    monkeypatch.setattr(onednn_library, "state", None)
    assert not any(onednn.takes(name, X) for name in KERNELS)
