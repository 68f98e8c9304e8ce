"""Compiled once, bounded, shared by threads, and without a byte left behind."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knetpy import kernels
from knetpy.kernels import Window, onednn_pool, onednn_primitives
from knetpy.kernels.onednn_library import Refused
from knetpy.kernels.onednn_primitives import Primitive, address, layout, plan, require, room
from knetpy.kernels.threads import threads
from tests.kernels.onednn_help import counts, needs_onednn, read_only, unaligned  # noqa: F401

pytestmark = needs_onednn
RNG = np.random.default_rng(11)
WINDOW, POOL = Window((3, 3), 1, 1), Window((2, 2), 2)


def step(x, weight):
    """Convolve and pool, forward and back."""
    y = kernels.conv(x, weight, None, WINDOW, 1)
    z, kept = kernels.max_pool(y, POOL)
    dy = kernels.max_pool_dx(z, y, z, kept, POOL)
    dx = kernels.conv_dx(dy, weight, x.shape[2:], WINDOW, 1)
    return z, dx, kernels.conv_dw(x, dy, WINDOW, 1)


def numbers(*shape):
    return RNG.standard_normal(shape, dtype="f4")


def test_eight_threads_share_the_primitives_and_get_their_own_numbers(counts):  # noqa: F811
    weight, xs = numbers(16, 8, 3, 3), [numbers(4, 8, 12, 18) for _ in range(64)]
    with threads(1):
        expected = [step(x, weight) for x in xs]
        created = counts.created
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda x: step(x, weight), xs))
    assert counts.created == created
    for many, one in zip(results, expected, strict=True):
        for a, b in zip(many, one, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_the_memory_of_ten_thousand_calls_does_not_grow():
    x, weight = numbers(2, 4, 6, 6), numbers(8, 4, 3, 3)

    def pages():
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1])

    for _ in range(500):
        step(x, weight)
    before = pages()
    for _ in range(2000):  # of five kernels
        step(x, weight)
    assert pages() - before < 100


def test_a_cache_that_is_full_forgets_and_what_it_forgets_is_destroyed(monkeypatch):
    destroyed = []
    build = plan(lambda n: Primitive(onednn_pool.described("pooling_forward", *args(n)), 1, 17))

    def args(n):
        x, y = (onednn_pool.images((1, 1, k, 1)) for k in (n, n))
        one, none = (onednn_pool.dims([k, k]) for k in (1, 0))
        return 64, onednn_pool.MEAN, x, y, one, one, none, none, none

    first = build(1)
    weakref.finalize(first, destroyed.append, 1)
    assert build(1) is first
    del first
    for n in range(2, 258):
        build(n)
    assert build.cache.cache_info().currsize == onednn_primitives.PLANS == 256
    gc.collect()
    assert destroyed == [1]


def test_a_refusal_is_remembered():
    asked = []

    @plan
    def never(n):
        asked.append(n)
        raise Refused("never")

    for _ in range(3):
        with pytest.raises(Refused, match="never"):
            never(1)
    assert asked == [1]


def test_a_plan_is_made_for_a_number_of_threads(counts):  # noqa: F811
    x, weight = numbers(2, 5, 7, 7), numbers(8, 5, 3, 3)
    for n in (1, 2, 1, 2):
        with threads(n):
            kernels.conv(x, weight, None, WINDOW, 1)
        if n == 2:
            created = counts.created
    assert counts.created == created


def test_no_memory_is_an_error_with_the_operation_and_the_shapes(monkeypatch):
    def full(self, *arrays):
        raise MemoryError("oneDNN found no memory")

    x, weight = numbers(2, 4, 6, 6), numbers(8, 4, 3, 3)
    monkeypatch.setattr(Primitive, "__call__", full)
    said = r"conv of arrays \(2, 4, 6, 6\), \(8, 4, 3, 3\): oneDNN found no memory"
    with pytest.raises(MemoryError, match=said):
        kernels.conv(x, weight, None, WINDOW, 1)


def test_what_is_empty_or_larger_than_32_bits_count_is_refused():
    for shape in ((0, 3), (2**16, 2**15)):
        with pytest.raises(Refused):
            layout(shape)
    layout((2**16, 2**15 - 1))


def test_only_aligned_float32_of_numpy_is_taken():
    x = numbers(2, 3)
    require(x, read_only(x), x.T)
    for other in (unaligned(x), x.astype(float), x.astype(">f4"), 1.0, np.float32(1)):
        with pytest.raises(Refused):
            require(x, other)


def test_room_begins_with_a_cache_line():
    for size in (1, 64, 100_000):
        assert room(size).nbytes == size and address(room(size)) % 64 == 0


def test_the_address_of_memory_that_may_not_be_written():
    x = read_only(numbers(4))
    assert address(x) == x.ctypes.data
