"""One line for each function, and every check of its gradients follows from it.

A chapter's test file is a list of rows and three tests:

    ROWS = [
        row(np.cbrt, nonzero),                               # works entry by entry: no shape
        row(np.arctan2, nonzero, real),                      # two arrays that broadcast
        row(np.sum, real(2, 3), axis=0),                     # of this shape alone
        row(np.concatenate, [real(2, 3), real(1, 3)]),       # a list of arrays
        row(np.take, real(4), np.array([0, 0, 3])),          # what is no domain is a constant
        row(lambda x: np.linalg.eigh(x + x.T), real(3, 3), of=np.linalg.eigh),
        row(np.floor, real),                                 # no rule: proved to be constant
    ]
    test_rule = rule_test(ROWS)
    test_every_rule_has_a_row = coverage_test(elementwise, ROWS)
    test_broken_rules_are_seen = mutation_test(elementwise, ROWS)

A row becomes a case for each variant of its arrays (see `variants`): other memory layouts, other
dtypes, axes of length one and zero, 0-d, broadcast, one argument constant, the same array twice.
A case proves that the function, outside and inside of `diff`, gives exactly what NumPy gives
for plain arrays; that finite differences agree with the gradient to second order; that neither
value nor gradient leaves the precision of its arguments.  What NumPy refuses must be refused
with the same error.

Domains say where a function is asked, so that no case lies near a kink: within one row all
entries of all arrays differ.  Options of a row:

    of       the function whose rule the row tests, if f wraps it; several in a tuple
    name     the first part of the test's name; by default f's own, with shapes and options
    constant whether the gradient is zero everywhere; by default: whether the table says so
    highest  how often to differentiate: 2, or 1 where differences of differences are too coarse
    rtol     for differences, where the function itself is known to few digits
    only     keep only the variants of these names; without: drop these
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from knetpy.autograd import Param, Result, diff, value
from knetpy.autograd.containers import rebuild
from knetpy.autograd.gradcheck import gradcheck, is_float, total, weighted
from knetpy.autograd.gradients import dense
from knetpy.autograd.primitive import Each, Primitive, table

SHAPE = (2, 3)  # of what works entry by entry
LAYOUTS = ("fortran", "reversed")
DTYPES = ("float32", "float16", "longdouble", "complex128", "complex64")


@dataclass(frozen=True)
class Domain:
    """An array to be: its entries are `values` of numbers spread over (0, 1), no two equal."""

    values: Callable[[Any], Any]
    shape: tuple[int, ...] | None = None
    dtype: str = "float64"
    layout: str = "C"
    tracked: bool = True

    def __call__(self, *shape: int) -> "Domain":
        return replace(self, shape=shape)

    def array(self, k: int) -> Any:
        shape = SHAPE if self.shape is None else self.shape
        n = int(np.prod(shape))
        order = np.random.default_rng([n, k]).permutation(n)
        x = self.values((order + 0.1 + 0.231 * (k % 4)) / max(n, 1)).reshape(shape)
        if np.dtype(self.dtype).kind == "c":
            x = x + 1j * (0.3 + np.cos(7 * x) / 4)
        x = x.astype(self.dtype)
        if self.layout == "scalar":
            return x.item()
        if self.layout == "reversed":
            backwards = (slice(None, None, -1),) * x.ndim
            return x[backwards].copy()[backwards]
        return x.copy(order="F") if self.layout == "fortran" else x


real = Domain(lambda u: 4 * u - 2.04)
positive = Domain(lambda u: 0.3 + 2 * u)
negative = Domain(lambda u: -0.3 - 2 * u)
nonzero = Domain(lambda u: np.where(u < 0.5, -0.3 - 3 * u, 0.3 + 3 * (u - 0.5)))
unit = Domain(lambda u: 1.8 * u - 0.9)
above_one = Domain(lambda u: 1.2 + 2 * u)


@dataclass(frozen=True)
class Row:
    f: Callable[..., Any]
    args: tuple[Any, ...]
    options: dict[str, Any]
    name: str
    of: tuple[Any, ...]
    highest: int
    rtol: float | None
    only: tuple[str, ...]
    without: tuple[str, ...]
    constant: bool

    def cases(self) -> Iterator["Case"]:
        for name, domains in variants(leaves(self.args)):
            kind = name.partition("-")[0]
            if (not self.only or kind in self.only) and kind not in self.without:
                yield Case(self, name, domains)


def row(
    f: Callable[..., Any],
    *args: Any,
    of: Any = None,
    name: str = "",
    highest: int = 2,
    rtol: float | None = None,
    only: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
    constant: bool | None = None,
    **options: Any,
) -> Row:
    of = of if isinstance(of, tuple) else (of or f,)
    name = name or name_of(f, of[0], args, options)
    constant = is_constant(of) if constant is None else constant
    return Row(f, args, options, name, of, highest, rtol, only, without, constant)


def name_of(f: Any, of: Any, args: Any, options: dict[str, Any]) -> str:
    """The function, the shapes where they matter, plain constants and options."""
    name = f.__name__ if getattr(f, "__name__", "<lambda>") != "<lambda>" else of.__name__
    parts = [f"operator.{name}" if getattr(f, "__module__", "") == "_operator" else name]
    for x in args:
        shapes = ["x".join(map(str, d.shape)) or "0-d" for d in leaves(x) if d.shape is not None]
        constant = "" if leaves(x) or np.ndim(x) > 1 else plain_text(x)
        parts.append(",".join(shapes) or constant)
    for key, x in options.items():
        parts.append(f"{key}={plain_text(x)}")
    return "-".join(filter(None, parts))


def plain_text(x: Any) -> str:
    """Short, and without addresses: parallel workers must agree on the names of tests."""
    text = getattr(x, "__name__", None) or re.sub(r" at 0x\w+", "", str(x))
    return text.replace(" ", "")[:20]


def leaves(args: Any) -> list[Domain]:
    found: list[Domain] = []
    rebuild(args, found.append, leaf=is_domain)
    return found


def is_domain(x: Any) -> bool:
    return isinstance(x, Domain)


def variants(domains: list[Domain]) -> Iterator[tuple[str, list[Domain]]]:
    """The name of every variant, and its arrays to be."""
    yield "plain", domains
    for layout in LAYOUTS:
        yield layout, [replace(d, layout=layout) for d in domains]
    yield "0d", [d() for d in domains]
    for k in range(len(domains)) if len(domains) > 1 else ():
        yield f"only-{k}", [replace(d, tracked=i == k) for i, d in enumerate(domains)]
    if len(domains) > 1 and len(set(domains)) == 1:
        yield "twice", domains[:1] * len(domains)
    if all(d.shape is None for d in domains):
        yield from broadcast(domains)
    shapes = [SHAPE if d.shape is None else d.shape for d in domains]
    for n in sorted({n for shape in shapes for n in shape} - {0, 1}):
        for m in (1, 0):
            changed = [[m if i == n else i for i in shape] for shape in shapes]
            yield f"{n}to{m}", [d(*shape) for d, shape in zip(domains, changed, strict=True)]
    for dtype in DTYPES:
        yield dtype, [replace(d, dtype=dtype) for d in domains]


def broadcast(domains: list[Domain]) -> Iterator[tuple[str, list[Domain]]]:
    """One argument smaller than the others, or each stretched along an axis of its own."""
    shapes = {"row": SHAPE[1:], "column": (SHAPE[0], 1), "point": ()}
    for k, d in enumerate(domains) if len(domains) > 1 else ():
        for name, shape in shapes.items():
            yield f"{name}-{k}", [*domains[:k], d(*shape), *domains[k + 1 :]]
        scalar = replace(d(), layout="scalar", tracked=False)
        yield f"scalar-{k}", [*domains[:k], scalar, *domains[k + 1 :]]
        single = [replace(x, dtype="float32") for x in domains]
        yield f"scalar32-{k}", [*single[:k], scalar, *single[k + 1 :]]
    if len(domains) > 1:
        yield "outer", [domains[0](SHAPE[0], 1), *(d(1, SHAPE[1]) for d in domains[1:])]


class Case:
    """A row in one variant."""

    def __init__(self, row: Row, name: str, domains: list[Domain]) -> None:
        self.row, self.id, self.domains = row, f"{row.name}-{name}", domains
        self.twice = name == "twice"

    def f(self, *arrays: Any) -> Any:
        """The row's function of its arrays alone, in their flat order."""
        found = iter(arrays * len(self.domains) if self.twice else arrays)
        args = rebuild(self.row.args, lambda _: next(found), leaf=is_domain)
        return self.row.f(*args, **self.row.options)

    def check(self) -> None:
        domains = self.domains[:1] if self.twice else self.domains
        arrays = [d.array(k) for k, d in enumerate(domains)]
        tracked = [k for k, d in enumerate(domains) if d.tracked]
        try:
            expected = self.f(*arrays)
        except Exception as error:
            return self.check_refusal(arrays, error)
        assert_same(self.f(*with_params(arrays, tracked)), expected)
        assert_same(value_inside(self.f, with_params(arrays, tracked)), expected)
        if self.row.constant:
            return self.check_constant(arrays, expected)
        self.check_precision(arrays, tracked)
        if all(arrays[k].size for k in tracked) and any(y.size for y in floats(expected)):
            self.check_differences(arrays, tracked)
        return None

    def check_refusal(self, arrays: list[Any], error: Exception) -> None:
        with pytest.raises(type(error)) as caught:
            diff(lambda: total(weighted(self.f(*map(Param, arrays)), {})))
        assert type(caught.value) is type(error)

    def check_constant(self, arrays: list[Any], expected: Any) -> None:
        """Nothing on the tape, and the value does not move with the arguments."""
        tape = diff(lambda: 0.0 if only_plain(self.f(*map(Param, arrays))) else 1.0, keep=True)
        assert value(tape) == 0.0, "the function is said to be constant, but was recorded"
        assert_same(self.f(*map(nudged, arrays)), expected)

    def check_precision(self, arrays: list[Any], tracked: list[int]) -> None:
        """The gradient, and each step to it, in the dtype of the leaf; the one of double inputs."""
        found, raw, results = gradients(self.f, arrays, tracked)
        for k in tracked:
            assert (found[k].shape, found[k].dtype) == (arrays[k].shape, arrays[k].dtype)
        eps = max(np.finfo(arrays[k].dtype).eps for k in tracked)
        if results and all(np.finfo(y.dtype).eps == eps for y in results):
            precisions = {k: np.finfo(raw[k].dtype).eps for k in tracked}
            assert precisions == dict.fromkeys(tracked, eps), "precision changed on the way back"
        if eps > 1e-15:
            doubles = list(map(double, arrays))
            exact, _, _ = gradients(self.f, doubles, tracked)
            for k in tracked:
                assert_close(double(found[k]), exact[k], 50 * eps)

    def check_differences(self, arrays: list[Any], tracked: list[int]) -> None:
        """In double precision; complex arrays to first order, for its gradient is conjugated."""
        if any(np.finfo(arrays[k].dtype).eps != np.finfo(float).eps for k in tracked):
            return
        order = 1 if any(arrays[k].dtype.kind == "c" for k in tracked) else self.row.highest

        def f(*varied: Any) -> Any:
            given = iter(varied)
            return self.f(*(next(given) if k in tracked else x for k, x in enumerate(arrays)))

        gradcheck(f, *(arrays[k] for k in tracked), order=order, rtol=self.row.rtol)


def with_params(arrays: list[Any], tracked: list[int]) -> list[Any]:
    return [Param(x) if k in tracked else x for k, x in enumerate(arrays)]


def value_inside(f: Callable[..., Any], arrays: list[Any]) -> Any:
    """What `f` gives while recording, as plain arrays."""
    found = []
    diff(lambda: found.append(f(*arrays)) or 0.0)
    return rebuild(found[0], value, leaf=lambda x: isinstance(x, Result))


def gradients(f: Callable[..., Any], arrays: list[Any], tracked: list[int]) -> Any:
    """For each tracked number the gradient, and what the walk back gave; the floats in the result.

    The result is summed with weights, so that no entry can hide behind another.
    """
    params = {k: Param(arrays[k]) for k in tracked}
    results: list[Any] = []

    def loss() -> Any:
        y = f(*(params.get(k, x) for k, x in enumerate(arrays)))
        results.extend(map(value, floats(y)))
        return total(weighted(y, {}))

    tape = diff(loss, keep=True)
    walked = zip(tape.nodes, tape.intermediate, strict=True)
    raw = {id(node[1][0]): g for node, g in walked if node[4] is None}
    for k, p in params.items():
        assert tape.gradient(p) is not None, f"argument {k} got no gradient"
    found = {k: dense(tape.gradient(p)) for k, p in params.items()}
    return found, {k: raw[id(p)] for k, p in params.items()}, results


def floats(y: Any) -> list[Any]:
    found: list[Any] = []
    rebuild(y, found.append, leaf=is_float)
    return found


def double(x: Any) -> Any:
    return x.astype(np.result_type(x.dtype, np.float64)) if hasattr(x, "dtype") else x


def nudged(x: Any) -> Any:
    return x + x.dtype.type(1e-3) if hasattr(x, "dtype") else x


def only_plain(y: Any) -> bool:
    found: list[Any] = []
    rebuild(y, found.append, leaf=lambda x: isinstance(x, Result))
    return not found


def assert_same(found: Any, expected: Any) -> None:
    """Equal to the bit, in type and shape as well; also inside of lists and tuples."""
    if isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for pair in zip(found, expected, strict=True):
            assert_same(*pair)
        return
    if not isinstance(expected, (np.ndarray, np.generic)):
        assert found == expected
        return
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    assert np.array_equal(found, expected, equal_nan=expected.dtype.kind in "fc")


def assert_close(found: Any, expected: Any, rtol: float) -> None:
    scale = np.max(np.abs(expected), initial=0)
    error = np.max(np.abs(found - expected), initial=0)
    assert error <= rtol * max(scale, 1), f"{found} is not {expected}"


# The tests that every chapter has


def rule_test(rows: list[Row]) -> Callable[..., None]:
    """Every case of every row."""

    @pytest.mark.parametrize("case", cases(rows), ids=lambda case: case.id)
    def test(case: Case) -> None:
        case.check()

    return test


def coverage_test(chapter: Any, rows: list[Row]) -> Callable[..., None]:
    """No function with a rule in the chapter is without a row."""

    def test() -> None:
        assert [p.name for p in chapter_rows(chapter) if not is_covered(p, rows)] == []

    return test


def mutation_test(chapter: Any, rows: list[Row]) -> Callable[..., None]:
    """Each rule of the chapter, once made wrong, is seen by a row."""

    @pytest.mark.parametrize("broken", chapter_rows(chapter), ids=lambda p: p.name)
    def test(broken: Primitive, monkeypatch: pytest.MonkeyPatch) -> None:
        mine = cases([r for r in rows if is_covered(broken, [r])])
        usual = [c for c in mine if c.id.endswith(("-plain", "-complex128"))]
        for change in breakages(broken):
            with monkeypatch.context() as patch:
                for name, wrong in change.items():
                    patch.setattr(broken, name, wrong)
                assert any(map(fails, usual)), f"a wrong rule of {broken.name} went unseen"

    return test


def cases(rows: list[Row]) -> list[Case]:
    """Every check that follows from the rows."""
    return [case for r in rows for case in r.cases()]


def is_covered(p: Primitive, rows: list[Row]) -> bool:
    return any(table.get(f) is p for r in rows for f in r.of)


def chapter_rows(chapter: Any) -> list[Primitive]:
    """The rows of the table whose rules or body are written in a module."""
    found = {id(p): p for p in table.values() if chapter.__name__ in map(home, written(p))}
    return list(found.values())


def written(p: Primitive) -> list[Any]:
    rules = [p.rules.rule] if isinstance(p.rules, Each) else p.rules or ()
    return [f for f in (p.body, *rules) if f is not None]


def home(f: Any) -> str:
    return str(getattr(getattr(f, "func", f), "__module__", ""))


def is_constant(functions: tuple[Any, ...]) -> bool:
    found = [table[f] for f in functions if f in table]
    return bool(found) and not any(map(written, found))


def breakages(p: Primitive) -> Iterator[dict[str, Any]]:
    """Ways to make a row wrong: its body, or one of its rules, half as large again."""
    if p.body:
        yield {"body": scaled(p.body)}
    elif isinstance(p.rules, Each):
        yield {"rules": Each(scaled(p.rules.rule))}
    else:
        for k in (k for k, rule in enumerate(p.rules) if rule):
            wrong = (*p.rules[:k], scaled(p.rules[k]), *p.rules[k + 1 :])
            yield {"rules": wrong}


def scaled(f: Callable[..., Any]) -> Callable[..., Any]:
    def wrong(*args: Any, **options: Any) -> Any:
        y = f(*args, **options)
        return rebuild(y, lambda x: x * 1.5, leaf=lambda x: hasattr(x, "dtype"))

    return wrong


def fails(case: Case) -> bool:
    try:
        case.check()
    except Exception:
        return True
    return False
