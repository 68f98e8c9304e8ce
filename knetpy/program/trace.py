"""One run of a function, written down step by step as it goes."""

import gc
import weakref
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from knetpy.autograd import Sparse
from knetpy.autograd.containers import rebuild
from knetpy.autograd.primitive import table
from knetpy.autograd.values import Array, Valued, value
from knetpy.tracing import tracer

from .parts import Ref, found, is_array, is_param, layout, mapped, memory
from .steps import Condition, Step, get_value, has_known_layout, layout_of, others, set_value
from .traced import CannotCompile, Opaque, Traced, is_traced, places, stands, where

__all__ = ["Trace"]

NUMBERS = (bool, int, float, complex)


class Trace:
    """A run: its steps, what stood in each place, its arguments, Params and States."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.values: list[Any] = []
        self.stands: list[weakref.ref[Any]] = []
        # Where the arrays of Params and States go when the program begins, and how they lay then.
        self.read: dict[Any, tuple[int, Any]] = {}
        self.raised: dict[Any, int] = {}  # by how much it raises their versions
        self.now: dict[Any, Any] = {}  # what stands for each of them at the moment
        self.born: set[int] = set()  # those that were made here, by their ids
        self.lasting: set[int] = set()  # memory that outlives the program
        self.written: set[int] = set()  # and of that, what the program writes into
        self.errors = np.geterr()
        self.told = False  # of values, in texts
        self.numbers: dict[int, type] = {}  # the places of numbers of Python's
        self.changed = False
        self.arguments = 0  # how many: they stand in the first places

    # What the function runs on

    def place(self, held: Any) -> Any:
        """What stands for an array, or another outcome of a step, from here on."""
        new = (Traced if is_array(held) else Opaque)(self, Ref(len(self.values)), held)
        self.values.append(held)
        self.stands.append(weakref.ref(new))
        return new

    def argument(self, x: Any) -> Any:
        self.lasting.add(memory(x))
        self.arguments += 1
        return self.place(x)

    def param(self, x: Any, held: Any) -> Any:
        """What stands for the array of a Param or State."""
        if (known := self.now.get(x)) is None:
            if self.changed:  # it may have another array by now
                known = self.call(get_value, (x,), {}, pure=False)
            else:
                known = self.place(held)
                self.read[x] = known._at.at, layout(held)
            self.now[x] = known
            self.lasting.add(memory(held))
        return known

    def bear(self, x: Any, new: Any) -> Any:
        """The array of a Param or State that is made in the function, and anew in each call."""
        if new is not None:
            self.now[x] = new if isinstance(new, Traced) else self.call(np.copy, (new,), {})
        if id(x) not in self.born:
            self.born.add(id(x))
            self.stands.append(weakref.ref(x))
        return None if new is None else self.now[x]._held

    def assign(self, x: Any, new: Any) -> None:
        if not isinstance(new, Traced):
            raise CannotCompile(
                f"a {type(x).__name__} is given an array that the compiled function would make "
                "only once; write into it: w[...] = new"
            )
        self.call(set_value, (x, new), {}, pure=False, changes=True, writes=())
        self.now[x] = new

    # Steps

    def held(self, x: Any) -> Any:
        """`x` with the arrays of this run in place of what stands for them."""
        return mapped(x, self.of_this_run, stands)

    def of_this_run(self, x: Any) -> Any:
        if x._trace is not self:
            raise CannotCompile(
                "an array of another run of a compiled function came in here; they end with the "
                "call that they came from, so return them from it"
            )
        return x._held

    def call(
        self,
        f: Any,
        args: Any,
        options: Any,
        *,
        pure: bool = True,
        changes: bool = False,
        writes: Any = None,
    ) -> Any:
        """Take a step on the arrays of this run, and write it down.

        `writes` is the memory that it writes into; by default, unless it is pure, that of all
        that it gets.
        """
        args, options = mapped((args, options), where, never)  # iterators are gone through once
        known = has_known_layout(f, args, options)
        if changes and any(id(x) in self.born for x in found(args, is_param)):
            raise CannotCompile(
                "a Param that is made in the compiled function goes to an optimizer, or another "
                "step that keeps it; make it before"
            )
        writes = self.seen_by(args, options) if writes is None and not pure else writes or ()
        row = table.get(f) if isinstance(f, np.ufunc) and not options else None
        f = row.call if row is not None else f
        if (errors := np.geterr()) != self.errors:
            f = partial(under, errors, f)
        token = tracer.set(None)
        try:
            out = self.wrapped(f(*self.held(args), **self.held(options)))
        finally:
            tracer.reset(token)
        given, named, to = (mapped(x, where, stands) for x in (args, options, out))
        self.steps.append(Step(f, given, named, to, pure, changes, frozenset(writes)))
        if changes:
            self.changed = True
            self.written |= self.lasting.intersection(writes)
            for x in found(args, is_param):
                self.now.pop(x, None)
        out = rebuild(out, self.python_number, leaf=not_container)
        if not known:
            mapped(out, lambda x: self.require(layout_of, x), is_traced)
        return out

    def seen_by(self, *given: Any) -> set[int]:
        """The memory of all arrays in the arguments of a step, those of Params too."""
        found: set[int] = set()

        def see(x: Any) -> None:
            stand = self.now.get(x) if is_param(x) else x
            if isinstance(stand, Traced):
                found.add(memory(stand._held))

        mapped(given, see, lambda x: stands(x) or is_param(x))
        return found

    def wrapped(self, y: Any) -> Any:
        """What stands for the outcome of a step."""
        if isinstance(y, (tuple, list, dict)):
            return rebuild(y, self.wrapped, leaf=not_container)
        if type(y) in (float, complex):
            raise CannotCompile(
                f"a step gives Python's number {y}, which the program would hold fast; compute it "
                "outside of the compiled function"
            )
        if isinstance(y, str):
            raise CannotCompile(
                f"a step gives the text {y!r}, which the program would hold fast; return the "
                "array, and tell of it outside"
            )
        if y is None or isinstance(y, (np.dtype, type)):
            return y
        if type(y) not in (bool, int):
            return self.place(y)
        new = self.place(np.asarray(y)[()])
        self.numbers[new._at.at] = type(y)
        return new

    def python_number(self, x: Any) -> Any:
        """Whole numbers and bools of Python's are held fast, and so conditions."""
        kind = self.numbers.get(x._at.at) if isinstance(x, Traced) else None
        return x if kind is None else self.require(kind, x)

    def write(self, f: Any, args: Any, options: Any, written: Iterable[Any]) -> Any:
        """Take a step that may write into arrays, as `x += v`, `x[i] = v` and `out=` do."""
        written = [x for x in written if x is not None]
        if not written:
            return self.call(f, args, options)
        if any(not isinstance(x, Traced) for x in written):
            raise CannotCompile(
                f"{getattr(f, '__name__', f)} writes into an array that the compiled function "
                "neither got nor computed, and which it would find changed the next time; give it "
                "as an argument, or begin with np.zeros_like of one",
                self,
            )
        if any(isinstance(x._held, np.generic) for x in written):
            return self.replace(f, args, options, written)
        writes = {memory(x._held) for x in written}
        changes = not self.lasting.isdisjoint(writes)
        out = self.call(f, args, options, pure=False, changes=changes, writes=writes)
        return out if out is None or len(written) > 1 else written[0]

    def has_changed_since(self, *given: Any) -> bool:
        """Whether a step that changes something may have been taken by a call with these."""
        here = max((at.at for at in places(given)), default=-1)
        made = [max((at.at for at in places(step.out)), default=-1) for step in self.steps]
        start = next((k + 1 for k in reversed(range(len(made))) if 0 <= made[k] <= here), 0)
        return any(step.changes for step in self.steps[start:])

    def kernel(self, f: Any, args: tuple[Any, ...], writes: bool) -> Any:
        """Take a kernel of ours as a step; what it writes into was computed for it."""
        if not writes:
            return self.call(f, args, {})
        x = args[0] if isinstance(args[0], Traced) else self.call(np.copy, args[:1], {})
        return self.write(f, (x, *args[1:]), {}, (x,))

    def replace(self, f: Any, args: Any, options: Any, written: list[Traced]) -> Any:
        """A number cannot be written into; `x += 1` makes another one of the same name."""
        if len(written) > 1:
            raise CannotCompile("several numbers of no axes as out= are not for compile")
        return self.call(f, args, {key: x for key, x in options.items() if key != "out"})

    def require(self, convert: Any, x: Traced) -> Any:
        """The value of `x` in this run, which is a condition of the program from now on."""
        found = convert(x._held)
        self.steps.append(Step(Condition(convert, found), (x._at,), {}, None, pure=False))
        return found

    # The end

    def given(self) -> list[int]:
        """The places of what a program is given: arguments, then Params and States."""
        return [*range(self.arguments), *(at for at, _ in self.read.values())]

    def writes_apart(self) -> bool:
        """Whether what it writes into lies in no other of the arrays that it is given or finds."""
        seen = [memory(self.values[at]) for at in self.given()]
        once = all(seen.count(one) < 2 for one in self.written)
        return once and self.written.isdisjoint(others(self.steps))

    def results(self, y: Any) -> Any:
        """What the function gave, with Refs; raises for what could not be given again."""
        return rebuild(y, self.result, leaf=not_container)

    def result(self, y: Any) -> Any:
        if isinstance(y, Sparse):
            return mapped(y, where, stands)
        if isinstance(y, Array) and not is_param(y):
            y = value(y)
        if isinstance(y, Traced):
            self.of_this_run(y)
            return y._at
        if isinstance(y, str) and self.told:
            raise CannotCompile(
                "a compiled function that writes values into texts cannot return texts, which it "
                "would hold fast; return the arrays, and tell of them outside"
            )
        if is_param(y) and id(y) in self.born:
            raise CannotCompile("a compiled function cannot return a Param that it makes")
        if y is None or is_param(y) or isinstance(y, (str, *NUMBERS)) or is_array(y):
            return y
        tape = isinstance(y, Valued)
        raise CannotCompile(
            "a compiled function returns arrays, numbers, and lists, tuples, dicts of them, not a "
            + ("Tape; take value(tape), grad(tape, w)" if tape else type(y).__name__)
        )

    def end(self) -> None:
        """Raise if something that stands for an array of this run is still held somewhere."""
        self.now.clear()
        if any(stand() is not None for stand in self.stands):
            gc.collect()
        if left := [x for stand in self.stands if (x := stand()) is not None]:
            raise CannotCompile(
                f"the compiled function keeps {len(left)} of its arrays beyond its end, first "
                f"{left[0]!r}: in an attribute, a list or a global; return them, for no later "
                "call would renew them"
            )


def never(x: Any) -> bool:
    return False


def not_container(x: Any) -> bool:
    return not isinstance(x, (list, tuple, dict))


def under(errors: Any, f: Any, *args: Any, **options: Any) -> Any:
    """A step inside of the `np.errstate` that the function made."""
    with np.errstate(**errors):
        return f(*args, **options)
