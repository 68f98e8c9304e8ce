"""Batches: which examples, in which order, in which containers, and what is refused."""

from collections import namedtuple
from types import SimpleNamespace

import numpy as np
import pytest

from knetpy.arrays import seed
from knetpy.batches import minibatch

X = np.arange(70, dtype="f4").reshape(10, 7)
Y = np.arange(10)


def labels(batches):
    return [yb.tolist() for _, yb in batches]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(
    "size, partial, lengths",
    [
        (1, False, [1] * 10),
        (3, False, [3] * 3),
        (3, True, [3, 3, 3, 1]),
        (5, True, [5, 5]),
        (10, False, [10]),
        (11, True, [10]),
        (np.int64(4), True, [4, 4, 2]),
    ],
)
def test_sizes(size, partial, lengths, shuffle):
    batches = minibatch(X, Y, size, shuffle=shuffle, partial=partial)
    assert len(batches) == len(lengths)
    seen = list(batches)
    assert [len(yb) for _, yb in seen] == lengths
    for xb, yb in seen:
        np.testing.assert_array_equal(xb, X[yb], strict=True)
    everything = sorted(y for _, yb in seen for y in yb.tolist())
    assert len(set(everything)) == sum(lengths)


def test_without_shuffle_batches_are_views_in_order():
    batches = minibatch(X, Y, 4, partial=True)
    assert labels(batches) == labels(batches) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert all(np.shares_memory(xb, X) and np.shares_memory(yb, Y) for xb, yb in batches)


def test_shuffle_draws_a_new_order_for_each_loop_and_seed_repeats_them():
    batches = minibatch(X, Y, 4, shuffle=True)
    seed(3)
    first, second = labels(batches), labels(batches)
    assert first != second
    seed(3)
    assert [first, second] == [labels(batches), labels(batches)]
    assert Y.tolist() == list(range(10))


def test_two_loops_at_once_do_not_disturb_each_other():
    batches = minibatch(X, Y, 3, shuffle=True, partial=True)
    both = [(a[1].tolist(), b[1].tolist()) for a, b in zip(batches, batches, strict=True)]
    for order in zip(*both, strict=True):
        assert sorted(sum(order, [])) == list(range(10))


@pytest.mark.parametrize("shuffle", [False, True])
def test_without_y_a_batch_is_a_tuple_of_one(shuffle):
    batches = list(minibatch(Y, size=5, shuffle=shuffle))
    assert [len(batch) for batch in batches] == [1, 1]
    assert sorted(sum((xb.tolist() for (xb,) in batches), [])) == Y.tolist()


@pytest.mark.parametrize("shuffle", [False, True])
def test_containers_keep_their_structure(shuffle):
    Pair = namedtuple("Pair", "left right")
    x = {"ids": X[:, 0], "pair": Pair([X], (Y, X[:, ::-1]))}
    for xb, yb in minibatch(x, [Y, Y * 2], 5, shuffle=shuffle):
        assert list(xb) == ["ids", "pair"] and type(xb["pair"]) is Pair and type(yb) is list
        rows = yb[0]
        np.testing.assert_array_equal(yb[1], rows * 2)
        np.testing.assert_array_equal(xb["ids"], X[rows, 0])
        np.testing.assert_array_equal(xb["pair"].left[0], X[rows])
        np.testing.assert_array_equal(xb["pair"].right[0], rows)
        np.testing.assert_array_equal(xb["pair"].right[1], X[rows, ::-1])


class Elsewhere:
    """An array that, like a device's, cannot be indexed by NumPy's and is not made from NumPy's."""

    def __init__(self, host):
        self.host = host
        self.shape = host.shape

    def __len__(self):
        return len(self.host)

    def __array__(self, *args, **kwargs):
        raise TypeError("a copy to the host was not asked for")

    def __array_function__(self, func, types, args, kwargs):
        raise TypeError(f"{func.__name__} is not expected here")

    def __array_namespace__(self):
        return SimpleNamespace(asarray=lambda x, dtype=None: Elsewhere(np.asarray(x, dtype)))

    def __getitem__(self, key):
        assert isinstance(key, slice | Elsewhere), f"indexed by {type(key).__name__}"
        return Elsewhere(self.host[key.host if isinstance(key, Elsewhere) else key])


@pytest.mark.parametrize("shuffle", [False, True])
def test_arrays_of_a_device_stay_there(shuffle):
    batches = list(minibatch(Elsewhere(X), Elsewhere(Y), 4, shuffle=shuffle, partial=True))
    assert {type(part) for batch in batches for part in batch} == {Elsewhere}
    for xb, yb in batches:
        np.testing.assert_array_equal(xb.host, X[yb.host])
    assert sorted(sum((yb.host.tolist() for _, yb in batches), [])) == Y.tolist()


def test_repr():
    assert repr(minibatch(X, Y, 3)) == "minibatch of 10 examples in 3 batches of 3"
    shown = repr(minibatch(X, Y, 3, shuffle=True, partial=True))
    assert shown == "minibatch of 10 examples in 4 batches of 3, shuffled"


@pytest.mark.parametrize("size", [None, 0, -1, 2.5, "3", Y])
def test_size_that_is_none(size):
    with pytest.raises(ValueError, match=r"size is .*an int from 1 on, got .*minibatch\(x, y, 100"):
        minibatch(X, Y, size)


@pytest.mark.parametrize(
    "x, y, size, error, message",
    [
        (X, 3, None, ValueError, r"got None; write .*minibatch\(x, size=100\) without y"),
        (X, Y[:9], 3, ValueError, "^y has 9 examples but x has 10; both are counted along the fi"),
        ((X, Y[:4]), Y, 3, ValueError, r"^x\[1\] has 4 examples but x\[0\] has 10"),
        (X, {"a": Y, "b": X.T}, 3, ValueError, r"^y\['b'\] has 7 examples but x has 10"),
        (X, [0] * 10, 3, TypeError, r"but y\[0\] is a int; np.asarray makes an array of numbers"),
        ("text", Y, 3, TypeError, "but x is a str"),
        (X, np.array(3), 3, TypeError, r"but y is a ndarray of shape \(\)"),
        (X, Y, 11, ValueError, "^10 examples fill no batch of 11; take a smaller size, or partial"),
        (X[:0], Y[:0], 1, ValueError, "^x holds no examples"),
        ([], None, 1, ValueError, "^x holds no examples"),
    ],
)
def test_data_that_makes_no_batches(x, y, size, error, message):
    with pytest.raises(error, match=message):
        minibatch(x, y, size)
