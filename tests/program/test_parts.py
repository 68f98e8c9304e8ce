"""What stands for arrays is found wherever it lies, and everything around it stays."""

from collections import OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest

from knetpy.autograd import Param, Sparse, State, diff, value
from knetpy.program.parts import Ref, is_array, is_param, is_ref, mapped, memory, refs
from knetpy.program.trace import Trace
from tests import standin

Pair = namedtuple("Pair", "a b")


def is_int(x):
    return isinstance(x, int) and not isinstance(x, bool)


def plus(x):
    return mapped(x, lambda n: n + 1, is_int)


@pytest.mark.parametrize(
    "before, after",
    [
        (1, 2),
        ("a", "a"),
        (None, None),
        ([], []),
        ([1, (2, [3, "x"])], [2, (3, [4, "x"])]),
        (Pair(1, [2]), Pair(2, [3])),
        ({"a": 1, 5: (2,)}, {"a": 2, 5: (3,)}),
        (OrderedDict(b=1, a=2), OrderedDict(b=2, a=3)),
        (defaultdict(list, a=1), defaultdict(list, a=2)),
        (deque([1, 2], maxlen=2), deque([2, 3], maxlen=2)),
        (slice(1, None, 2), slice(2, None, 3)),
        (slice(None), slice(None)),
        ((slice(1), ..., None, 4), (slice(2), ..., None, 5)),
        ({"a": [slice(None, 3)]}, {"a": [slice(None, 4)]}),
        (slice((1, 2), [3]), slice((2, 3), [4])),
        (True, True),
    ],
)
def test_leaves_are_replaced_in_containers_and_slices(before, after):
    built = plus(before)
    assert built == after and type(built) is type(after)


def test_the_original_is_not_changed():
    before = [1, {"a": [2, slice(3)]}]
    assert plus(before) == [2, {"a": [3, slice(4)]}]
    assert before == [1, {"a": [2, slice(3)]}]


def test_iterators_become_lists_and_are_gone_through_once():
    drawn = []
    numbers = (drawn.append(n) or n for n in (1, 2))
    assert plus([numbers, (iter([3]),), map(str, [4])]) == [[2, 3], ([4],), ["4"]]
    assert drawn == [1, 2] and next(numbers, "empty") == "empty"
    assert plus(zip([1, 2], [3, 4], strict=True)) == [(2, 4), (3, 5)]


def test_iterators_inside_iterators():
    assert plus(iter([iter([1, iter([2])]), slice(3)])) == [[2, [3]], slice(4)]


def test_sparse_gradients_are_looked_into():
    sparse = Sparse((9, 2), np.dtype("f4"), [Ref(1)], [Ref(2)])
    found = mapped((sparse, 5), lambda ref: 10 * ref.at, is_ref)[0]
    assert type(found) is Sparse and (found.shape, found.dtype) == ((9, 2), np.dtype("f4"))
    assert found.indices == [10] and found.values == [20]
    assert refs(sparse) == [1, 2]


def test_a_leaf_that_is_a_container_is_not_looked_into():
    is_list = lambda x: isinstance(x, list)  # noqa: E731
    assert mapped(([1, [2]], [3]), len, is_list) == (2, 1)
    assert mapped(slice(1), lambda s: s.stop, lambda x: isinstance(x, slice)) == 1


def test_what_holds_no_leaf_stays_the_same_object():
    x = (np.ones(2), "a", (1.0, None))
    assert mapped(x, plus, is_ref) is x


def test_refs_in_order_and_as_often_as_they_stand():
    found = [Ref(3), {"b": Ref(1), "a": (Ref(3), slice(Ref(0), None, Ref(7)))}, iter([Ref(4)])]
    assert refs(found) == [3, 1, 3, 0, 7, 4]
    assert refs([1, None, "a", np.ones(2)]) == [] and refs(Ref(2)) == [2]


def test_a_ref_is_its_place():
    assert repr(Ref(12)) == "<12>" and Ref(12).at == 12
    assert is_ref(Ref(0)) and not is_ref(0) and not is_ref(None)


@pytest.mark.parametrize(
    "x",
    [np.ones(2), np.ones(()), np.float32(1), np.int64(1), np.True_, np.zeros(0), np.array("a")],
    ids=repr,
)
def test_numpys_arrays_and_numbers_are_arrays(x):
    assert is_array(x)


def test_arrays_of_other_libraries_are_arrays():
    assert is_array(standin.ndarray(np.ones(2)))


def test_what_stands_for_an_array_is_one():
    assert is_array(Trace().place(np.ones(2)))


@pytest.mark.parametrize("x", [1, 1.0, True, 1j, None, "a", [1.0], (np.ones(2),), {}, slice(2)])
def test_numbers_of_pythons_and_containers_are_none(x):
    assert not is_array(x) and not is_param(x)


def test_params_and_states_are_none_and_results_neither():
    w, s = Param(1.0), State(2.0)
    assert is_param(w) and is_param(s)
    assert not is_array(w) and not is_array(s) and not is_array(np.ndarray)
    seen = []
    diff(lambda: seen.append(w * 2) or seen[0])
    assert not is_array(seen[0]) and not is_param(seen[0]) and is_array(value(seen[0]))


def test_the_memory_of_views():
    x = np.zeros((3, 4))
    for view in (x, x[1:], x.T, x[1:].T[::-1], x.reshape(-1)[3:], np.broadcast_to(x, (2, 3, 4))):
        assert memory(view) == memory(x)
    assert memory(x.copy()) != memory(x) and memory(x[[0, 1]]) != memory(x)


def test_the_memory_of_what_lies_in_no_array():
    buffer = bytearray(16)
    x, y = np.frombuffer(buffer, "f4"), np.frombuffer(memoryview(buffer)[8:], "f4")
    assert memory(x) == memory(x[1:]) == memory(y) == id(buffer)


def test_the_memory_of_numbers_and_of_other_libraries():
    one = np.float64(1)
    assert memory(one) == id(one)
    x = standin.ndarray(np.ones((2, 3)))
    assert memory(x[0]) == memory(x) == id(x) and memory(x.copy()) != memory(x)
