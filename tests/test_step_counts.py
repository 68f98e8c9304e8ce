"""What a step of each workload costs, counted: none of these numbers may grow.

Frozen at two threads on a machine with AVX-512; `python -m tests.test_step_counts` prints the table
anew.  Of its rows with and without KNETPY_NATIVE=off the greater numbers stand here.
"""

import gc
import sys
import tracemalloc
from math import inf
from typing import NamedTuple

import pytest

from benchmarks.rounds import load
from knetpy import threads
from knetpy.kernels import native_library
from knetpy.kernels.onednn_library import library
from knetpy.kernels.onednn_primitives import Primitive
from tests.kernels.onednn_help import needs_onednn

pytestmark = needs_onednn

WARM_UP = 3
ODD_KILOBYTES = 5  # by which interpreters and runs differ, beside 1 %
INLINED = {"<listcomp>", "<dictcomp>", "<setcomp>"}  # calls in Python 3.11 alone


class Counts(NamedTuple):
    calls: int  # of knetpy's Python functions
    executed: int  # primitives and products of oneDNN
    created: int  # primitives, after warm-up
    kilobytes: int  # held at once beyond what was there before the step


# fmt: off
FROZEN = {  # calls, executed, created, kilobytes
    "chain":              (195, 0, 0, 39),
    "linear_regression":  (33, 0, 0, 14),
    "mlp":                (149, 2, 0, 411),
    "mlp_adam":           (162, 2, 0, 411),
    "mlp_large":          (303, 8, 0, 11658),
    "hvp":                (610, 4, 0, 586),
    "lenet":              (1011, 23, 0, 21359),
    "vgg":                (1781, 34, 0, 38070),
    "lstm":               (452, 9, 0, 27703),
    "gru":                (346, 4, 0, 120834),
    "transformer":        (1012, 27, 0, 34135),
    # In C nobody counts what is executed.
    "linear_regression compile": (4, 0, 0, 1),
    "mlp compile":               (65, 0, 0, 210),
    "mlp_adam compile":          (78, 0, 0, 210),
    "hvp compile":               (36, 0, 0, 210),
    "transformer compile":       (964, 22, 0, 24412),
}
# fmt: on
SIZES = {"chain": {"length": 30}, "lstm": {"time": 16}}


def counted(name):
    workload, *settings = name.split()
    step = load(workload).knetpy(*settings, **SIZES.get(workload, {}))
    with threads(2):
        for _ in range(WARM_UP):
            step()
        return Counts(python_calls(step), *primitives(step), round(peak_bytes(step) / 1000))


def python_calls(step):
    calls = 0

    def count(frame, event, arg):
        nonlocal calls
        if event == "call" and frame.f_globals.get("__name__", "").startswith("knetpy"):
            calls += frame.f_code.co_name not in INLINED

    sys.setprofile(count)
    try:
        step()
    finally:
        sys.setprofile(None)
    return calls


def primitives(step):
    """How many are executed, and how many are made."""
    counts = dict.fromkeys(("primitive_execute", "sgemm", "__init__"), 0)

    def counting(name, function):
        def call(*args):
            counts[name] += 1
            return function(*args)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in zip((library(), library(), Primitive), counts, strict=True):
            patch.setattr(owner, name, counting(name, getattr(owner, name)))
        step()
    return counts["primitive_execute"] + counts["sgemm"], counts["__init__"]


def peak_bytes(step):
    """The most that Python and NumPy hold at once during a step, beyond what they held before."""
    tracemalloc.start()
    try:
        step()  # what outlives a step is in the trace from here on
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        step()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("workload", FROZEN)
def test_no_count_grows(workload):
    if "compile" in workload and native_library.library() is None:
        pytest.skip("these are the counts of programs in C")
    found, (*frozen, kilobytes) = counted(workload), FROZEN[workload]
    same = library().instructions().startswith("AVX-512")  # of others the scratchpads differ
    most = *frozen, kilobytes * 1.01 + ODD_KILOBYTES if same else inf
    pairs = zip(Counts._fields, found, most, strict=True)
    assert {name: (now, then) for name, now, then in pairs if now > then} == {}


def test_a_step_that_does_more_is_seen():
    first = counted("linear_regression")
    step = load("linear_regression").knetpy()
    assert python_calls(lambda: (step(), step())) == 2 * first.calls
    assert peak_bytes(lambda: bytearray(10**6)) >= 10**6


if __name__ == "__main__":
    for workload in FROZEN:
        print(f'    "{workload}":'.ljust(33) + f"{tuple(counted(workload))},")
