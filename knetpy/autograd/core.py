"""Param, Result, Tape: record what a function does, walk back over it, look gradients up.

A recording is an append-only list of nodes, one for each operation.  The order of creation is a
topological order, so walking it backwards needs neither a sort nor recursion.  A node holds the
plain values that its rule may want and the places of its parents in the list; it holds no
Result, so nothing here is cyclic and every value dies by its reference count.

Nested `diff`s nest their values: inside the inner one, a Result holds a Result of the outer one,
and so whatever the inner rules compute is recorded outside.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .check import Checked
from .errors import overwritten, require_scalar
from .show import listing
from .sparse import Sparse
from .values import (
    Array,
    Param,
    Result,
    State,
    Valued,
    adopt,
    adopted,
    current,
    recorder,
    settled,
    value,
)
from .whole import Unfollowed

__all__ = ["Recording", "Tape", "diff"]

ARRAY = np.ndarray
ONES: dict[type, Any] = {t: t(1) for t in (np.float32, np.float64)}
NONE: dict[str, Any] = {}


class Recording:
    """The list of nodes that a `diff` makes: (parents, args, options, y, primitive) for each.

    `parents` are pairs (argument number, index of its node); a leaf has none, and no primitive.
    Each of several results follows the node of their call, without parents: its `args` are (index
    of the call, number of the result).  `append` is None when the recording has ended, and `quick`
    unless it is live and the outermost one.
    """

    __slots__ = ("nodes", "append", "quick", "outer", "leaves", "versions", "updated", "checked")

    def __init__(self, outer: "Recording | None", check: bool) -> None:
        self.nodes: list[Any] = []
        self.checked = Checked(self.nodes) if check else None
        self.append: Any = self.checked.append if self.checked else self.nodes.append
        self.outer = outer
        self.quick = self.append if outer is None else None
        self.leaves: dict[Any, Result] = {}
        self.versions: list[tuple[Param, int, int]] = []
        self.updated: set[State] = set()

    def outermost(self) -> "Recording":
        return self if self.outer is None else self.outer.outermost()

    def leaf(self, x: Any, start: Any = None) -> Any:
        """The Result that stands for `x` here: a Param, or a key for the value `start`."""
        if self.append is None:
            return x if self.outer is None else self.outer.leaf(x)
        if (leaf := self.leaves.get(x)) is None:
            start, index = x if type(x) is Param else start, len(self.nodes)
            if type(start) is Param:
                self.versions.append((start, start.version, index))  # from now on writes count
                start = start.value if self.outer is None else self.outer.leaf(start)
            else:
                start = settled(start)
            if type(start) not in adopted:
                adopt(type(start))
            leaf = self.leaves[x] = Result()
            leaf.value, leaf.recording, leaf.index = start, self, index
            self.append(((), (x,), NONE, start, None))
        return leaf

    def close(self) -> None:
        self.append = self.quick = None
        self.nodes.clear()
        self.leaves = {}

    def raise_if_overwritten(self) -> None:
        for x, version, index in self.versions:
            if x.version != version:
                raise overwritten(x, self.nodes, index)


class Tape(Valued):
    """What `diff` gives: the value of the function, and the gradients of what it depended on.

    `grad(tape, x)` looks one up, `value(tape)` is the value, `tape.show()` the listing of the
    operations (of a tape made with `keep=True`).

    >>> from knetpy.autograd import grad
    >>> x = Param([1.0, 2.0, 3.0])
    >>> J = diff(lambda: np.sum(x * x))
    >>> J
    T(14.0)
    >>> grad(J, x)
    array([2., 4., 6.])
    """

    __slots__ = ("gradients", "leaves", "nodes", "intermediate", "recording")

    def __init__(self, y: Any, recording: Recording, keep: bool) -> None:
        if type(y) is Param:
            y = recording.leaf(y)
        tracked = type(y) is Result and y.recording is recording
        self.value = y.value if tracked else settled(y)
        if (one := ONES.get(type(self.value))) is None:
            require_scalar(self.value)
        recording.raise_if_overwritten()
        self.leaves = list(recording.leaves)
        last = y.index if tracked else -1
        self.nodes = recording.nodes[: last + 1] if keep else None
        nodes = recording.nodes
        del nodes[last + 1 :]
        recording.append = recording.quick = None  # a rule that calls back meets constants
        grads: list[Any] = [None] * len(nodes)
        if tracked:
            grads[last] = seed(self.value) if one is None else one
            walk_back(nodes, grads, recording.outer is not None, keep, recording.checked)
        self.recording = recording if keep else None
        self.intermediate = grads if keep else None
        self.gradients = settle(recording.leaves, grads, keep)

    def params(self) -> list[Param]:
        """The Params that took part, in the order of their first use."""
        return [x for x in self.leaves if type(x) is Param]

    def gradient(self, x: Any) -> Any:
        if type(x) is not Result:
            return self.gradients.get(x)
        if self.intermediate is None:
            raise ValueError(
                "the gradients of intermediate Results die on the way back; "
                "ask for them with diff(f, keep=True)"
            )
        here = x.recording is self.recording and x.index < len(self.intermediate)
        g = self.intermediate[x.index] if here else None
        return None if g is None else own(like(x.value, g), set(), shared=True)

    def show(self) -> str:
        """The listing of the tape: a numbered line for each node, with its gradient."""
        return listing(self)

    def __repr__(self) -> str:
        return f"T({value(self)})"

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, spec: str) -> str:
        return format(value(self), spec)


def diff(
    f: Callable[..., Any], *args: Any, keep: bool = False, check: bool = False, **kwargs: Any
) -> Tape:
    """Run `f(*args, **kwargs)` recording, walk back from its scalar result, return the Tape.

    `keep=True` keeps every node, to look at intermediate values and gradients.  `check=True`
    remembers fingerprints of all arrays and the line of every operation, and raises if an
    array that a gradient needs was overwritten.

    Raises:  ValueError if the result is not a real scalar; no tape is left behind
    Source:  AutoGrad.jl src/core.jl, @diff

    >>> from knetpy.autograd import grad
    >>> w = Param([3.0, 4.0])
    >>> J = diff(lambda x: np.sum(w * x), np.array([1.0, 2.0]))
    >>> value(J), grad(J, w)
    (np.float64(11.0), array([1., 2.]))
    """
    active = Recording(recorder(), check)
    token = current.set(active)
    try:
        try:
            y = f(*args, **kwargs)
        finally:
            current.reset(token)
        return Tape(y, active, keep)
    finally:
        active.close()


def walk_back(
    nodes: list[Any], grads: list[Any], nested: bool, keep: bool = False, checked: Any = None
) -> None:
    """Consume the nodes; fill in the gradients of the leaves among them, or of all if kept.

    `grads` has a place for each node, and holds the gradients of the results.
    A node is dropped as soon as its rules have run, and with it what only it still needed.
    A second contribution makes a new array, which is then ours to add into in place.
    """
    owned: set[int] = set()
    for here in range(len(nodes) - 1, -1, -1):
        parents, args, options, y, primitive = nodes.pop()
        if (dy := grads[here]) is None or primitive is None:
            continue
        if type(dy) is Sparse:
            dy = grads[here] = dy.dense()
        if not keep:
            grads[here] = None
        if not parents:  # one of several results
            grads[args[0]] = grads[args[0]] or [None] * len(nodes[args[0]][3])
            grads[args[0]][args[1]] = dy
            continue
        if checked:
            checked.compare(here, args, options, y, primitive)
        rules, n = primitive.rules, 9 if options else len(args)
        for k, parent in parents:
            try:
                if n == 2:
                    dx = rules[k](dy, y, args[0], args[1])
                else:
                    dx = rules[k](dy, y, args[0]) if n == 1 else rules[k](dy, y, *args, **options)
            except Unfollowed as unfollowed:
                dx = unfollowed.whole(rules[k], (dy, y, *args), options)
            if dx is None:
                continue
            try:
                fits = dx.shape == args[k].shape
            except AttributeError:
                dx = np.array(dx)[()]
                fits = dx.shape == np.shape(args[k])
            if not fits:
                dx = primitive.fit(dx, args[k], k)
            if (old := grads[parent]) is None:
                grads[parent] = dx
            elif parent in owned and type(dx) is type(old) is not Sparse and old.dtype == dx.dtype:
                grads[parent] = np.add(old, dx, old)
            else:
                grads[parent] = gathered(old, dx, parent, owned, nested)


def gathered(old: Any, dx: Any, parent: int, owned: set[int], nested: bool) -> Any:
    """The sum of two contributions, in place if the first is ours already."""
    if parent in owned and type(dx) is Sparse and old.dtype == dx.dtype:
        return dx.add_to(old)
    total = old + dx
    if not (nested or isinstance(total, (np.generic, Array))):
        owned.add(parent)
    return total


def seed(y: Any) -> Any:
    y = value(y)
    return y.dtype.type(1) if isinstance(y, (np.ndarray, np.generic)) else np.ones_like(y)


def settle(leaves: dict[Any, Result], grads: list[Any], keep: bool) -> dict[Any, Any]:
    """Give each leaf a gradient of its own memory, of its dtype, and conjugate if complex."""
    gradients: dict[Any, Any] = {}
    taken: set[int] = set()
    for leaf in leaves.values():
        taken.add(id(leaf.value))
    for x, leaf in leaves.items():
        if leaf.index >= len(grads) or (g := grads[leaf.index]) is None:
            continue
        if type(g) is Sparse and not (type(x) is Param and g.is_rows()):
            g = g.dense()
        if type(g) is ARRAY and (dtype := g.dtype) is leaf.value.dtype and dtype.kind == "f":
            if keep or g.base is not None or id(g) in taken:  # `own` in line
                g = g.copy()
            taken.add(id(g))
            gradients[x] = g
        else:
            gradients[x] = own(like(leaf.value, g), taken, keep)
    return gradients


def own(g: Any, taken: set[int], shared: bool = False) -> Any:
    """`g` in memory that is neither `shared` nor of an array in `taken`, which it joins."""
    if type(g) is Sparse:
        g.values = [own(part, taken, shared) for part in g.values]
    elif not isinstance(g, (Array, np.generic)):
        if shared or g.base is not None or id(g) in taken:
            g = g.copy()
        taken.add(id(g))
    return g


def like(x: Any, g: Any) -> Any:
    """The gradient `g` as the direction in which `x` ascends, in the dtype of `x`."""
    if x.dtype.kind == "c":
        g = g.conj()
    elif g.dtype.kind == "c":
        g = g.real
    return g if g.dtype == x.dtype else g.astype(x.dtype)
