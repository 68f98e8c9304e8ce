"""What can be differentiated: a line for each public function of NumPy and SciPy.

The lines come from the table of rules.  What has no row is excluded, for one of four reasons;
`undecided` names what has neither, and a test holds that nothing does.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from .dispatch import load_late
from .excluded import CUPY_HAS, CUPY_LACKS, EXCLUDED, REAL_ONLY
from .primitive import Each, Primitive, table

__all__ = ["Line", "lines", "markdown", "undecided"]

SPACES = (
    "numpy",
    "numpy.linalg",
    "numpy.fft",
    "scipy.special",
    "scipy.linalg",
    "scipy.ndimage",
    "scipy.interpolate",
)
OBJECTS = ("scipy.interpolate",)  # whose classes count as functions
CHAPTERS = ("scipy.fft", "scipy.signal", "scipy.sparse.linalg")  # ours alone say what is in them


class Line(NamedTuple):
    """A function that can be differentiated in some arguments, is constant, or raises if tracked.

    >>> Line("numpy.exp", "x", True, True).constant
    False
    """

    name: str
    arguments: str
    complex: bool
    cupy: bool
    constant: bool = False


def lines() -> list[Line]:
    """A line for each function that has a rule or is constant; aliases once, by its own name.

    >>> next(line for line in lines() if line.name == "numpy.arctan2")
    Line(name='numpy.arctan2', arguments='x1, x2', complex=False, cupy=True, constant=False)
    """
    known: dict[int, Line] = {}
    for space in (*SPACES, *CHAPTERS):
        for name, f in public(space):
            if (row := row_of(space, name, f)) is not None:
                if id(row.f) not in known or name == getattr(f, "__name__", ""):
                    known[id(row.f)] = line(space, name, row)
            elif arguments := as_they_stand(space).get(name):
                complex_too = may_be_complex(space, name)
                known[id(f)] = Line(f"{space}.{name}", arguments, complex_too, False)
    return list(known.values())


def undecided() -> list[str]:
    """Public functions with neither a row nor a reason to have none.

    >>> "numpy.busday_count" in undecided()
    False
    """
    return [
        f"{space}.{name}"
        for space in SPACES
        for name, f in public(space)
        if row_of(space, name, f) is None
        and name not in as_they_stand(space)
        and not any(name in names.split() for names in EXCLUDED.get(space, {}).values())
    ]


def public(space: str) -> Iterator[tuple[str, Any]]:
    """The functions of a module by name, or of a chapter of ours."""
    module = import_module(space if space in SPACES else f"{__package__}.{space}")
    load_late()
    for name in sorted(module.__all__):
        f = getattr(module, name, None)
        if callable(f) and (space in OBJECTS or not isinstance(f, type)):
            yield name, f


def row_of(space: str, name: str, f: Any) -> Primitive | None:
    """The row of a function, or of what stands for it in the chapter of its module."""
    if f not in table and space.startswith("scipy."):
        f = getattr(import_module(f"{__package__}.{space}"), name, None)
    return table.get(f)


def as_they_stand(space: str) -> dict[str, str]:
    """SciPy's that are differentiable by what they call, or not in all: in which arguments."""
    chapter = import_module(f"{__package__}.{space}") if space.startswith("scipy.") else None
    stands: Any = getattr(chapter, "AS_THEY_STAND", ())
    return stands if isinstance(stands, dict) else dict.fromkeys(stands, "every array")


def line(space: str, name: str, row: Primitive) -> Line:
    constant = row.rules is None and row.body is None
    arguments = "" if constant else as_they_stand(space).get(name) or differentiated(row)
    complex_too, cupy = takes_complex(space, name, row), on_cupy(space, name)
    return Line(f"{space}.{name}", arguments, complex_too, cupy, constant)


def differentiated(row: Primitive) -> str:
    """The names of the arguments that have a rule."""
    if row.body or isinstance(row.rules, Each):
        return "every array"
    shown = isinstance(row.f, np.ufunc) or not row.parameters
    names = arguments_of(row.f) if shown else list(row.parameters)
    if len(names) < len(row.rules):
        names = [f"x{k + 1}" for k in range(len(row.rules))]
    return ", ".join(name for name, rule in zip(names, row.rules, strict=False) if rule)


def arguments_of(f: Any) -> list[str]:
    """The names in the last call with which a ufunc's docstring begins: SciPy's own names."""
    calls = re.findall(rf"^ *{f.__name__}\(([^)]*)", f.__doc__ or "", re.MULTILINE)
    return re.findall(r"\w+", calls[-1]) if calls else []


def takes_complex(space: str, name: str, row: Primitive) -> bool:
    if isinstance(row.f, np.ufunc):
        return any("D" in types.partition("->")[0] for types in row.f.types)
    return may_be_complex(space, name)


def may_be_complex(space: str, name: str) -> bool:
    return name not in REAL_ONLY.get(space, "").split()


def on_cupy(space: str, name: str) -> bool:
    if space in CUPY_LACKS:
        return name not in CUPY_LACKS[space].split()
    return space == "scipy.special" and name in CUPY_HAS.split()


def markdown() -> str:
    """The page docs/coverage.md.

    >>> print(markdown().splitlines()[0])
    # What can be differentiated
    """
    found = lines()
    rules = [x for x in found if x.arguments]
    rows = "\n".join(
        f"| `{x.name}` | {x.arguments} | any | {yes(x.complex)} | {yes(x.cupy)} |" for x in rules
    )
    constants = ", ".join(f"`{x.name}`" for x in found if x.constant)
    refused = ", ".join(f"`{x.name}`" for x in found if not (x.arguments or x.constant)) or "None."
    return PAGE.format(
        numpy=minor("numpy"),
        scipy=minor("scipy"),
        count=len(rules),
        rows=rows,
        constants=constants,
        refused=refused,
        reasons="\n".join(reasons()),
        undecided=", ".join(f"`{name}`" for name in undecided()) or "None.",
    )


PAGE = """# What can be differentiated

Printed by `python -m knetpy coverage` from the rules, with NumPy {numpy} and SciPy {scipy}.
What SciPy does not dispatch stands under the same name in `knetpy.scipy`: see [scipy.md](scipy.md).
What NumPy does not dispatch raises, and says what to take: `np.r_`, `np.c_`, `np.vectorize`,
`as_strided`, `np.polynomial`, and `np.array` without `like=`.
"Complex" says that complex arguments have gradients, too; "CuPy" that CuPy 14.2 has the function.

## {count} functions

| function | differentiated in | orders | complex | CuPy |
|---|---|---|---|---|
{rows}

## Constant: the gradient is zero

{constants}

## Not differentiable in any argument: tracking one raises

{refused}

## Excluded

{reasons}

## Not decided yet

{undecided}
"""


def reasons() -> Iterator[str]:
    """A paragraph of the page for each reason."""
    for reason in dict.fromkeys(reason for names in EXCLUDED.values() for reason in names):
        names = [
            f"`{space}.{name}`"
            for space, by_reason in EXCLUDED.items()
            for name in by_reason.get(reason, "").split()
        ]
        yield f"- **{reason}:** {', '.join(names)}"


def yes(x: bool) -> str:
    return "yes" if x else "no"


def minor(library: str) -> str:
    return ".".join(import_module(library).__version__.split(".")[:2])
