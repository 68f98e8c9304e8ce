"""Creation like another array, random numbers that repeat, devices by name."""

import subprocess
import sys
import threading
from time import sleep
from types import SimpleNamespace

import numpy as np
import pytest

from knetpy import arrays
from tests import standin

LIKE = [None, np.float64(1), np.ones(2, "f2"), np.ones((0,), "D"), standin.ones(1, "f4")]


def dtype_of(like):
    return np.dtype("f4") if like is None else like.dtype


@pytest.mark.parametrize("like", LIKE, ids=lambda x: f"{type(x).__module__}-{dtype_of(x)}")
@pytest.mark.parametrize("shape", [3, (2, 3), (), (0, 2), [2, 1]])
@pytest.mark.parametrize("dtype", [None, "f8", np.int32, bool])
def test_creation_follows_like_and_dtype(like, shape, dtype):
    made = {
        0: arrays.zeros(shape, like=like, dtype=dtype),
        1: arrays.ones(shape, like=like, dtype=dtype),
        7: arrays.full(shape, 7, like=like, dtype=dtype),
        None: arrays.empty(shape, like=like, dtype=dtype),
    }
    for fill, x in made.items():
        assert type(x) is (standin.ndarray if isinstance(like, standin.ndarray) else np.ndarray)
        assert x.shape == np.zeros(shape).shape
        assert x.dtype == (dtype_of(like) if dtype is None else dtype)
        assert fill is None or bool((x == np.array(fill, x.dtype).item()).all())


def test_the_default_is_float32_also_like_a_python_number():
    assert arrays.default_dtype == arrays.zeros(2, like=1.0).dtype == np.float32
    assert arrays.module(3) is np and arrays.module([1.0]) is np


def test_asarray_shares_what_it_can_and_copies_to_the_device():
    x = np.ones(3)
    assert arrays.asarray(x) is x and arrays.asarray(x, dtype="f4").dtype == np.float32
    there = arrays.asarray(x, like=standin.ones(1))
    assert type(there) is standin.ndarray and arrays.asarray(there, like=there) is there
    assert arrays.asarray([1, 2], like=np.float32(0)).dtype == int


def test_devices_have_names():
    assert arrays.device(np.ones(2)) == arrays.device(1.0) == arrays.device(np.float32(1)) == "cpu"
    assert arrays.device(standin.ones(2)) == "tests.standin:0"


def test_a_device_that_is_a_name_is_named_by_it():
    module = SimpleNamespace(__name__="other")
    x = SimpleNamespace(device="gpu", __array_namespace__=lambda: module)
    assert arrays.device(x) == "other:gpu"


# Random numbers


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g"])
@pytest.mark.parametrize("like", [np.ones(1), standin.ones(1)])
def test_random_numbers_lie_below_one_in_every_float(dtype, like):
    if dtype == "g" and isinstance(like, standin.ndarray):
        with pytest.raises(TypeError, match="Unsupported dtype"):  # as CuPy has no longdouble
            arrays.random(3, like=like, dtype=dtype)
        return
    x = arrays.random((100, 100), like=like, dtype=dtype)
    assert type(x) is type(like) and x.dtype == dtype and x.shape == (100, 100)
    assert bool((x >= 0).all()) and bool((x < 1).all())
    assert abs(float(x.astype("f8").mean()) - 0.5) < 0.02


def test_halves_never_round_up_to_one(monkeypatch):
    largest = np.nextafter(np.float32(1), np.float32(0))
    stream = SimpleNamespace(random=lambda shape, dtype: np.full(shape, largest, dtype))
    monkeypatch.setattr(arrays, "generator", lambda: stream)
    assert arrays.random(2, dtype="f2").tolist() == [1 - 2**-11] * 2


@pytest.mark.parametrize("dtype", ["D", "F", int, bool, "O"])
def test_random_numbers_of_other_dtypes_are_refused(dtype):
    before = arrays.generator().bit_generator.state
    with pytest.raises(TypeError, match=rf"of a float dtype, not {np.dtype(dtype)}"):
        arrays.random(3, dtype=dtype)
    with pytest.raises(TypeError, match="of a float dtype, not complex128"):
        arrays.random(3, like=np.ones(2, "D"))
    assert arrays.generator().bit_generator.state == before


def test_random_numbers_of_no_shape():
    assert arrays.random(()).shape == () and arrays.random((0, 3)).shape == (0, 3)


def test_the_same_seed_gives_the_same_bits():
    arrays.seed(5)
    first = [arrays.random(4) for _ in range(2)]
    arrays.seed(5)
    again = [arrays.random(4) for _ in range(2)]
    np.testing.assert_array_equal(first, again)
    assert (first[0] != first[1]).all()
    arrays.seed(6)
    assert (arrays.random(4) != first[0]).any()


def test_the_bits_stay_the_same_from_release_to_release():
    arrays.seed(0)
    child = np.random.default_rng(np.random.SeedSequence(0).spawn(1)[0])
    np.testing.assert_array_equal(arrays.random(3), child.random(3, dtype="f4"))


def test_unseeded_numbers_come_from_the_system():
    code = "from knetpy import arrays; print(arrays.random(1, dtype=float)[0])"
    runs = {subprocess.check_output([sys.executable, "-c", code]) for _ in range(2)}
    assert len(runs) == 2


def threads_draw(n):
    """What n threads draw that come one after another."""
    drawn = []
    for _ in range(n):
        thread = threading.Thread(target=lambda: drawn.append(arrays.random(3).tolist()))
        thread.start()
        thread.join()
    return drawn


def test_threads_get_children_in_order_of_first_use():
    arrays.seed(3)
    own = arrays.random(3).tolist()
    first = threads_draw(3)
    arrays.seed(3)
    children = np.random.SeedSequence(3).spawn(4)
    expected = [np.random.default_rng(c).random(3, dtype="f4").tolist() for c in children]
    assert [own, *first] == expected
    assert threads_draw(1) == expected[:1]  # whoever comes first


def test_threads_at_once_get_different_children():
    arrays.seed(3)
    barrier, drawn = threading.Barrier(8), []

    def draw():
        barrier.wait()
        drawn.append(tuple(arrays.random(3).tolist()))

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    children = np.random.SeedSequence(3).spawn(8)
    expected = {tuple(np.random.default_rng(c).random(3, dtype="f4").tolist()) for c in children}
    assert set(drawn) == expected


def test_children_are_dealt_one_at_a_time(monkeypatch):
    class Source:
        dealing, overlapped = False, False

        def spawn(self, n):
            self.overlapped |= self.dealing
            self.dealing = True
            sleep(0.01)
            self.dealing = False
            return [np.random.SeedSequence(n)]

    source = Source()
    monkeypatch.setattr(arrays, "source", source)
    threads = [threading.Thread(target=arrays.generator) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not source.overlapped


def test_a_new_seed_reaches_threads_that_have_drawn_before():
    drawn = []
    go, done = threading.Semaphore(0), threading.Semaphore(0)

    def draw():
        for _ in range(2):
            go.acquire()
            drawn.append(arrays.random(3).tolist())
            done.release()

    thread = threading.Thread(target=draw)
    thread.start()
    for _ in range(2):
        arrays.seed(4)
        go.release()
        done.acquire()
    thread.join()
    assert drawn[0] == drawn[1]


def test_replay_repeats_what_came_after_it_and_leaves_no_trace():
    arrays.seed(1)
    arrays.random(5)
    again = arrays.replay()
    first = arrays.random(3).tolist()
    more = arrays.random(3).tolist()
    for _ in range(2):
        with again():
            assert [arrays.random(3).tolist(), arrays.random(3).tolist()] == [first, more]
    with pytest.raises(KeyError), again():
        raise KeyError
    after = arrays.random(3).tolist()
    arrays.seed(1)
    arrays.random(5)
    assert [arrays.random(3).tolist() for _ in range(3)] == [first, more, after]


class DeviceRandom:
    """What of cupy.random `seed` and `replay` ask for."""

    class RandomState:
        def __init__(self, seed):
            self.stream = np.random.default_rng(seed)

    def __init__(self):
        self.seed(0)

    def seed(self, n):
        self.state = self.RandomState(n)

    def get_random_state(self):
        return self.state

    def set_random_state(self, state):
        self.state = state

    def draw(self):
        return self.state.stream.random()


def test_the_numbers_of_a_device_are_seeded_and_repeated_too(monkeypatch):
    device = DeviceRandom()
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(random=device))
    runs = []
    for _ in range(2):
        arrays.seed(2)
        again = arrays.replay()
        first = [device.draw(), device.draw()]
        with again():
            assert [device.draw(), device.draw()] == first
        runs.append([*first, device.draw()])
        other = arrays.replay()
        assert device.draw() not in first  # another block, other numbers
        with other():
            pass
    assert runs[0] == runs[1] and len(set(runs[0])) == 3
