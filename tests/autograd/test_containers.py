"""Rebuilding keeps what is not a leaf: types, fields, order, cycles."""

import gc
import weakref
from collections import OrderedDict, defaultdict, deque, namedtuple
from types import SimpleNamespace

import numpy as np
import pytest

from knetpy.autograd.containers import attributes, rebuild

Pair = namedtuple("Pair", "a b")


class Row(list):
    pass


def is_int(x):
    return isinstance(x, int)


def plus(x, **options):
    return rebuild(x, lambda n: n + 1, leaf=is_int, **options)


@pytest.mark.parametrize(
    "before, after",
    [
        (1, 2),
        ([], []),
        ((), ()),
        ({}, {}),
        ([1, (2, [3])], [2, (3, [4])]),
        (Pair(1, "x"), Pair(2, "x")),
        (Row([1]), Row([2])),
        (OrderedDict(b=1, a=2), OrderedDict(b=2, a=3)),
        (defaultdict(list, a=1), defaultdict(list, a=2)),
        (deque([1, 2], maxlen=2), deque([2, 3], maxlen=2)),
        ({"a": {"b": 1}, 5: "c"}, {"a": {"b": 2}, 5: "c"}),
    ],
)
def test_a_container_keeps_its_type(before, after):
    built = plus(before)
    assert built == after and type(built) is type(after)


def test_what_a_container_carries_besides_its_items_is_kept():
    row = Row([1])
    row.name = "first"
    assert plus(row).name == "first"
    assert plus(defaultdict(list, a=1))["missing"] == []
    assert plus(deque([1], maxlen=3)).maxlen == 3


class Sealed(tuple):
    """Not to be made of its parts, as SciPy's LowLevelCallable."""

    def __new__(cls, parts=None):
        if parts is not None:
            raise ValueError("made of nothing")
        return super().__new__(cls, ("x",))


def test_a_tuple_without_leaves_is_not_made_again():
    sealed = Sealed()
    assert plus([sealed, 1]) == [sealed, 2] and plus(sealed) is sealed


def test_the_original_is_not_changed():
    before = [1, {"a": 2}]
    plus(before)
    assert before == [1, {"a": 2}]


def test_an_object_array_is_rebuilt_in_its_shape():
    x = np.empty((1, 2), object)
    x[:] = [[1, "a"]]
    assert plus(x).tolist() == [[2, "a"]]
    assert plus(x, absent=True).tolist() == [[2, None]]
    scalar = np.empty((), object)
    scalar[()] = 4
    assert plus(scalar)[()] == 5


def test_absent_parts_are_none_and_objects_too():
    holder = SimpleNamespace(x=1)
    assert plus([1, "a", holder], absent=True) == [2, None, None]
    assert plus([1, "a", holder]) == [2, "a", holder]


def test_objects_become_namespaces_and_sets_the_dict_of_their_leaves():
    x = SimpleNamespace(x=1, y=[2, "a"], z={3, "b"}, w={"b"})
    assert plus(x, absent=True, objects=True) == SimpleNamespace(x=2, y=[3, None], z={3: 4}, w=None)


def test_cycles_lead_back_to_the_new_container():
    row, table, holder = [1], {"a": 1}, SimpleNamespace(n=1)
    row.append(row)
    table["self"] = table
    holder.me = holder
    new = plus(row)
    assert new[0] == 2 and new[1] is new
    new = plus(table)
    assert new["a"] == 2 and new["self"] is new
    new = plus(holder, absent=True, objects=True)
    assert new.n == 2 and new.me is new


def test_a_shared_container_is_rebuilt_at_each_of_its_places():
    shared = [1]
    one, two = plus([shared, shared])
    assert one == two == [2] and one is not two


def test_attributes_are_slots_then_the_dict():
    class Base:
        __slots__ = "only"

    class Sub(Base):
        __slots__ = ("__hidden", "unset", "__dict__")

        def __init__(self):
            self.later, self.only, self.__hidden = 1, 2, 3

    assert list(attributes(Sub()).items()) == [("_Sub__hidden", 3), ("only", 2), ("later", 1)]


@pytest.mark.parametrize("x", [int, 3, "s", np.ones(2), np, len, None])
def test_builtins_classes_and_arrays_have_no_attributes(x):
    assert attributes(x) == {} or x is np


def test_nothing_is_kept_until_garbage_is_collected():
    class Kept(list):
        pass

    gc.disable()
    try:
        kept = Kept()
        known = weakref.ref(kept)
        rebuild([1, (2,)], kept.append, leaf=lambda x, kept=kept: is_int(x))
        del kept
        assert known() is None
    finally:
        gc.enable()
