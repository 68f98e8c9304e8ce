"""Every Param that an object holds, once, in the order of a reader."""

import random
import sys
import weakref
from collections import OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass
from functools import lru_cache, partial, wraps

import numpy as np
import pytest

from knetpy.autograd import Param, State, diff, params, states
from knetpy.autograd.params import walk

Pair = namedtuple("Pair", "left right")
hidden = Param(99.0)


def make(n):
    return [Param(float(i)) for i in range(n)]


def order(x, known):
    """The numbers in `known` of the Params found in `x`."""
    places = {id(p): i for i, p in enumerate(known)}
    return [places[id(p)] for p in params(x)]


def test_sequences_and_dicts_in_the_order_of_insertion():
    p = make(8)
    x = [p[0], (p[1], Pair(p[2], p[3])), deque([p[4]]), {"k": p[5], p[6]: p[7]}]
    assert order(x, p) == list(range(8))


def test_keys_stand_before_their_values():
    p = make(4)
    assert order({p[0]: p[1], p[2]: p[3]}, p) == [0, 1, 2, 3]


@pytest.mark.parametrize("kind", [dict, OrderedDict, partial(defaultdict, list)])
def test_mappings_of_every_kind(kind):
    p = make(2)
    assert order(kind({"a": p[1], "b": p[0]}), p) == [1, 0]


@pytest.mark.parametrize("kind", [set, frozenset])
def test_members_of_a_set_in_order_of_their_creation(kind):
    p = make(50)
    shuffled = p[:]
    random.Random(0).shuffle(shuffled)
    assert order(kind(shuffled), p) == list(range(50))


def test_members_of_a_set_that_hold_params_and_share_them():
    class Holder:
        def __init__(self, *inside):
            self.inside = inside

    for _ in range(20):  # the order of a set's members changes with their addresses
        p = make(5)
        holders = [Holder(p[0], p[4]), Holder(p[0], p[2]), Holder(p[3]), Holder(p[1]), Holder()]
        assert order(set(holders), p) == [0, 2, 4, 1, 3]


def test_slots_in_mro_order_then_the_dict():
    class Base:
        __slots__ = "single"

    class Middle(Base):
        __slots__ = ("__private", "unset")

        def set(self, x):
            self.__private = x

    class Sub(Middle):
        __slots__ = ("b", "a", "__dict__")

    p = make(5)
    x = Sub()
    x.late, x.a, x.b, x.single = p[4], p[1], p[0], p[3]
    x.set(p[2])
    assert order(x, p) == [0, 1, 2, 3, 4]
    assert [path for path, _ in walk(x)] == ["b", "a", "_Middle__private", "single", "late"]


def test_dataclasses_subclasses_of_containers_and_their_attributes():
    @dataclass
    class Data:
        weight: Param
        rest: list

    @dataclass(slots=True, frozen=True)
    class Slotted:
        weight: Param

    class Layers(list):
        pass

    p = make(4)
    layers = Layers([Data(p[0], [p[1]]), Slotted(p[2])])
    layers.head = p[3]
    assert order(layers, p) == [0, 1, 2, 3]


def test_what_a_function_closes_over_and_its_defaults():
    p = make(5)
    a, b = p[0], p[1]

    def f(x, y=p[2], z=1, *, key=p[3]):
        return a * x + b + unset

    f.extra = p[4]
    assert order(f, p) == [0, 1, 2, 3, 4]
    assert dict(walk(f)).keys() == {"a", "b", "y", "key", "extra"}
    unset = 1.0
    assert f(1.0) is not None


def test_defaults_of_positional_only_parameters_and_lambdas():
    p = make(3)
    assert order(lambda x, y=p[0], /, z=p[1], *rest, k=p[2], **more: x, p) == [0, 1, 2]


def test_bound_methods_partials_and_wrapped_functions():
    class Model:
        def __init__(self, w):
            self.w = w

        def __call__(self, x):
            return self.w * x

    p = make(6)
    x = [Model(p[0]).__call__, partial(Model(p[1]), p[2], key=p[3])]

    @wraps(x[0])
    def wrapper(x, w=p[4]):
        return w

    @lru_cache
    def cached(x, w=p[5]):
        return w

    assert order([*x, wrapper, cached], p) == [0, 1, 2, 3, 4, 5]


def test_object_arrays_but_no_plain_ones():
    p = make(2)
    x = np.empty((2, 1), object)
    x[0, 0], x[1, 0] = p[1], p[0]
    assert order([x, np.ones(3), np.float64(1), 2, "s", b"b", None], p) == [1, 0]
    assert params(np.zeros(2, [("a", object)])) == []


def test_modules_classes_and_globals_are_not_entered():
    class Config:
        shared = Param(1.0)

    def uses_a_global():
        return hidden

    module = sys.modules[__name__]
    assert params([Config, Config(), uses_a_global, module, np]) == []


def test_each_param_once_and_cycles_end():
    p = make(1)
    x = [p[0], p[0]]
    x.append({"again": x, "p": p[0]})
    assert order(x, p) == [0]

    class Node:
        pass

    node = Node()
    node.me, node.p, node.both = node, p[0], {node}
    assert order(node, p) == [0]


def test_depth_is_no_matter():
    p = make(2)
    lists, links = p[0], None

    class Link:
        def __init__(self, after):
            self.after = after

    for _ in range(100_000):
        lists, links = [lists], Link(links if links else p[1])
    found = params((lists, links))
    assert [id(x) for x in found] == [id(x) for x in p]
    while links is not p[1]:  # take it apart, link by link
        links = links.after


def test_what_the_walk_has_seen_stays_alive_until_its_end():
    """The memory of an object that dies goes to the next one, and with it the id."""
    known, made = make(5), []

    class Fresh:
        def __init__(self, p):
            self.p = p
            made.append(weakref.ref(self))

    class Lazy:
        @property
        def __dict__(self):
            return {str(i): Fresh(p) for i, p in enumerate(known)}

    for _ in walk(Lazy()):
        assert all(ref() is not None for ref in made)
    assert len(made) == 5


def test_a_result_is_no_param_and_what_is_inside_a_param_is_not_entered():
    found = []
    J = diff(lambda x: found.append(x + 1) or found[0], Param(1.0))
    assert params([found, Param(1.0)]) != [] and len(params(found)) == 0
    assert params(J) == J.params()


def test_params_of_a_tape_are_those_that_took_part_in_order_of_use():
    p = make(3)
    assert order(diff(lambda: p[2] * p[0] + p[2]), p) == [2, 0]
    assert params(diff(lambda: 1.0)) == []


def test_a_param_without_shape_raises_with_its_path():
    with pytest.raises(ValueError, match="Param at layers/1/weight has no shape yet; call the"):
        params({"layers": [Param(1.0), {"weight": Param(None)}]})
    with pytest.raises(ValueError, match="Param at the top has no shape"):
        params(Param(None))


def test_states_in_the_same_order_and_apart_from_params():
    s, p = [State(0.0), State(1.0)], Param(0.0)
    assert [id(x) for x in states({"b": s[1], "p": p, "a": [s[0], s[1]]})] == [id(s[1]), id(s[0])]
    assert [id(x) for x in params([s, p])] == [id(p)]


def test_paths_name_every_step():
    p = make(5)
    x = {"layers": [p[0], Pair(p[1], 0)], "call": partial(max, p[2]), p[3]: 1, (1, 2): p[4]}
    assert [path for path, _ in walk(x)] == [
        "layers/0",
        "layers/1/left",
        "call/args/0",
        "key 2",
        "value 3",
    ]
    assert [path for path, _ in walk(p[0])] == [""]
