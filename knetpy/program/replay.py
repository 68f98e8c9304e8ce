"""A program: the steps of a run that was written down, to be taken again with other numbers."""

from collections.abc import Callable
from functools import partial
from operator import is_, itemgetter
from typing import Any

from knetpy.kernels.program import HELD, Code

from .arrange import arranged, used
from .parts import is_array, is_ref, layout, mapped, memory, refs
from .segments import in_segments
from .steps import Recompile, Step, others
from .trace import Trace
from .views import Values

__all__ = ["Program", "maker"]


class Program:
    """What a function did in one run; called on other arrays, it does the same to these.

    Raises:  Recompile, before anything is changed, where it is not for these arrays
    """

    def __init__(self, trace: Trace, results: Any) -> None:
        values = trace.values
        self.steps = arranged(trace.steps, results, values)
        self.head = ", ".join(f"{x.dtype} {x.shape}" for x in values[: trace.arguments])
        self.start: list[Any] = [None] * len(values)
        self.read = [[x, at, None, known] for x, (at, known) in trace.read.items()]
        self.raised = list(trace.raised.items())
        self.finish = maker(results, own=True)

        given = trace.given()
        self.writes = [k for k, at in enumerate(given) if memory(values[at]) in trace.written]
        self.others = others(self.steps)  # which are held there, so nothing else gets their ids
        self.apart: list[Any] | None = None  # arguments that were found to lie apart from these
        steps = in_segments(self.steps, results, Values(values, self.steps, given))
        calls = [self.prepared(step) for step in steps]
        self.calls = list(zip(calls, dying(steps, results), strict=True))

    def prepared(self, step: Step) -> Callable[[list[Any]], None]:
        """The step as a function of the list of all that stands in places."""
        f, args, options, out, *_ = step
        if isinstance(f, Code):
            return f
        if refs(options):
            return taken(apply, maker((f, args, options)), out)
        f = partial(f, **options) if options else f
        if any(refs(x) for x in args if not is_ref(x)):
            return taken(f, maker(args), out)
        return taken(f, getter([x.at if is_ref(x) else self.constant(x) for x in args]), out)

    def constant(self, x: Any) -> int:
        self.start.append(x)
        return len(self.start) - 1

    def __call__(self, arrays: list[Any]) -> Any:
        values = self.start.copy()
        values[: len(arrays)] = arrays
        for entry in self.read:
            x, at, last, known = entry
            now = x.value
            if now is not last:
                if layout(now) != known:
                    raise Recompile
                entry[2], self.apart = now, None
            values[at] = now
        if self.writes and not (self.apart and all(map(is_, arrays, self.apart))):
            self.require_apart(arrays)
        for call, dead in self.calls:
            call(values)
            for at in dead:
                values[at] = None
        for x, by in self.raised:
            x.version += by
        return self.finish(values)

    def require_apart(self, arrays: list[Any]) -> None:
        """Raise unless what is written may be, and nothing else that the program sees lies there.

        The order of its steps, and what C keeps in registers, suppose as much.
        """
        given = arrays + [last for _, _, last, _ in self.read]
        seen = [memory(x) for x in given]
        for k in self.writes:
            if seen.count(seen[k]) > 1 or seen[k] in self.others or not layout(given[k])[-1]:
                raise Recompile
        self.apart = arrays if all(x.nbytes <= HELD for x in arrays) else None

    def show(self) -> str:
        """The listing of the steps."""
        return "\n".join(
            [self.head or "no arrays", *(f"{k:3}  {step}" for k, step in enumerate(self.steps, 1))]
        )


def dying(steps: list[Step], results: Any) -> list[tuple[int, ...]]:
    """The places that nobody wants any more after each step, so that no array outlives its use."""
    wanted, dead = set(refs(results)), []
    for step in reversed(steps):
        places = dict.fromkeys([*used(step), *refs(step.out)])
        dead.append(tuple(at for at in places if at not in wanted))
        wanted.update(places)
    return dead[::-1] if len(steps) > 1 else [()] * len(steps)


def taken(f: Callable[..., Any], get: Callable[[Any], Any], out: Any) -> Callable[[Any], None]:
    """What takes a step: arguments from their places, and the result to its own."""

    def one(values: list[Any]) -> None:
        values[at] = f(*get(values))

    def several(values: list[Any]) -> None:
        put(out, f(*get(values)), values)

    at = out.at if is_ref(out) else -1
    return one if is_ref(out) else several


def maker(x: Any, own: bool = False) -> Callable[[list[Any]], Any]:
    """What makes `x` out of all that stands in places; with `own`, constant arrays are copied."""
    if is_ref(x):
        return itemgetter(x.at)
    if own and is_array(x):
        return lambda values: x.copy()
    if not (refs(x) or isinstance(x, (list, dict, tuple))):
        return lambda values: x
    if type(x) is list and len(x) > 1 and all(map(is_ref, x)):
        get = itemgetter(*(ref.at for ref in x))
        return lambda values: list(get(values))
    if type(x) is list or type(x) is tuple:
        kind, parts = type(x), [maker(part, own) for part in x]
        return lambda values: kind([make(values) for make in parts])
    if isinstance(x, dict):
        named = {key: maker(part, own) for key, part in x.items()}
        return lambda values: {key: make(values) for key, make in named.items()}
    return lambda values: mapped(x, lambda ref: values[ref.at], is_ref)


def apply(f: Any, args: Any, options: Any) -> Any:
    return f(*args, **options)


def getter(places: list[int]) -> Callable[[Any], Any]:
    if len(places) > 1:
        return itemgetter(*places)
    return (lambda values: (values[places[0]],)) if places else (lambda values: ())


def put(out: Any, y: Any, values: list[Any]) -> None:
    """Results in containers, each to its place."""
    if is_ref(out):
        values[out.at] = y
    elif isinstance(out, (dict, list, tuple)):
        for key in out if isinstance(out, dict) else range(len(out)):
            put(out[key], y[key], values)
