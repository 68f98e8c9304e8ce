"""Computed once for each gradient that comes back, and by whom."""

import numpy as np

from knetpy.autograd import Param, diff
from knetpy.ops.shared import Shared, recorded


def test_it_computes_once_for_the_same_gradient_and_anew_for_another():
    both, calls = Shared(), []

    def compute(dy, scale):
        calls.append(dy)
        return dy * scale, dy + scale

    dy, other = np.ones(2), np.ones(2)
    assert both(dy, compute, 3)[0][0] == 3 and both(dy, compute, 3)[1][0] == 4
    assert len(calls) == 1
    both(other, compute, 3)
    assert calls[1] is other and len(calls) == 2


def test_recorded_arguments_are_seen():
    seen = []
    w = Param(2.0)
    diff(lambda: seen.append(recorded(1.0, w * w)) or w * 1)
    assert seen == [True] and not recorded(np.ones(2), None, w)
